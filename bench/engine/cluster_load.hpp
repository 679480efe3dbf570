// A loaded cluster: nodes that are full, and many jobs of many shapes that wait for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "retz/engine.hpp"

namespace retz::bench {

struct ClusterLoad {
  std::size_t nodes = 10'000;
  std::size_t waiting = 1'000'000;
  std::size_t shapes = 1'000;   // 10 figures of cpus, the rest by memory
  std::size_t classes = 1'000;  // shapes x estimates: a multiple of shapes
  double load = 1.0;            // share of each node's cpus that running jobs fill
};

/// Drives one engine through a load and keeps what runs, so that jobs can end.
/// Requires of the policy's names: they exist.
class LoadedEngine {
 public:
  LoadedEngine(const ClusterLoad& load, Policy policy);

  /// Submits until so many wait, `batch` jobs a step. Answers the seconds spent in the engine.
  double queue(std::size_t batch = 100);
  /// One running job, chosen by a generator, ends. Answers the seconds of the step.
  double end_one();
  /// A step in which only time passes.
  double idle();
  /// From now on it plans in another way.
  void change(Policy policy);
  /// Seconds that Engine::explain takes for a waiting job, chosen by a generator.
  double explain_one();
  /// The jobs that started since the last call of this function.
  std::size_t take_starts();
  Engine& engine() { return engine_; }
  JobId last_job() const { return JobId{last_job_}; }
  std::size_t running() const { return running_.size(); }

 private:
  double step(const std::vector<Event>& events, Pass pass = Pass::once);
  void fill();
  JobFacts waiting_job(std::uint64_t number) const;
  std::uint64_t draw();

  ClusterLoad load_;
  Engine engine_;
  std::vector<AttemptRef> running_;
  std::uint64_t last_job_ = 0;
  std::uint64_t first_waiting_ = 0;
  std::uint64_t state_ = 1;
  std::size_t starts_ = 0;
  Instant now_{};
};

/// By the names of make_ordering and so on; the program ends with the error where one is wrong.
Policy policy_of(const std::string& ordering, const std::string& planner,
                 const std::string& fit_rule = "best");

double median(std::vector<double> values);
/// The smallest value that this share of the values does not exceed.
double percentile(std::vector<double> values, double share);

}  // namespace retz::bench
