// A run and its result as JSON, both ways: a result holds all that is needed to have it again.
#include <array>
#include <cstdio>
#include <functional>
#include <type_traits>
#include <variant>

#include <nlohmann/json.hpp>

#include "cli/nearest.hpp"
#include "cli/sim/run_config.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::ordered_json;

using Member =
    std::variant<std::string RunConfig::*, std::int64_t RunConfig::*, double RunConfig::*,
                 bool RunConfig::*, std::uint64_t RunConfig::*, std::string PolicyNames::*>;
struct Key {
  const char* name;
  Member member;
};

const std::array keys{
    Key{"workload", &RunConfig::workload},
    Key{"processors", &RunConfig::processors},
    Key{"strict", &RunConfig::strict},
    Key{"nodes", &RunConfig::nodes},
    Key{"cpus", &RunConfig::cpus},
    Key{"mem", &RunConfig::mem},
    Key{"nodes_file", &RunConfig::nodes_file},
    Key{"ordering", &PolicyNames::ordering},
    Key{"planner", &PolicyNames::planner},
    Key{"backfill_order", &PolicyNames::backfill_order},
    Key{"fit", &PolicyNames::fit_rule},
    Key{"estimates", &RunConfig::estimates},
    Key{"events", &RunConfig::events},
    Key{"starvation_bound", &RunConfig::starvation_bound},
    Key{"fail_nodes", &RunConfig::fail_nodes},
    Key{"shake", &RunConfig::shake},
    Key{"seed", &RunConfig::seed},
};

template <class Whole, class Value>
Value& member_of(RunConfig& config, Value Whole::*member) {
  if constexpr (std::is_same_v<Whole, PolicyNames>) {
    return config.policy.*member;
  } else {
    return config.*member;
  }
}

// What the value must be, or nothing where it was taken.
template <class Value>
const char* take(const Json& json, Value& out) {
  if constexpr (std::is_same_v<Value, std::string>) {
    if (!json.is_string()) return "a text";
  } else if constexpr (std::is_same_v<Value, bool>) {
    if (!json.is_boolean()) return "true or false";
  } else if constexpr (std::is_same_v<Value, double>) {
    if (!json.is_number()) return "a number";
  } else if constexpr (std::is_same_v<Value, std::uint64_t>) {
    if (!json.is_number_unsigned()) return "a whole number from 0 on";
  } else {
    if (!json.is_number_integer()) return "a whole number";
  }
  out = json.get<Value>();
  return nullptr;
}

// What stands in for a part that is not given must not change with a later version.
PolicyNames completed(const PolicyNames& names) {
  const auto policy = make_policy(names);
  if (!policy) return names;
  PolicyNames out;
  out.ordering = policy->ordering->name();
  out.planner = policy->planner->name();
  out.fit_rule = policy->fit_rule->name();
  if (policy->backfill_order) out.backfill_order = policy->backfill_order->name();
  return out;
}

// FNV-1a (Fowler, Noll, Vo), 64 bits.
class Hash {
 public:
  void add(std::int64_t value) {
    for (int i = 0; i < 8; ++i) byte(static_cast<unsigned char>(value >> (8 * i)));
  }
  void add(const std::string& text) {
    for (const char c : text) byte(static_cast<unsigned char>(c));
    byte(0);
  }
  std::string text() const {
    std::array<char, 17> out{};
    std::snprintf(out.data(), out.size(), "%016llx", static_cast<unsigned long long>(state_));
    return out.data();
  }

 private:
  void byte(unsigned char b) { state_ = (state_ ^ b) * 0x100000001b3ULL; }
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

void add(const Amounts& amounts, Hash& hash) {
  hash.add(amounts.cpus);
  hash.add(amounts.mem);
  hash.add(amounts.disk);
  for (const CustomAmount& custom : amounts.custom) {
    hash.add(custom.name);
    hash.add(custom.amount);
  }
}

void add(const Request& request, Hash& hash) {
  add(request.amounts, hash);
  hash.add(request.gpus.devices);
  hash.add(request.gpus.share);
  for (const std::string& model : request.gpus.models) hash.add(model);
}

}  // namespace

std::string digest(const Workload& workload) {
  Hash hash;
  for (const WorkloadJob& job : workload.jobs) {
    hash.add(static_cast<std::int64_t>(job.number));
    hash.add(job.submit.count());
    hash.add(job.run.count());
    hash.add(job.estimate.count());
    hash.add(job.user);
    hash.add(job.priority);
    add(job.request, hash);
    for (const std::uint32_t other : job.after) hash.add(other);
  }
  return hash.text();
}

std::string digest(const std::vector<SimulatedNode>& nodes) {
  Hash hash;
  for (const SimulatedNode& node : nodes) {
    hash.add(node.name);
    add(node.capacity.amounts, hash);
    hash.add(static_cast<std::int64_t>(node.capacity.gpus.size()));
    for (const Gpu& gpu : node.capacity.gpus) hash.add(gpu.model);
    hash.add(static_cast<std::int64_t>(node.capacity.attributes.size()));
    for (const Attribute& attribute : node.capacity.attributes) {
      hash.add(attribute.name);
      hash.add(attribute.value);
    }
  }
  return hash.text();
}

Json to_json(const RunConfig& config) {
  RunConfig whole = config;
  whole.policy = completed(config.policy);
  Json json = Json::object();
  for (const Key& key : keys) {
    std::visit([&](auto member) { json[key.name] = member_of(whole, member); }, key.member);
  }
  return json;
}

Result<RunConfig> run_config_from_json(const Json& json) {
  if (!json.is_object()) {
    return fail(Errc::invalid_argument, "a configuration is an object", "configuration");
  }
  RunConfig config;
  std::vector<std::string> known;
  for (const Key& key : keys) known.emplace_back(key.name);
  for (const auto& [name, value] : json.items()) {
    const auto* const key = std::find_if(keys.begin(), keys.end(),
                                         [&name = name](const Key& k) { return k.name == name; });
    if (key == keys.end()) {
      return fail(Errc::invalid_argument, "is not known" + did_you_mean(name, known), name);
    }
    const char* wanted = std::visit(
        [&, &value = value](auto member) { return take(value, member_of(config, member)); },
        key->member);
    if (wanted != nullptr) {
      return fail(Errc::invalid_argument, std::string("must be ") + wanted, name);
    }
  }
  return config;
}

Json result_json(const RunConfig& config, const PreparedRun& prepared, const Simulation& simulation,
                 double seconds) {
  const Metrics& metrics = simulation.metrics;
  const auto figure = [none = simulation.jobs.empty()](double value) {
    return none ? Json() : Json(value);
  };
  Json json;
  json["jobs"] = simulation.jobs.size();
  json["refused"] = simulation.refused;
  json["stuck"] = simulation.stuck;
  json["dropped"] = prepared.workload.dropped;
  json["attempts_lost"] = simulation.lost.size();
  json["avebsld"] = figure(metrics.mean_bounded_slowdown);
  json["max_bsld"] = figure(metrics.max_bounded_slowdown);
  json["mean_wait_s"] = figure(metrics.mean_wait);
  json["p95_wait_s"] = figure(metrics.p95_wait);
  json["max_wait_s"] = figure(metrics.max_wait);
  json["mean_flow_s"] = figure(metrics.mean_flow);
  json["makespan_s"] = figure(metrics.makespan);
  json["utilization"] = Json::object();
  json["utilization_while_queued"] = figure(metrics.utilisation_while_queued);
  json["utilization_while_queued_of"] = Json::object();
  for (const ResourceUse& use : metrics.resources) {
    json["utilization"][use.name] = use.utilisation;
    json["utilization_while_queued_of"][use.name] = use.while_queued;
  }
  json["steps"] = simulation.steps;
  json["seconds"] = seconds;
  json["jobs_per_second"] =
      seconds > 0 ? static_cast<double>(prepared.workload.jobs.size()) / seconds : 0.0;
  json["workload_digest"] = digest(prepared.workload);
  json["nodes_digest"] = digest(prepared.options.nodes);
  json["configuration"] = to_json(config);
  return json;
}

}  // namespace retz::cli
