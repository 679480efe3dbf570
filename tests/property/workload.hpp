// Small workloads whose estimates hold, run to their end; what every ordering and planner promises
// is looked at after each pass.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "base/generator.hpp"
#include "retz/engine.hpp"

namespace retz::property {

/// Small numbers, so that ties and exact fits are common.
struct SmallJob {
  std::uint32_t after = 0;  // seconds since the submission before
  std::uint32_t cpus = 1;
  std::uint32_t mem = 0;
  std::uint32_t estimate = 1;  // seconds; it takes just as long
  std::uint32_t user = 0;
  std::int32_t priority = 0;
};

struct Workload {
  std::vector<std::uint32_t> nodes = {4, 8};  // cpus; as much memory
  std::vector<SmallJob> jobs;
};
Workload make_workload(base::Generator& chance, std::size_t jobs);
std::ostream& operator<<(std::ostream& stream, const SmallJob& job);

/// Runs it on two engines. Empty when what is promised was kept; else what was not:
/// - of any two that wait one comes first; both engines do the same; no node is given away twice;
/// - all jobs start in the end;
/// - `strict`: nobody starts before one who comes before;
/// - `first_fit`, `packing`: with a bound, nobody starts on a node that an overdue job before him
///   could use and did not get;
/// - `easy` with fifo: the head starts by the time first promised to it;
/// - `conservative`: everybody does; `conservative_replan` with fifo too.
std::string run(const Policy& policy, const Workload& workload);

}  // namespace retz::property
