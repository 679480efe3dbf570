// Room by room: the content of each is looked for jointly over all dimensions.
#include <algorithm>
#include <numeric>

#include "planner/packing_fill.hpp"
#include "planner/packing_rules.hpp"

namespace retz::planner {

namespace {

class ByRoom {
 public:
  ByRoom(const PackingCase& problem, std::uint64_t steps, bool largest_first)
      : problem_(problem),
        filler_(problem),
        left_(problem.jobs),
        shapes_(problem.shapes()),
        steps_(steps),
        largest_first_(largest_first) {
    std::iota(shapes_.begin(), shapes_.end(), 0U);
    for (const std::uint32_t jobs : left_) waiting_ += jobs;
  }

  Packing run() {
    weigh();
    for (std::uint32_t kind = 0; kind < problem_.kinds() && waiting_ > 0; ++kind) {
      std::uint32_t rooms = problem_.times[kind];
      while (rooms > 0 && waiting_ > 0) {
        const std::uint32_t used = take(kind, rooms);
        if (used == 0) break;
        rooms -= used;
      }
    }
    return std::move(packing_);
  }

 private:
  void weigh() {
    weighed_at_ = waiting_;
    std::erase_if(shapes_, [this](std::uint32_t s) { return left_[s] == 0; });
    filler_.weigh(scarcity(problem_, left_), shapes_);
  }

  // Rooms of the kind that take the best content, as often as there are jobs for it.
  std::uint32_t take(std::uint32_t kind, std::uint32_t rooms) {
    if (waiting_ < weighed_at_ - weighed_at_ / 8) weigh();
    const auto room = problem_.room(kind);
    const std::uint32_t must = filler_.first(shapes_, left_, room);
    if (must == Filler::none) return 0;
    std::uint64_t steps = steps_;
    filler_.fill(room, shapes_, left_, largest_first_ ? must : Filler::none, steps, portions_);
    for (const Portion& p : portions_) rooms = std::min(rooms, left_[p.shape] / p.jobs);
    for (const Portion& p : portions_) {
      left_[p.shape] -= p.jobs * rooms;
      waiting_ -= std::uint64_t{p.jobs} * rooms;
    }
    packing_.push_back({kind, rooms, portions_});
    return rooms;
  }

  const PackingCase& problem_;
  Filler filler_;
  std::vector<std::uint32_t> left_;
  std::vector<std::uint32_t> shapes_;  // that are left, the heaviest first
  std::uint64_t waiting_ = 0, weighed_at_ = 0;
  std::uint64_t steps_;
  bool largest_first_;
  std::vector<Portion> portions_;
  Packing packing_;
};

}  // namespace

Packing pack_by_room(const PackingCase& problem, std::uint64_t steps_per_room, bool largest_first) {
  return ByRoom(problem, steps_per_room, largest_first).run();
}

std::vector<double> scarcity(const PackingCase& problem, const std::vector<std::uint32_t>& left) {
  const std::size_t dims = problem.dimensions;
  std::vector<double> asked(dims, 0), there(dims, 0);
  for (std::size_t s = 0; s < problem.shapes(); ++s) {
    const auto need = problem.need(s);
    for (std::size_t d = 0; d < dims; ++d) asked[d] += static_cast<double>(need[d]) * left[s];
  }
  for (std::size_t k = 0; k < problem.kinds(); ++k) {
    const auto room = problem.room(k);
    const double times = problem.times[k];
    for (std::size_t d = 0; d < dims; ++d) there[d] += static_cast<double>(room[d]) * times;
  }
  double most = 0;
  for (std::size_t d = 0; d < dims; ++d) {
    asked[d] = there[d] > 0 ? asked[d] / there[d] : 0;
    most = std::max(most, asked[d]);
  }
  for (double& w : asked) w = most > 0 ? w / most : 0;
  return asked;
}

}  // namespace retz::planner
