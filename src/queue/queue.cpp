#include "queue/queue.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace retz::queue {

Queue::Class& Queue::class_at(model::ClassId id) {
  if (id >= by_class_.size()) by_class_.resize(std::size_t{id} + 1);
  return by_class_[id];
}

Queue::Shape& Queue::shape_at(model::ShapeId id) {
  if (id >= shapes_.size()) shapes_.resize(std::size_t{id} + 1);
  return shapes_[id];
}

Ticket Queue::first_of(const Class& c) const {
  if (c.returned.empty()) return c.first;
  const Ticket back = std::get<Ticket>(*c.returned.begin());
  if (c.first == none) return back;
  const Waiting& a = entries_[c.first].waiting;
  const Waiting& b = entries_[back].waiting;
  return std::tie(a.arrival, a.job) < std::tie(b.arrival, b.job) ? c.first : back;
}

Ticket Queue::add(const Waiting& waiting, bool aside, Instant now) {
  const Ticket ticket = entries_.add();
  Entry& entry = entries_[ticket];
  entry.waiting = waiting;
  Class& c = class_at(waiting.class_id);
  const bool latest =
      c.last == none || std::tie(entries_[c.last].waiting.arrival, entries_[c.last].waiting.job) <
                            std::tie(waiting.arrival, waiting.job);
  if (latest) {
    entry.previous = c.last;
    (c.last == none ? c.first : entries_[c.last].next) = ticket;
    c.last = ticket;
  } else {
    entry.returned = true;
    c.returned.emplace(waiting.arrival, waiting.job, ticket);
  }
  if (c.count++ == 0) enter_shape(waiting.class_id, aside);
  if (first_of(c) == ticket) refresh_head(waiting.class_id, now);
  return ticket;
}

void Queue::unlink(Class& c, Ticket ticket) {
  const Entry& entry = entries_[ticket];
  if (entry.returned) {
    c.returned.erase({entry.waiting.arrival, entry.waiting.job, ticket});
  } else {
    (entry.previous == none ? c.first : entries_[entry.previous].next) = entry.next;
    (entry.next == none ? c.last : entries_[entry.next].previous) = entry.previous;
  }
  entries_.remove(ticket);
  --c.count;
}

void Queue::remove(Ticket ticket, Instant now) {
  const model::ClassId id = entries_[ticket].waiting.class_id;
  Class& c = by_class_[id];
  const bool was_first = first_of(c) == ticket;
  unlink(c, ticket);
  if (was_first) refresh_head(id, now);
  if (c.count == 0) leave_shape(id);
}

void Queue::enter_shape(model::ClassId id, bool aside) {
  Shape& shape = shape_at(classes_->shape(id));
  if (shape.classes.empty()) shape = {{}, aside, 0, 0};
  by_class_[id].place = static_cast<std::uint32_t>(shape.classes.size());
  shape.classes.push_back(id);
}

void Queue::leave_shape(model::ClassId id) {
  std::vector<model::ClassId>& list = shapes_[classes_->shape(id)].classes;
  const std::uint32_t place = by_class_[id].place;
  list[place] = list.back();
  by_class_[list[place]].place = place;
  list.pop_back();
}

void Queue::list(Class& c) {
  if (c.listed) unlist(c);
  c.head = heads_.insert(c.key).first;
  c.listed = true;
}

void Queue::unlist(Class& c) {
  if (!c.listed) return;
  heads_.erase(c.head);
  c.listed = false;
}

// The first job of the class changed, or its rank did.
void Queue::refresh_head(model::ClassId id, Instant now) {
  Class& c = by_class_[id];
  if (c.count == 0) {
    unlist(c);
    return;
  }
  const Waiting& first = entries_[first_of(c)].waiting;
  const model::ClassKey& key = (*classes_)[id];
  const Rank rank = ordering_->rank(
      {first.job, key.user, key.request, key.priority, key.estimate, first.submitted}, now);
  c.key = {rank, first.arrival, first.job, id};
  if (shapes_[classes_->shape(id)].aside) {
    unlist(c);
  } else if (c.listed) {
    auto node = heads_.extract(c.head);
    node.value() = c.key;
    c.head = heads_.insert(std::move(node)).position;
  } else {
    list(c);
  }
}

void Queue::set_aside(model::ShapeId id, bool aside) {
  Shape& shape = shapes_[id];
  if (shape.aside == aside) return;
  shape.aside = aside;
  for (const model::ClassId c : shape.classes) {
    aside ? unlist(by_class_[c]) : list(by_class_[c]);
  }
}

bool Queue::is_aside(Ticket ticket) const {
  return shapes_[classes_->shape(entries_[ticket].waiting.class_id)].aside;
}

void Queue::begin_pass(Instant now) {
  now_ = now;
  ++pass_;
  ++round_;
  if (ordering_->rank_changes() != RankChanges::never) {
    for (const Shape& shape : shapes_) {
      for (const model::ClassId id : shape.classes) refresh_head(id, now);
    }
  }
  cursor_ = heads_.begin();
}

bool Queue::seek() {
  for (; cursor_ != heads_.end(); ++cursor_) {
    const Shape& shape = shapes_[classes_->shape(cursor_->class_id)];
    if (shape.passed_over != pass_ && shape.passed_by != round_) break;
  }
  return cursor_ != heads_.end();
}

void Queue::take_head() {
  const model::ClassId id = cursor_->class_id;
  Class& c = by_class_[id];
  const auto following = std::next(cursor_);
  remove(first_of(c), now_);
  cursor_ = following;
  if (c.listed && (following == heads_.end() || *c.head < *following)) cursor_ = c.head;
}

std::uint64_t Queue::before(const Class& c, const Head& key) const {
  if (c.key.rank < key.rank) return c.count;
  if (key.rank < c.key.rank) return 0;
  std::uint64_t count = 0;
  for (Ticket t = c.first; t != none; t = entries_[t].next, ++count) {
    const Waiting& w = entries_[t].waiting;
    if (std::tie(w.arrival, w.job) >= std::tie(key.arrival, key.job)) break;
  }
  for (const Place& p : c.returned) {
    if (std::tie(std::get<0>(p), std::get<1>(p)) >= std::tie(key.arrival, key.job)) break;
    ++count;
  }
  return count;
}

std::uint64_t Queue::position(Ticket ticket) const {
  const Waiting& w = entries_[ticket].waiting;
  const Class& own = by_class_[w.class_id];
  const Head key{own.key.rank, w.arrival, w.job, w.class_id};
  std::uint64_t ahead = own.listed ? 0 : before(own, key);
  for (const Head& head : heads_) {
    if (key.rank < head.rank) break;
    ahead += before(by_class_[head.class_id], key);
  }
  return ahead + 1;
}

const Queue::Waiting* Queue::head() const {
  if (heads_.empty()) return nullptr;
  return &entries_[first_of(by_class_[heads_.begin()->class_id])].waiting;
}

void Queue::check_class(model::ClassId id) const {
  const Class& c = by_class_[id];
  const Shape& shape = shapes_[classes_->shape(id)];
  RETZ_ASSERT(shape.classes.at(c.place) == id);
  RETZ_ASSERT(c.listed == !shape.aside);
  RETZ_ASSERT(!c.listed || *c.head == c.key);
  const Waiting& first = entries_[first_of(c)].waiting;
  RETZ_ASSERT(c.key.arrival == first.arrival && c.key.job == first.job);
  std::size_t count = c.returned.size();
  for (Ticket t = c.first; t != none; t = entries_[t].next, ++count) {
    const Entry& e = entries_[t];
    RETZ_ASSERT(e.waiting.class_id == id && !e.returned);
    const Ticket p = e.previous;
    RETZ_ASSERT(p == none ? t == c.first : entries_[p].waiting.arrival <= e.waiting.arrival);
  }
  RETZ_ASSERT(count == c.count);
}

void Queue::check_invariants() const {
  std::size_t waiting = 0, listed = 0;
  for (model::ClassId id = 0; id < by_class_.size(); ++id) {
    const Class& c = by_class_[id];
    if (c.count == 0) {
      RETZ_ASSERT(!c.listed);
      continue;
    }
    check_class(id);
    waiting += c.count;
    listed += c.listed ? 1 : 0;
  }
  RETZ_ASSERT(waiting == entries_.size());
  RETZ_ASSERT(listed == heads_.size());
}

}  // namespace retz::queue

namespace retz {

WaitingView::WaitingView(queue::Queue& queue, std::uint64_t starts_max)
    : queue_(&queue), starts_max_(starts_max) {}

const Candidate* WaitingView::candidate(Show) {
  if (starts_.size() >= starts_max_ || !queue_->seek()) return nullptr;
  const queue::Queue::Head& head = *queue_->cursor_;
  const model::ClassKey& key = (*queue_->classes_)[head.class_id];
  candidate_ = {head.job,     head.arrival,
                &key.request, {queue_->now_, key.estimate, key.longest_stay, true},
                false,        queue_->classes_->shape(head.class_id)};
  return &candidate_;
}

void WaitingView::start(std::uint32_t booking) {
  starts_.push_back({queue_->cursor_->job, booking});
  queue_->take_head();
}

void WaitingView::pass_over() {
  queue_->shapes_[queue_->classes_->shape(queue_->cursor_->class_id)].passed_over = queue_->pass_;
}

void WaitingView::pass_by() {
  queue_->shapes_[queue_->classes_->shape(queue_->cursor_->class_id)].passed_by = queue_->round_;
}

void WaitingView::again(std::uint32_t shape) {
  queue_->shapes_[shape].passed_by = 0;
  queue_->cursor_ = queue_->heads_.begin();
}

void WaitingView::pass_over_rest() {
  for (queue::Queue::Shape& shape : queue_->shapes_) {
    if (shape.passed_by == queue_->round_) shape.passed_over = queue_->pass_;
  }
}

void WaitingView::again() {
  ++queue_->round_;
  queue_->cursor_ = queue_->heads_.begin();
}

std::uint64_t WaitingView::alike() const {
  std::uint64_t jobs = 0;
  const model::ShapeId shape = queue_->classes_->shape(queue_->cursor_->class_id);
  for (const model::ClassId c : queue_->shapes_[shape].classes) jobs += queue_->by_class_[c].count;
  return jobs;
}

}  // namespace retz
