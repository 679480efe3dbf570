#include "queue/positions.hpp"

#include "base/assert.hpp"

namespace retz::queue {

Positions::Positions(Table& table, const Ordering& ordering)
    : table_(&table),
      ordering_(&ordering),
      grouped_(ordering.rank_changes() == RankChanges::never &&
               ordering.within_class() != WithinClass::by_arrival),
      alike_(ordering.within_class() != WithinClass::by_arrival) {}

void Positions::pull(std::uint32_t id) {
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
  Treap(*this).touch(root_, part.group);
}

void Positions::remove(PartId id, Ticket ticket) {
  Part& part = table_->parts[id];
  if (part.overdue) return overdue_.erase(table_->entries, ticket);
  if (!grouped_) return;
  const std::uint32_t group = part.group;
  groups_[group].jobs.erase(table_->entries, ticket);
  Treap(*this).touch(root_, group);
  if (!part.jobs.empty()) return;
  part.group = none;
  if (--groups_[group].parts > 0) return;
  Treap(*this).erase(root_, group);
  groups_.remove(group);
}

std::uint64_t Positions::in_groups(const Key& key) const {
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
  const Key first = table_->key(*ordering_, part, part.jobs.front());
  if (key < first) return 0;
  if (alike_) {
    if (first.rank < key.rank) return size;
    return part.jobs.count_before(table_->entries, key.arrival, key.job);
  }
  if (table_->key(*ordering_, part, part.jobs.back()) < key) return size;
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
  for (const Lane& lane : table_->lanes) {
    if (grouped_ ? !lane.aside : lane.aside && lane.overdue == 0) continue;
    for (const PartId p : lane.parts) {
      const Part& part = table_->parts[p];
      if (part.class_id == own.class_id) continue;
      if (lane.aside && (grouped_ || part.overdue)) {
        ahead -= in_part(part, key);
      } else if (!grouped_ && !lane.aside && !part.overdue) {
        ahead += in_part(part, key);
      }
    }
  }
  return ahead;
}

void Positions::check() const {
  std::uint64_t all = root_ == none ? 0 : groups_[root_].sum;
  RETZ_ASSERT(groups_.size() > 0 || all == 0);
  if (grouped_) RETZ_ASSERT(all + overdue_.size() == table_->entries.size());
}

}  // namespace retz::queue
