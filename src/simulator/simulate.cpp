// Virtual time: the next thing that happens is the next submission, the next end, a node that goes
// or comes back, or the time the engine asked to be woken.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "retz/simulator.hpp"
#include "simulator/arrivals.hpp"
#include "simulator/outages.hpp"

namespace retz {
namespace {

using simulator::Arrival;
using simulator::NodeTurn;

struct Running {
  Duration end{0};
  std::uint64_t sequence = 0;  // ends at one time are reported in the order of the starts
  std::uint32_t job = 0;
  std::uint32_t attempt = 0;
};

// For the standard's heaps, which keep the greatest on top.
struct LaterEnd {
  bool operator()(const Running& a, const Running& b) const {
    return a.end != b.end ? a.end > b.end : a.sequence > b.sequence;
  }
};

class Run {
 public:
  Run(const Workload& workload, const SimulationOptions& options, std::vector<Arrival> arrivals)
      : workload_(workload),
        options_(options),
        engine_(options.engine),
        arrivals_(std::move(arrivals)),
        done_(workload.jobs.size()) {
    result_.outages = simulator::merged(options.failures);
    turns_ = simulator::node_turns(result_.outages);
  }

  Simulation finish() {
    for (std::uint32_t i = 0; i < options_.nodes.size(); ++i) grant(i);
    step(Duration{0});
    while (const auto now = next_time()) turn(*now);
    return result();
  }

 private:
  enum class State : std::uint8_t { waiting, running, ended, refused };
  struct Done {
    Duration start{0};
    Duration end{0};
    std::uint32_t node = 0;
    State state = State::waiting;
  };

  void grant(std::uint32_t i) {
    const auto& node = options_.nodes[i];
    const LeaseId lease{node_of_lease_.size() + 1};
    node_of_lease_.push_back(i);
    events_.push_back({LeaseGranted{lease, node.name, LeaseKind::standing, node.capacity}});
  }

  // What runs there is lost: the engine books it, as it does for a live cluster.
  void lose(std::uint32_t node, Duration now) {
    events_.push_back({NodeLost{options_.nodes[node].name}});
    const auto lost =
        std::stable_partition(running_.begin(), running_.end(),
                              [&](const Running& r) { return done_[r.job].node != node; });
    std::sort(lost, running_.end(),
              [](const Running& a, const Running& b) { return a.sequence < b.sequence; });
    for (auto r = lost; r != running_.end(); ++r) {
      Done& done = done_[r->job];
      result_.lost.push_back({r->job, done.start, now, done.node});
      done.state = State::waiting;
    }
    running_.erase(lost, running_.end());
    std::make_heap(running_.begin(), running_.end(), LaterEnd{});
  }

  bool node_turns_by(Duration now) const {
    return turned_ < turns_.size() && turns_[turned_].at <= now;
  }

  void turn_nodes(Duration now) {
    for (; node_turns_by(now); ++turned_) {
      const NodeTurn& turn = turns_[turned_];
      if (turn.lost) {
        lose(turn.node, now);
      } else {
        grant(turn.node);
      }
    }
  }

  // Nodes go and come for as long as there is work.
  std::optional<Duration> next_time() const {
    std::optional<Duration> next = wake_at_;
    const auto earlier = [&](Duration t) {
      if (!next || t < *next) next = t;
    };
    if (submitted_ < arrivals_.size()) earlier(arrivals_[submitted_].at);
    if (!running_.empty()) earlier(running_.front().end);
    if (turned_ < turns_.size() && unfinished_ > 0) earlier(turns_[turned_].at);
    return next;
  }

  void turn(Duration now) {
    if (options_.events == SimulationEvents::one_by_one && !node_turns_by(now)) {
      return one_by_one(now);
    }
    while (ends_by(now)) ended(pop());
    turn_nodes(now);
    while (submitted_by(now)) submit();
    if (events_.empty()) events_.push_back({TimePassed{}});
    step(now);
  }

  void one_by_one(Duration now) {
    ends_.clear();
    while (ends_by(now)) ends_.push_back(pop());
    for (const Running& r : ends_) {
      if (ends_as_estimated(r)) ended(r);
    }
    if (!events_.empty()) step(now, Pass::none);
    const bool only_time = ends_.empty() && !submitted_by(now);
    while (submitted_by(now)) {
      submit();
      step(now);
    }
    for (const Running& r : ends_) {
      if (ends_as_estimated(r)) {
        events_.push_back({TimePassed{}});
      } else {
        ended(r);
      }
      step(now);
    }
    if (!only_time) return;
    events_.push_back({TimePassed{}});
    step(now);
  }

  bool ends_as_estimated(const Running& r) const {
    return workload_.jobs[r.job].run == workload_.jobs[r.job].estimate;
  }

  bool ends_by(Duration now) const { return !running_.empty() && running_.front().end <= now; }

  Running pop() {
    std::pop_heap(running_.begin(), running_.end(), LaterEnd{});
    const Running r = running_.back();
    running_.pop_back();
    return r;
  }

  void ended(const Running& r) {
    events_.push_back({AttemptEnded{{id_of(r.job), r.attempt}, Outcome{}, Usage{}}});
    done_[r.job].end = r.end;
    done_[r.job].state = State::ended;
    --unfinished_;
  }

  bool submitted_by(Duration now) const {
    return submitted_ < arrivals_.size() && arrivals_[submitted_].at <= now;
  }

  void submit() {
    const std::uint32_t i = arrivals_[submitted_++].job;
    const WorkloadJob& job = workload_.jobs[i];
    JobSubmitted& event = std::get<JobSubmitted>(events_.emplace_back(Event{JobSubmitted{}}).what);
    event.facts.id = id_of(i);
    event.facts.user = job.user;
    event.facts.request = job.request;
    event.facts.priority = job.priority;
    event.facts.estimate = job.estimate;
    if (!job.after.empty()) wait_for(job.after, event);
    ++unfinished_;
  }

  void wait_for(const std::vector<std::uint32_t>& others, JobSubmitted& event) const {
    for (const std::uint32_t other : others) {
      event.facts.dependencies.push_back({id_of(other), Dependency::When::success});
      if (done_[other].state == State::ended) event.ended.push_back({id_of(other)});
    }
    auto& all = event.facts.dependencies;
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
  }

  void step(Duration now, Pass pass = Pass::once) {
    const Step& step = engine_.step(events_, Instant(now), pass);
    events_.clear();
    ++result_.steps;
    // A wake-up asked for the present or the past would stop the virtual time.
    wake_at_.reset();
    if (step.wake_at && *step.wake_at > Instant(now)) wake_at_ = step.wake_at->time_since_epoch();
    for (const Decision& decision : step.decisions) {
      if (const auto* start = std::get_if<StartAttempt>(&decision)) {
        started(*start, now);
      } else if (const auto* refusal = std::get_if<Refuse>(&decision)) {
        done_[index(refusal->job)].state = State::refused;
        ++result_.refused;
        --unfinished_;
      }
    }
    if (options_.check_invariants) engine_.check_invariants();
  }

  void started(const StartAttempt& start, Duration now) {
    const std::uint32_t i = index(start.attempt.job);
    running_.push_back({now + workload_.jobs[i].run, ++sequence_, i, start.attempt.attempt});
    std::push_heap(running_.begin(), running_.end(), LaterEnd{});
    done_[i].start = now;
    done_[i].node = node_of_lease_[start.lease.value - 1];
    done_[i].state = State::running;
  }

  Simulation result() {
    result_.jobs.reserve(done_.size());
    for (std::uint32_t i = 0; i < done_.size(); ++i) {
      const Done& done = done_[i];
      if (done.state == State::ended) result_.jobs.push_back({i, done.start, done.end, done.node});
    }
    result_.stuck = workload_.jobs.size() - result_.jobs.size() - result_.refused;
    result_.metrics = measure(workload_, options_.nodes, result_);
    return std::move(result_);
  }

  static JobId id_of(std::uint32_t job) { return JobId{std::uint64_t{job} + 1}; }
  static std::uint32_t index(JobId job) { return static_cast<std::uint32_t>(job.value - 1); }

  const Workload& workload_;
  const SimulationOptions& options_;
  Engine engine_;
  std::vector<Arrival> arrivals_;
  std::size_t submitted_ = 0;     // of arrivals_
  std::size_t unfinished_ = 0;    // submitted, neither ended nor refused
  std::vector<Done> done_;        // by job
  std::vector<Running> running_;  // a heap
  std::uint64_t sequence_ = 0;
  std::vector<NodeTurn> turns_;
  std::size_t turned_ = 0;  // of turns_
  std::vector<std::uint32_t> node_of_lease_;
  std::optional<Duration> wake_at_;
  std::vector<Event> events_;
  std::vector<Running> ends_;  // at one time
  Simulation result_;
};

Result<void> check(const Workload& workload, const SimulationOptions& options) {
  if (options.nodes.empty()) {
    return fail(Errc::invalid_argument, "a simulation needs at least one node", "nodes");
  }
  for (const WorkloadJob& job : workload.jobs) {
    if (job.run <= Duration{0} || job.estimate <= Duration{0} || job.submit < Duration{0}) {
      return fail(Errc::invalid_argument,
                  "job " + std::to_string(job.number) +
                      " needs a run time and an estimate above 0 and a submission not before 0",
                  "jobs");
    }
  }
  for (const NodeFailure& failure : options.failures) {
    if (failure.node >= options.nodes.size() || failure.from < Duration{0} ||
        failure.until <= failure.from) {
      return fail(Errc::invalid_argument,
                  "a failure needs one of the nodes and a time that ends after it begins",
                  "failures");
    }
  }
  return {};
}

}  // namespace

Result<Simulation> simulate(const Workload& workload, const SimulationOptions& options) {
  if (const auto good = check(workload, options); !good) return tl::unexpected(good.error());
  auto arrivals = simulator::arrivals(workload);
  if (!arrivals) return tl::unexpected(arrivals.error());
  return Run(workload, options, *std::move(arrivals)).finish();
}

}  // namespace retz
