// All that one turn did and that one transaction makes true.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "retz/runtime.hpp"
#include "runtime/facts.hpp"

namespace retz::runtime {

struct Batch {
  BatchNumber number = {};
  Instant stamp{};
  bool stepped = false;  // the engine has seen something of it

  std::vector<Write> writes = {};
  std::vector<Decision> decisions = {};  // without the refusals, which are answers
  std::vector<Receipt> settled = {};
  std::vector<std::pair<ReplyTo, Result<Answer>>> replies = {};

  // What the store does not have before the commit.
  std::unordered_map<JobId, std::shared_ptr<const JobSpec>> specs = {};  // of jobs added or revived
  std::unordered_map<JobId, SettledEstimate> estimates = {};             // of jobs added
  std::unordered_map<JobId, JobStatus> ended = {};                       // by this batch
  std::vector<std::size_t> keys = {};                                    // KeepKeys in `writes`

  std::vector<Action> actions = {};  // decisions joined with specs, as far as `joined`
  std::size_t joined = 0;
};

}  // namespace retz::runtime
