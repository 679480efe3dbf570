// The best content for one room.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "planner/packing_case.hpp"

namespace retz::planner {

/// The figures of a case against the largest room of each dimension, so that dimensions compare.
class Scaled {
 public:
  explicit Scaled(const PackingCase& problem);
  std::size_t dimensions() const { return scale_.size(); }
  const double* need(std::size_t shape) const { return needs_.data() + shape * dimensions(); }
  double scaled(std::size_t dimension, std::int64_t figure) const {
    return static_cast<double>(figure) * scale_[dimension];
  }

 private:
  std::vector<double> scale_;
  std::vector<double> needs_;
};

/// Looks for the content with the greatest weight: what the dot product with the room chooses
/// (Panigrahy et al., Heuristics for Vector Bin Packing, 2011), improved by a bounded search, the
/// largest first, as in minimum bin slack (Gupta and Ho, 1999).
class Filler {
 public:
  explicit Filler(const PackingCase& problem);

  /// What a whole of each dimension counts; sorts the shapes, the heaviest first. Only these may be
  /// asked about until the next call.
  void weigh(std::span<const double> weights, std::vector<std::uint32_t>& shapes);
  double weight(std::uint32_t shape) const { return values_[shape]; }

  static constexpr std::uint32_t none = 0xFFFFFFFFU;
  /// The first of the shapes that is left and has place; none.
  std::uint32_t first(std::span<const std::uint32_t> shapes, std::span<const std::uint32_t> left,
                      std::span<const std::int64_t> room) const;
  /// `left`: jobs by shape; `must`: a shape of which one is in. Spends at most `steps`, and takes
  /// what it spent off them. Requires: `must` fits and is left, or is none.
  void fill(std::span<const std::int64_t> room, std::span<const std::uint32_t> shapes,
            std::span<const std::uint32_t> left, std::uint32_t must, std::uint64_t& steps,
            std::vector<Portion>& out);

 private:
  struct Choice {
    std::uint32_t shape = 0;
    std::uint32_t left = 0;
    double value = 0;
  };
  void gather(std::span<const std::uint32_t> shapes, std::span<const std::uint32_t> left);
  std::uint32_t fits(std::size_t choice) const;
  void move(std::size_t choice, std::uint32_t jobs, bool in);
  void greedy();
  void search(std::size_t from, double value);
  double rest() const;

  const PackingCase* problem_;
  Scaled scaled_;
  std::vector<double> weights_, values_;
  // Of one fill:
  std::vector<Choice> choices_;
  std::vector<std::int64_t> needs_;  // a row a choice
  std::vector<std::int64_t> rest_;
  std::vector<std::int64_t> begin_;
  std::vector<double> scores_;
  std::vector<std::uint32_t> in_, begin_in_, best_in_;  // by choice
  double value_ = 0, best_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace retz::planner
