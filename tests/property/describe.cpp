#include "property/describe.hpp"

#include <variant>

namespace retz::property {
namespace {

std::string number(std::int64_t value) {
  return std::to_string(value);
}

std::string seconds(Duration duration) {
  return number(duration.count() / 1'000'000) + "s";
}

std::string name(AttemptRef ref) {
  return "job " + std::to_string(ref.job.value) + "." + std::to_string(ref.attempt);
}

std::string describe(const Amounts& amounts) {
  std::string text = " cpus=" + number(amounts.cpus) + " mem=" + number(amounts.mem) +
                     " disk=" + number(amounts.disk);
  for (const auto& custom : amounts.custom)
    text += " x." + custom.name + "=" + number(custom.amount);
  return text;
}

std::string describe(const std::vector<Constraint>& constraints) {
  static constexpr const char* marks[] = {"=", "!=", "~", "="};
  std::string text;
  for (const auto& constraint : constraints) {
    text += " @" + constraint.attribute + marks[static_cast<std::size_t>(constraint.kind)];
    for (const auto& value : constraint.values) text += value + ",";
    text.pop_back();
  }
  return text;
}

std::string describe(const Request& request) {
  std::string text = describe(request.amounts);
  if (request.ports > 0) text += " ports=" + number(request.ports);
  if (request.gpus.all) text += " gpus=all";
  if (request.gpus.devices > 0) text += " gpus=" + number(request.gpus.devices);
  if (request.gpus.share > 0) text += " gpu_share=" + number(request.gpus.share);
  for (const auto& model : request.gpus.models) text += " model=" + model;
  text += describe(request.constraints);
  if (request.preference) {
    text += " prefer" + describe(request.preference->constraints) + " for " +
            seconds(request.preference->patience);
  }
  if (request.spread)
    text += " spread=" + request.spread->attribute + " skew=" + number(request.spread->skew);
  return text;
}

std::string describe(const JobFacts& facts) {
  static constexpr const char* whens[] = {"success", "end", "failure"};
  std::string text = "submit job " + std::to_string(facts.id.value) + " user=" + facts.user +
                     describe(facts.request) + " estimate=" + seconds(facts.estimate) +
                     " priority=" + number(facts.priority);
  if (facts.time_limit) text += " limit=" + seconds(*facts.time_limit);
  for (const auto& on : facts.dependencies) {
    text +=
        " after=" + std::to_string(on.job.value) + ":" + whens[static_cast<std::size_t>(on.when)];
  }
  if (facts.array) {
    text += " array=" + std::to_string(facts.array->array.value) + "%" +
            number(facts.array->running_max);
  }
  return text;
}

std::string describe(const LeaseGranted& granted) {
  const Capacity& capacity = granted.capacity;
  std::string text = (granted.kind == LeaseKind::once ? "offer " : "grant ") + granted.node +
                     " lease=" + std::to_string(granted.lease.value) + describe(capacity.amounts);
  for (const auto& gpu : capacity.gpus) text += " gpu=" + gpu.model;
  for (const auto& range : capacity.ports) {
    text += " ports=" + number(range.first) + "-" + number(range.last);
  }
  for (const auto& has : capacity.attributes) text += " @" + has.name + "=" + has.value;
  return text;
}

std::string describe(const UserLimits& limits) {
  std::string text;
  if (limits.running) text += " running=" + number(*limits.running);
  if (limits.running_cpus) text += " cpus=" + number(*limits.running_cpus);
  if (limits.queued) text += " queued=" + number(*limits.queued);
  return text;
}

struct Describe {
  std::string operator()(const JobSubmitted& e) const { return describe(e.facts); }
  std::string operator()(const JobCancelled& e) const {
    return "cancel job " + std::to_string(e.job.value);
  }
  std::string operator()(const JobRerun& e) const {
    return "rerun job " + std::to_string(e.job.value) + (e.kill_running ? " kill" : "") +
           (e.ended ? ", which ended" : "");
  }
  std::string operator()(const AttemptRunning& e) const { return "running " + name(e.attempt); }
  std::string operator()(const AttemptEnded& e) const {
    return "end " + name(e.attempt) + " " + std::string(to_string(e.outcome.kind)) + " " +
           number(e.outcome.exit_code);
  }
  std::string operator()(const AttemptUnreachable& e) const {
    return "unreachable " + name(e.attempt);
  }
  std::string operator()(const LeaseGranted& e) const { return describe(e); }
  std::string operator()(const LeaseRevoked& e) const {
    return "revoke lease " + std::to_string(e.lease.value);
  }
  std::string operator()(const NodeLost& e) const { return "lose " + e.node; }
  std::string operator()(const NodeDrained& e) const {
    return (e.draining ? "drain " : "undrain ") + e.node;
  }
  std::string operator()(const MaintenancePlanned& e) const {
    std::string text = "maintenance " + e.node;
    for (const auto& window : e.windows) {
      text += " " + seconds(window.from.time_since_epoch()) + "-" +
              seconds(window.until.time_since_epoch());
    }
    return text;
  }
  std::string operator()(const PolicyChanged& e) const {
    return "policy " + property::describe(e.policy);
  }
  std::string operator()(const StateReported& e) const { return "state " + e.name; }
  std::string operator()(const TimePassed&) const { return "time"; }
};

}  // namespace

std::string describe(const Event& event) {
  return std::visit(Describe{}, event.what);
}

std::string describe(const Step& step) {
  std::string text;
  for (const auto& decision : step.decisions) {
    if (const auto* start = std::get_if<StartAttempt>(&decision)) {
      text += " start " + name(start->attempt) + " on " + start->placement.node;
      for (const auto port : start->placement.ports) text += " " + number(port);
      for (const auto& gpu : start->placement.gpus) text += " gpu" + number(gpu.device);
    } else if (const auto* stop = std::get_if<StopAttempt>(&decision)) {
      text += " stop " + name(stop->attempt);
    } else if (const auto* refusal = std::get_if<Refuse>(&decision)) {
      text += " refuse job " + std::to_string(refusal->job.value);
    }
    text += ";";
  }
  return text;
}

std::string describe(const Policy& policy) {
  std::string text = std::string(policy.ordering->name()) + " " +
                     std::string(policy.planner->name()) + " " +
                     std::string(policy.fit_rule->name());
  if (policy.backfill_order) text += " backfill " + std::string(policy.backfill_order->name());
  if (policy.starvation_bound) text += " bound " + seconds(*policy.starvation_bound);
  text += describe(policy.user_limits);
  for (const auto& [user, limits] : policy.limits_of) text += " " + user + ":" + describe(limits);
  return text;
}

}  // namespace retz::property
