// Prints generated workloads and what the simulator makes of them under many policies: the same
// bytes whichever compiler built it. compare.sh holds two of them against each other.
#include <iostream>
#include <string>

#include "retz/simulator.hpp"

namespace {

using namespace retz;

struct Case {
  PolicyNames policy;
  SimulationEvents events = SimulationEvents::instant;
};

bool play(const std::string& name, const Workload& workload, SimulationOptions options,
          const Case& played) {
  const auto policy = make_policy(played.policy);
  if (!policy) return false;
  options.engine.policy = *policy;
  options.engine.policy.starvation_bound = std::chrono::hours(72);
  options.events = played.events;
  const auto result = simulate(workload, options);
  if (!result) return false;
  std::cout << "# " << name << ", " << policy->ordering->name() << ", " << policy->planner->name()
            << ", " << policy->fit_rule->name() << ": " << result->lost.size() << " lost, "
            << result->steps << " steps\n"
            << per_job_csv(workload, options.nodes, *result);
  return true;
}

bool play_all(const Workload& rigid, const Workload& mix) {
  SimulationOptions machine;
  machine.nodes = one_node(rigid.processors);
  for (const char* ordering : {"fifo", "shortest", "f1", "f2", "f3", "f4", "wfp3", "unicef",
                               "largest_expansion", "p_sqrt_n", "fair_share"}) {
    if (!play("rigid", rigid, machine, {{.ordering = ordering, .planner = "easy"}})) return false;
  }
  if (!play("rigid", rigid, machine, {{.planner = "conservative"}, SimulationEvents::one_by_one})) {
    return false;
  }
  Capacity node;
  node.amounts.cpus = 32'000;
  node.amounts.mem = 128 * 1024;
  node.gpus.resize(4);
  SimulationOptions cluster;
  cluster.nodes = equal_nodes(8, node);
  cluster.failures = fail_part(8, 0.3, std::chrono::hours(6), std::chrono::hours(9), 2);
  for (const char* planner : {"strict", "first_fit", "easy", "conservative", "packing"}) {
    if (!play("mix", mix, cluster, {{.planner = planner}})) return false;
  }
  for (const char* rule : {"first", "worst", "dot_product", "fragmentation", "numa"}) {
    if (!play("mix", mix, cluster, {{.ordering = "fair_share", .fit_rule = rule}})) return false;
  }
  return true;
}

}  // namespace

int main() {
  const auto rigid = generate_lublin({.jobs = 2000, .processors = 128, .load = 0.9, .seed = 3});
  BatchMixOptions options{.jobs = 3000, .nodes = 8, .load = 1.1, .seed = 3};
  options.node.gpus.resize(4);
  const auto mix = generate_batch_mix(options);
  if (!rigid || !mix) return 1;
  std::cout << to_swf(*rigid) << to_csv(*mix);
  return play_all(*rigid, *mix) ? 0 : 1;
}
