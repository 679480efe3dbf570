// Amounts as rows of figures, one a dimension, so that the index compares them in a plain loop.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "retz/resources.hpp"

namespace retz::pool {

using Row = std::vector<std::int64_t>;

enum Dimension : std::size_t { cpus, mem, disk, ports, whole_gpus, gpu_share, customs };

/// Which dimension a custom resource has. Known are those that some node ever had.
class Dimensions {
 public:
  std::size_t count() const { return customs + names_.size(); }
  /// True when a dimension was added: rows made before are too short.
  bool learn(const Amounts& amounts);
  /// False: the request names a resource that no node has.
  bool need(const Request& request, Row& row) const;
  /// The divisible part of a row; gpus and ports are left zero.
  void fill(const Amounts& amounts, Row& row) const;
  void add(const Amounts& amounts, Row& row) const;
  void subtract(const Amounts& amounts, Row& row) const;
  /// The divisible part of a row; what `out` has room for is used again.
  void amounts(const Row& row, Amounts& out) const;
  bool knows(const std::string& custom) const { return names_.contains(custom); }
  /// As a user names it: "cpus", "gpus", "gpus.share", "custom.licences".
  std::string name(std::size_t dimension) const;

 private:
  std::map<std::string, std::size_t, std::less<>> names_;  // to the dimension
};

}  // namespace retz::pool
