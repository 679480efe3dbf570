// The harness of RLScheduler (Zhang et al., SC 2020). It does not drive the engine: what it does is
// no policy, as the pick is never looked at again, and stands here for its figures alone.
#include <algorithm>
#include <cmath>
#include <deque>
#include <string>

#include "retz/experiment.hpp"

namespace retz {
namespace {

struct StickyJob {
  double submit = 0, run = 0, requested = 0;
  std::int64_t cpus = 0;
  double started = 0;
};

// Smaller first. A job that waits has -1 for its start there, hence the negative time waited.
double score_of(StickyOrder order, const StickyJob& job) {
  const double waited = -1 - job.submit;
  const auto cpus = static_cast<double>(job.cpus);
  switch (order) {
    case StickyOrder::fcfs:
      return job.submit;
    case StickyOrder::sjf:
      return job.requested;
    case StickyOrder::wfp3:
      return -std::pow(waited / job.requested, 3) * cpus;
    case StickyOrder::unicep:
      return -(waited + 1e-15) / (std::log2(cpus + 1e-15) * job.requested);
    case StickyOrder::f1:
      return std::log10(job.requested > 0 ? job.requested : 0.1) * cpus +
             870 * std::log10(job.submit > 0 ? job.submit : 0.1);
  }
  return 0;
}

class Harness {
 public:
  Harness(std::vector<StickyJob> jobs, std::int64_t cpus, StickyOrder order, bool backfill)
      : jobs_(std::move(jobs)), free_(cpus), order_(order), backfill_(backfill) {}

  double run() {
    arrive();
    while (waits_for_work()) {
      sort_queue();
      const std::size_t picked = queue_.front();
      hold_on_to(picked);
      queue_.erase(std::find(queue_.begin(), queue_.end(), picked));
      start(picked);
    }
    double sum = 0;
    for (const StickyJob& job : jobs_) {
      sum += std::max(1.0, (job.started - job.submit + job.run) / std::max(job.run, 10.0));
    }
    return sum / static_cast<double>(jobs_.size());
  }

 private:
  void arrive() {
    now_ = std::max(now_, jobs_[next_].submit);
    queue_.push_back(next_++);
  }

  bool waits_for_work() {
    while (queue_.empty()) {
      if (next_ == jobs_.size()) return false;
      step();
    }
    return true;
  }

  // The sort is stable over a queue that stays as the last one left it.
  void sort_queue() {
    std::stable_sort(queue_.begin(), queue_.end(), [&](std::size_t a, std::size_t b) {
      const double x = score_of(order_, jobs_[a]), y = score_of(order_, jobs_[b]);
      if (x != y) return x < y;
      return order_ == StickyOrder::sjf && jobs_[a].submit < jobs_[b].submit;
    });
  }

  // To the next event: an arrival at the time of an end comes first, and both one at a time.
  void step() {
    const auto end = std::min_element(running_.begin(), running_.end(),
                                      [&](auto a, auto b) { return ends(a) < ends(b); });
    if (next_ < jobs_.size() && (end == running_.end() || jobs_[next_].submit <= ends(*end))) {
      return arrive();
    }
    now_ = std::max(now_, ends(*end));
    free_ += jobs_[*end].cpus;
    running_.erase(end);
  }

  void hold_on_to(std::size_t picked) {
    if (free_ >= jobs_[picked].cpus) return;
    const double expected = expected_start(picked);
    while (free_ < jobs_[picked].cpus) {
      if (backfill_) start_those_done_by(expected);
      step();
    }
  }

  double expected_start(std::size_t picked) const {
    std::vector<std::size_t> by_end(running_.begin(), running_.end());
    const auto requested_end = [&](std::size_t i) { return jobs_[i].started + jobs_[i].requested; };
    std::stable_sort(by_end.begin(), by_end.end(), [&](std::size_t a, std::size_t b) {
      return requested_end(a) < requested_end(b);
    });
    std::int64_t free = free_;
    double at = now_;
    for (const std::size_t i : by_end) {
      if (free >= jobs_[picked].cpus) break;
      free += jobs_[i].cpus;
      at = requested_end(i);
    }
    return at;
  }

  void start_those_done_by(double expected) {
    std::stable_sort(queue_.begin(), queue_.end(),
                     [&](auto a, auto b) { return jobs_[a].submit < jobs_[b].submit; });
    std::erase_if(queue_, [&](std::size_t i) {
      if (jobs_[i].cpus > free_ || now_ + jobs_[i].requested >= expected) return false;
      start(i);
      return true;
    });
  }

  void start(std::size_t i) {
    jobs_[i].started = now_;
    free_ -= jobs_[i].cpus;
    running_.push_back(i);
  }
  double ends(std::size_t i) const { return jobs_[i].started + jobs_[i].run; }

  std::vector<StickyJob> jobs_;  // by submission
  std::int64_t free_;
  StickyOrder order_;
  bool backfill_;
  double now_ = 0;
  std::size_t next_ = 0;  // to arrive
  std::vector<std::size_t> queue_, running_;
};

}  // namespace

Result<StickyOrder> make_sticky_order(std::string_view name) {
  if (name == "fcfs" || name == "fifo") return StickyOrder::fcfs;
  if (name == "sjf" || name == "shortest_estimate") return StickyOrder::sjf;
  if (name == "wfp3" || name == "WFP3") return StickyOrder::wfp3;
  if (name == "unicep" || name == "UNICEP") return StickyOrder::unicep;
  if (name == "f1" || name == "F1") return StickyOrder::f1;
  return fail(Errc::invalid_argument,
              "the harness of the paper has no order \"" + std::string(name) +
                  "\"; there are: fcfs, sjf, wfp3, unicep, f1",
              "ordering");
}

Result<double> sticky_head(const Workload& window, std::int64_t processors, StickyOrder order,
                           bool backfill) {
  std::vector<StickyJob> jobs;
  for (const WorkloadJob& job : window.jobs) {
    const std::int64_t cpus = (job.request.amounts.cpus + 999) / 1000;
    if (cpus > processors) {
      return fail(Errc::invalid_argument,
                  "job " + std::to_string(job.number) + " needs " + std::to_string(cpus) +
                      " cpus of a machine with " + std::to_string(processors),
                  "processors");
    }
    jobs.push_back({in_seconds(job.submit), in_seconds(job.run), in_seconds(job.estimate), cpus});
  }
  if (jobs.empty()) return 0;
  std::stable_sort(jobs.begin(), jobs.end(),
                   [](const StickyJob& a, const StickyJob& b) { return a.submit < b.submit; });
  return Harness(std::move(jobs), processors, order, backfill).run();
}

}  // namespace retz
