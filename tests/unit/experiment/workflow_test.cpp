// Workflows: made by the tests, of known shape.
#include <doctest/doctest.h>

#include <string>

#include "base/generator.hpp"
#include "retz/experiment.hpp"

using namespace retz;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::string document(const std::string& specification, const std::string& execution) {
  return R"({"schemaVersion": "1.5", "workflow": {"specification": {"tasks": [)" + specification +
         R"(]}, "execution": {"makespanInSeconds": 99.5, "tasks": [)" + execution + "]}}}";
}

// a to b and c to d; edges told by either end.
const std::string diamond = document(
    R"({"id": "a", "children": ["b"]}, {"id": "b", "parents": ["a"]},
       {"id": "c", "parents": ["a"], "children": ["d"]}, {"id": "d", "parents": ["b"]})",
    R"({"id": "a", "runtimeInSeconds": 1.5}, {"id": "b", "runtimeInSeconds": 20},
       {"id": "c", "runtimeInSeconds": 30, "coreCount": 1.5},
       {"id": "d", "runtimeInSeconds": 0})");

double makespan(const Workflow& workflow, std::int64_t cpus) {
  SimulationOptions options;
  options.engine.policy.ordering = orderings::critical_path();
  options.nodes = one_node(cpus);
  options.check_invariants = true;
  const auto simulation = simulate(workflow.workload, options);
  REQUIRE(simulation);
  CHECK(simulation->jobs.size() == workflow.workload.jobs.size());
  for (const SimulatedJob& job : simulation->jobs) {
    for (const std::uint32_t before : workflow.workload.jobs[job.job].after) {
      CHECK(simulation->jobs[before].end <= job.start);
    }
  }
  return simulation->metrics.makespan;
}

}  // namespace

TEST_CASE("tasks, edges, run times and cores of a workflow") {
  const auto workflow = parse_workflow(diamond);
  REQUIRE(workflow);
  CHECK(workflow->names == std::vector<std::string>{"a", "b", "c", "d"});
  const auto& jobs = workflow->workload.jobs;
  CHECK(jobs[0].after.empty());
  CHECK(jobs[3].after == std::vector<std::uint32_t>{1, 2});
  CHECK(jobs[0].run == milliseconds(1500));
  CHECK(jobs[3].run == Duration{1});
  CHECK(jobs[2].request.amounts.cpus == 2000);
  CHECK(workflow->critical_path == milliseconds(31500) + Duration{1});
  CHECK(workflow->recorded_makespan == milliseconds(99500));
}

TEST_CASE("with room for all the makespan is the longest chain, on one cpu the sum") {
  const auto workflow = parse_workflow(diamond);
  REQUIRE(workflow);
  CHECK(makespan(*workflow, 3) == doctest::Approx(31.500001));
  CHECK(makespan(*workflow, 2) == doctest::Approx(51.500001));
}

TEST_CASE(
    "a thousand tasks in random layers: never below the longest chain, met with room for all") {
  constexpr std::uint64_t seed = 20'261;
  CAPTURE(seed);
  base::Generator draw(seed);
  std::string specification, execution;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::string id = "\"t" + std::to_string(i) + "\"";
    std::string parents;
    for (std::uint64_t k = 0; i > 0 && k < draw.below(4); ++k) {
      parents += (parents.empty() ? "\"t" : ", \"t") + std::to_string(draw.below(i)) + "\"";
    }
    specification += (i > 0 ? ", " : "") + ("{\"id\": " + id) + ", \"parents\": [" + parents + "]}";
    execution += (i > 0 ? ", " : "") + ("{\"id\": " + id) +
                 ", \"runtimeInSeconds\": " + std::to_string(1 + draw.below(500)) + "}";
  }
  const auto workflow = parse_workflow(document(specification, execution));
  REQUIRE(workflow);
  const double chain = static_cast<double>(workflow->critical_path.count()) / 1e6;
  CHECK(makespan(*workflow, 1000) == doctest::Approx(chain));
  double work = 0;
  for (const WorkloadJob& job : workflow->workload.jobs) {
    work += static_cast<double>(job.run.count()) / 1e6;
  }
  // Graham's bound (1969) on any schedule that leaves no cpu idle while a task is ready.
  const double narrow = makespan(*workflow, 8);
  CHECK(narrow >= std::max(chain, work / 8));
  CHECK(narrow <= work / 8 + chain * 7 / 8 + 1e-6);
}

TEST_CASE("what is wrong with a workflow is told with its field") {
  const auto field = [](const std::string& text) {
    const auto workflow = parse_workflow(text);
    REQUIRE(!workflow);
    CHECK(workflow.error().code == Errc::invalid_argument);
    return workflow.error().field;
  };
  CHECK(field("{") == "");
  CHECK(field("{}") == "workflow.specification.tasks");
  CHECK(field(R"({"workflow": {"specification": {"tasks": []}}})") == "workflow.execution.tasks");
  CHECK(field(document(R"({"id": "a"}, {"id": "a"})", "")) == "workflow.specification.tasks");
  CHECK(field(document(R"({"id": "a", "parents": ["z"]})", "")) ==
        "workflow.specification.tasks.parents");
  CHECK(field(document(R"({"id": "a"})", "")) == "workflow.execution.tasks");
  CHECK(field(document(R"({"id": "a"})", R"({"id": "a", "runtimeInSeconds": -1})")) ==
        "workflow.execution.tasks.runtimeInSeconds");
  CHECK(field(document(
            R"({"id": "a", "parents": ["b"]}, {"id": "b", "parents": ["a"]})",
            R"({"id": "a", "runtimeInSeconds": 1}, {"id": "b", "runtimeInSeconds": 1})")) ==
        "workflow.specification.tasks");
  CHECK(read_workflow("/nonexistent").error().code == Errc::io_error);
}
