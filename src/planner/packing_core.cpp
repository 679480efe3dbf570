// Several ways to pack, the best of which is taken.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "planner/packing_rules.hpp"

namespace retz::planner {

namespace {

// How good a packing is; greater is better.
struct Merit {
  double scarcest = 0;  // used of what is asked for the most, of what is there
  double weighed = 0;   // used of all, by scarcity
  double opened = 0;    // idle rooms, negated
  friend auto operator<=>(const Merit&, const Merit&) = default;
};

class Judge {
 public:
  explicit Judge(const PackingCase& problem)
      : problem_(problem), weights_(scarcity(problem, problem.jobs)), there_(weights_.size(), 0) {
    for (std::size_t k = 0; k < problem.kinds(); ++k) {
      for (std::size_t d = 0; d < there_.size(); ++d) {
        there_[d] += static_cast<double>(problem.room(k)[d]) * problem.times[k];
      }
    }
  }

  Merit merit(const Packing& packing) const {
    std::vector<double> used(there_.size(), 0);
    for (const Load& load : packing) {
      for (const Portion& p : load.portions) {
        const double jobs = static_cast<double>(p.jobs) * load.times;
        const auto need = problem_.need(p.shape);
        for (std::size_t d = 0; d < used.size(); ++d)
          used[d] += static_cast<double>(need[d]) * jobs;
      }
    }
    Merit m;
    for (std::size_t d = 0; d < used.size(); ++d) {
      if (there_[d] <= 0) continue;
      if (weights_[d] >= 1) m.scarcest = std::max(m.scarcest, used[d] / there_[d]);
      m.weighed += weights_[d] * used[d] / there_[d];
    }
    m.opened = -static_cast<double>(opened(problem_, packing));
    return m;
  }

 private:
  const PackingCase& problem_;
  std::vector<double> weights_, there_;
};

}  // namespace

std::uint64_t placed(const Packing& packing) {
  std::uint64_t sum = 0;
  for (const Load& load : packing) {
    for (const Portion& p : load.portions) sum += std::uint64_t{p.jobs} * load.times;
  }
  return sum;
}

std::uint64_t opened(const PackingCase& problem, const Packing& packing) {
  std::uint64_t sum = 0;
  for (const Load& load : packing) {
    if (problem.idle[load.kind] != 0) sum += load.times;
  }
  return sum;
}

// Every dimension by itself: what does not go into rooms in use, in the largest idle rooms.
std::uint64_t idle_rooms_needed(const PackingCase& problem) {
  std::uint64_t most = 0;
  for (std::size_t d = 0; d < problem.dimensions; ++d) {
    std::int64_t asked = 0, largest = 0;
    for (std::size_t s = 0; s < problem.shapes(); ++s) {
      asked += problem.need(s)[d] * problem.jobs[s];
    }
    for (std::size_t k = 0; k < problem.kinds(); ++k) {
      const std::int64_t room = problem.room(k)[d];
      if (problem.idle[k] != 0) {
        largest = std::max(largest, room);
      } else {
        asked -= room * problem.times[k];
      }
    }
    if (asked <= 0 || largest == 0) continue;
    most = std::max(most, static_cast<std::uint64_t>((asked + largest - 1) / largest));
  }
  return most;
}

Packing pack(const PackingCase& problem, const PackingEffort& effort) {
  // One room, as after the end of one job: its content is all there is to choose.
  if (problem.kinds() == 1 && problem.times[0] == 1) {
    return pack_by_room(problem, effort.room, false);
  }
  const std::uint64_t jobs =
      std::accumulate(problem.jobs.begin(), problem.jobs.end(), std::uint64_t{0});
  const std::uint64_t bound = idle_rooms_needed(problem);
  const Judge judge(problem);
  Packing best;
  Merit merit;
  const auto try_one = [&](Packing packing) {
    const Merit m = judge.merit(packing);
    if (best.empty() || merit < m) {
      best = std::move(packing);
      merit = m;
    }
    return placed(best) == jobs && opened(problem, best) <= bound;
  };
  if (try_one(pack_by_room(problem, effort.room, true))) return best;
  if (try_one(pack_by_shape(problem, by_dominant_share(problem), RoomRule::best))) return best;
  if (try_one(pack_by_room(problem, effort.room, false))) return best;
  std::vector<std::uint32_t> order(problem.shapes());
  std::iota(order.begin(), order.end(), 0U);
  if (try_one(pack_by_shape(problem, order, RoomRule::first))) return best;
  if (placed(best) == jobs && jobs <= effort.small) improve(problem, effort.improve, bound, best);
  return best;
}

}  // namespace retz::planner
