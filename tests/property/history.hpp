// Random histories: a list of small random choices that are read against what has become of the
// jobs and nodes so far, so that any sub-list of a history is a history too and can be tried alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/generator.hpp"
#include "property/reference.hpp"

namespace retz::property {

enum class Choice : std::uint8_t {
  submit,
  end,
  running,
  unreachable,
  cancel,
  rerun,
  late_report,
  grant,
  lose,
  revoke,
  drain,
  restart,
  book_only
};

struct Action {
  Choice choice = Choice::submit;
  std::uint64_t seed = 0;   // of everything else about it
  bool with_next = false;   // in one step with the action that follows
  std::uint32_t after = 0;  // half seconds since the step before
};

using History = std::vector<Action>;

struct Setting {
  Policy policy;
  Limits limits;
  EngineOptions options;
  bool offers = false;  // leases close with their first use
  std::string name;     // "fifo strict first", "priority first_fit best offers"
};

/// One of the twelve combinations, and now and then some limits.
Setting make_setting(std::uint64_t seed);
History make_history(std::uint64_t seed, std::size_t length);

/// Plays it on the engine and the reference. Empty when they agree; else what differs, and where.
std::string play(const Setting& setting, const History& history);

/// The shortest list found that still fails, by leaving out ever smaller pieces (Zeller and
/// Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", TSE 2002).
History shrink(const Setting& setting, History history);

/// For people.
std::string show(const History& history);

}  // namespace retz::property
