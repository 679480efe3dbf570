// An engine run forward by estimates: the smallest of drivers.
#include <algorithm>
#include <map>
#include <unordered_map>
#include <vector>

#include "retz/engine.hpp"

namespace retz {

namespace {

class Future {
 public:
  Future(Engine engine, const Outlook& outlook)
      : engine_(std::move(engine)), job_(outlook.job), now_(outlook.snapshot.now) {
    for (const KnownJob& known : outlook.snapshot.jobs) {
      estimates_.emplace(known.facts.id, std::max(known.facts.estimate, Duration{1}));
    }
    for (const AttemptRecord& attempt : outlook.snapshot.attempts) {
      Duration runs = estimates_.at(attempt.ref.job);
      while (attempt.started + runs <= now_) runs *= 2;  // it overran its estimate
      ends_.emplace(attempt.started + runs, attempt.ref);
    }
    for (const LeaseGranted& lease : outlook.leases) events_.push_back({lease, {}});
  }

  /// One step. Answers whether there may be more to come; `started` when the job has.
  bool go_on(std::optional<Instant>& started) {
    const Step& step = engine_.step(events_, now_);
    for (const Decision& decision : step.decisions) {
      const auto* const start = std::get_if<StartAttempt>(&decision);
      if (start == nullptr) continue;
      if (start->attempt.job == job_) {
        started = now_;
        return false;
      }
      ends_.emplace(now_ + estimates_.at(start->attempt.job), start->attempt);
    }
    return advance(step.wake_at);
  }

 private:
  // To the next time at which something happens, with what does.
  bool advance(std::optional<Instant> wake_at) {
    if (ends_.empty() && !wake_at) return false;
    Instant next = wake_at.value_or(Instant::max());
    if (!ends_.empty()) next = std::min(next, ends_.begin()->first);
    now_ = std::max(next, now_ + Duration{1});
    events_.clear();
    while (!ends_.empty() && ends_.begin()->first <= now_) {
      events_.push_back({AttemptEnded{ends_.begin()->second, {}, {}}, {}});
      ends_.erase(ends_.begin());
    }
    return true;
  }

  Engine engine_;
  JobId job_;
  Instant now_;
  std::unordered_map<JobId, Duration> estimates_;
  std::multimap<Instant, AttemptRef> ends_;
  std::vector<Event> events_;
};

}  // namespace

std::optional<Instant> forecast(const Outlook& outlook, const std::function<bool()>& enough) {
  constexpr std::uint32_t steps_between = 16;
  auto engine = Engine::restore(outlook.options, outlook.snapshot);
  if (!engine) return std::nullopt;
  Future future(*std::move(engine), outlook);
  std::optional<Instant> started;
  for (std::uint32_t step = 1; future.go_on(started); ++step) {
    if (step % steps_between == 0 && enough()) break;
  }
  return started;
}

}  // namespace retz
