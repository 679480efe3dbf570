// The JSON form of explanations, nodes and errors.
#include "json/write_amounts.hpp"
#include "json/writer.hpp"
#include "retz/json.hpp"

namespace retz::json {
namespace {

// Cpus and custom scalars are kept in thousandths, and shown as jobs ask for them.
int places_of(std::string_view resource) {
  const bool whole = resource.empty() || resource == "mem" || resource == "disk" ||
                     resource == "ports" || resource == "gpus";
  return whole ? 0 : 3;
}

bool tells_amounts(const Reason& reason) {
  switch (reason.code) {
    case Reason::Code::running_limit:
    case Reason::Code::user_running_limit:
    case Reason::Code::user_cpus_limit:
    case Reason::Code::user_queued_limit:
    case Reason::Code::array_limit:
      return true;
    case Reason::Code::constraints:
    case Reason::Code::spread:
      return false;
    default:
      return !reason.resource.empty();
  }
}

void write_reason(Writer& w, const Reason& reason) {
  w.open_object();
  w.key("code");
  w.text(to_string(reason.code));
  if (!reason.resource.empty()) {
    w.key("resource");
    w.text(reason.resource);
  }
  if (tells_amounts(reason)) {
    const bool cpus = reason.code == Reason::Code::user_cpus_limit;
    const int places = cpus ? 3 : places_of(reason.resource);
    w.key("asked");
    w.decimal(reason.asked, places);
    w.key("most");
    w.decimal(reason.most, places);
  }
  if (!reason.node.empty()) {
    w.key("node");
    w.text(reason.node);
  }
  if (reason.job.value != 0) {
    w.key("job");
    w.number(reason.job.value);
  }
  if (reason.until) {
    w.key("until");
    w.instant(*reason.until);
  }
  w.key("text");
  w.text(reason.text);
  w.key("remedy");
  w.text(reason.remedy);
  w.close_object();
}

void write_amounts(Writer& w, const Amounts& amounts) {
  write_scalars(w, amounts);
  write_custom(w, amounts.custom);
}

void write_capacity(Writer& w, const Capacity& capacity) {
  w.open_object();
  write_amounts(w, capacity.amounts);
  w.key("ports");
  w.open_array();
  for (const PortRange& range : capacity.ports) {
    w.open_array();
    w.number(std::int64_t{range.first});
    w.number(std::int64_t{range.last});
    w.close_array();
  }
  w.close_array();
  w.key("gpus");
  w.open_array();
  for (const Gpu& gpu : capacity.gpus) {
    w.open_object();
    w.key("id");
    w.text(gpu.id);
    w.key("model");
    w.text(gpu.model);
    w.key("numa_node");
    w.number(std::int64_t{gpu.numa_node});
    w.close_object();
  }
  w.close_array();
  w.key("attributes");
  w.open_object();
  for (const Attribute& attribute : capacity.attributes) {
    w.user_key(attribute.name);
    w.text(attribute.value);
  }
  w.close_object();
  w.close_object();
}

void write_passed_over(Writer& w, const Explanation::PassedOver& passed) {
  w.key("passed_over");
  w.open_object();
  w.key("times");
  w.number(passed.times);
  w.key("at_least");
  w.boolean(passed.at_least);
  w.key("last");
  if (passed.last.value != 0) {
    w.number(passed.last.value);
  } else {
    w.null();
  }
  w.key("at");
  w.instant(passed.at);
  w.close_object();
}

void write_reservation(Writer& w, const std::optional<Reservation>& reservation) {
  w.key("reservation");
  if (!reservation) {
    w.null();
    return;
  }
  w.open_object();
  w.key("node");
  w.text(reservation->node);
  w.key("at");
  w.instant(reservation->at);
  w.close_object();
}

// The best that is known of when the job starts.
void write_start(Writer& w, const Explanation& explanation, std::optional<Instant> forecast) {
  w.key("start_estimate");
  std::optional<Instant> at = explanation.not_before;
  std::string_view source = "not_before";
  if (explanation.reservation) {
    at = explanation.reservation->at;
    source = "reservation";
  } else if (forecast) {
    at = forecast;
    source = "forecast";
  }
  if (!at) {
    w.null();
    return;
  }
  w.open_object();
  w.key("at");
  w.instant(*at);
  w.key("source");
  w.text(source);
  w.close_object();
}

}  // namespace
}  // namespace retz::json

namespace retz {

using json::Writer;

std::string to_json(const Explanation& explanation, std::optional<Instant> forecast) {
  Writer w;
  w.open_object();
  w.key("state");
  w.text(to_string(explanation.state));
  w.key("position");
  w.number(explanation.position);
  w.key("reasons");
  w.open_array();
  for (const Reason& reason : explanation.reasons) {
    json::write_reason(w, reason);
  }
  w.close_array();
  w.key("estimate");
  w.seconds(explanation.estimate > Duration{0} ? std::optional(explanation.estimate)
                                               : std::nullopt);
  w.key("estimate_source");
  w.text(to_string(explanation.estimate_source));
  json::write_passed_over(w, explanation.passed_over);
  json::write_reservation(w, explanation.reservation);
  w.key("not_before");
  w.instant(explanation.not_before);
  json::write_start(w, explanation, forecast);
  w.close_object();
  return w.take();
}

std::string to_json(const NodeStatus& node) {
  Writer w;
  w.open_object();
  w.key("name");
  w.text(node.name);
  w.key("capacity");
  json::write_capacity(w, node.capacity);
  w.key("used");
  w.open_object();
  json::write_amounts(w, node.used);
  w.close_object();
  w.key("attempts");
  w.number(std::int64_t{node.attempts});
  w.key("draining");
  w.boolean(node.draining);
  w.key("maintenance");
  w.open_array();
  for (const MaintenanceWindow& window : node.maintenance) {
    w.open_object();
    w.key("from");
    w.instant(window.from);
    w.key("until");
    w.instant(window.until);
    w.close_object();
  }
  w.close_array();
  w.close_object();
  return w.take();
}

std::string to_json(const Error& error) {
  Writer w(128);
  w.open_object();
  w.key("error");
  w.open_object();
  w.key("code");
  w.text(to_string(error.code));
  w.key("field");
  w.text(error.field);
  w.key("message");
  w.text(error.message);
  w.close_object();
  w.close_object();
  return w.take();
}

}  // namespace retz
