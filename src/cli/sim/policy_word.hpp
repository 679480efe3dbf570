// A policy in one word, as it stands on a command line: "smallest_area+easy,backfill=shortest".
#pragma once

#include <string>

#include "cli/sim/run_config.hpp"
#include "retz/result.hpp"

namespace retz::cli {

/// ORDERING+PLANNER[+FIT][,KEY=VALUE]...; keys: `backfill` (an ordering), `fit` (a rule), `bound`
/// (a duration), `estimates` (requested or clairvoyant), `events` (instant or event). What is not
/// said stays as in `base`.
/// Error: invalid_argument naming the policy, the word in it, and the nearest known one.
Result<RunConfig> with_policy(RunConfig base, const std::string& word);

}  // namespace retz::cli
