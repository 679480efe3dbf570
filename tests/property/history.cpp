#include "property/history.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace retz::property {
namespace {

struct Weight {
  Choice choice;
  std::uint64_t weight;
  const char* name;
};

constexpr std::array<Weight, 13> weights = {{
    {Choice::submit, 30, "submit"},
    {Choice::end, 26, "end"},
    {Choice::running, 5, "running"},
    {Choice::unreachable, 3, "unreachable"},
    {Choice::cancel, 5, "cancel"},
    {Choice::rerun, 7, "rerun"},
    {Choice::late_report, 3, "late_report"},
    {Choice::grant, 9, "grant"},
    {Choice::lose, 3, "lose"},
    {Choice::revoke, 1, "revoke"},
    {Choice::drain, 4, "drain"},
    {Choice::restart, 4, "restart"},
    {Choice::book_only, 2, "book_only"},
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

Setting make_setting(std::uint64_t seed) {
  base::Generator generator(seed);
  Setting setting;
  setting.policy.by_priority = generator.below(2) == 0;
  setting.policy.strict = generator.below(2) == 0;
  setting.options.policy.ordering =
      setting.policy.by_priority ? orderings::priority() : orderings::fifo();
  setting.options.policy.planner =
      setting.policy.strict ? planners::strict() : planners::first_fit();
  const std::uint64_t fit = generator.below(4);
  if (fit == 2) setting.policy.fit = fit_rules::best();
  if (fit == 3) setting.policy.fit = fit_rules::worst();
  setting.options.policy.fit_rule = setting.policy.fit ? setting.policy.fit : fit_rules::first();
  if (generator.below(4) == 0) setting.limits.cpus = 4000;
  if (generator.below(6) == 0) setting.limits.mem = 2048;
  if (generator.below(6) == 0) setting.limits.gpus = 1;
  if (generator.below(6) == 0) setting.limits.ports = 2;
  if (generator.below(4) == 0) {
    setting.limits.running = static_cast<std::uint32_t>(1 + generator.below(4));
  }
  setting.limits.closed_cluster = generator.below(8) == 0;
  setting.options.limits = setting.limits;
  setting.options.seed = seed;
  setting.name = std::string(setting.options.policy.ordering->name()) + " " +
                 std::string(setting.options.policy.planner->name()) + " " +
                 std::string(setting.options.policy.fit_rule->name());
  setting.offers = generator.below(3) == 0;
  if (setting.offers) setting.name += " offers";
  return setting;
}

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

std::string show(const History& history) {
  std::string text;
  for (const auto& action : history) {
    const auto* entry = std::find_if(weights.begin(), weights.end(), [&](const Weight& weight) {
      return weight.choice == action.choice;
    });
    text += std::string("  ") + entry->name + " seed=" + std::to_string(action.seed) +
            " after=" + std::to_string(action.after) + (action.with_next ? " with next\n" : "\n");
  }
  return text;
}

}  // namespace retz::property
