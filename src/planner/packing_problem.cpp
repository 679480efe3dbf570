#include "planner/packing_problem.hpp"

#include <algorithm>
#include <numeric>

#include "planner/packing_case.hpp"

namespace retz::planner {

namespace {

using Row = std::vector<std::int64_t>;

// Needs that no other need is within: a lease that has room for any demand has room for one of
// them.
std::vector<std::int64_t> smallest(const std::vector<Demand>& demands) {
  std::vector<const Row*> kept;
  for (const Demand& demand : demands) {
    if (demand.jobs == 0) continue;
    const Row& need = demand.need;
    if (std::ranges::any_of(kept, [&](const Row* k) { return covers(need, *k); })) continue;
    std::erase_if(kept, [&](const Row* k) { return covers(*k, need); });
    kept.push_back(&need);
  }
  std::vector<std::int64_t> rows;
  for (const Row* k : kept) rows.insert(rows.end(), k->begin(), k->end());
  return rows;
}

// Which dimensions anybody asks for: the others decide nothing.
std::vector<std::size_t> asked_for(const std::vector<Demand>& demands) {
  std::vector<std::size_t> dims;
  for (std::size_t d = 0; d < demands.front().need.size(); ++d) {
    if (std::ranges::any_of(demands, [&](const Demand& x) { return x.need[d] > 0; })) {
      dims.push_back(d);
    }
  }
  return dims;
}

class Builder {
 public:
  Builder(const std::vector<Demand>& demands, const PoolDraft& pool)
      : demands_(demands), dims_(asked_for(demands)) {
    std::uint64_t jobs = 0;
    for (const Demand& demand : demands) jobs += demand.jobs;
    plan_.places.resize(demands.size());
    if (jobs == 0) {
      plan_.complete = true;
      return;
    }
    const std::size_t most =
        static_cast<std::size_t>(std::min<std::uint64_t>(jobs, 1U << 30U)) * 2 + 64;
    rooms_ = pool.rooms(smallest(demands), most);
    plan_.complete = rooms_.places.size() < most;
    build(pool.dimensions());
  }

  Plan run() {
    if (rooms_.places.empty()) return std::move(plan_);
    PackingEffort effort;
    for (const Load& load : pack(problem_, effort)) {
      for (std::uint32_t i = 0; i < load.times; ++i) assign(load);
    }
    return std::move(plan_);
  }

 private:
  void build(std::size_t width) {
    problem_.dimensions = dims_.size();
    for (const Demand& demand : demands_) {
      for (const std::size_t d : dims_) problem_.needs.push_back(demand.need[d]);
      problem_.jobs.push_back(
          static_cast<std::uint32_t>(std::min<std::uint64_t>(demand.jobs, 0xFFFFFFFFU)));
    }
    figures_.reserve(rooms_.places.size() * dims_.size());
    for (std::size_t r = 0; r < rooms_.places.size(); ++r) {
      for (const std::size_t d : dims_) figures_.push_back(rooms_.free[r * width + d]);
    }
    group();
  }

  // Rooms in use before idle ones, the fullest first; equal ones in the order in which they came.
  void group() {
    const std::size_t width = dims_.size();
    const auto row = [&](std::uint32_t r) {
      return std::span<const std::int64_t>(figures_.data() + r * width, width);
    };
    std::vector<std::uint32_t> order(rooms_.places.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      if (rooms_.idle[a] != rooms_.idle[b]) return rooms_.idle[a] < rooms_.idle[b];
      return std::ranges::lexicographical_compare(row(a), row(b));
    });
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::uint32_t r = order[i];
      const bool same = i > 0 && rooms_.idle[r] == problem_.idle.back() &&
                        std::ranges::equal(row(r), problem_.room(problem_.kinds() - 1));
      if (!same) {
        problem_.rooms.insert(problem_.rooms.end(), row(r).begin(), row(r).end());
        problem_.times.push_back(0);
        problem_.idle.push_back(rooms_.idle[r]);
        of_kind_.emplace_back();
      }
      ++problem_.times.back();
      of_kind_.back().push_back(rooms_.places[r]);
    }
    for (auto& places : of_kind_) std::reverse(places.begin(), places.end());
  }

  void assign(const Load& load) {
    const std::uint32_t place = of_kind_[load.kind].back();
    of_kind_[load.kind].pop_back();
    for (const Portion& p : load.portions) {
      plan_.places[p.shape].insert(plan_.places[p.shape].end(), p.jobs, place);
      plan_.jobs += p.jobs;
    }
  }

  const std::vector<Demand>& demands_;
  std::vector<std::size_t> dims_;
  PoolDraft::Rooms rooms_;
  std::vector<std::int64_t> figures_;
  PackingCase problem_;
  std::vector<std::vector<std::uint32_t>> of_kind_;  // places, the first last
  Plan plan_;
};

}  // namespace

Plan plan_rooms(const std::vector<Demand>& demands, const PoolDraft& pool) {
  return Builder(demands, pool).run();
}

}  // namespace retz::planner
