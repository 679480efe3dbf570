// A set of port numbers as sorted, disjoint ranges that never touch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "retz/resources.hpp"

namespace retz::model {

class PortSet {
 public:
  PortSet() = default;
  /// Takes ranges in any order, overlapping ones too.
  explicit PortSet(std::span<const PortRange> ranges);

  std::int64_t count() const { return count_; }
  bool contains(std::uint16_t port) const;
  const std::vector<PortRange>& ranges() const { return ranges_; }

  /// The `n` lowest, ascending. Requires: n <= count().
  std::vector<std::uint16_t> take(std::int32_t n);
  /// No effect for a port that is there already, or is not there.
  void insert(std::uint16_t port);
  void erase(std::uint16_t port);

  friend bool operator==(const PortSet&, const PortSet&) = default;

 private:
  std::vector<PortRange> ranges_;
  std::int64_t count_ = 0;
};

}  // namespace retz::model
