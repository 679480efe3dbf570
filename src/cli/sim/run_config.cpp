// From words and numbers to a workload, nodes and a policy.
#include "cli/sim/run_config.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

#include "cli/arguments.hpp"
#include "cli/sim/files.hpp"
#include "retz/json.hpp"

namespace retz::cli {

namespace {

constexpr double cpus_least = 0.001, cpus_max = 1e6;
constexpr std::int64_t processors_max = 1'000'000'000;
constexpr std::int64_t nodes_max = 1'000'000;

tl::unexpected<Error> wrong(const char* option, const std::string& message) {
  return fail(Errc::invalid_argument, message, option);
}

tl::unexpected<Error> with_option(Error error, const char* option) {
  error.field = option;
  return tl::unexpected<Error>(std::move(error));
}

bool read_number(std::string_view text, double& out) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  return error == std::errc{} && stop == end && std::isfinite(out);
}

Result<Workload> read(const RunConfig& config) {
  if (config.workload.empty()) return wrong("--workload", "a file is needed: SWF or CSV");
  if (config.processors < 0 || config.processors > processors_max) {
    return wrong("--processors", "must be a number from 1 to 1000000000");
  }
  const Malformed malformed = config.strict ? Malformed::refused : Malformed::skipped;
  auto workload =
      read_workload(config.workload, {.processors = config.processors, .malformed = malformed});
  if (!workload) {
    const bool unknown_size = workload.error().field == "processors";
    return with_option(workload.error(), unknown_size ? "--processors" : "--workload");
  }
  if (config.processors > 0) workload->processors = config.processors;
  if (workload->jobs.empty()) {
    warn_of_malformed(*workload, config.workload);
    return wrong("--workload", config.workload + " has no runnable job");
  }
  if (config.estimates == "clairvoyant") {
    for (WorkloadJob& job : workload->jobs) job.estimate = job.run;
  } else if (config.estimates != "requested") {
    return wrong("--estimates", "is \"" + config.estimates + "\": requested or clairvoyant");
  }
  return workload;
}

Result<Workload> shake(Workload workload, const RunConfig& config) {
  if (config.shake.empty()) return workload;
  const auto most = duration_from_text(config.shake);
  if (!most) return with_option(most.error(), "--shake");
  const bool waits = std::any_of(workload.jobs.begin(), workload.jobs.end(),
                                 [](const WorkloadJob& job) { return !job.after.empty(); });
  if (waits) return wrong("--shake", "not for a workload whose jobs wait for each other");
  return shaken(std::move(workload), *most, config.seed);
}

Result<std::vector<SimulatedNode>> nodes_of(const RunConfig& config, const Workload& workload) {
  const bool sized = config.cpus != 0 || !config.mem.empty();
  if (!config.nodes_file.empty()) {
    if (config.nodes != 0 || sized) {
      return wrong("--nodes-file", "excludes --nodes, --cpus and --mem: it says all of that");
    }
    auto nodes = read_nodes(config.nodes_file);
    if (!nodes) return with_option(nodes.error(), "--nodes-file");
    if (nodes->empty()) return wrong("--nodes-file", config.nodes_file + " names no node");
    return nodes;
  }
  if (config.nodes == 0) {
    if (sized) return wrong("--nodes", "is needed with --cpus and --mem: how many of them");
    if (workload.processors > 0) return one_node(workload.processors);
    return wrong("--nodes",
                 "the workload does not tell its machine: give --nodes and --cpus, "
                 "--nodes-file, or --processors");
  }
  if (config.nodes < 0 || config.nodes > nodes_max) {
    return wrong("--nodes", "must be a number from 1 to 1000000");
  }
  if (!(config.cpus >= cpus_least) || config.cpus > cpus_max) {
    return wrong("--cpus", "is needed with --nodes: the cpus of each, from 0.001 to 1000000");
  }
  Capacity capacity;
  capacity.amounts.cpus = std::llround(config.cpus * 1000);
  if (!config.mem.empty()) {
    const auto mem = mebibytes_from_text(config.mem);
    if (!mem) return with_option(mem.error(), "--mem");
    capacity.amounts.mem = *mem;
  }
  return equal_nodes(static_cast<std::size_t>(config.nodes), capacity);
}

Result<Policy> policy_of(const RunConfig& config) {
  auto policy = make_policy(config.policy);
  if (!policy) {
    const std::string& field = policy.error().field;
    return with_option(policy.error(), field == "ordering"         ? "--ordering"
                                       : field == "backfill_order" ? "--backfill-order"
                                       : field == "planner"        ? "--planner"
                                                                   : "--fit");
  }
  if (config.starvation_bound.empty()) return policy;
  const auto bound = duration_from_text(config.starvation_bound);
  if (!bound) return with_option(bound.error(), "--starvation-bound");
  if (*bound <= Duration{0}) return wrong("--starvation-bound", "must be longer than no time");
  policy->starvation_bound = *bound;
  return policy;
}

// "30%@0.5+6h"
Result<std::vector<NodeFailure>> failures_of(const RunConfig& config, const Workload& workload,
                                             std::size_t nodes) {
  const std::string& text = config.fail_nodes;
  if (text.empty()) return std::vector<NodeFailure>{};
  const auto malformed = [&] {
    return wrong("--fail-nodes", "is \"" + text +
                                     "\" but must be as 30%@0.5+6h: how many of the nodes, when "
                                     "within the submissions, for how long");
  };
  const std::size_t percent = text.find("%@");
  const std::size_t plus = text.find('+');
  if (percent == std::string::npos || plus == std::string::npos || plus < percent) {
    return malformed();
  }
  const std::string_view view = text;
  double part = 0;
  double when = 0;
  if (!read_number(view.substr(0, percent), part) || part < 0 || part > 100 ||
      !read_number(view.substr(percent + 2, plus - percent - 2), when) || when < 0 || when > 1) {
    return malformed();
  }
  const auto length = duration_from_text(view.substr(plus + 1));
  if (!length || *length <= Duration{0}) return malformed();
  const auto [first, last] = std::minmax_element(
      workload.jobs.begin(), workload.jobs.end(),
      [](const WorkloadJob& a, const WorkloadJob& b) { return a.submit < b.submit; });
  const auto span = static_cast<double>((last->submit - first->submit).count());
  const Duration from = first->submit + Duration(std::llround(span * when));
  auto failures = fail_part(nodes, part / 100, from, from + *length, config.seed);
  if (failures.empty() && part > 0) {
    return wrong("--fail-nodes", "is \"" + text + "\", which of " + std::to_string(nodes) +
                                     (nodes == 1 ? " node" : " nodes") + " is none");
  }
  return failures;
}

}  // namespace

void add_run_options(CLI::App& command, RunConfig& config) {
  command.add_option("--workload,-w", config.workload,
                     "What to play: SWF, or CSV with named columns; .gz too");
  command
      .add_option("--processors", config.processors,
                  "Of the log's machine, where its header does not tell")
      ->check(whole_number_from(1));
  command.add_flag("--strict", config.strict, "Lines that cannot be read refuse the file");
  command
      .add_option("--nodes", config.nodes, "How many equal nodes; else one as large as the log's")
      ->check(whole_number_from(1));
  command.add_option("--cpus", config.cpus, "Of each of them");
  command.add_option("--mem", config.mem, "Of each of them: MiB, or as in 64GiB");
  command.add_option("--nodes-file", config.nodes_file,
                     "CSV: name, cpus, mem, disk, gpus, gpu_model, custom.NAME, attributes");
  command.add_option("--ordering", config.policy.ordering, "Who comes first (fifo)");
  command.add_option("--planner", config.policy.planner, "Who starts now (first_fit)");
  command.add_option("--backfill-order", config.policy.backfill_order,
                     "Who comes first behind a reservation (as --ordering)");
  command.add_option("--fit", config.policy.fit_rule, "On which node (best)");
  command
      .add_option("--estimates", config.estimates,
                  "requested (as users gave them) or clairvoyant (exact)")
      ->capture_default_str();
  command.add_option("--events", config.events,
                     "instant: one pass for all of a moment; event: a pass for each thing (pyss)");
  command.add_option("--starvation-bound", config.starvation_bound,
                     "Who waits for longer goes before all others: 72h");
  command.add_option("--fail-nodes", config.fail_nodes,
                     "Nodes that break and come back, 30%@0.5+6h: how many, when, for how long");
  command.add_option("--shake", config.shake, "Submissions move by up to this, by the seed: 10m");
  command.add_option("--seed", config.seed, "Of all that is drawn")->check(whole_number_from(0));
}

Result<Workload> load_workload(const RunConfig& config) {
  auto workload = read(config);
  if (!workload) return workload;
  return shake(*std::move(workload), config);
}

Result<PreparedRun> prepare(const RunConfig& config) {
  auto workload = load_workload(config);
  if (!workload) return tl::unexpected(workload.error());
  return prepare(config, *std::move(workload));
}

Result<PreparedRun> prepare(const RunConfig& config, Workload workload) {
  PreparedRun out;
  auto policy = policy_of(config);
  if (!policy) return tl::unexpected(policy.error());
  out.options.engine.policy = *std::move(policy);
  out.options.engine.seed = config.seed;
  if (config.events == "event") {
    out.options.events = SimulationEvents::one_by_one;
  } else if (config.events != "instant") {
    return wrong("--events", "is \"" + config.events + "\": instant or event");
  }
  out.workload = std::move(workload);
  auto nodes = nodes_of(config, out.workload);
  if (!nodes) return tl::unexpected(nodes.error());
  out.options.nodes = *std::move(nodes);
  auto failures = failures_of(config, out.workload, out.options.nodes.size());
  if (!failures) return tl::unexpected(failures.error());
  out.options.failures = *std::move(failures);
  return out;
}

}  // namespace retz::cli
