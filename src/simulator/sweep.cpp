// A sweep over time: at each moment at which something changes, what is in use, what the nodes
// have, and how many jobs wait.
#include "simulator/sweep.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

namespace retz::simulator {
namespace {

// The resources that some node has, in a fixed order.
class Dimensions {
 public:
  explicit Dimensions(const std::vector<SimulatedNode>& nodes) {
    Amounts most;
    for (const SimulatedNode& node : nodes) {
      const Amounts& amounts = node.capacity.amounts;
      most.cpus = std::max(most.cpus, amounts.cpus);
      most.mem = std::max(most.mem, amounts.mem);
      most.disk = std::max(most.disk, amounts.disk);
      has_gpus_ = has_gpus_ || !node.capacity.gpus.empty();
      for (const CustomAmount& custom : amounts.custom) customs_.push_back(custom.name);
    }
    std::sort(customs_.begin(), customs_.end());
    customs_.erase(std::unique(customs_.begin(), customs_.end()), customs_.end());
    has_cpus_ = most.cpus > 0;
    has_mem_ = most.mem > 0;
    has_disk_ = most.disk > 0;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    if (has_cpus_) out.emplace_back("cpus");
    if (has_mem_) out.emplace_back("mem");
    if (has_disk_) out.emplace_back("disk");
    if (has_gpus_) out.emplace_back("gpus");
    for (const std::string& name : customs_) out.push_back("custom." + name);
    return out;
  }

  /// Adds `sign` times the amounts to `to`.
  void add(const Amounts& amounts, std::int64_t gpus, std::int64_t sign,
           std::vector<std::int64_t>& to) const {
    std::size_t at = 0;
    if (has_cpus_) to[at++] += sign * amounts.cpus;
    if (has_mem_) to[at++] += sign * amounts.mem;
    if (has_disk_) to[at++] += sign * amounts.disk;
    if (has_gpus_) to[at++] += sign * gpus;
    for (const CustomAmount& custom : amounts.custom) {
      const auto place = std::lower_bound(customs_.begin(), customs_.end(), custom.name);
      if (place == customs_.end() || *place != custom.name) continue;
      to[at + static_cast<std::size_t>(place - customs_.begin())] += sign * custom.amount;
    }
  }

 private:
  bool has_cpus_ = false, has_mem_ = false, has_disk_ = false, has_gpus_ = false;
  std::vector<std::string> customs_;
};

std::int64_t devices(const Capacity& capacity) {
  return 1000 * static_cast<std::int64_t>(capacity.gpus.size());
}

enum class What : std::uint8_t {
  eligible,
  started,
  started_at_once,  // without ever having waited
  ended,
  lost,  // and waits again
  node_lost,
  node_back,
};

struct Moment {
  Duration at{0};
  std::uint32_t subject = 0;  // index of the attempt, ran before lost ones; of nodes: of the node
  What what = What::eligible;
};

class Sweep {
 public:
  Sweep(const Workload& workload, const std::vector<SimulatedNode>& nodes,
        const Simulation& simulation)
      : workload_(workload),
        nodes_(nodes),
        simulation_(simulation),
        dimensions_(nodes),
        names_(dimensions_.names()),
        used_(names_.size()),
        present_(names_.size()),
        total_used_(names_.size()),
        queued_used_(names_.size()),
        queued_present_(names_.size()) {}

  std::vector<ResourceUse> finish(double makespan) {
    for (const SimulatedNode& node : nodes_) {
      dimensions_.add(node.capacity.amounts, devices(node.capacity), 1, present_);
    }
    const std::vector<std::int64_t> whole = present_;
    collect();
    Duration last = moments_.empty() ? Duration{0} : moments_.front().at;
    for (const Moment& moment : moments_) {
      if (moment.at > last) pass(moment.at - last);
      last = moment.at;
      happen(moment);
    }
    std::vector<ResourceUse> uses;
    for (std::size_t d = 0; d < names_.size(); ++d) {
      ResourceUse use{.name = names_[d], .capacity = static_cast<double>(whole[d])};
      if (makespan > 0) use.utilisation = total_used_[d] / 1e6 / (use.capacity * makespan);
      if (queued_present_[d] > 0) use.while_queued = queued_used_[d] / queued_present_[d];
      uses.push_back(std::move(use));
    }
    return uses;
  }

 private:
  const SimulatedJob& attempt(std::uint32_t i) const {
    const std::size_t ran = simulation_.jobs.size();
    return i < ran ? simulation_.jobs[i] : simulation_.lost[i - ran];
  }

  void collect() {
    const auto ran = static_cast<std::uint32_t>(simulation_.jobs.size());
    const std::vector<Duration> ends = ends_of_awaited();
    const std::vector<bool> was_lost = lost_jobs();
    Duration end{0};
    moments_.reserve(3 * (ran + simulation_.lost.size()));
    for (std::uint32_t i = 0; i < ran; ++i) {
      const SimulatedJob& job = simulation_.jobs[i];
      Duration eligible = workload_.jobs[job.job].submit;
      for (const std::uint32_t other : workload_.jobs[job.job].after) {
        eligible = std::max(eligible, ends[other]);
      }
      const bool waited = eligible < job.start || (!was_lost.empty() && was_lost[job.job]);
      if (waited) moments_.push_back({eligible, i, What::eligible});
      moments_.push_back({job.start, i, waited ? What::started : What::started_at_once});
      moments_.push_back({job.end, i, What::ended});
      end = std::max(end, job.end);
    }
    for (std::uint32_t i = 0; i < simulation_.lost.size(); ++i) {
      moments_.push_back({simulation_.lost[i].start, ran + i, What::started});
      moments_.push_back({simulation_.lost[i].end, ran + i, What::lost});
    }
    for (const NodeFailure& outage : simulation_.outages) {
      moments_.push_back({outage.from, outage.node, What::node_lost});
      moments_.push_back(
          {std::min(outage.until, std::max(end, outage.from)), outage.node, What::node_back});
    }
    std::sort(moments_.begin(), moments_.end(),
              [](const Moment& a, const Moment& b) { return a.at < b.at; });
  }

  // By job of the workload; empty where no job waits for another.
  std::vector<Duration> ends_of_awaited() const {
    const auto& jobs = workload_.jobs;
    std::vector<Duration> ends;
    if (std::all_of(jobs.begin(), jobs.end(), [](auto& job) { return job.after.empty(); })) {
      return ends;
    }
    ends.resize(jobs.size());
    for (const SimulatedJob& job : simulation_.jobs) ends[job.job] = job.end;
    return ends;
  }

  // By job of the workload; empty where none was.
  std::vector<bool> lost_jobs() const {
    std::vector<bool> out(simulation_.lost.empty() ? 0 : workload_.jobs.size());
    for (const SimulatedJob& job : simulation_.lost) out[job.job] = true;
    return out;
  }

  void happen(const Moment& moment) {
    switch (moment.what) {
      case What::eligible:
        ++waiting_;
        return;
      case What::started:
        --waiting_;
        use(attempt(moment.subject), 1);
        return;
      case What::started_at_once:
        use(attempt(moment.subject), 1);
        return;
      case What::lost:
        ++waiting_;
        use(attempt(moment.subject), -1);
        return;
      case What::ended:
        use(attempt(moment.subject), -1);
        return;
      case What::node_lost:
      case What::node_back: {
        const Capacity& capacity = nodes_[moment.subject].capacity;
        const std::int64_t sign = moment.what == What::node_back ? 1 : -1;
        dimensions_.add(capacity.amounts, devices(capacity), sign, present_);
      }
    }
  }

  void use(const SimulatedJob& job, std::int64_t sign) {
    const Request& request = workload_.jobs[job.job].request;
    const std::int64_t gpus = request.gpus.all ? devices(nodes_[job.node].capacity)
                                               : request.gpus.devices * 1000 + request.gpus.share;
    dimensions_.add(request.amounts, gpus, sign, used_);
  }

  void pass(Duration time) {
    const auto span = static_cast<double>(time.count());
    for (std::size_t d = 0; d < used_.size(); ++d) {
      total_used_[d] += static_cast<double>(used_[d]) * span;
      if (waiting_ == 0) continue;
      queued_used_[d] += static_cast<double>(used_[d]) * span;
      queued_present_[d] += static_cast<double>(present_[d]) * span;
    }
  }

  const Workload& workload_;
  const std::vector<SimulatedNode>& nodes_;
  const Simulation& simulation_;
  Dimensions dimensions_;
  std::vector<std::string> names_;
  std::vector<Moment> moments_;
  std::int64_t waiting_ = 0;
  std::vector<std::int64_t> used_, present_;
  std::vector<double> total_used_, queued_used_, queued_present_;  // times microseconds
};

}  // namespace

std::vector<ResourceUse> resource_use(const Workload& workload,
                                      const std::vector<SimulatedNode>& nodes,
                                      const Simulation& simulation, double makespan) {
  return Sweep(workload, nodes, simulation).finish(makespan);
}

}  // namespace retz::simulator
