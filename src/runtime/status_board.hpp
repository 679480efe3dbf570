// What any thread may read of the runtime without stopping a turn.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "retz/runtime.hpp"
#include "runtime/utilisation.hpp"

namespace retz::runtime {

class StatusBoard {
 public:
  // Of the turn's thread.

  /// Attempts hold GPUs that no NodeStatus tells of.
  void note(const AttemptRecord& attempt);
  void publish(EngineCounts counts, BatchNumber last_batch, const std::optional<Error>& stalled);
  void publish_policy(const Policy& policy);
  /// Copying all nodes costs: with few of them they are taken each time, with many ten times a
  /// second. Returns when to come again for what was left out.
  std::optional<Duration> sample(const Engine& engine, Instant now, bool changed);

  // Of any thread.

  RuntimeStatus read(Instant now) const;

 private:
  void take(std::vector<NodeStatus> nodes, Instant now);

  // Of the turn's thread alone.
  std::unordered_map<AttemptRef, std::int64_t> gpu_attempts_;  // thousandths of devices
  std::int64_t gpus_used_ = 0;
  bool left_out_ = false;
  Instant last_sample_{};
  std::size_t node_count_ = 0;

  mutable std::mutex mutex_;
  RuntimeStatus published_;  // without utilisation, which is read from the meters
  Meter cpus_, mem_, disk_, gpus_;
};

}  // namespace retz::runtime
