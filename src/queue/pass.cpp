// One pass over the queue, and what a planner sees of it.
#include <algorithm>

#include "base/assert.hpp"
#include "queue/queue.hpp"

namespace retz::queue {

void Queue::begin_pass(Instant now) {
  if (passing_) end_pass();
  table_.now = std::max(table_.now, now);
  ++table_.pass;
  if (orders_.starvation_bound) {
    while (const auto due = due_.pop(table_.now - *orders_.starvation_bound)) {
      // Back on the list for a moment, so that it leaves like any other.
      due_.add(*due);
      const bool aside = is_aside(*due);
      take(*due);
      put(*due, true, aside);
    }
  }
  while (!relaxing_.empty() && relaxing_.begin()->first <= table_.now) {
    const PartId id = relaxing_.begin()->second;
    show(id, table_.parts[id].shown);
  }
  passing_ = true;
  active_ = heads_.get();
  active_->begin_pass();
}

void Queue::end_pass() {
  if (!passing_) return;
  passing_ = false;
  for_heads([](Heads& heads) { heads.end_pass(); });
  for (const PartId id : touched_parts_) {
    Part& part = table_.parts[id];
    if (!part.touched) continue;  // it has gone, or its number is another's
    part.touched = false;
    show(id, part.jobs.front());
  }
  touched_parts_.clear();
  for (const LaneId id : touched_lanes_) {
    Lane& lane = table_.lanes[id];
    lane.touched = lane.passed = lane.passed_by = false;
    lane.longest = Duration::max();
    for_heads([id](Heads& heads) { heads.lane_changed(id, false); });
  }
  touched_lanes_.clear();
  passed_by_.clear();
  ++table_.pass;
}

PartId Queue::seek(Show show_what) {
  for (;;) {
    const PartId id = active_->top(show_what);
    if (id == none || gate_ == nullptr || gate_->open(table_.class_key(table_.parts[id]))) {
      return id;
    }
    park(id);
  }
}

void Queue::park(PartId id) {
  Part& part = table_.parts[id];
  for_heads([id](Heads& heads) { heads.leave(id); });
  part.parked = true;
  table_.users[part.user].parked.push_back(id);
}

void Queue::reopen(std::string_view name) {
  const UserId id = table_.user_names.acquire(std::string(name));
  if (id < table_.users.size()) {
    const std::vector<PartId> parked = std::exchange(table_.users[id].parked, {});
    for (const PartId p : parked) {
      if (p >= table_.parts.bound()) continue;
      Part& part = table_.parts[p];
      if (!part.parked || part.user != id) continue;  // its number is another's by now
      part.parked = false;
      if (Table::listed(part)) for_heads([p](Heads& heads) { heads.enter(p); });
    }
  }
  table_.user_names.release(id);
}

void Queue::reopen_all() {
  for (PartId p = 0; p < table_.parts.bound(); ++p) {
    Part& part = table_.parts[p];
    if (!part.parked) continue;
    part.parked = false;
    if (Table::listed(part)) for_heads([p](Heads& heads) { heads.enter(p); });
  }
  for (User& user : table_.users) user.parked.clear();
}

// The job that the part shows has started.
void Queue::started(PartId id) {
  const Part& part = table_.parts[id];
  const Ticket ticket = part.shown;
  passed_over_.started(place_of(part, ticket), table_.now);
  if (table_.lanes[part.lane].blocked) open(part.lane);
  if (gate_ != nullptr) gate_->started(table_.class_key(part));
  if (table_.inputs != nullptr) {
    User& user = table_.fresh(part.user);
    user.usage = table_.inputs->usage(table_.user_names[part.user], table_.now);
    const UserId changed = part.user;
    for_heads([changed](Heads& heads) { heads.usage_changed(changed); });
  }
  take(ticket);
  table_.entries.remove(ticket);
}

Lane& Queue::touch(LaneId id) {
  Lane& lane = table_.lanes[id];
  if (!lane.touched) touched_lanes_.push_back(id);
  lane.touched = true;
  return lane;
}

void Queue::block(LaneId id) {
  Lane& lane = table_.lanes[id];
  lane.blocked = true;
  if (!lane.noted) blocked_.push_back(id);
  lane.noted = true;
}

void Queue::pass_over(LaneId id, bool for_good) {
  Lane& lane = touch(id);
  lane.passed = true;
  lane.passed_by = false;
  if (for_good) block(id);
  for_heads([id](Heads& heads) { heads.lane_changed(id, false); });
}

void Queue::pass_by(LaneId id) {
  Lane& lane = touch(id);
  lane.passed = lane.passed_by = true;
  passed_by_.push_back(id);
  for_heads([id](Heads& heads) { heads.lane_changed(id, false); });
}

void Queue::again() {
  for (const LaneId id : passed_by_) again(id);
  passed_by_.clear();
}

void Queue::again(LaneId id) {
  Lane& lane = table_.lanes[id];
  if (!lane.passed_by) return;
  lane.passed = lane.passed_by = false;
  for_heads([id](Heads& heads) { heads.lane_changed(id, true); });
}

void Queue::pass_over_rest(bool for_good) {
  for (const LaneId id : passed_by_) {
    Lane& lane = table_.lanes[id];  // it is hidden already
    if (lane.passed_by && for_good) block(id);
    lane.passed_by = false;
  }
  passed_by_.clear();
}

void Queue::limit(LaneId id, Duration longest) {
  Lane& lane = touch(id);
  lane.longest = std::min(lane.longest, longest);
  for_heads([id](Heads& heads) { heads.lane_changed(id, false); });
}

void Queue::skip(PartId id) {
  Part& part = table_.parts[id];
  if (!part.touched) touched_parts_.push_back(id);
  part.touched = true;
  const Waiting& w = (*this)[part.shown];
  show(id, part.jobs.after(table_.entries, w.arrival, w.job));
}

void Queue::backfill() {
  if (!backfill_ || active_ == backfill_.get()) return;
  active_ = backfill_.get();
  active_->begin_pass();
}

std::optional<Instant> Queue::next_relaxed() const {
  if (relaxing_.empty()) return std::nullopt;
  return relaxing_.begin()->first;
}

}  // namespace retz::queue

namespace retz {

WaitingView::WaitingView(queue::Queue& queue, std::uint64_t starts_max)
    : queue_(&queue), starts_max_(starts_max) {}

WaitingView::~WaitingView() {
  queue_->end_pass();
}

const Candidate* WaitingView::candidate(Show show) {
  using queue::Table;
  if (starts_.size() >= starts_max_) return nullptr;
  part_ = queue_->seek(show);
  if (part_ == queue::none) return nullptr;
  const Table& table = queue_->table_;
  const queue::Part& part = table.parts[part_];
  const queue::Waiting& w = table.entries[part.shown].waiting;
  const model::ClassKey& key = table.class_key(part);
  candidate_ = {w.job,
                w.arrival,
                &key.request,
                {table.now, key.estimate, key.longest_stay, Table::relaxed(part.lane)},
                part.overdue,
                Table::shape_of(part.lane),
                table.lanes[part.lane].blocked};
  return &candidate_;
}

void WaitingView::start(std::uint32_t booking) {
  starts_.push_back({candidate_.job, booking});
  queue_->started(part_);
}

void WaitingView::pass_over(Until until) {
  queue_->pass_over(queue_->table_.parts[part_].lane, until == Until::room);
}

void WaitingView::pass_by() {
  queue_->pass_by(queue_->table_.parts[part_].lane);
}

void WaitingView::again() {
  queue_->again();
}

void WaitingView::again(std::uint32_t shape) {
  queue_->again(queue::Table::lane_of(shape, false));
  queue_->again(queue::Table::lane_of(shape, true));
}

void WaitingView::pass_over_rest(Until until) {
  queue_->pass_over_rest(until == Until::room);
}

std::uint64_t WaitingView::alike() const {
  return queue_->jobs_[candidate_.shape];
}

void WaitingView::pass_over_longer(Duration estimate) {
  RETZ_ASSERT(estimate < candidate_.terms.estimate);
  queue_->limit(queue_->table_.parts[part_].lane, estimate);
}

void WaitingView::skip() {
  queue_->skip(part_);
}

void WaitingView::backfill() {
  queue_->backfill();
}

std::optional<Instant> WaitingView::wake() const {
  const auto relaxed = queue_->next_relaxed();
  if (!wake_ || !relaxed) return wake_ ? wake_ : relaxed;
  return std::min(*wake_, *relaxed);
}

void WaitingView::wake_at(Instant then) {
  wake_ = std::min(wake_.value_or(then), then);
}

}  // namespace retz
