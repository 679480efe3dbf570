// retz-sim workflow: the tasks of a recorded workflow through the engine, each when those it waits
// for have ended.
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/sim/figures.hpp"
#include "cli/sim/files.hpp"
#include "cli/sim/sim.hpp"
#include "cli/table.hpp"
#include "retz/experiment.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::ordered_json;

struct WorkflowOptions {
  std::string file = {};
  std::size_t nodes = 1;
  std::int64_t cpus = 0;  // 0: enough for all tasks at once
  PolicyNames policy = {.ordering = "critical_path"};
  std::string per_job = {};
};

Result<SimulationOptions> prepare(const WorkflowOptions& options, const Workflow& workflow) {
  SimulationOptions simulation;
  auto policy = make_policy(options.policy);
  if (!policy) {
    const std::string& field = policy.error().field;
    return fail(policy.error().code, policy.error().message,
                "--" + (field == "fit_rule" ? std::string("fit") : field));
  }
  simulation.engine.policy = *std::move(policy);
  std::int64_t cpus = options.cpus * 1000;
  if (cpus == 0) {
    for (const WorkloadJob& job : workflow.workload.jobs) cpus += job.request.amounts.cpus;
  }
  simulation.nodes = equal_nodes(options.nodes, {.amounts = {.cpus = cpus}});
  return simulation;
}

void print(const WorkflowOptions& options, const Workflow& workflow, const Simulation& simulation,
           bool as_json) {
  const double makespan = simulation.metrics.makespan;
  const double critical = in_seconds(workflow.critical_path);
  const double recorded = in_seconds(workflow.recorded_makespan);
  if (as_json) {
    Json json{{"tasks", workflow.names.size()},
              {"makespan_s", makespan},
              {"critical_path_s", critical},
              {"recorded_makespan_s", recorded > 0 ? Json(recorded) : Json(nullptr)},
              {"configuration",
               {{"workflow", options.file},
                {"nodes", options.nodes},
                {"cpus", options.cpus},
                {"ordering", options.policy.ordering},
                {"planner", options.policy.planner},
                {"fit", options.policy.fit_rule}}}};
    std::cout << json_text(json, 2) << "\n";
    return;
  }
  Table table({{"FIGURE"}, {"S", Align::right}});
  table.add({"first start to last end", decimal(makespan, 3)});
  table.add({"longest chain of tasks", decimal(critical, 3)});
  if (recorded > 0) table.add({"recorded", decimal(recorded, 3)});
  std::cout << table.text() << "\n" << workflow.names.size() << " tasks\n";
}

int run(const WorkflowOptions& options, bool as_json) {
  const auto workflow = read_workflow(options.file);
  if (!workflow) return complain({workflow.error().code, workflow.error().message, "--workflow"});
  const auto prepared = prepare(options, *workflow);
  if (!prepared) return complain(prepared.error());
  const auto simulation = simulate(workflow->workload, *prepared);
  if (!simulation) return complain(simulation.error());
  if (simulation->stuck > 0) {
    return complain({Errc::limit_exceeded,
                     std::to_string(simulation->stuck) +
                         " tasks never could start: a node needs as many cpus as a task has cores",
                     "--cpus"});
  }
  if (simulation->refused > 0) {
    return complain({Errc::limit_exceeded,
                     std::to_string(simulation->refused) +
                         " tasks are beyond what the engine takes: their cores or run times",
                     "--workflow"});
  }
  if (!options.per_job.empty()) {
    const auto written =
        write_file(options.per_job, per_job_csv(workflow->workload, prepared->nodes, *simulation));
    if (!written) return complain({written.error().code, written.error().message, "--per-job"});
  }
  print(options, *workflow, *simulation, as_json);
  return 0;
}

}  // namespace

void add_workflow_command(CLI::App& app, Sim& sim) {
  auto options = std::make_shared<WorkflowOptions>();
  CLI::App* command = app.add_subcommand("workflow", "Play a recorded workflow (WfFormat 1.5)");
  command->add_option("--workflow", options->file, "JSON, .gz too")->required();
  command->add_option("--nodes", options->nodes, "How many equal nodes")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--cpus", options->cpus, "Of each; else enough for all tasks at once")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--ordering", options->policy.ordering, "Who comes first")
      ->capture_default_str();
  command->add_option("--planner", options->policy.planner, "Who starts now (first_fit)");
  command->add_option("--fit", options->policy.fit_rule, "On which node (best)");
  command->add_option("--per-job", options->per_job,
                      "CSV to write, a line a task: job,user,submit,start,end,node,cores");
  command->callback(
      [options, &sim] { sim.action = [options, &sim] { return run(*options, sim.json); }; });
}

}  // namespace retz::cli
