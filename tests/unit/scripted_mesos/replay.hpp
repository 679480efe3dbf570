// A recorded conversation with a real master, held again with the model: the same calls in the same
// order, and what is answered and told compared.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support/mesos/scripted_master.hpp"

namespace retz::testing::mesos {

struct Deed {
  double at = 0;  // seconds
  std::function<void(ScriptedMaster&, Instant)> what = {};
};

struct Scenario {
  std::string file = {};
  MasterOptions master = {};
  std::vector<AgentSpec> agents = {AgentSpec{}};
  std::vector<Deed> deeds = {};
  /// Kinds of comparison left out, each with its reason in the table of recordings_test.cpp.
  bool offers = true;
  bool acknowledged = false;  // the recording has no acknowledgements: each update gets one
  std::vector<std::string> skipped_calls = {};  // by label
};

/// What was compared, and every difference; none: they agree.
struct Comparison {
  std::vector<std::string> differences = {};
  std::size_t calls = 0, updates = 0, offers = 0, others = 0;
};

Comparison replay(const Scenario& scenario);

}  // namespace retz::testing::mesos
