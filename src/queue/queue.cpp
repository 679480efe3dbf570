#include "queue/queue.hpp"

#include <algorithm>
#include <tuple>

#include "base/assert.hpp"

namespace retz::queue {

bool Orders::single() const {
  return ordering->within_class() == WithinClass::by_rank ||
         (backfill != nullptr && backfill->within_class() == WithinClass::by_rank);
}

Queue::Queue(const Orders& orders, const model::Classes& classes) : table_(classes), due_(table_) {
  arrange(orders);
}

void Queue::arrange(const Orders& orders) {
  orders_ = orders;
  heads_ = make_heads(table_, *orders.ordering);
  backfill_ = nullptr;
  if (orders.backfill != nullptr && orders.backfill != orders.ordering) {
    backfill_ = make_heads(table_, *orders.backfill);
  }
  positions_ = std::make_unique<Positions>(table_, *orders.ordering);
}

void Queue::change(const Orders& orders, Instant now) {
  RETZ_ASSERT(!passing_ && (empty() || orders.single() == orders_.single()));
  table_.now = std::max(table_.now, now);
  std::vector<Ticket> all;
  std::vector<bool> aside(table_.lanes.size() / 2);
  for (Ticket t = 0; t < table_.entries.bound(); ++t) {
    if (table_.entries[t].part == none) continue;
    all.push_back(t);
    const model::ShapeId shape = table_.classes->shape(table_.entries[t].waiting.class_id);
    aside[shape] = part_of(t).lane != none && table_.lanes[part_of(t).lane].aside;
  }
  for (const Ticket t : all) take(t);
  arrange(orders);
  passed_over_.forget();
  std::sort(all.begin(), all.end(), [this](Ticket a, Ticket b) {
    const Waiting &x = (*this)[a], &y = (*this)[b];
    return std::tie(x.arrival, x.job) < std::tie(y.arrival, y.job);
  });
  for (const Ticket t : all) put(t, false, aside[table_.classes->shape((*this)[t].class_id)]);
}

Ticket Queue::add(const Waiting& waiting, bool aside, Instant now) {
  table_.now = std::max(table_.now, now);
  const Ticket ticket = table_.entries.add();
  table_.entries[ticket].waiting = waiting;
  put(ticket, false, aside);
  return ticket;
}

// In rounds: each reads what the one before asked for.
void Queue::look_ahead(std::span<const model::ClassId> classes) const {
  const auto each = [&](const auto& look) {
    for (const model::ClassId id : classes) {
      if (id >= table_.of_class.size()) continue;
      if (const PartId part = table_.of_class[id][0]; part != none) look(table_.parts[part]);
    }
  };
  each([](const Part& part) { model::fetch(part); });
  each([this](const Part& part) {
    part.jobs.fetch_chunk();
    positions_->fetch_group(part);
  });
  each([this](const Part& part) {
    part.jobs.fetch_end();
    positions_->fetch_chunk(part);
  });
  each([this](const Part& part) { positions_->fetch_end(part); });
}

void Queue::remove(Ticket ticket, Instant now) {
  table_.now = std::max(table_.now, now);
  take(ticket);
  table_.entries.remove(ticket);
}

void Queue::rank_anew(Ticket ticket, Instant now) {
  table_.now = std::max(table_.now, now);
  const Part& part = part_of(ticket);
  const bool overdue = part.overdue, aside = table_.lanes[part.lane].aside;
  take(ticket);
  put(ticket, overdue, aside);
}

bool Queue::is_aside(Ticket ticket) const {
  return table_.lanes[part_of(ticket).lane].aside;
}

bool Queue::is_blocked(Ticket ticket) const {
  return table_.lanes[part_of(ticket).lane].blocked;
}

const Waiting* Queue::head() const {
  const PartId first = heads_->first();
  return first == none ? nullptr : &(*this)[table_.parts[first].shown];
}

const Waiting* Queue::first_overdue(const Request& request) const {
  const Waiting* first = nullptr;
  for (const Lane& lane : table_.lanes) {
    if (lane.overdue == 0 || table_.class_key(table_.parts[lane.parts[0]]).request != request) {
      continue;
    }
    for (const PartId id : lane.parts) {
      const Part& part = table_.parts[id];
      if (!part.overdue || part.jobs.empty()) continue;
      const Waiting& w = (*this)[part.jobs.front()];
      if (first == nullptr || std::tie(w.arrival, w.job) < std::tie(first->arrival, first->job)) {
        first = &w;
      }
    }
  }
  return first;
}

std::vector<JobId> Queue::jobs_before(Ticket ticket) const {
  std::vector<JobId> jobs;
  const Key key = table_.key(*orders_.ordering, part_of(ticket), ticket);
  for (PartId id = 0; id < table_.parts.bound(); ++id) {
    const Part& part = table_.parts[id];
    if (part.lane == none || part.jobs.empty() || table_.lanes[part.lane].aside) continue;
    for (Ticket t = part.jobs.front(); t != none;) {
      if (!(table_.key(*orders_.ordering, part, t) < key)) break;
      const Waiting& w = (*this)[t];
      jobs.push_back(w.job);
      t = part.jobs.after(table_.entries, w.arrival, w.job);
    }
  }
  return jobs;
}

// --- jobs in the parts of their class

void Queue::put(Ticket ticket, bool overdue, bool aside) {
  const model::ClassId class_id = table_.entries[ticket].waiting.class_id;
  const PartId id = part_for(class_id, overdue);
  table_.entries[ticket].part = id;
  Part& part = table_.parts[id];
  const bool first = part.jobs.insert(table_.entries, ticket);
  ++jobs_of(table_.classes->shape(class_id));
  positions_->add(id, ticket);
  if (orders_.starvation_bound && !overdue) due_.add(ticket);
  if (!first) return;
  if (part.lane == none) {
    join(id, lane_for(part, ticket), aside);
    part.shown = ticket;
    list(id);
  } else {
    show(id, ticket);
  }
}

void Queue::take(Ticket ticket) {
  const Waiting& w = table_.entries[ticket].waiting;
  const PartId id = table_.entries[ticket].part;
  Part& part = table_.parts[id];
  if (orders_.starvation_bound && !part.overdue) due_.remove(ticket);
  const bool was_shown = part.shown == ticket;
  part.jobs.erase(table_.entries, ticket);
  --jobs_of(table_.classes->shape(part.class_id));
  positions_->remove(id, ticket);
  table_.entries[ticket].part = none;
  if (was_shown) show(id, part.jobs.after(table_.entries, w.arrival, w.job));
  if (part.jobs.empty()) drop(id);
}

std::uint64_t& Queue::jobs_of(model::ShapeId shape) {
  if (shape >= jobs_.size()) jobs_.resize(std::size_t{shape} + 1);
  return jobs_[shape];
}

PartId Queue::part_for(model::ClassId class_id, bool overdue) {
  if (class_id >= table_.of_class.size()) {
    table_.of_class.resize(std::size_t{class_id} + 1, {none, none});
  }
  PartId& id = table_.of_class[class_id][overdue ? 1 : 0];
  if (id != none) return id;
  id = table_.parts.add();
  Part& part = table_.parts[id];
  part.class_id = class_id;
  part.overdue = overdue;
  part.estimate = table_.class_key(part).estimate;
  part.user = table_.user_names.acquire(table_.class_key(part).user);
  if (part.user >= table_.users.size()) table_.users.resize(std::size_t{part.user} + 1);
  return id;
}

void Queue::drop(PartId id) {
  Part& part = table_.parts[id];
  part_from(id);
  if (table_.user_names.release(part.user)) table_.users[part.user] = {};
  table_.of_class[part.class_id][part.overdue ? 1 : 0] = none;
  table_.parts.remove(id);
}

// --- parts in their lanes

LaneId Queue::lane_for(const Part& part, Ticket ticket) const {
  const auto& preference = table_.class_key(part).request.preference;
  const bool relaxed =
      !preference ||
      table_.entries[ticket].waiting.eligible_at + preference->patience <= table_.now;
  return Table::lane_of(table_.classes->shape(part.class_id), relaxed);
}

void Queue::join(PartId id, LaneId lane_id, bool aside) {
  const model::ShapeId shape = Table::shape_of(lane_id);
  if (lane_id >= table_.lanes.size()) table_.lanes.resize((std::size_t{shape} + 1) * 2);
  Lane& lane = table_.lanes[lane_id];
  const Lane& other = table_.lanes[lane_id ^ 1U];
  if (lane.parts.empty()) mark_aside(lane_id, other.parts.empty() ? aside : other.aside);
  Part& part = table_.parts[id];
  part.lane = lane_id;
  part.place = static_cast<std::uint32_t>(lane.parts.size());
  lane.parts.push_back(id);
  if (part.overdue) ++lane.overdue;
}

void Queue::mark_aside(LaneId id, bool aside) {
  Lane& lane = table_.lanes[id];
  if (lane.aside != aside) aside ? ++table_.aside : --table_.aside;
  lane.aside = aside;
}

// Out of its lane. Requires: it is not listed.
void Queue::part_from(PartId id) {
  Part& part = table_.parts[id];
  Lane& lane = table_.lanes[part.lane];
  if (part.overdue) --lane.overdue;
  lane.parts[part.place] = lane.parts.back();
  table_.parts[lane.parts[part.place]].place = part.place;
  lane.parts.pop_back();
  if (lane.parts.empty()) {
    lane.blocked = false;
    mark_aside(part.lane, false);
  }
  part.lane = none;
}

std::optional<Instant> Queue::relaxes_at(const Part& part) const {
  if (part.shown == none || Table::relaxed(part.lane)) return std::nullopt;
  return (*this)[part.shown].eligible_at + table_.class_key(part).request.preference->patience;
}

void Queue::list(PartId id) {
  const Part& part = table_.parts[id];
  if (const auto then = relaxes_at(part)) relaxing_.emplace(*then, id);
  if (Table::listed(part)) for_heads([id](Heads& heads) { heads.enter(id); });
}

void Queue::unlist(PartId id) {
  const Part& part = table_.parts[id];
  if (const auto then = relaxes_at(part)) relaxing_.erase({*then, id});
  if (Table::listed(part)) for_heads([id](Heads& heads) { heads.leave(id); });
}

void Queue::show(PartId id, Ticket ticket) {
  Part& part = table_.parts[id];
  const LaneId lane = ticket == none ? part.lane : lane_for(part, ticket);
  if (lane == part.lane && Table::relaxed(lane) && Table::listed(part) && ticket != none) {
    part.shown = ticket;
    for_heads([id](Heads& heads) { heads.renew(id); });
    return;
  }
  unlist(id);
  part.shown = ticket;
  if (lane != part.lane) {
    const bool aside = table_.lanes[part.lane].aside;
    part_from(id);
    join(id, lane, aside);
  }
  if (ticket != none) list(id);
}

void Queue::set_aside(model::ShapeId shape, bool aside) {
  for (const bool relaxed : {false, true}) {
    const LaneId id = Table::lane_of(shape, relaxed);
    if (table_.lanes[id].aside == aside || table_.lanes[id].parts.empty()) continue;
    mark_aside(id, aside);
    for_heads([id](Heads& heads) { heads.lane_changed(id, false); });
  }
}

bool Queue::still_blocked(LaneId lane) const {
  return table_.lanes[lane].blocked && !table_.lanes[lane].parts.empty();
}

void Queue::open(LaneId lane) {
  table_.lanes[lane].blocked = false;
  for_heads([lane](Heads& heads) { heads.lane_changed(lane, true); });
}

void Queue::unblock_all() {
  unblock([](model::ShapeId, const Request&, bool) { return true; });
}

Key Queue::place_of(const Part& part, Ticket ticket) const {
  if (orders_.ordering->rank_changes() == RankChanges::never) {
    return table_.key(*orders_.ordering, part, ticket);
  }
  const Waiting& w = (*this)[ticket];
  return {!part.overdue, {}, w.arrival, w.job};
}

Explanation::PassedOver Queue::passed_over(Ticket ticket) const {
  return passed_over_.of(place_of(part_of(ticket), ticket), (*this)[ticket].eligible_at);
}

}  // namespace retz::queue
