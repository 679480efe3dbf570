// The specs that were used lately, so that a start seldom reads the store. Bounded: two
// generations, the older of which is forgotten as a whole when the younger is full.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <utility>

#include "retz/ids.hpp"
#include "retz/job.hpp"

namespace retz::runtime {

class SpecCache {
 public:
  /// At most twice `generation` specs are kept, and never fewer than the last `generation` used.
  SpecCache() = default;
  explicit SpecCache(std::size_t generation) : generation_(generation) {}

  void put(JobId id, std::shared_ptr<const JobSpec> spec) {
    if (young_.size() >= generation_) old_ = std::exchange(young_, {});
    young_[id] = std::move(spec);
  }

  std::shared_ptr<const JobSpec> find(JobId id) {
    if (const auto young = young_.find(id); young != young_.end()) return young->second;
    const auto old = old_.find(id);
    if (old == old_.end()) return nullptr;
    std::shared_ptr<const JobSpec> spec = old->second;
    put(id, spec);
    return spec;
  }

  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  std::size_t generation_ = 4096;
  std::unordered_map<JobId, std::shared_ptr<const JobSpec>> young_, old_;
};

}  // namespace retz::runtime
