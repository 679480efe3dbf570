// Shape by shape: first fit and best fit, many jobs and many equal rooms at a time.
#include <algorithm>
#include <numeric>

#include "planner/packing_fill.hpp"
#include "planner/packing_rules.hpp"

namespace retz::planner {

namespace {

// Equal rooms with equal content.
struct Group {
  std::uint32_t kind = 0;
  std::uint32_t times = 0;
  double rest = 0;  // what is free, weighed; of idle ones, more than any other's
  std::vector<std::int64_t> free;
  std::vector<Portion> portions;
};

class ByShape {
 public:
  ByShape(const PackingCase& problem, RoomRule rule)
      : problem_(problem),
        scaled_(problem),
        weights_(scarcity(problem, problem.jobs)),
        rule_(rule) {
    for (std::uint32_t k = 0; k < problem.kinds(); ++k) {
      const auto room = problem.room(k);
      groups_.push_back({k, problem.times[k], 0, {room.begin(), room.end()}, {}});
      groups_.back().rest = rest(groups_.back());
    }
  }

  void place(std::uint32_t shape) {
    std::uint32_t left = problem_.jobs[shape];
    while (left > 0) {
      const std::size_t at = choose(problem_.need(shape));
      if (at == groups_.size()) return;
      left -= put(at, shape, left);
    }
  }

  Packing packing() {
    Packing all;
    for (Group& g : groups_) {
      if (!g.portions.empty()) all.push_back({g.kind, g.times, std::move(g.portions)});
    }
    return all;
  }

 private:
  double rest(const Group& group) const {
    double sum = group.portions.empty() && problem_.idle[group.kind] != 0 ? 1e6 : 0;
    for (std::size_t d = 0; d < weights_.size(); ++d) {
      sum += weights_[d] * scaled_.scaled(d, group.free[d]);
    }
    return sum;
  }

  std::size_t choose(std::span<const std::int64_t> need) const {
    std::size_t best = groups_.size();
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if (best < groups_.size() && groups_[g].rest >= groups_[best].rest) continue;
      if (!covers(groups_[g].free, need)) continue;
      best = g;
      if (rule_ == RoomRule::first) break;
    }
    return best;
  }

  // As many as go into one room, into as many rooms as there are jobs for.
  std::uint32_t put(std::size_t at, std::uint32_t shape, std::uint32_t left) {
    const auto need = problem_.need(shape);
    std::int64_t each = left;
    for (std::size_t d = 0; d < need.size(); ++d) {
      if (need[d] * each > groups_[at].free[d]) each = groups_[at].free[d] / need[d];
    }
    const std::uint32_t jobs = static_cast<std::uint32_t>(each);
    Group filled = groups_[at];
    filled.times = std::min(filled.times, left / jobs);
    filled.portions.push_back({shape, jobs});
    for (std::size_t d = 0; d < need.size(); ++d) filled.free[d] -= need[d] * each;
    filled.rest = rest(filled);
    const std::uint32_t done = filled.times * jobs;
    groups_[at].times -= filled.times;
    if (groups_[at].times == 0) {
      groups_[at] = std::move(filled);
    } else {
      groups_.insert(groups_.begin() + static_cast<std::ptrdiff_t>(at), std::move(filled));
    }
    return done;
  }

  const PackingCase& problem_;
  Scaled scaled_;
  std::vector<double> weights_;
  RoomRule rule_;
  std::vector<Group> groups_;
};

}  // namespace

Packing pack_by_shape(const PackingCase& problem, const std::vector<std::uint32_t>& order,
                      RoomRule rule) {
  ByShape all(problem, rule);
  for (const std::uint32_t shape : order) all.place(shape);
  return all.packing();
}

std::vector<std::uint32_t> by_dominant_share(const PackingCase& problem) {
  const Scaled scaled(problem);
  std::vector<double> share(problem.shapes(), 0);
  for (std::size_t s = 0; s < share.size(); ++s) {
    const double* need = scaled.need(s);
    share[s] = problem.dimensions > 0 ? *std::max_element(need, need + problem.dimensions) : 0;
  }
  std::vector<std::uint32_t> order(share.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return share[a] > share[b]; });
  return order;
}

}  // namespace retz::planner
