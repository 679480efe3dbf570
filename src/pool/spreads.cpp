#include "pool/spreads.hpp"

#include <limits>

#include "base/assert.hpp"

namespace retz::pool {

std::string Spreads::name_of(std::string_view user, const Spread& spread) {
  std::string name(user);
  name += '\0';
  return name += spread.group;
}

std::uint32_t Spreads::number(Values& values, const std::string& value) {
  const auto [at, added] =
      numbers_.try_emplace(value, static_cast<std::uint32_t>(values.names.size()));
  if (added) values.names.push_back(value);
  return at->second;
}

// Keeps the counts by value in step, where they are of the present attributes.
void Spreads::count(Group& group, std::uint32_t node, std::int32_t change) {
  const auto at = values_.find(group.attribute);
  if (at == values_.end() || at->second.version != group.version) return;
  const std::vector<std::uint32_t>& of_node = at->second.of_node;
  if (node >= of_node.size() || of_node[node] == none) return;
  group.counts[of_node[node]] += static_cast<std::uint32_t>(change);
}

std::uint32_t Spreads::started(std::string_view user, const Spread& spread, std::uint32_t node) {
  const auto [at, added] = by_name_.try_emplace(name_of(user, spread), 0);
  if (added) {
    if (unused_.empty()) {
      at->second = static_cast<std::uint32_t>(groups_.size());
      groups_.emplace_back();
    } else {
      at->second = unused_.back();
      unused_.pop_back();
    }
    groups_[at->second].name = at->first;
  }
  Group& group = groups_[at->second];
  ++group.attempts;
  ++group.by_node[node];
  ++attempts_;
  count(group, node, 1);
  return at->second;
}

void Spreads::ended(std::uint32_t number, std::uint32_t node) {
  Group& group = groups_[number];
  const auto at = group.by_node.find(node);
  RETZ_ASSERT(at != group.by_node.end());
  if (--at->second == 0) group.by_node.erase(at);
  --attempts_;
  count(group, node, -1);
  if (--group.attempts > 0) return;
  by_name_.erase(group.name);
  group = {};
  unused_.push_back(number);
}

Spreads::Room Spreads::room_of(std::string_view user, const Spread& spread, const Values& values) {
  Room room{&values, &no_counts_, 0};
  const auto at = by_name_.find(name_of(user, spread));
  if (at == by_name_.end()) {
    no_counts_.assign(values.names.size(), 0);
  } else {
    Group& group = groups_[at->second];
    if (group.version != values.version || group.attribute != spread.attribute) {
      group.version = values.version;
      group.attribute = spread.attribute;
      group.counts.assign(values.names.size(), 0);
      for (const auto& [node, attempts] : group.by_node) {
        const std::uint32_t v = room.value(node);
        if (v != none) group.counts[v] += attempts;
      }
    }
    room.counts = &group.counts;
  }
  std::uint64_t fewest = std::numeric_limits<std::uint32_t>::max();
  for (std::size_t v = 0; v < able_.size(); ++v) {
    if (able_[v]) fewest = std::min<std::uint64_t>(fewest, (*room.counts)[v]);
  }
  room.most = fewest + static_cast<std::uint64_t>(spread.skew);
  return room;
}

}  // namespace retz::pool
