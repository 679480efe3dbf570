#include "planner/packing_problem.hpp"

#include <algorithm>
#include <numeric>

#include "planner/packing_case.hpp"

namespace retz::planner {

namespace {

using Figures = std::span<const std::int64_t>;

class Builder {
 public:
  Builder(const Demands& demands, const PoolDraft& pool)
      : demands_(demands), pool_(pool), width_(pool.dimensions()) {}

  Plan run() {
    std::uint64_t jobs = 0;
    for (std::uint32_t d = 0; d < demands_.size(); ++d) {
      if (demands_.jobs[d] > 0) asked_.push_back(d);
      jobs += std::min<std::uint64_t>(demands_.jobs[d], 1U << 30U);
    }
    if (asked_.empty()) return {{}, true};
    const std::size_t most = jobs * 2 + 64;
    rooms_ = pool_.rooms(smallest(), most);
    Plan plan;
    plan.complete = rooms_.places.size() < most;
    if (rooms_.places.empty()) return plan;
    choose_dimensions();
    group();
    take_demands();
    assign(plan);
    return plan;
  }

 private:
  Figures need(std::uint32_t demand) const {
    return {demands_.needs.data() + demand * width_, width_};
  }

  // Needs within which no other is: a lease with room for any demand has room for one of these.
  std::vector<std::int64_t> smallest() const {
    std::vector<std::uint32_t> kept;
    for (const std::uint32_t demand : asked_) {
      const Figures own = need(demand);
      const auto within =
          std::ranges::find_if(kept, [&](std::uint32_t k) { return covers(own, need(k)); });
      if (within != kept.end()) {
        std::swap(*within, kept.front());  // it is within many: looked at first
        continue;
      }
      std::erase_if(kept, [&](std::uint32_t k) { return covers(need(k), own); });
      kept.push_back(demand);
    }
    std::vector<std::int64_t> rows;
    for (const std::uint32_t k : kept) rows.insert(rows.end(), need(k).begin(), need(k).end());
    return rows;
  }

  // Those that nobody asks for decide nothing.
  void choose_dimensions() {
    for (std::size_t d = 0; d < width_; ++d) {
      if (std::ranges::any_of(asked_, [&](std::uint32_t x) { return need(x)[d] > 0; })) {
        dimensions_.push_back(d);
      }
    }
    problem_.dimensions = dimensions_.size();
    for (std::size_t r = 0; r < rooms_.places.size(); ++r) {
      for (const std::size_t d : dimensions_) figures_.push_back(rooms_.free[r * width_ + d]);
    }
  }

  Figures room(std::uint32_t r) const {
    return {figures_.data() + r * dimensions_.size(), dimensions_.size()};
  }

  // Rooms in use before idle ones, the fullest first; equal ones in the order in which they came.
  void group() {
    std::vector<std::uint32_t> order(rooms_.places.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      if (rooms_.idle[a] != rooms_.idle[b]) return rooms_.idle[a] < rooms_.idle[b];
      return std::ranges::lexicographical_compare(room(a), room(b));
    });
    for (const std::uint32_t r : order) {
      const bool same = problem_.kinds() > 0 && rooms_.idle[r] == problem_.idle.back() &&
                        std::ranges::equal(room(r), problem_.room(problem_.kinds() - 1));
      if (!same) {
        problem_.rooms.insert(problem_.rooms.end(), room(r).begin(), room(r).end());
        problem_.times.push_back(0);
        problem_.idle.push_back(rooms_.idle[r]);
        of_kind_.emplace_back();
      }
      ++problem_.times.back();
      of_kind_.back().push_back(rooms_.places[r]);
    }
  }

  // Only what has room somewhere; with few kinds of room that is quickly said.
  void take_demands() {
    std::vector<std::int64_t> row(dimensions_.size());
    for (const std::uint32_t demand : asked_) {
      for (std::size_t i = 0; i < row.size(); ++i) row[i] = need(demand)[dimensions_[i]];
      bool fits = problem_.kinds() > 4;
      for (std::size_t k = 0; k < problem_.kinds() && !fits; ++k) {
        fits = covers(problem_.room(k), row);
      }
      if (!fits) continue;
      taken_.push_back(demand);
      problem_.needs.insert(problem_.needs.end(), row.begin(), row.end());
      problem_.jobs.push_back(
          static_cast<std::uint32_t>(std::min<std::uint64_t>(demands_.jobs[demand], 0xFFFFFFFFU)));
    }
  }

  void assign(Plan& plan) {
    std::vector<std::uint32_t> used(problem_.kinds(), 0);
    std::vector<std::vector<std::uint32_t>> places(taken_.size());
    for (const Load& load : pack(problem_, {})) {
      for (std::uint32_t i = 0; i < load.times; ++i) {
        const std::uint32_t place = of_kind_[load.kind][used[load.kind]++];
        for (const Portion& p : load.portions) {
          places[p.shape].insert(places[p.shape].end(), p.jobs, place);
        }
      }
    }
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      if (places[i].empty()) continue;
      plan.assignments.push_back({taken_[i], std::move(places[i])});
    }
  }

  const Demands& demands_;
  const PoolDraft& pool_;
  std::size_t width_;
  std::vector<std::uint32_t> asked_;     // demands with jobs
  std::vector<std::uint32_t> taken_;     // of them, by shape of the problem
  std::vector<std::size_t> dimensions_;  // of the problem
  PoolDraft::Rooms rooms_;
  std::vector<std::int64_t> figures_;  // of the rooms, in these dimensions
  PackingCase problem_;
  std::vector<std::vector<std::uint32_t>> of_kind_;  // places
};

}  // namespace

Plan plan_rooms(const Demands& demands, const PoolDraft& pool) {
  return Builder(demands, pool).run();
}

}  // namespace retz::planner
