// What requests ask of a node besides amounts (constraints, models of GPUs), and which nodes meet
// it: looked at once for each node, not at each placement.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "retz/resources.hpp"

namespace retz::pool {

/// A cache: it may forget, and nothing but speed depends on what it holds.
class Conditions {
 public:
  static constexpr std::uint32_t any = 0xFFFFFFFFU;  // asks nothing

  /// A number for all that the request asks of a node; `preferred`: its preference too. Numbers
  /// hold until the next call of this, or of forget().
  std::uint32_t number(const Request& request, bool preferred);
  /// Whether the number was just given out: the nodes must be told.
  bool is_new(std::uint32_t number) const { return meets_[number].empty(); }
  /// For a new number: makes room to remember `nodes` nodes.
  void begin(std::uint32_t number, std::uint32_t nodes) { meets_[number].resize(nodes + 1U, 0); }
  /// Looks at one node. Requires: done for each node when the number is new.
  void look(std::uint32_t number, std::uint32_t node, const std::string& name,
            const Capacity& capacity);
  /// Looks at a node that changed, for all numbers; answers the marks of the node.
  std::uint64_t look_again(std::uint32_t node, const std::string& name, const Capacity& capacity);
  bool meets(std::uint32_t number, std::uint32_t node) const {
    return number == any || (node < meets_[number].size() && meets_[number][node] != 0);
  }
  /// A mark that every node that meets it carries; others may.
  static std::uint64_t mark(std::uint32_t number) {
    return number == any ? 0 : std::uint64_t{1} << (number % 64U);
  }
  /// Whether number() must not be called twice more before forget().
  bool full() const { return asked_.size() + 2 > size_max; }
  void forget();

 private:
  struct Asked {
    std::vector<Constraint> constraints;
    std::vector<Constraint> preferred;
    GpuRequest gpus;  // where models are named
    friend bool operator==(const Asked&, const Asked&) = default;
  };
  struct Hash {
    std::size_t operator()(const Asked& asked) const noexcept;
  };

  static constexpr std::size_t size_max = 1024;
  std::vector<Asked> asked_;                           // by number
  std::vector<std::vector<std::uint8_t>> meets_;       // by number, by node
  std::unordered_map<Asked, std::uint32_t, Hash> at_;  // looked up, never walked
  Asked scratch_;
};

}  // namespace retz::pool
