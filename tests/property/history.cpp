#include "property/history.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace retz::property {
namespace {

struct Weight {
  Choice choice;
  std::uint64_t weight;
};

constexpr std::array<Weight, 15> weights = {{
    {Choice::submit, 30},
    {Choice::end, 26},
    {Choice::running, 5},
    {Choice::unreachable, 3},
    {Choice::cancel, 5},
    {Choice::rerun, 7},
    {Choice::late_report, 3},
    {Choice::grant, 9},
    {Choice::lose, 3},
    {Choice::revoke, 1},
    {Choice::drain, 4},
    {Choice::maintain, 3},
    {Choice::change_policy, 1},
    {Choice::restart, 4},
    {Choice::book_only, 2},
}};

Choice draw(base::Generator& generator) {
  std::uint64_t sum = 0;
  for (const auto& entry : weights) sum += entry.weight;
  std::uint64_t left = generator.below(sum);
  for (const auto& entry : weights) {
    if (left < entry.weight) return entry.choice;
    left -= entry.weight;
  }
  return Choice::submit;
}

}  // namespace

History make_history(std::uint64_t seed, std::size_t length) {
  base::Generator generator(seed ^ 0x5DEECE66DULL);
  History history;
  for (std::size_t i = 0; i < length; ++i) {
    Action action;
    action.choice = i < 2 ? Choice::grant : draw(generator);
    action.seed = generator.next();
    action.with_next = generator.below(4) == 0;
    action.after = static_cast<std::uint32_t>(generator.below(3) == 0 ? generator.below(40) : 0);
    history.push_back(action);
  }
  return history;
}

History shrink(const Setting& setting, History history) {
  for (std::size_t piece = history.size() / 2; piece > 0; piece /= 2) {
    for (std::size_t from = 0; from < history.size();) {
      History shorter = history;
      const auto first = shorter.begin() + static_cast<std::ptrdiff_t>(from);
      const auto last =
          shorter.begin() + static_cast<std::ptrdiff_t>(std::min(from + piece, shorter.size()));
      shorter.erase(first, last);
      if (play(setting, shorter).empty()) {
        from += piece;
      } else {
        history = std::move(shorter);
      }
    }
  }
  return history;
}

}  // namespace retz::property
