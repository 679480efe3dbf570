// Vector bin packing with the packers of Mommessin, Erlebach and Shakhlevich (2025): the same bin
// counts, hence their shuffle and their measures in 32-bit floats.
#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>

#include "planner/packing_case.hpp"
#include "retz/experiment.hpp"

namespace retz {
namespace {

/// std::minstd_rand0, which libstdc++ has for its default engine (Lewis, Goodman, Miller, 1969).
class MinimalStandard {
 public:
  static constexpr std::uint64_t range = 2147483645;  // of next()
  explicit MinimalStandard(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() { return (state_ = state_ * 16807 % 2147483647) - 1; }

  /// Even in 0..bound-1: scaled down, what is past the last whole multiple rejected.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t scaling = range / bound;
    std::uint64_t drawn = 0;
    do drawn = next();
    while (drawn >= bound * scaling);
    return drawn / scaling;
  }

 private:
  std::uint64_t state_;
};

/// The order of std::shuffle in libstdc++, which draws two places at once while their product is
/// within the engine's range. Requires: n * n is.
std::vector<std::uint32_t> shuffled(std::size_t n) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  MinimalStandard draw(23);
  std::size_t i = 1;
  if (n % 2 == 0 && n > 0) std::swap(order[i++], order[draw.below(2)]);
  while (i < n) {
    const std::size_t bound = i + 1;
    const std::uint64_t both = draw.below(bound * (bound + 1));
    std::swap(order[i++], order[both / (bound + 1)]);
    std::swap(order[i++], order[both % (bound + 1)]);
  }
  return order;
}

float measure(const BinInstance& instance, std::uint32_t item, BinPacker packer) {
  float sum = 0;
  for (std::size_t d = 0; d < instance.bin.size(); ++d) {
    const float part =
        static_cast<float>(instance.items[item][d]) / static_cast<float>(instance.bin[d]);
    if (packer == BinPacker::ffd_linf) {
      sum = std::max(sum, part);
    } else {
      sum += packer == BinPacker::ffd_l2 ? part * part : part;
    }
  }
  return sum;
}

std::uint64_t first_fit(const BinInstance& instance, const std::vector<std::uint32_t>& order) {
  std::vector<std::vector<std::int64_t>> left;
  for (const std::uint32_t i : order) {
    const auto& item = instance.items[i];
    auto bin = std::find_if(left.begin(), left.end(),
                            [&](const auto& room) { return planner::covers(room, item); });
    if (bin == left.end()) bin = left.insert(left.end(), instance.bin);
    for (std::size_t d = 0; d < item.size(); ++d) (*bin)[d] -= item[d];
  }
  return left.size();
}

std::uint64_t packed(const BinInstance& instance, std::uint64_t steps) {
  planner::PackingCase problem;
  problem.dimensions = instance.bin.size();
  std::map<std::vector<std::int64_t>, std::size_t> shapes;
  for (const auto& item : instance.items) {
    const auto [at, is_new] = shapes.emplace(item, problem.jobs.size());
    if (is_new) {
      problem.needs.insert(problem.needs.end(), item.begin(), item.end());
      problem.jobs.push_back(0);
    }
    ++problem.jobs[at->second];
  }
  problem.rooms = instance.bin;
  problem.times = {static_cast<std::uint32_t>(instance.items.size())};
  problem.idle = {1};
  return planner::opened(
      problem,
      planner::pack(
          problem, {.improve = steps, .small = static_cast<std::uint32_t>(instance.items.size())}));
}

}  // namespace

Result<BinPacker> make_bin_packer(std::string_view name) {
  if (name == "FF" || name == "first_fit") return BinPacker::first_fit;
  if (name == "FFD-L1" || name == "FFD-L1-Unit" || name == "ffd_l1") return BinPacker::ffd_l1;
  if (name == "FFD-Linf" || name == "FFD-Linf-Unit" || name == "ffd_linf") {
    return BinPacker::ffd_linf;
  }
  if (name == "FFD-L2" || name == "FFD-L2-Unit" || name == "ffd_l2") return BinPacker::ffd_l2;
  if (name == "packing") return BinPacker::packing;
  return fail(
      Errc::invalid_argument,
      "no packer \"" + std::string(name) + "\"; there are: FF, FFD-L1, FFD-Linf, FFD-L2, packing",
      "packer");
}

std::uint64_t bins_used(const BinInstance& instance, BinPacker packer, std::uint64_t steps) {
  if (packer == BinPacker::packing) return packed(instance, steps);
  auto order = shuffled(instance.items.size());
  if (packer != BinPacker::first_fit) {
    std::vector<float> measures(order.size());
    for (const std::uint32_t i : order) measures[i] = measure(instance, i, packer);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return measures[a] > measures[b]; });
  }
  return first_fit(instance, order);
}

}  // namespace retz
