// Saves rooms by taking a few apart and packing what was in them anew.
#include <algorithm>
#include <numeric>

#include "base/generator.hpp"
#include "planner/packing_fill.hpp"
#include "planner/packing_rules.hpp"

namespace retz::planner {

namespace {

class Improver {
 public:
  Improver(const PackingCase& problem, const Packing& packing, std::uint64_t steps)
      : problem_(problem),
        filler_(problem),
        left_(problem.shapes(), 0),
        value_(problem.shapes(), 0),
        base_(scarcity(problem, problem.jobs)),
        steps_(steps) {
    shapes_.resize(problem.shapes());
    std::iota(shapes_.begin(), shapes_.end(), 0U);
    filler_.weigh(base_, shapes_);
    for (const std::uint32_t s : shapes_) value_[s] = filler_.weight(s);
    for (const Load& load : packing) {
      for (std::uint32_t i = 0; i < load.times; ++i) {
        opened_ += problem_.idle[load.kind];
        rooms_.push_back({load.kind, weight(load.portions), load.portions});
      }
    }
  }

  void run(std::uint64_t lower_bound) {
    while (steps_ > 0 && rooms_.size() > 1 && opened_ > lower_bound) round();
  }

  Packing packing() const {
    Packing out;
    for (const Room& r : rooms_) out.push_back({r.kind, 1, r.portions});
    return out;
  }

 private:
  struct Room {
    std::uint32_t kind = 0;
    double weight = 0;
    std::vector<Portion> portions;
  };

  double weight(const std::vector<Portion>& portions) const {
    double sum = 0;
    for (const Portion& p : portions) sum += value_[p.shape] * p.jobs;
    return sum;
  }

  // The lightest of a few and some others move to the end; how many.
  std::size_t victims() {
    const std::size_t many = std::min<std::size_t>(rooms_.size(), 2 + dice_.below(4));
    for (std::size_t i = 0; i < many; ++i) {
      const std::size_t end = rooms_.size() - i;
      std::size_t at = dice_.below(end);
      for (int tries = i == 0 ? 3 : 0; tries > 0; --tries) {
        const std::size_t other = dice_.below(end);
        if (rooms_[other].weight < rooms_[at].weight) at = other;
      }
      std::swap(rooms_[at], rooms_[end - 1]);
    }
    return many;
  }

  // Their jobs wait again, under weights that differ each time.
  double take_apart() {
    double squares = 0;
    shapes_.clear();
    for (const Room& r : old_) {
      squares += r.weight * r.weight;
      for (const Portion& p : r.portions) {
        if (left_[p.shape] == 0) shapes_.push_back(p.shape);
        left_[p.shape] += p.jobs;
        waiting_ += p.jobs;
      }
    }
    weights_ = base_;
    for (double& w : weights_) w *= 0.5 + static_cast<double>(dice_.below(1024)) / 1024;
    filler_.weigh(weights_, shapes_);
    return squares;
  }

  void round() {
    const std::size_t from = rooms_.size() - victims();
    old_.assign(rooms_.begin() + static_cast<std::ptrdiff_t>(from), rooms_.end());
    waiting_ = 0;
    const double before = take_apart();
    std::size_t used = 0;
    double after = 0;
    for (const Room& r : old_) {
      if (waiting_ == 0) break;
      const double squared = fill(r.kind, used);
      after += squared;
      if (squared > 0) ++used;
    }
    steps_ -= std::min<std::uint64_t>(steps_, 40 + 4 * shapes_.size());
    for (const std::uint32_t s : shapes_) left_[s] = 0;
    if (waiting_ > 0 || (used == old_.size() && after < before)) return;
    for (const Room& r : old_) opened_ -= problem_.idle[r.kind];
    for (std::size_t i = 0; i < used; ++i) {
      opened_ += problem_.idle[new_[i].kind];
      std::swap(rooms_[from + i], new_[i]);
    }
    rooms_.resize(from + used);
  }

  double fill(std::uint32_t kind, std::size_t at) {
    if (new_.size() == at) new_.emplace_back();
    Room& fresh = new_[at];
    fresh.kind = kind;
    const auto room = problem_.room(kind);
    const std::uint32_t must = filler_.first(shapes_, left_, room);
    std::uint64_t budget = 400;
    filler_.fill(room, shapes_, left_, must, budget, fresh.portions);
    steps_ -= std::min(steps_, 400 - budget);
    for (const Portion& p : fresh.portions) {
      left_[p.shape] -= p.jobs;
      waiting_ -= p.jobs;
    }
    fresh.weight = weight(fresh.portions);
    return fresh.weight * fresh.weight;
  }

  const PackingCase& problem_;
  Filler filler_;
  std::vector<std::uint32_t> left_, shapes_;  // of what was taken apart
  std::uint64_t waiting_ = 0;                 // of it
  std::vector<double> value_, base_, weights_;
  std::uint64_t steps_;
  std::uint64_t opened_ = 0;
  std::vector<Room> rooms_, old_, new_;
  base::Generator dice_{1};
};

}  // namespace

void improve(const PackingCase& problem, std::uint64_t steps, std::uint64_t lower_bound,
             Packing& packing) {
  Improver improver(problem, packing, steps);
  improver.run(lower_bound);
  packing = improver.packing();
}

}  // namespace retz::planner
