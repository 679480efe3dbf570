// Published schedules, job by job: every file of $RETZ_DATA/expected is simulated from its log in
// $RETZ_DATA/swf, and each start time must be the published one. Files are named
// LOG.POLICY.SEMANTICS.csv.gz; their README tells what the policies are.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "retz/simulator.hpp"
#include "workload/csv_reader.hpp"
#include "workload/gzip_file.hpp"

using namespace retz;
using std::chrono::seconds;

namespace {

struct Named {
  std::string_view name;
  const char* ordering;
  const char* planner;
  const char* backfill_order;
  bool exact_estimates;
};
constexpr std::array policies{
    Named{"fcfs", "fifo", "strict", "", false},
    Named{"fcfs-nores", "fifo", "first_fit", "", false},
    Named{"sjf-nores", "shortest", "first_fit", "", false},
    Named{"easy", "fifo", "easy", "", false},
    Named{"easy-perfect", "fifo", "easy", "", true},
    Named{"easy-sjbf", "fifo", "easy", "shortest", false},
    Named{"easy-sjbf-perfect", "fifo", "easy", "shortest", true},
    Named{"sjf-easy", "shortest", "easy", "", false},
    Named{"saf-easy", "smallest_area", "easy", "", false},
    Named{"wfp-easy", "wfp3", "easy", "", false},
    Named{"conservative-replan", "fifo", "conservative_replan", "", false},
    Named{"conservative-replan-sjf", "shortest", "conservative_replan", "", false},
    Named{"conservative-compress", "fifo", "conservative", "", false},
};

// LOG.POLICY.SEMANTICS.csv.gz; LOG may have points of its own.
struct Expected {
  std::string file, log, policy, semantics;
};

std::optional<Expected> expected_of(const std::string& file) {
  constexpr std::string_view ending = ".csv.gz";
  if (!file.ends_with(ending)) return std::nullopt;
  const std::string stem = file.substr(0, file.size() - ending.size());
  const std::size_t second = stem.rfind('.');
  const std::size_t first = stem.rfind('.', second - 1);
  return Expected{file, stem.substr(0, first), stem.substr(first + 1, second - first - 1),
                  stem.substr(second + 1)};
}

std::string data_folder() {
  const char* const folder = std::getenv("RETZ_DATA");
  return folder == nullptr ? "" : folder;
}

std::vector<Expected> all_expected() {
  std::vector<Expected> all;
  for (const auto& entry : std::filesystem::directory_iterator(data_folder() + "/expected")) {
    if (auto one = expected_of(entry.path().filename().string())) all.push_back(*std::move(one));
  }
  std::sort(all.begin(), all.end(),
            [](const Expected& a, const Expected& b) { return a.file < b.file; });
  return all;
}

const Workload& log_named(const std::string& name) {
  static std::string kept;
  static Workload workload;
  if (kept != name) {
    auto read = read_swf(data_folder() + "/swf/" + name + ".swf.gz");
    REQUIRE_MESSAGE(read, read.error().message);
    workload = *std::move(read);
    kept = name;
  }
  return workload;
}

using Starts = std::unordered_map<std::uint64_t, std::int64_t>;  // by job number, s

Starts published(const std::string& file) {
  const auto text = workload::read_text(data_folder() + "/expected/" + file, std::size_t{1} << 30U);
  REQUIRE_MESSAGE(text, text.error().message);
  workload::CsvReader reader(*text);
  REQUIRE(reader.next());
  std::size_t job = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    if (reader.field(i) == "job_id") job = i;
    if (reader.field(i) == "start") start = i;
  }
  REQUIRE(job != start);
  Starts starts;
  while (reader.next()) starts[std::stoull(reader.field(job))] = std::stoll(reader.field(start));
  return starts;
}

Simulation simulated(const Expected& expected) {
  const auto* const named =
      std::find_if(policies.begin(), policies.end(),
                   [&](const Named& policy) { return policy.name == expected.policy; });
  REQUIRE_MESSAGE(named != policies.end(), "no such policy: ", expected.policy);
  Workload workload = log_named(expected.log);
  SimulationOptions options;
  const bool of_pyss = expected.semantics == "event";
  if (of_pyss) options.events = SimulationEvents::one_by_one;
  std::string backfill_order = named->backfill_order;
  // pyss takes its candidates by estimate alone.
  if (of_pyss && backfill_order == "shortest") backfill_order = "shortest_estimate";
  options.engine.policy = *make_policy(
      {.ordering = named->ordering, .backfill_order = backfill_order, .planner = named->planner});
  options.nodes = one_node(workload.processors);
  if (named->exact_estimates) {
    for (WorkloadJob& job : workload.jobs) job.estimate = job.run;
  }
  auto result = simulate(workload, options);
  REQUIRE(result);
  return *std::move(result);
}

// SDSC-SP2: the file says 9943613, a brute-force plan of that queue 9943571 (their README).
bool also_right(const Expected& expected, std::uint64_t number, std::int64_t start) {
  return expected.log == "SDSC-SP2-1998-predictsim" && expected.policy == "conservative-replan" &&
         number == 10700 && start == 9943571;
}

void compare(const Expected& expected) {
  const Starts starts = published(expected.file);
  const Simulation simulation = simulated(expected);
  CHECK(simulation.jobs.size() == starts.size());
  std::size_t different = 0;
  for (const SimulatedJob& job : simulation.jobs) {
    const std::uint64_t number = log_named(expected.log).jobs[job.job].number;
    const auto there = starts.find(number);
    REQUIRE(there != starts.end());
    const std::int64_t start = std::chrono::floor<seconds>(job.start).count();
    if (seconds(there->second) == job.start || also_right(expected, number, start)) continue;
    if (++different == 1) {
      MESSAGE("job ", number, " starts at ", start, " and not at ", there->second);
    }
  }
  CHECK(different == 0);
}

}  // namespace

TEST_CASE("every published schedule is reproduced, each start time of each job") {
  REQUIRE_MESSAGE(!data_folder().empty(),
                  "RETZ_DATA must name the folder that holds swf/ and expected/");
  const std::vector<Expected> all = all_expected();
  CHECK(all.size() >= 35);
  for (const Expected& expected : all) {
    CAPTURE(expected.file);
    compare(expected);
  }
}
