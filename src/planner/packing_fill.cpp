#include "planner/packing_fill.hpp"

#include <algorithm>
#include <numeric>

namespace retz::planner {

Scaled::Scaled(const PackingCase& problem) : scale_(problem.dimensions, 0) {
  const std::size_t dims = problem.dimensions;
  std::vector<std::int64_t> most(dims, 0);
  for (std::size_t i = 0; i < problem.rooms.size(); ++i) {
    most[i % dims] = std::max(most[i % dims], problem.rooms[i]);
  }
  for (std::size_t d = 0; d < dims; ++d) {
    scale_[d] = most[d] > 0 ? 1.0 / static_cast<double>(most[d]) : 0;
  }
  needs_.resize(problem.needs.size());
  for (std::size_t i = 0; i < needs_.size(); ++i) needs_[i] = scaled(i % dims, problem.needs[i]);
}

Filler::Filler(const PackingCase& problem)
    : problem_(&problem),
      scaled_(problem),
      values_(problem.shapes(), 0),
      rest_(problem.dimensions) {}

void Filler::weigh(std::span<const double> weights, std::vector<std::uint32_t>& shapes) {
  weights_.assign(weights.begin(), weights.end());
  for (const std::uint32_t s : shapes) {
    const double* need = scaled_.need(s);
    values_[s] = std::inner_product(weights_.begin(), weights_.end(), need, 0.0);
  }
  std::sort(shapes.begin(), shapes.end(), [this](std::uint32_t a, std::uint32_t b) {
    return values_[a] != values_[b] ? values_[a] > values_[b] : a < b;
  });
}

std::uint32_t Filler::first(std::span<const std::uint32_t> shapes,
                            std::span<const std::uint32_t> left,
                            std::span<const std::int64_t> room) const {
  for (const std::uint32_t shape : shapes) {
    if (left[shape] > 0 && covers(room, problem_->need(shape))) return shape;
  }
  return none;
}

std::uint32_t Filler::fits(std::size_t choice) const {
  const std::int64_t* need = needs_.data() + choice * rest_.size();
  std::int64_t most = choices_[choice].left - in_[choice];
  for (std::size_t d = 0; d < rest_.size() && most > 0; ++d) {
    if (need[d] * most > rest_[d]) most = rest_[d] / need[d];
  }
  return static_cast<std::uint32_t>(most);
}

void Filler::move(std::size_t choice, std::uint32_t jobs, bool in) {
  const std::int64_t* need = needs_.data() + choice * rest_.size();
  const std::int64_t signed_jobs = in ? jobs : -static_cast<std::int64_t>(jobs);
  for (std::size_t d = 0; d < rest_.size(); ++d) rest_[d] -= need[d] * signed_jobs;
  in_[choice] = static_cast<std::uint32_t>(in_[choice] + signed_jobs);
}

// The shapes that fit, in their order.
void Filler::gather(std::span<const std::uint32_t> shapes, std::span<const std::uint32_t> left) {
  choices_.clear();
  needs_.clear();
  for (const std::uint32_t shape : shapes) {
    const auto need = problem_->need(shape);
    if (left[shape] == 0 || !covers(rest_, need)) continue;
    choices_.push_back({shape, left[shape], values_[shape]});
    needs_.insert(needs_.end(), need.begin(), need.end());
  }
  in_.assign(choices_.size(), 0);
}

// One after the other, that which lies the most along what is free.
void Filler::greedy() {
  const std::size_t dims = rest_.size();
  std::vector<double> rest(dims);
  while (true) {
    for (std::size_t d = 0; d < dims; ++d) rest[d] = scaled_.scaled(d, rest_[d]) * weights_[d];
    std::size_t best = choices_.size();
    double best_score = -1;
    for (std::size_t c = 0; c < choices_.size(); ++c) {
      if (fits(c) == 0) continue;
      const double* need = scaled_.need(choices_[c].shape);
      const double score = std::inner_product(rest.begin(), rest.end(), need, 0.0);
      if (score <= best_score) continue;
      best = c;
      best_score = score;
    }
    steps_ -= std::min<std::uint64_t>(steps_, choices_.size());
    if (best == choices_.size()) return;
    const std::uint32_t jobs = std::max(1U, fits(best) / 4);
    move(best, jobs, true);
    value_ += choices_[best].value * jobs;
  }
}

// The weight that could still be added if shapes could be cut.
double Filler::rest() const {
  double sum = 0;
  for (std::size_t d = 0; d < rest_.size(); ++d) sum += scaled_.scaled(d, rest_[d]) * weights_[d];
  return sum;
}

void Filler::search(std::size_t from, double value) {
  if (value > best_ * (1 + 1e-9)) {
    best_ = value;
    best_in_ = in_;
  }
  const double bound = value + rest();
  for (std::size_t c = from; c < choices_.size(); ++c) {
    if (steps_ == 0 || bound <= best_ * (1 + 1e-9)) return;
    --steps_;
    const std::uint32_t most = fits(c);
    for (std::uint32_t jobs = most; jobs > 0; --jobs) {
      move(c, jobs, true);
      search(c + 1, value + choices_[c].value * jobs);
      move(c, jobs, false);
      if (steps_ == 0) return;
    }
  }
}

void Filler::fill(std::span<const std::int64_t> room, std::span<const std::uint32_t> shapes,
                  std::span<const std::uint32_t> left, std::uint32_t must, std::uint64_t& steps,
                  std::vector<Portion>& out) {
  rest_.assign(room.begin(), room.end());
  steps_ = steps;
  gather(shapes, left);
  value_ = 0;
  for (std::size_t c = 0; c < choices_.size() && must != none; ++c) {
    if (choices_[c].shape != must) continue;
    move(c, 1, true);
    value_ = choices_[c].value;
  }
  begin_ = rest_;
  begin_in_ = in_;
  const double begin_value = value_;
  greedy();
  best_ = value_;
  best_in_ = in_;
  rest_ = begin_;
  in_ = begin_in_;
  search(0, begin_value);
  steps = steps_;
  out.clear();
  for (std::size_t c = 0; c < choices_.size(); ++c) {
    if (best_in_[c] > 0) out.push_back({choices_[c].shape, best_in_[c]});
  }
}

}  // namespace retz::planner
