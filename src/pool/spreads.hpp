// Live attempts by group and by the value that a node has of an attribute: whether one more would
// stand out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "retz/resources.hpp"

namespace retz::pool {

class Spreads {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  /// The values of an attribute, numbered.
  struct Values {
    std::uint64_t version = 0;
    std::vector<std::uint32_t> of_node;  // by node; none: it does not have the attribute
    std::vector<std::string> names;      // by number
  };
  /// Where one more may go.
  struct Room {
    const Values* values = nullptr;  // null: anywhere
    const std::vector<std::uint32_t>* counts = nullptr;
    std::uint64_t most = 0;  // a value may not have more, the new one included
    bool has(std::uint32_t node) const {
      if (values == nullptr) return true;
      const std::uint32_t v = value(node);
      return v != none && (*counts)[v] + std::uint64_t{1} <= most;
    }
    std::uint32_t value(std::uint32_t node) const {
      return node < values->of_node.size() ? values->of_node[node] : none;
    }
  };

  /// One live attempt more; answers its group, for ended().
  std::uint32_t started(std::string_view user, const Spread& spread, std::uint32_t node);
  void ended(std::uint32_t group, std::uint32_t node);

  /// `version` changes whenever a node's attributes, or whether it is there, may have changed;
  /// `node_value(n)` gives its value of the attribute, null: none; `could_take(n)` whether it has
  /// room when empty. Valid until the next call.
  template <class NodeValue, class CouldTake>
  Room room(std::string_view user, const Spread& spread, std::uint64_t version, std::uint32_t nodes,
            const NodeValue& node_value, const CouldTake& could_take) {
    Values& values = values_[spread.attribute];
    if (values.version != version) {
      values.version = version;
      values.of_node.assign(nodes, none);
      values.names.clear();
      numbers_.clear();
      for (std::uint32_t n = 0; n < nodes; ++n) {
        if (const std::string* const v = node_value(n)) values.of_node[n] = number(values, *v);
      }
    }
    able_.assign(values.names.size(), false);
    for (std::uint32_t n = 0; n < values.of_node.size(); ++n) {
      const std::uint32_t v = values.of_node[n];
      if (v != none && !able_[v] && could_take(n)) able_[v] = true;
    }
    return room_of(user, spread, values);
  }

  std::size_t groups() const { return by_name_.size(); }
  /// Live attempts that are counted.
  std::uint64_t attempts() const { return attempts_; }

 private:
  struct Group {
    std::string name;
    std::uint64_t attempts = 0;
    std::map<std::uint32_t, std::uint32_t> by_node;
    // By value of the last attribute asked for.
    std::string attribute;
    std::uint64_t version = 0;
    std::vector<std::uint32_t> counts;
  };

  static std::string name_of(std::string_view user, const Spread& spread);
  std::uint32_t number(Values& values, const std::string& value);
  void count(Group& group, std::uint32_t node, std::int32_t change);
  Room room_of(std::string_view user, const Spread& spread, const Values& values);

  std::vector<Group> groups_;
  std::vector<std::uint32_t> unused_;
  std::unordered_map<std::string, std::uint32_t> by_name_;  // looked up, never walked
  std::unordered_map<std::string, Values> values_;          // by attribute; looked up only
  std::unordered_map<std::string, std::uint32_t> numbers_;  // scratch; looked up only
  std::vector<bool> able_;                                  // scratch: by value
  std::vector<std::uint32_t> no_counts_;                    // of a group that has no attempt
  std::uint64_t attempts_ = 0;
};

}  // namespace retz::pool
