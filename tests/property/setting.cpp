// Random policies, nodes and jobs: few kinds of each, so that they meet again and again.
#include <algorithm>
#include <array>

#include "property/history.hpp"

namespace retz::property {
namespace {

template <class T>
T value(Result<T> result) {
  return std::move(*result);
}

const char* one_of(std::initializer_list<const char*> names, base::Generator& chance) {
  return *(names.begin() + static_cast<std::ptrdiff_t>(chance.below(names.size())));
}

Constraint make_constraint(base::Generator& chance) {
  switch (chance.below(6)) {
    case 0:
      return {"rack", Constraint::Kind::equals, {"r1"}};
    case 1:
      return {"rack", Constraint::Kind::not_equals, {"r1"}};
    case 2:
      return {"zone", Constraint::Kind::in, {"z1", "z3"}};
    case 3:
      return {"zone", Constraint::Kind::matches, {"z[2-9]"}};
    case 4:
      return {"rack", Constraint::Kind::matches, {"*"}};
    default:
      return {"node", Constraint::Kind::equals, {"n1"}};
  }
}

void add_wishes(Request& request, bool offers, base::Generator& chance) {
  if (chance.below(6) == 0) {
    request.preference =
        Preference{{make_constraint(chance)}, std::chrono::seconds(chance.below(3) * 4)};
  }
  if (!offers && chance.below(6) == 0) {
    request.spread = Spread{"rack", "g", static_cast<std::int32_t>(1 + chance.below(2))};
  }
}

void add_devices(Request& request, bool offers, base::Generator& chance) {
  if (chance.below(8) == 0) request.amounts.custom = {{"licence", 1000}};
  if (chance.below(5) == 0) request.ports = static_cast<std::int32_t>(chance.below(4));
  if (chance.below(5) == 0) request.gpus.devices = static_cast<std::int32_t>(chance.below(3));
  if (request.gpus.devices == 0 && chance.below(5) == 0) request.gpus.share = 400;
  if (!offers && request.gpus.share == 0 && chance.below(10) == 0) request.gpus.all = true;
  const bool gpus = request.gpus.devices > 0 || request.gpus.share > 0;
  if (gpus && !request.gpus.all && chance.below(3) == 0) request.gpus.models = {"A"};
}

Request make_request(bool plain, bool offers, base::Generator& chance) {
  Request request;
  request.amounts.cpus = static_cast<std::int64_t>(1 + chance.below(10)) * 500;
  request.amounts.mem = static_cast<std::int64_t>(chance.below(4)) * 512;
  if (chance.below(4) == 0) request.amounts.disk = static_cast<std::int64_t>(chance.below(100));
  if (chance.below(4) == 0) request.constraints = {make_constraint(chance)};
  if (plain) return request;
  add_devices(request, offers, chance);
  add_wishes(request, offers, chance);
  return request;
}

UserLimits make_user_limits(base::Generator& chance) {
  UserLimits limits;
  if (chance.below(3) == 0) limits.running = static_cast<std::uint32_t>(1 + chance.below(3));
  if (chance.below(3) == 0) limits.running_cpus = static_cast<std::int64_t>(chance.below(8)) * 1000;
  if (chance.below(4) == 0) limits.queued = static_cast<std::uint32_t>(1 + chance.below(3));
  return limits;
}

}  // namespace

Policy make_policy(base::Generator& chance, bool plain, bool offers) {
  Policy policy;
  const auto ordering = [&] {
    return value(make_ordering(
        one_of({"fifo", "fifo", "fifo", "priority", "priority", "shortest", "shortest_estimate",
                "smallest_area", "p_sqrt_n", "p_sqrt_n_bounded", "F1", "F2", "F3", "F4", "WFP3",
                "UNICEF", "largest_expansion", "critical_path"},
               chance)));
  };
  policy.ordering = ordering();
  if (plain && chance.below(4) == 0) {
    policy.planner = value(make_planner(one_of({"conservative", "conservative_replan"}, chance)));
  } else if (plain) {
    policy.planner = planners::easy();
    if (chance.below(3) == 0) policy.backfill_order = ordering();
  } else {
    policy.planner = value(make_planner(one_of(
        {"strict", "strict", "strict", "first_fit", "first_fit", "first_fit", "packing"}, chance)));
  }
  policy.fit_rule =
      value(make_fit_rule(one_of({"first", "best", "worst", "dot_product", "numa"}, chance)));
  if (offers) policy.fit_rule = value(make_fit_rule(one_of({"first", "best", "worst"}, chance)));
  if (chance.below(3) == 0) policy.starvation_bound = std::chrono::seconds(20);
  if (chance.below(3) == 0) policy.user_limits = make_user_limits(chance);
  if (chance.below(6) == 0) policy.limits_of["u1"] = make_user_limits(chance);
  return policy;
}

Setting make_setting(std::uint64_t seed) {
  base::Generator chance(seed);
  Setting setting;
  setting.plain = chance.below(3) == 0;
  setting.offers = !setting.plain && chance.below(3) == 0;
  Policy& policy = setting.options.policy;
  policy = make_policy(chance, setting.plain, setting.offers);
  Limits& limits = setting.options.limits;
  if (chance.below(4) == 0) limits.cpus = 4000;
  if (chance.below(6) == 0) limits.mem = 2048;
  if (chance.below(6) == 0) limits.gpus = 1;
  if (chance.below(6) == 0) limits.ports = 2;
  if (chance.below(4) == 0) limits.running = static_cast<std::uint32_t>(1 + chance.below(4));
  limits.closed_cluster = chance.below(8) == 0;
  setting.options.seed = seed;
  setting.model = setting.options;
  setting.name = std::string(policy.ordering->name()) + " " + std::string(policy.planner->name()) +
                 " " + std::string(policy.fit_rule->name());
  if (setting.offers) setting.name += " offers";
  return setting;
}

// The rack of a node stays; its zone may be another each time.
Capacity make_capacity(const std::string& node, base::Generator& chance) {
  Capacity capacity;
  capacity.amounts.cpus = static_cast<std::int64_t>(1 + chance.below(8)) * 1000;
  capacity.amounts.mem = static_cast<std::int64_t>(chance.below(8)) * 1024;
  capacity.amounts.disk = static_cast<std::int64_t>(chance.below(3)) * 100;
  if (chance.below(3) == 0) capacity.amounts.custom = {{"licence", 2000}};
  if (chance.below(2) == 0) capacity.ports = {{100, 101}, {200, 200}};
  for (std::uint64_t i = chance.below(4); i > 0; --i) {
    capacity.gpus.push_back({"gpu" + std::to_string(i), chance.below(2) == 0 ? "A" : "B", -1});
  }
  if (node == "n0" || node == "n1") capacity.attributes.push_back({"rack", "r1"});
  if (node == "n2") capacity.attributes.push_back({"rack", "r2"});
  const std::uint64_t zone = chance.below(4);
  if (zone > 0) capacity.attributes.push_back({"zone", "z" + std::to_string(zone)});
  return capacity;
}

JobFacts make_facts(JobId id, bool plain, bool offers, base::Generator& chance) {
  // Half of the jobs are of eight kinds.
  base::Generator kind(chance.below(2) == 0 ? chance.below(8) : chance.next());
  JobFacts facts;
  facts.id = id;
  facts.request = make_request(plain, offers, kind);
  facts.estimate = std::chrono::seconds(1 + kind.below(100));
  if (kind.below(4) == 0) facts.time_limit = std::chrono::seconds(1 + kind.below(40));
  facts.user = "u" + std::to_string(chance.below(3));
  facts.priority = static_cast<std::int32_t>(chance.below(3)) - 1;
  facts.retry.max_attempts = static_cast<std::uint32_t>(1 + chance.below(3));
  facts.retry.on_system_failure = chance.below(6) != 0;
  facts.retry.on_exit = chance.below(2) == 0;
  facts.retry.on_time_out = chance.below(2) == 0;
  facts.retry.on_out_of_memory = chance.below(2) == 0;
  facts.retry.on_fetch_failure = chance.below(2) == 0;
  facts.retry.backoff = std::chrono::seconds(chance.below(3) * 5);
  facts.retry.backoff_max = std::chrono::seconds(15);
  return facts;
}

Outcome make_outcome(base::Generator& chance) {
  const std::uint64_t kind = chance.below(18);
  if (kind > 8) return {};
  Outcome outcome{static_cast<OutcomeKind>(kind), kind == 0 ? 3 : -1, 0, "why"};
  return outcome;
}

std::vector<MaintenanceWindow> make_windows(Instant now, base::Generator& chance) {
  std::vector<MaintenanceWindow> windows;
  Instant from = now;
  for (std::uint64_t i = chance.below(3); i > 0; --i) {
    from += std::chrono::seconds(chance.below(30));
    const Instant until = from + std::chrono::seconds(1 + chance.below(30));
    windows.push_back({from, until});
    from = until + std::chrono::seconds(1);
  }
  return windows;
}

}  // namespace retz::property
