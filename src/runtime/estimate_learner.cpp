#include "runtime/estimate_learner.hpp"

#include <algorithm>

namespace retz::runtime {
namespace {

Duration rounded_up(Duration run) {
  Duration power = std::chrono::seconds(1);
  if (run <= power) return power;
  while (power * 2 < run) power *= 2;
  const Duration quarter = power / 4;
  return power + quarter * ((run - power + quarter - Duration{1}) / quarter);
}

}  // namespace

void EstimateLearner::note(const std::string& user, const std::string& application, Duration ran) {
  const auto [runs, first] = runs_.try_emplace({user, application});
  if (!first) runs->second.before = runs->second.last;
  runs->second.last = std::max(ran, Duration{0});
}

std::optional<Duration> EstimateLearner::estimate(const std::string& user,
                                                  const std::string& application) const {
  const auto runs = runs_.find({user, application});
  if (runs == runs_.end()) return std::nullopt;
  const Duration last = runs->second.last;
  return rounded_up((last + runs->second.before.value_or(last)) / 2);
}

}  // namespace retz::runtime
