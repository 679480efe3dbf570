#include "property/workload.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <tuple>
#include <variant>

namespace retz::property {
namespace {

constexpr std::int64_t cpu = 1000;

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error(what);
}

std::string name(JobId job) {
  return "job " + std::to_string(job.value);
}

class Run {
 public:
  Run(const Policy& policy, const Workload& workload)
      : policy_(policy), workload_(workload), engine_({policy, 1, {}}), twin_({policy, 1, {}}) {}

  void play() {
    grant_nodes();
    std::size_t next = 0;
    Instant submission = begin;
    const auto jobs = workload_.jobs.size();
    while (started_ < jobs || !ends_.empty()) {
      if (next < jobs) submission = std::max(now_, last_ + seconds(workload_.jobs[next].after));
      std::optional<Instant> then = wake_;
      if (next < jobs) then = std::min(then.value_or(submission), submission);
      if (!ends_.empty())
        then = std::min(then.value_or(ends_.begin()->first), ends_.begin()->first);
      if (!then) broken("jobs wait and nothing will happen any more");
      now_ = *then;
      std::vector<Event> events = ends_now();
      while (next < jobs && last_ + seconds(workload_.jobs[next].after) <= now_) {
        events.push_back({JobSubmitted{facts(next), {}}});
        last_ += seconds(workload_.jobs[next++].after);
      }
      if (events.empty()) events.push_back({TimePassed{}});
      step(events);
    }
  }

 private:
  static constexpr Instant begin{std::chrono::hours(24)};
  static Duration seconds(std::uint32_t count) { return std::chrono::seconds(count); }

  struct Placed {
    JobId job;
    std::string node;
  };

  void grant_nodes() {
    std::vector<Event> events;
    for (std::size_t i = 0; i < workload_.nodes.size(); ++i) {
      const std::int64_t size = workload_.nodes[i];
      Capacity capacity;
      capacity.amounts = {size * cpu, size, 0, {}};
      const std::string node = "n" + std::to_string(i);
      free_[node] = capacity.amounts;
      size_[node] = capacity.amounts;
      events.push_back({LeaseGranted{LeaseId{i + 1}, node, LeaseKind::standing, capacity}});
    }
    both(events, Pass::none);
  }

  JobFacts facts(std::size_t index) const {
    const SmallJob& job = workload_.jobs[index];
    JobFacts facts;
    facts.id = JobId{index + 1};
    facts.user = "u" + std::to_string(job.user);
    facts.request.amounts = {job.cpus * cpu, job.mem, 0, {}};
    facts.estimate = seconds(job.estimate);
    facts.priority = job.priority;
    return facts;
  }

  std::vector<Event> ends_now() {
    std::vector<Event> events;
    while (!ends_.empty() && ends_.begin()->first == now_) {
      const Placed& placed = ends_.begin()->second;
      const Amounts amounts = facts_of(placed.job).request.amounts;
      free_[placed.node].cpus += amounts.cpus;
      free_[placed.node].mem += amounts.mem;
      events.push_back({AttemptEnded{{placed.job, 1}, {}, {}}});
      ends_.erase(ends_.begin());
    }
    return events;
  }

  JobFacts facts_of(JobId job) const { return facts(static_cast<std::size_t>(job.value - 1)); }

  const Step& both(const std::vector<Event>& events, Pass pass) {
    const auto starts = [](const Step& step) {
      std::string text;
      for (const Decision& decision : step.decisions) {
        const auto* start = std::get_if<StartAttempt>(&decision);
        if (start == nullptr) broken("a decision that is no start");
        text += name(start->attempt.job) + " on " + start->placement.node + "; ";
      }
      return text;
    };
    const std::string other = starts(twin_.step(events, now_, pass));
    const Step& step = engine_.step(events, now_, pass);
    if (starts(step) != other) broken("two engines decide in two ways");
    return step;
  }

  // First what happened, then the pass: the order between is the order of the pass.
  void step(const std::vector<Event>& events) {
    for (const Event& event : events) {
      const auto* submitted = std::get_if<JobSubmitted>(&event.what);
      if (submitted != nullptr) waiting_[submitted->facts.id] = now_;
    }
    both(events, Pass::none);
    const std::vector<JobId> order = order_now();
    const Step& step = both({{TimePassed{}}}, Pass::once);
    wake_ = step.wake_at;
    if (wake_ && *wake_ <= now_) broken("a wake-up in the past");
    std::vector<Placed> starts;
    for (const Decision& decision : step.decisions) {
      const auto& start = std::get<StartAttempt>(decision);
      starts.push_back({start.attempt.job, start.placement.node});
    }
    check_order(order, starts);
    for (const Placed& placed : starts) take(placed);
    check_promises();
    engine_.check_invariants();
  }

  bool overdue(JobId job) const {
    return policy_.starvation_bound && now_ - waiting_.at(job) >= *policy_.starvation_bound;
  }

  // By value. Where ranks change, places are told as of the last pass: that they are all different
  // is all that is asked then.
  std::vector<JobId> order_now() const {
    std::vector<JobId> places(waiting_.size());
    std::vector<std::tuple<bool, Rank, JobId>> ranked;
    for (const auto& [job, since] : waiting_) {
      const auto explanation = engine_.explain(job);
      if (!explanation) broken(name(job) + " cannot be explained");
      const std::uint64_t position = explanation->position;
      if (position == 0 || position > places.size()) broken(name(job) + " has no place");
      JobId& place = places[static_cast<std::size_t>(position - 1)];
      if (place.value != 0) broken(name(job) + " and " + name(place) + " have one place");
      place = job;
      const JobFacts facts = facts_of(job);
      const RankedJob known{job,   facts.user, facts.request, facts.priority, facts.estimate,
                            since, 0,          facts.estimate};
      const bool late = overdue(job);
      ranked.emplace_back(!late, late ? Rank{} : policy_.ordering->rank(known, now_), job);
    }
    std::sort(ranked.begin(), ranked.end());
    std::vector<JobId> order;
    for (const auto& [fresh, rank, job] : ranked) order.push_back(job);
    // The bound is looked at when a pass begins: places may be of the one before.
    const bool settled =
        policy_.ordering->rank_changes() == RankChanges::never && !policy_.starvation_bound;
    if (settled && order != places) {
      broken("jobs are not in the order of their ranks");
    }
    return order;
  }

  void check_order(const std::vector<JobId>& order, const std::vector<Placed>& starts) const {
    // Each start may change who comes next.
    if (policy_.ordering->rank_changes() == RankChanges::with_usage) return;
    std::map<JobId, std::string> node_of;
    for (const Placed& placed : starts) node_of[placed.job] = placed.node;
    const std::string_view planner = policy_.planner->name();
    for (auto job = order.begin(); job != order.end(); ++job) {
      if (node_of.contains(*job)) continue;
      const bool closes = overdue(*job) && (planner == "first_fit" || planner == "packing");
      if (planner != "strict" && !closes) continue;
      const Amounts asked = facts_of(*job).request.amounts;
      for (auto later = job + 1; later != order.end(); ++later) {
        const auto placed = node_of.find(*later);
        if (placed == node_of.end()) continue;
        const Amounts& size = size_.at(placed->second);
        if (planner == "strict" || (asked.cpus <= size.cpus && asked.mem <= size.mem)) {
          broken(name(*later) + " started and " + name(*job) + ", which comes before, did not");
        }
      }
    }
  }

  void take(const Placed& placed) {
    const JobFacts facts = facts_of(placed.job);
    Amounts& left = free_.at(placed.node);
    left.cpus -= facts.request.amounts.cpus;
    left.mem -= facts.request.amounts.mem;
    if (left.cpus < 0 || left.mem < 0) broken(placed.node + " was given away twice");
    if (waiting_.erase(placed.job) != 1) broken(name(placed.job) + " did not wait and started");
    const auto promised = promised_.find(placed.job);
    if (promised != promised_.end() && promised->second < now_) {
      broken(name(placed.job) + " started later than was promised");
    }
    promised_.erase(placed.job);
    ends_.emplace(now_ + facts.estimate, placed);
    ++started_;
  }

  // What was promised once stays promised.
  void check_promises() {
    const std::string_view planner = policy_.planner->name();
    const bool fifo = policy_.ordering->name() == "fifo";
    const bool everybody = planner == "conservative" || (planner == "conservative_replan" && fifo);
    const bool head = planner == "easy" && fifo;
    if (!everybody && !head) return;
    for (const auto& [job, since] : waiting_) {
      const auto explanation = engine_.explain(job);
      if (!explanation->reservation) {
        if (everybody || explanation->position == 1) broken(name(job) + " is promised nothing");
        continue;
      }
      const Instant at = explanation->reservation->at;
      if (at < now_) broken(name(job) + " is promised the past");
      const auto [known, fresh] = promised_.emplace(job, at);
      if (!fresh && known->second < at) broken(name(job) + " is delayed");
      known->second = at;
    }
  }

  const Policy& policy_;
  const Workload& workload_;
  Engine engine_;
  Engine twin_;
  Instant now_ = begin;
  Instant last_ = begin;  // submission
  std::optional<Instant> wake_;
  std::size_t started_ = 0;
  std::map<JobId, Instant> waiting_;  // since
  std::map<std::string, Amounts> free_, size_;
  std::multimap<Instant, Placed> ends_;
  std::map<JobId, Instant> promised_;
};

}  // namespace

Workload make_workload(base::Generator& chance, std::size_t jobs) {
  Workload workload;
  const auto below = [&](std::uint64_t most) {
    return static_cast<std::uint32_t>(chance.below(most));
  };
  for (std::size_t i = 0; i < jobs; ++i) {
    workload.jobs.push_back({below(3) == 0 ? below(10) : 0, 1 + below(8), below(9),
                             1 + below(4) * below(10), below(3),
                             static_cast<std::int32_t>(below(3))});
  }
  return workload;
}

std::ostream& operator<<(std::ostream& stream, const SmallJob& job) {
  return stream << "after " << job.after << "s: cpus=" << job.cpus << " mem=" << job.mem
                << " estimate=" << job.estimate << "s user=" << job.user
                << " priority=" << job.priority << "\n";
}

std::string run(const Policy& policy, const Workload& workload) {
  try {
    Run(policy, workload).play();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace retz::property
