// A host program with its own machines: tell the engine what happened, do what it says.
#include <iostream>
#include <retz/engine.hpp>

using namespace retz;
using namespace std::chrono_literals;

int main() {
  Engine engine({.policy = {.ordering = orderings::priority(), .planner = planners::first_fit()}});
  const Amounts machine{.cpus = 8'000, .mem = 32'768};  // thousandths of a cpu, MiB
  const Amounts wide{.cpus = 6'000, .mem = 4'096};
  const Event happened[] = {
      {LeaseGranted{.lease = {1}, .node = "a", .capacity = {.amounts = machine}}},
      {JobSubmitted{{.id = {1}, .user = "ada", .request = {.amounts = wide}, .estimate = 1h}}},
      {JobSubmitted{{.id = {2}, .user = "ada", .request = {.amounts = wide}, .estimate = 1h}}},
  };
  for (const Decision& decision : engine.step(happened, at_micros(0)).decisions)
    if (const auto* start = std::get_if<StartAttempt>(&decision))
      std::cout << "start job " << start->attempt.job.value << " on " << start->placement.node
                << '\n';
  std::cout << "job 2 waits: " << engine.explain({2})->reasons.front().text << '\n';

  const Event ended[] = {{AttemptEnded{.attempt = {.job = {1}, .attempt = 1}}}};
  std::cout << engine.step(ended, at_micros(60'000'000)).decisions.size()
            << " decision: job 2 starts\n";
}
