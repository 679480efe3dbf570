// The live driver and the simulator are drivers of one engine: the same workload through
// Runtime::turn(), with a clock that is set, a store in memory and a cluster of this file, gives
// the same table of jobs, byte for byte.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "retz/simulator.hpp"
#include "unit/runtime/host.hpp"

using namespace retz;
using namespace retz::testing;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

// Attempts run for as long as the workload says; nodes go and come back.
class ModelledCluster final : public Cluster, public Sandboxes {
 public:
  ModelledCluster(const Workload& workload, const SimulationOptions& options, FakeClock& clock)
      : workload_(workload), options_(options), clock_(clock) {
    for (const NodeFailure& failure : options.failures) {
      turns_.emplace(failure.from, std::pair{failure.node, true});
      turns_.emplace(failure.until, std::pair{failure.node, false});
    }
  }

  Result<void> open(Inbox& inbox) override {
    inbox_ = &inbox;
    for (std::uint32_t i = 0; i < options_.nodes.size(); ++i) grant(i);
    return {};
  }

  void carry_out(std::span<const Action> actions, std::span<const Receipt> /*settled*/) override {
    for (const Action& action : actions) {
      const auto* launch = std::get_if<Launch>(&action);
      if (launch == nullptr) continue;
      const auto job = static_cast<std::uint32_t>(std::stoul(launch->job->name));
      const Duration start = now();
      const std::uint32_t node = node_of_lease_[launch->lease.value - 1];
      running_.emplace(std::pair{start + workload_.jobs[job].run, ++sequence_},
                       Attempt{launch->attempt, {job, start, {}, node}});
    }
  }

  void reconcile(std::span<const AttemptRecord> believed_live) override {
    REQUIRE(believed_live.empty());
  }
  Sandboxes& sandboxes() override { return *this; }
  Result<std::vector<FileEntry>> list(AttemptRef, const std::string&) override {
    return fail(Errc::not_found, "no files here");
  }
  Result<FileChunk> read(AttemptRef, const std::string&, std::int64_t, std::int64_t) override {
    return fail(Errc::not_found, "no files here");
  }

  bool idle() const { return running_.empty(); }
  std::optional<Duration> next() const {
    std::optional<Duration> next;
    if (!running_.empty()) next = running_.begin()->first.first;
    if (!turns_.empty() && (!next || turns_.begin()->first < *next)) next = turns_.begin()->first;
    return next;
  }

  /// Tells what happened until now.
  void report() {
    while (!running_.empty() && running_.begin()->first.first <= now()) {
      Attempt ended = running_.begin()->second;
      ended.job.end = running_.begin()->first.first;
      running_.erase(running_.begin());
      inbox_->post({{AttemptEnded{ended.ref, Outcome{}, Usage{}}}});
      done.push_back(ended.job);
    }
    for (; !turns_.empty() && turns_.begin()->first <= now(); turns_.erase(turns_.begin())) {
      const auto [node, lost] = turns_.begin()->second;
      if (!lost) {
        grant(node);
        continue;
      }
      inbox_->post({{NodeLost{options_.nodes[node].name}}});
      std::erase_if(running_, [n = node](const auto& r) { return r.second.job.node == n; });
    }
  }

  std::vector<SimulatedJob> done;

 private:
  struct Attempt {
    AttemptRef ref = {};
    SimulatedJob job = {};
  };

  Duration now() const { return clock_.wall_now.time_since_epoch(); }

  void grant(std::uint32_t i) {
    const auto& node = options_.nodes[i];
    node_of_lease_.push_back(i);
    inbox_->post({{LeaseGranted{LeaseId{node_of_lease_.size()}, node.name, LeaseKind::standing,
                                node.capacity}}});
  }

  const Workload& workload_;
  const SimulationOptions& options_;
  FakeClock& clock_;
  Inbox* inbox_ = nullptr;
  std::multimap<Duration, std::pair<std::uint32_t, bool>> turns_;  // of nodes: which, whether lost
  std::map<std::pair<Duration, std::uint64_t>, Attempt> running_;  // by end, then start
  std::uint64_t sequence_ = 0;
  std::vector<std::uint32_t> node_of_lease_;
};

JobSpec spec_of(const WorkloadJob& job, std::size_t index) {
  JobSpec spec;
  spec.application = "app";
  spec.command = "true";
  spec.name = std::to_string(index);
  spec.user = job.user;
  spec.request = job.request;
  spec.priority = job.priority;
  spec.estimate = job.estimate;
  return spec;
}

// Requires: jobs are sorted by submission.
Simulation live(const Workload& workload, const SimulationOptions& options) {
  FakeClock clock;
  clock.wall_now = Instant{};
  FakeMailbox mailbox;
  const auto store = memory_store();
  ModelledCluster cluster(workload, options, clock);
  RuntimeOptions runtime_options;
  runtime_options.engine = options.engine;
  auto opened = Runtime::open(runtime_options, mailbox, clock, *store, cluster);
  REQUIRE(opened);
  Runtime& runtime = **opened;
  Application application;
  application.name = "app";
  application.owner = "alice";
  application.grace_period = Duration{0};
  mailbox.post(StoreUser{{"alice", "secret", true, false, ""}},
               [](auto answer) { REQUIRE(answer); });
  mailbox.post(StoreApplication{"alice", application}, [](auto answer) { REQUIRE(answer); });
  runtime.turn();
  std::size_t submitted = 0;
  for (;;) {
    std::optional<Duration> next = cluster.next();
    const auto earlier = [&](Duration time) {
      if (!next || time < *next) next = time;
    };
    const Duration now = clock.wall_now.time_since_epoch();
    if (submitted < workload.jobs.size()) earlier(workload.jobs[submitted].submit);
    if (!next || cluster.done.size() == workload.jobs.size()) break;
    // Its own timers, of which a pass that was asked for is one.
    if (const auto sleep = runtime.turn().sleep) earlier(now + *sleep);
    clock.pass(std::max(Duration{0}, *next - now));
    cluster.report();
    const Duration at = clock.wall_now.time_since_epoch();
    for (; submitted < workload.jobs.size() && workload.jobs[submitted].submit <= at; ++submitted) {
      mailbox.post(SubmitJobs{"", {spec_of(workload.jobs[submitted], submitted)}, "", ""},
                   [](auto answer) { REQUIRE(answer); });
    }
    runtime.turn();
  }
  Simulation result;
  result.jobs = std::move(cluster.done);
  std::sort(result.jobs.begin(), result.jobs.end(),
            [](const SimulatedJob& a, const SimulatedJob& b) { return a.job < b.job; });
  return result;
}

void check_alike(const Workload& workload, const SimulationOptions& options, bool expect_lost) {
  const auto simulated = simulate(workload, options);
  REQUIRE(simulated);
  CHECK(simulated->jobs.size() == workload.jobs.size());
  CHECK(simulated->lost.empty() != expect_lost);
  const std::string expected = per_job_csv(workload, options.nodes, *simulated);
  const auto again = simulate(workload, options);
  REQUIRE(again);
  CHECK(per_job_csv(workload, options.nodes, *again) == expected);
  CHECK(per_job_csv(workload, options.nodes, live(workload, options)) == expected);
}

}  // namespace

TEST_CASE("the live runtime gives the schedule of the simulator: KTH-SP2 under easy") {
  auto workload = read_swf(RETZ_WORKLOADS "/KTH-SP2-1996-2.swf.gz");
  REQUIRE(workload);
  workload->jobs.resize(3000);
  SimulationOptions options;
  options.engine.policy = *make_policy({.planner = "easy"});
  options.nodes = one_node(workload->processors);
  check_alike(*workload, options, false);
}

TEST_CASE("the live runtime gives the schedule of the simulator: a batch mix with lost nodes") {
  const auto workload = generate_batch_mix({.jobs = 3000, .nodes = 6, .load = 1.1, .seed = 5});
  REQUIRE(workload);
  Capacity node;
  node.amounts.cpus = 32'000;
  node.amounts.mem = 128 * 1024;
  SimulationOptions options;
  options.nodes = equal_nodes(6, node);
  options.failures = fail_part(6, 0.34, hours(10), hours(11), 3);
  options.failures.push_back({0, hours(12), hours(12) + minutes(1)});
  for (const char* planner : {"first_fit", "easy", "packing"}) {
    CAPTURE(planner);
    options.engine.policy = *make_policy({.ordering = "fair_share", .planner = planner});
    options.engine.policy.starvation_bound = hours(4);
    check_alike(*workload, options, true);
  }
}
