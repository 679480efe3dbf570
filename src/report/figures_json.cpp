// The figures of a run as a JSON document, written and read back.
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "report/figures.hpp"

namespace retz::report {
namespace {

using nlohmann::ordered_json;

constexpr int version = 1;

// Points of curves: five digits are more than a screen shows.
double rounded(double value) {
  char text[32];
  (void)std::snprintf(text, sizeof text, "%.5g", value);
  return std::strtod(text, nullptr);
}

ordered_json points(const std::vector<double>& values) {
  ordered_json out = ordered_json::array();
  for (const double value : values) out.push_back(rounded(value));
  return out;
}

ordered_json metrics_json(const Metrics& m) {
  ordered_json resources = ordered_json::array();
  for (const ResourceUse& use : m.resources) {
    resources.push_back({use.name, use.capacity, use.utilisation, use.while_queued});
  }
  return {{"mean_bounded_slowdown", m.mean_bounded_slowdown},
          {"max_bounded_slowdown", m.max_bounded_slowdown},
          {"mean_wait", m.mean_wait},
          {"p95_wait", m.p95_wait},
          {"max_wait", m.max_wait},
          {"mean_flow", m.mean_flow},
          {"makespan", m.makespan},
          {"utilisation_while_queued", m.utilisation_while_queued},
          {"resources", std::move(resources)}};
}

Metrics metrics_from(const ordered_json& json) {
  Metrics m;
  json.at("mean_bounded_slowdown").get_to(m.mean_bounded_slowdown);
  json.at("max_bounded_slowdown").get_to(m.max_bounded_slowdown);
  json.at("mean_wait").get_to(m.mean_wait);
  json.at("p95_wait").get_to(m.p95_wait);
  json.at("max_wait").get_to(m.max_wait);
  json.at("mean_flow").get_to(m.mean_flow);
  json.at("makespan").get_to(m.makespan);
  json.at("utilisation_while_queued").get_to(m.utilisation_while_queued);
  for (const ordered_json& use : json.at("resources")) {
    m.resources.push_back({.name = use.at(0).get<std::string>(),
                           .capacity = use.at(1).get<double>(),
                           .utilisation = use.at(2).get<double>(),
                           .while_queued = use.at(3).get<double>()});
  }
  return m;
}

ordered_json gantt_json(const Gantt& gantt) {
  ordered_json nodes = ordered_json::array(), bars = ordered_json::array();
  for (const GanttNode& node : gantt.nodes) nodes.push_back({node.name, node.cpus});
  for (const GanttBar& bar : gantt.bars) {
    bars.push_back({bar.number, bar.user, bar.node, bar.start, bar.end, bar.low, bar.high});
  }
  return {{"from", gantt.from},   {"until", gantt.until},       {"nodes", std::move(nodes)},
          {"users", gantt.users}, {"of_nodes", gantt.of_nodes}, {"bars", std::move(bars)}};
}

Gantt gantt_from(const ordered_json& json) {
  Gantt gantt;
  json.at("from").get_to(gantt.from);
  json.at("until").get_to(gantt.until);
  json.at("of_nodes").get_to(gantt.of_nodes);
  json.at("users").get_to(gantt.users);
  for (const ordered_json& node : json.at("nodes")) {
    gantt.nodes.push_back({node.at(0).get<std::string>(), node.at(1).get<double>()});
  }
  for (const ordered_json& bar : json.at("bars")) {
    gantt.bars.push_back({.number = bar.at(0).get<std::uint64_t>(),
                          .user = bar.at(1).get<std::uint32_t>(),
                          .node = bar.at(2).get<std::uint32_t>(),
                          .start = bar.at(3).get<double>(),
                          .end = bar.at(4).get<double>(),
                          .low = bar.at(5).get<double>(),
                          .high = bar.at(6).get<double>()});
    if (gantt.bars.back().user >= gantt.users.size() ||
        gantt.bars.back().node >= gantt.nodes.size()) {
      throw nlohmann::json::other_error::create(501, "a bar of an unknown user or node", &json);
    }
  }
  return gantt;
}

Figures figures_from(const ordered_json& json) {
  Figures f;
  json.at("label").get_to(f.label);
  f.metrics = metrics_from(json.at("metrics"));
  json.at("jobs").get_to(f.jobs);
  json.at("refused").get_to(f.refused);
  json.at("stuck").get_to(f.stuck);
  json.at("lost").get_to(f.lost);
  json.at("from").get_to(f.from);
  json.at("bucket").get_to(f.bucket);
  for (const ordered_json& use : json.at("use")) {
    f.use.push_back(
        {use.at("resource").get<std::string>(), use.at("used").get<std::vector<double>>()});
  }
  json.at("queue").get_to(f.queue);
  json.at("longest_queue").get_to(f.longest_queue);
  json.at("waits").get_to(f.waits);
  for (const ordered_json& size : json.at("sizes")) {
    f.sizes.push_back({.cpus = size.at("cpus").get<std::string>(),
                       .jobs = size.at("jobs").get<std::uint64_t>(),
                       .mean = size.at("mean").get<double>(),
                       .median = size.at("median").get<double>(),
                       .p95 = size.at("p95").get<double>()});
  }
  for (const ordered_json& user : json.at("users")) {
    f.users.push_back({.name = user.at("name").get<std::string>(),
                       .jobs = user.at("jobs").get<std::uint64_t>(),
                       .share = user.at("share").get<double>(),
                       .mean_wait = user.at("mean_wait").get<double>(),
                       .mean_slowdown = user.at("mean_slowdown").get<double>(),
                       .used = user.at("used").get<std::vector<double>>()});
  }
  f.gantt = gantt_from(json.at("gantt"));
  return f;
}

}  // namespace

std::string to_json(const Figures& f) {
  ordered_json use = ordered_json::array(), sizes = use, users = use;
  for (const UseOverTime& one : f.use) {
    use.push_back({{"resource", one.resource}, {"used", points(one.used)}});
  }
  for (const SizeClass& size : f.sizes) {
    sizes.push_back({{"cpus", size.cpus},
                     {"jobs", size.jobs},
                     {"mean", size.mean},
                     {"median", size.median},
                     {"p95", size.p95}});
  }
  for (const UserFigures& user : f.users) {
    users.push_back({{"name", user.name},
                     {"jobs", user.jobs},
                     {"share", user.share},
                     {"mean_wait", user.mean_wait},
                     {"mean_slowdown", user.mean_slowdown},
                     {"used", points(user.used)}});
  }
  const ordered_json out = {{"retz_figures", version},
                            {"label", f.label},
                            {"metrics", metrics_json(f.metrics)},
                            {"jobs", f.jobs},
                            {"refused", f.refused},
                            {"stuck", f.stuck},
                            {"lost", f.lost},
                            {"from", f.from},
                            {"bucket", f.bucket},
                            {"use", std::move(use)},
                            {"queue", points(f.queue)},
                            {"longest_queue", f.longest_queue},
                            {"waits", points(f.waits)},
                            {"sizes", std::move(sizes)},
                            {"users", std::move(users)},
                            {"gantt", gantt_json(f.gantt)}};
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Result<Figures> figures_from_json(std::string_view text) {
  try {
    const ordered_json json = ordered_json::parse(text);
    if (json.at("retz_figures") == version) return figures_from(json);
  } catch (const nlohmann::json::exception& error) {
    return fail(Errc::invalid_argument, std::string("no figures of a run: ") + error.what(),
                "runs");
  }
  return fail(Errc::invalid_argument, "figures of a run, written by another version: run it again",
              "runs");
}

}  // namespace retz::report
