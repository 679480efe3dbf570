#include "cli/sim/history.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace retz::cli {

namespace {

/// An attempt's stay on its node.
struct Stay {
  std::uint32_t job = 0;
  std::uint32_t node = 0;
  Duration start{0}, end{0};
  Placement placement = {};
};

struct Ended {
  JobRecord record = {};
  std::vector<AttemptRecord> attempts = {};  // that have ended, by their number
};

class Reading {
 public:
  Reading(const Store& store, const HistoryOptions& options) : store_(store), options_(options) {}

  Result<History> read() {
    if (auto jobs = read_jobs(); !jobs) return tl::unexpected(jobs.error());
    std::sort(ended_.begin(), ended_.end(), [](const Ended& a, const Ended& b) {
      return std::tie(a.record.status.submitted, a.record.id) <
             std::tie(b.record.status.submitted, b.record.id);
    });
    if (!ended_.empty()) history_.begin = ended_.front().record.status.submitted;
    for (std::uint32_t i = 0; i < ended_.size(); ++i) place_[ended_[i].record.id] = i;
    for (std::uint32_t i = 0; i < ended_.size(); ++i) take(i);
    size_nodes();
    return std::move(history_);
  }

 private:
  Result<void> read_jobs() {
    JobQuery query{.submitted_from = options_.from, .submitted_before = options_.until};
    for (bool more = true; more;) {
      auto page = store_.jobs(query);
      if (!page) return tl::unexpected(page.error());
      for (JobRecord& job : page->jobs) {
        query.below = job.id;
        if (auto one = read_job(std::move(job)); !one) return one;
      }
      more = page->more;
    }
    return {};
  }

  Result<void> read_job(JobRecord job) {
    if (!is_terminal(job.status.state)) {
      ++history_.still_live;
      return {};
    }
    Ended ended;
    if (job.status.attempts > 0) {
      auto attempts = store_.attempts(job.id);
      if (!attempts) return tl::unexpected(attempts.error());
      for (AttemptRecord& attempt : *attempts) {
        if (attempt.ended) ended.attempts.push_back(std::move(attempt));
      }
    }
    if (ended.attempts.empty()) {
      ++history_.never_ran;
      return {};
    }
    ended.record = std::move(job);
    ended_.push_back(std::move(ended));
    return {};
  }

  void take(std::uint32_t index) {
    const Ended& ended = ended_[index];
    const JobSpec& spec = *ended.record.spec;
    WorkloadJob job;
    job.number = ended.record.id.value;
    job.submit = ended.record.status.submitted - history_.begin;
    job.user = spec.user;
    job.priority = spec.priority;
    job.request = request_of(spec.request);
    if (spec.array && spec.array->running_max > 0) ++history_.of_limited_array;
    for (const Dependency& dependency : spec.dependencies) {
      const auto found = place_.find(dependency.job);
      if (found != place_.end()) job.after.push_back(found->second);
    }
    for (std::size_t i = 0; i < ended.attempts.size(); ++i) {
      const AttemptRecord& attempt = ended.attempts[i];
      Stay stay{.job = index,
                .node = node_of(attempt.placement.node),
                .start = attempt.started - history_.begin,
                .end = *attempt.ended - history_.begin,
                .placement = attempt.placement};
      stay.end = std::max(stay.end, stay.start + Duration(1));
      const SimulatedJob ran{.job = index, .start = stay.start, .end = stay.end, .node = stay.node};
      if (i + 1 == ended.attempts.size()) {
        job.recorded_start = stay.start;
        job.run = stay.end - stay.start;
        history_.recorded.jobs.push_back(ran);
      } else {
        history_.recorded.lost.push_back(ran);
      }
      stays_.push_back(std::move(stay));
    }
    // 0 where it was stored before estimates were.
    job.estimate = ended.record.estimate > Duration{0} ? ended.record.estimate : job.run;
    history_.workload.jobs.push_back(std::move(job));
  }

  Request request_of(Request request) {
    request.ports = 0;  // never what is short
    if (options_.keep_conditions) return request;
    const bool any = !request.constraints.empty() || request.preference || request.spread ||
                     !request.gpus.models.empty();
    history_.without_condition += any ? 1 : 0;
    request.constraints.clear();
    request.preference.reset();
    request.spread.reset();
    request.gpus.models.clear();
    return request;
  }

  std::uint32_t node_of(const std::string& name) {
    const auto next = static_cast<std::uint32_t>(history_.nodes.size());
    const auto [found, is_new] = nodes_.emplace(name, next);
    if (is_new) history_.nodes.push_back({.name = name, .capacity = {}});
    return found->second;
  }

  /// The most of each resource that was in use at once.
  void size_nodes() {
    struct Change {
      Duration at{0};
      int sign = 0;  // ends before starts
      const Stay* stay = nullptr;
    };
    std::vector<Change> changes;
    for (const Stay& stay : stays_) {
      changes.push_back({stay.start, 1, &stay});
      changes.push_back({stay.end, -1, &stay});
    }
    std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
      return std::tie(a.at, a.sign) < std::tie(b.at, b.sign);
    });
    std::vector<std::map<std::string, std::int64_t>> used(history_.nodes.size()), most = used;
    const auto add = [](std::int64_t& now, std::int64_t& peak, std::int64_t amount) {
      now += amount;
      peak = std::max(peak, now);
    };
    for (const Change& change : changes) {
      const Placement& placement = change.stay->placement;
      auto& now = used[change.stay->node];
      auto& peak = most[change.stay->node];
      add(now["cpus"], peak["cpus"], change.sign * placement.amounts.cpus);
      add(now["mem"], peak["mem"], change.sign * placement.amounts.mem);
      add(now["disk"], peak["disk"], change.sign * placement.amounts.disk);
      for (const CustomAmount& custom : placement.amounts.custom) {
        const std::string key = "custom." + custom.name;
        add(now[key], peak[key], change.sign * custom.amount);
      }
      for (const GpuShare& gpu : placement.gpus) {
        peak["gpus"] = std::max(peak["gpus"], std::int64_t{gpu.device} + 1);
      }
    }
    for (std::size_t i = 0; i < most.size(); ++i) {
      Capacity& capacity = history_.nodes[i].capacity;
      capacity.amounts.cpus = most[i]["cpus"];
      capacity.amounts.mem = most[i]["mem"];
      capacity.amounts.disk = most[i]["disk"];
      for (std::int64_t gpu = 0; gpu < most[i]["gpus"]; ++gpu) {
        capacity.gpus.push_back({.id = std::to_string(gpu)});
      }
      const std::string prefix = "custom.";
      for (const auto& [name, amount] : most[i]) {
        if (!name.starts_with(prefix) || amount <= 0) continue;
        capacity.amounts.custom.push_back({name.substr(prefix.size()), amount});
      }
    }
  }

  const Store& store_;
  const HistoryOptions& options_;
  History history_;
  std::vector<Ended> ended_;
  std::vector<Stay> stays_;
  std::map<JobId, std::uint32_t> place_;
  std::map<std::string, std::uint32_t> nodes_;
};

}  // namespace

Result<History> read_history(const Store& store, const HistoryOptions& options) {
  return Reading(store, options).read();
}

}  // namespace retz::cli
