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
  maintain,
  change_policy,
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
  EngineOptions options;
  EngineOptions model;  // of the reference: the same, but where a test wants to see it noticed
  bool offers = false;  // leases close with their first use
  bool plain = false;   // jobs ask for amounts alone, as far as the model of `easy` knows
  std::string name;     // "fifo strict first", "priority first_fit best offers"
};

/// A planner of which the reference knows each choice, or (one in five) another; any ordering but
/// fair_share; now and then some limits.
Setting make_setting(std::uint64_t seed);
/// Another policy for the same setting.
Policy make_policy(base::Generator& chance, bool plain, bool offers);

// What a history is made of.
Capacity make_capacity(const std::string& node, base::Generator& chance);
JobFacts make_facts(JobId id, bool plain, bool offers, base::Generator& chance);
Outcome make_outcome(base::Generator& chance);
std::vector<MaintenanceWindow> make_windows(Instant now, base::Generator& chance);

History make_history(std::uint64_t seed, std::size_t length);

/// Plays it on the engine and the reference. Empty when they agree; else what differs, and where.
/// `log`: what happened, in words.
std::string play(const Setting& setting, const History& history, std::string* log = nullptr);

/// The shortest list found that still fails, by leaving out ever smaller pieces (Zeller and
/// Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", TSE 2002).
History shrink(const Setting& setting, History history);

}  // namespace retz::property
