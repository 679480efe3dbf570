#include "queue/positions.hpp"

#include "base/assert.hpp"

namespace retz::queue {

namespace {

RankedJob ranked(const Waiting& w, const model::ClassKey& c) {
  return {w.job, c.user, c.request, c.priority, c.estimate, w.submitted, 0, Duration{0}};
}

}  // namespace

Positions::Positions(Table& table, const Ordering& ordering)
    : table_(&table),
      ordering_(&ordering),
      alike_(ordering.within_class() != WithinClass::by_arrival) {
  const Request nothing;
  const RankedJob job{{}, {}, nothing, 0, Duration{1}, {}, 0, Duration{0}};
  if (ordering.rank_changes() != RankChanges::with_usage) {
    if (alike_ && ordering.rank_changes() == RankChanges::never) by_ = By::rank;
    if (!alike_ && ordering.terms(job)) by_ = By::terms;
  } else if (ordering.within_class() == WithinClass::alike) {
    by_ = By::rank_and_user;
  }
}

Positions::Mark Positions::mark_of(const Part& part, Ticket ticket) const {
  const RankedJob job = ranked(table_->entries[ticket].waiting, table_->class_key(part));
  switch (by_) {
    case By::terms:
      return {comparable(*ordering_->terms(job)), 0};
    case By::rank_and_user:
      return {comparable(ordering_->rank(job, table_->now)), part.user};
    default:
      return {table_->key(*ordering_, part, ticket).rank, 0};
  }
}

void Positions::pull(std::uint32_t id) const {
  Group& g = groups_[id];
  g.sum = g.jobs.size();
  if (g.links.left != none) g.sum += groups_[g.links.left].sum;
  if (g.links.right != none) g.sum += groups_[g.links.right].sum;
}

std::uint32_t Positions::group_of(const Mark& mark) {
  for (std::uint32_t at = root_; at != none;) {
    const Group& g = groups_[at];
    if (g.mark == mark) return at;
    at = mark < g.mark ? g.links.left : g.links.right;
  }
  const std::uint32_t id = groups_.add();
  groups_[id].mark = mark;
  if (by_ == By::terms) groups_[id].jobs = Sequence(Sequence::By::submission);
  Treap(*this).insert(root_, id);
  return id;
}

void Positions::add(PartId id, Ticket ticket) {
  Part& part = table_->parts[id];
  if (part.overdue) {
    overdue_.insert(table_->entries, ticket);
    return;
  }
  if (by_ == By::nothing) return;
  if (part.group == none) {
    part.group = group_of(mark_of(part, ticket));
    ++groups_[part.group].parts;
  }
  groups_[part.group].jobs.insert(table_->entries, ticket);
  mark(part.group);
}

void Positions::remove(PartId id, Ticket ticket) {
  Part& part = table_->parts[id];
  if (part.overdue) return overdue_.erase(table_->entries, ticket);
  if (by_ == By::nothing) return;
  const std::uint32_t group = part.group;
  groups_[group].jobs.erase(table_->entries, ticket);
  mark(group);
  if (!part.jobs.empty()) return;
  part.group = none;
  if (--groups_[group].parts > 0) return;
  Treap(*this).erase(root_, group);
  groups_.remove(group);
}

void Positions::mark(std::uint32_t group) {
  if (by_ != By::rank || groups_[group].stale) return;
  groups_[group].stale = true;
  stale_.push_back(group);
}

void Positions::sum_all(std::uint32_t id) const {
  Group& g = groups_[id];
  g.stale = false;
  g.sum = g.jobs.size();
  for (const std::uint32_t child : {g.links.left, g.links.right}) {
    if (child == none) continue;
    sum_all(child);
    g.sum += groups_[child].sum;
  }
}

void Positions::sum_up() const {
  if (stale_.size() * 16 > groups_.size()) {
    if (root_ != none) sum_all(root_);
  } else {
    for (const std::uint32_t id : stale_) {
      if (!groups_[id].stale) continue;  // its number may be free
      groups_[id].stale = false;
      touch(root_, id);
    }
  }
  stale_.clear();
}

// Sums along the way down to it.
void Positions::touch(std::uint32_t root, std::uint32_t id) const {
  const Group& g = groups_[root];
  if (root != id) touch(groups_[id].mark < g.mark ? g.links.left : g.links.right, id);
  pull(root);
}

std::uint64_t Positions::in_tree(const Key& key) const {
  sum_up();
  std::uint64_t count = 0;
  for (std::uint32_t at = root_; at != none;) {
    const Group& g = groups_[at];
    if (key.rank < g.mark.rank) {
      at = g.links.left;
      continue;
    }
    if (g.links.left != none) count += groups_[g.links.left].sum;
    if (g.mark.rank == key.rank) {
      return count + g.jobs.count_before(table_->entries, key.arrival, key.job);
    }
    count += g.jobs.size();
    at = g.links.right;
  }
  return count;
}

// All that tells the jobs apart is when they were submitted: the first one's class speaks for all.
std::uint64_t Positions::in_group(const Sequence& jobs, const Key& key) const {
  const Entry& front = table_->entries[jobs.front()];
  const Part& part = table_->parts[front.part];
  RankedJob job = ranked(front.waiting, table_->class_key(part));
  const auto ahead = [&](Ticket t) {
    const Waiting& w = table_->entries[t].waiting;
    job.id = w.job;
    job.submitted = w.submitted;
    return table_->key(*ordering_, job, part.user, w.arrival, false) < key;
  };
  if (!ahead(jobs.front())) return 0;
  if (ahead(jobs.back())) return jobs.size();
  if (alike_) return jobs.count_before(table_->entries, key.arrival, key.job);
  return jobs.count_while_ticket(ahead);
}

std::uint64_t Positions::in_part(const Part& part, const Key& key) const {
  const std::uint64_t size = part.jobs.size();
  if (size == 0) return 0;
  if (part.overdue || !key.in_time) {
    if (!part.overdue) return 0;
    if (key.in_time) return size;
    return part.jobs.count_before(table_->entries, key.arrival, key.job);
  }
  const Waiting& w = table_->entries[part.jobs.front()].waiting;
  const model::ClassKey& c = table_->class_key(part);
  RankedJob job = ranked(w, c);
  const Key first = table_->key(*ordering_, job, part.user, w.arrival, false);
  if (key < first) return 0;
  if (alike_) {
    if (first.rank < key.rank) return size;
    return part.jobs.count_before(table_->entries, key.arrival, key.job);
  }
  // None of the class ranks later than one that came just now would.
  job.submitted = table_->now;
  if (table_->key(*ordering_, job, part.user, w.arrival, false).rank < key.rank) return size;
  return part.jobs.count_while_ticket(
      [&](Ticket t) { return table_->key(*ordering_, part, t) < key; });
}

std::uint64_t Positions::before(Ticket ticket) const {
  const Entry& entry = table_->entries[ticket];
  const Part& own = table_->parts[entry.part];
  const Key key = table_->key(*ordering_, own, ticket);
  if (!key.in_time) {
    const std::uint64_t all = overdue_.count_before(table_->entries, key.arrival, key.job);
    return all - set_aside(own, key);
  }
  std::uint64_t ahead = overdue_.size();
  if (by_ == By::rank) {
    ahead += in_tree(key);
  } else if (by_ != By::nothing) {
    for (std::uint32_t g = 0; g < groups_.bound(); ++g) {
      if (!groups_[g].jobs.empty()) ahead += in_group(groups_[g].jobs, key);
    }
  } else {
    for (PartId p = 0; p < table_->parts.bound(); ++p) {
      const Part& part = table_->parts[p];
      if (part.lane != none && !part.overdue) ahead += in_part(part, key);
    }
  }
  return ahead - set_aside(own, key);
}

// Of those before it, the ones that are set aside, but for its own class.
std::uint64_t Positions::set_aside(const Part& own, const Key& key) const {
  if (table_->aside == 0) return 0;
  std::uint64_t count = 0;
  for (const Lane& lane : table_->lanes) {
    if (!lane.aside) continue;
    for (const PartId p : lane.parts) {
      const Part& part = table_->parts[p];
      if (part.class_id != own.class_id) count += in_part(part, key);
    }
  }
  return count;
}

void Positions::check() const {
  sum_up();
  const std::uint64_t all = root_ == none ? 0 : groups_[root_].sum;
  RETZ_ASSERT(groups_.size() > 0 || all == 0);
  if (by_ == By::rank) RETZ_ASSERT(all + overdue_.size() == table_->entries.size());
}

}  // namespace retz::queue
