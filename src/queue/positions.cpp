#include "queue/positions.hpp"

#include "base/assert.hpp"

namespace retz::queue {

Positions::Positions(Table& table, const Ordering& ordering)
    : table_(&table),
      ordering_(&ordering),
      grouped_(ordering.rank_changes() == RankChanges::never &&
               ordering.within_class() != WithinClass::by_arrival),
      alike_(ordering.within_class() != WithinClass::by_arrival) {}

void Positions::pull(std::uint32_t id) const {
  Group& g = groups_[id];
  g.sum = g.jobs.size();
  if (g.links.left != none) g.sum += groups_[g.links.left].sum;
  if (g.links.right != none) g.sum += groups_[g.links.right].sum;
}

std::uint32_t Positions::group_of(const Rank& rank) {
  for (std::uint32_t at = root_; at != none;) {
    const Group& g = groups_[at];
    if (g.rank == rank) return at;
    at = rank < g.rank ? g.links.left : g.links.right;
  }
  const std::uint32_t id = groups_.add();
  groups_[id].rank = rank;
  Treap(*this).insert(root_, id);
  return id;
}

void Positions::add(PartId id, Ticket ticket) {
  Part& part = table_->parts[id];
  if (part.overdue) return overdue_.insert(table_->entries, ticket);
  if (!grouped_) return;
  if (part.group == none) {
    part.group = group_of(table_->key(*ordering_, part, ticket).rank);
    ++groups_[part.group].parts;
  }
  groups_[part.group].jobs.insert(table_->entries, ticket);
  mark(part.group);
}

void Positions::remove(PartId id, Ticket ticket) {
  Part& part = table_->parts[id];
  if (part.overdue) return overdue_.erase(table_->entries, ticket);
  if (!grouped_) return;
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
  if (groups_[group].stale) return;
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
  if (root != id) touch(groups_[id].rank < g.rank ? g.links.left : g.links.right, id);
  pull(root);
}

std::uint64_t Positions::in_groups(const Key& key) const {
  sum_up();
  std::uint64_t count = 0;
  for (std::uint32_t at = root_; at != none;) {
    const Group& g = groups_[at];
    if (key.rank < g.rank) {
      at = g.links.left;
      continue;
    }
    if (g.links.left != none) count += groups_[g.links.left].sum;
    if (g.rank == key.rank) {
      return count + g.jobs.count_before(table_->entries, key.arrival, key.job);
    }
    count += g.jobs.size();
    at = g.links.right;
  }
  return count;
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
  RankedJob job{w.job, c.user, c.request, c.priority, c.estimate, w.submitted, 0, Duration{0}};
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
  std::uint64_t ahead = 0;
  if (!key.in_time) {
    ahead = overdue_.count_before(table_->entries, key.arrival, key.job);
  } else {
    ahead = overdue_.size();
    if (grouped_) {
      ahead += in_groups(key);
    } else {
      ahead += own.jobs.count_before(table_->entries, key.arrival, key.job);
    }
  }
  if (grouped_ && table_->aside == 0) return ahead;
  for (PartId p = 0; p < table_->parts.bound(); ++p) {
    const Part& part = table_->parts[p];
    if (part.lane == none || part.class_id == own.class_id) continue;
    const bool aside = table_->lanes[part.lane].aside;
    if (aside && (grouped_ || part.overdue)) {
      ahead -= in_part(part, key);
    } else if (!grouped_ && !aside && !part.overdue) {
      ahead += in_part(part, key);
    }
  }
  return ahead;
}

void Positions::check() const {
  sum_up();
  const std::uint64_t all = root_ == none ? 0 : groups_[root_].sum;
  RETZ_ASSERT(groups_.size() > 0 || all == 0);
  if (grouped_) RETZ_ASSERT(all + overdue_.size() == table_->entries.size());
}

}  // namespace retz::queue
