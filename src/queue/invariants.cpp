// Everything that is kept twice, compared; for tests.
#include "base/assert.hpp"
#include "queue/queue.hpp"

namespace retz::queue {

void Queue::check_part(PartId id) const {
  const Part& part = table_.parts[id];
  const Lane& lane = table_.lanes.at(part.lane);
  RETZ_ASSERT(lane.parts.at(part.place) == id);
  RETZ_ASSERT(table_.of_class[part.class_id][part.overdue ? 1 : 0] == id);
  RETZ_ASSERT(Table::shape_of(part.lane) == table_.classes->shape(part.class_id));
  RETZ_ASSERT(part.estimate == table_.class_key(part).estimate && !part.jobs.empty());
  RETZ_ASSERT(passing_ || part.shown == part.jobs.front());
  if (const auto then = relaxes_at(part)) RETZ_ASSERT(relaxing_.contains({*then, id}));
  std::size_t count = 0;
  Ticket previous = none;
  part.jobs.each([&](Ticket t) {
    const Entry& e = table_.entries[t];
    RETZ_ASSERT(e.part == id && e.waiting.class_id == part.class_id);
    if (previous != none) RETZ_ASSERT((*this)[previous].arrival <= e.waiting.arrival);
    RETZ_ASSERT(part.jobs.count_before(table_.entries, e.waiting.arrival, e.waiting.job) == count);
    previous = t;
    ++count;
  });
  RETZ_ASSERT(count == part.jobs.size());
}

void Queue::check_invariants() const {
  std::size_t waiting = 0, overdue = 0, relaxing = 0, aside = 0;
  for (LaneId id = 0; id < table_.lanes.size(); ++id) {
    const Lane& lane = table_.lanes[id];
    std::size_t late = 0;
    for (const PartId p : lane.parts) {
      check_part(p);
      const Part& part = table_.parts[p];
      waiting += part.jobs.size();
      if (relaxes_at(part)) ++relaxing;
      if (!part.overdue) continue;
      overdue += part.jobs.size();
      ++late;
    }
    RETZ_ASSERT(lane.overdue == late);
    RETZ_ASSERT(passing_ || (!lane.passed && !lane.touched && lane.longest == Duration::max()));
    RETZ_ASSERT(!lane.blocked || lane.noted);
    RETZ_ASSERT(!lane.parts.empty() || (!lane.aside && !lane.blocked));
    aside += lane.aside ? 1 : 0;
  }
  RETZ_ASSERT(waiting == size() && overdue == positions_->overdue().size());
  RETZ_ASSERT(relaxing == relaxing_.size() && aside == table_.aside);
  RETZ_ASSERT(due_.size() == (orders_.starvation_bound ? waiting - overdue : 0));
  heads_->check();
  if (backfill_) backfill_->check();
  positions_->check();
}

}  // namespace retz::queue
