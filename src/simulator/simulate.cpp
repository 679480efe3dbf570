// Virtual time: the next thing that happens is the next submission, the next end, or the time the
// engine asked to be woken.
#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <queue>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "retz/simulator.hpp"

namespace retz {
namespace {

struct Running {
  Instant end;
  std::uint64_t sequence = 0;  // ends at one time are reported in the order of the starts
  AttemptRef attempt;
  bool as_estimated = false;  // its estimate ends with it
  friend bool operator>(const Running& a, const Running& b) {
    return std::tie(a.end, a.sequence) > std::tie(b.end, b.sequence);
  }
};

class Run {
 public:
  Run(const Workload& workload, const SimulationOptions& options)
      : workload_(workload),
        options_(options),
        engine_(options.engine),
        order_(workload.jobs.size()),
        done_(workload.jobs.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      return workload_.jobs[a].submit < workload_.jobs[b].submit;
    });
  }

  Simulation finish() {
    grant();
    while (const auto now = next_time()) turn(*now);
    return result();
  }

 private:
  struct Done {
    std::optional<Instant> start;
    std::optional<Instant> end;
    std::uint32_t node = 0;
  };

  void grant() {
    for (std::uint32_t i = 0; i < options_.nodes.size(); ++i) {
      const auto& node = options_.nodes[i];
      node_index_[node.name] = i;
      events_.push_back(
          {LeaseGranted{LeaseId{i + 1}, node.name, LeaseKind::standing, node.capacity}});
    }
    step(Instant{});
  }

  std::optional<Instant> next_time() const {
    std::optional<Instant> next = wake_at_;
    const auto earlier = [&](Instant t) {
      if (!next || t < *next) next = t;
    };
    if (submitted_ < order_.size()) earlier(Instant(workload_.jobs[order_[submitted_]].submit));
    if (!running_.empty()) earlier(running_.top().end);
    return next;
  }

  void turn(Instant now) {
    if (options_.events == SimulationEvents::one_by_one) return one_by_one(now);
    for (; !running_.empty() && running_.top().end <= now; running_.pop()) ended(running_.top());
    while (submitted_now(now)) submit();
    if (events_.empty()) events_.push_back({TimePassed{}});
    step(now);
  }

  void one_by_one(Instant now) {
    std::vector<Running> ends;
    for (; !running_.empty() && running_.top().end <= now; running_.pop()) {
      ends.push_back(running_.top());
    }
    for (const Running& r : ends) {
      if (r.as_estimated) ended(r);
    }
    if (!events_.empty()) step(now, Pass::none);
    const bool only_time = ends.empty() && !submitted_now(now);
    while (submitted_now(now)) {
      submit();
      step(now);
    }
    for (const Running& r : ends) {
      if (r.as_estimated) {
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

  void ended(const Running& r) {
    events_.push_back({AttemptEnded{r.attempt, Outcome{}, Usage{}}});
    done_[index(r.attempt.job)].end = r.end;
  }

  bool submitted_now(Instant now) const {
    return submitted_ < order_.size() && Instant(workload_.jobs[order_[submitted_]].submit) <= now;
  }

  void submit() {
    const std::size_t i = order_[submitted_++];
    const WorkloadJob& job = workload_.jobs[i];
    JobFacts facts;
    facts.id = JobId{i + 1};
    facts.user = job.user;
    facts.request = job.request;
    facts.priority = job.priority;
    facts.estimate = job.estimate;
    events_.push_back({JobSubmitted{std::move(facts)}});
  }

  void step(Instant now, Pass pass = Pass::once) {
    const Step& step = engine_.step(events_, now, pass);
    events_.clear();
    ++result_.steps;
    // A wake-up asked for the present or the past would stop the virtual time.
    wake_at_ = step.wake_at && *step.wake_at > now ? step.wake_at : std::nullopt;
    for (const Decision& decision : step.decisions) {
      if (const auto* start = std::get_if<StartAttempt>(&decision)) {
        const std::size_t i = index(start->attempt.job);
        const WorkloadJob& job = workload_.jobs[i];
        running_.push({now + job.run, ++sequence_, start->attempt, job.run == job.estimate});
        done_[i].start = now;
        done_[i].node = node_index_.at(start->placement.node);
      } else if (std::holds_alternative<Refuse>(decision)) {
        ++result_.refused;
      }
    }
    if (options_.check_invariants) engine_.check_invariants();
  }

  Simulation result() {
    for (std::uint32_t i = 0; i < done_.size(); ++i) {
      const Done& done = done_[i];
      if (!done.end) continue;
      result_.jobs.push_back(
          {i, done.start->time_since_epoch(), done.end->time_since_epoch(), done.node});
    }
    result_.stuck = workload_.jobs.size() - result_.jobs.size() - result_.refused;
    result_.metrics = measure(workload_, options_.nodes, result_);
    return std::move(result_);
  }

  static std::size_t index(JobId job) { return static_cast<std::size_t>(job.value - 1); }

  const Workload& workload_;
  const SimulationOptions& options_;
  Engine engine_;
  std::vector<std::size_t> order_;  // of the workload's jobs, by submission
  std::vector<Done> done_;
  std::size_t submitted_ = 0;
  std::priority_queue<Running, std::vector<Running>, std::greater<>> running_;
  std::uint64_t sequence_ = 0;
  std::map<std::string, std::uint32_t> node_index_;
  std::optional<Instant> wake_at_;
  std::vector<Event> events_;
  Simulation result_;
};

}  // namespace

std::vector<SimulatedNode> one_node(std::int64_t cpus) {
  SimulatedNode node{"machine", {}};
  node.capacity.amounts.cpus = cpus * 1000;
  return {std::move(node)};
}

Result<Simulation> simulate(const Workload& workload, const SimulationOptions& options) {
  if (options.nodes.empty()) {
    return fail(Errc::invalid_argument, "a simulation needs at least one node", "nodes");
  }
  for (const auto& job : workload.jobs) {
    if (job.run <= Duration{0} || job.estimate <= Duration{0} || job.submit < Duration{0}) {
      return fail(Errc::invalid_argument,
                  "job " + std::to_string(job.number) +
                      " needs a run time and an estimate above 0 and a submission not before 0",
                  "jobs");
    }
  }
  return Run(workload, options).finish();
}

}  // namespace retz
