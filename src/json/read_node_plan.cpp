// What an operator wants of a node: draining, maintenance.
#include "json/reading.hpp"
#include "retz/json.hpp"

namespace retz::json {
namespace {

constexpr std::size_t windows_max = 1000;

void read_time(const Value& value, const Place& place, Reading& reading, Instant& out) {
  const Result<Instant> time = instant_from_text(reading.text(value, place));
  if (!time) {
    reading.refuse(place, "must be a time, as \"2026-11-22T08:36:00Z\"");
    return;
  }
  out = *time;
}

struct WindowText {
  std::optional<Instant> from, until;
};

constexpr Field<WindowText> window_fields[] = {
    {"from", [](const Value& v, const Place& p, Reading& r,
                WindowText& out) { read_time(v, p, r, out.from.emplace()); }},
    {"until", [](const Value& v, const Place& p, Reading& r,
                 WindowText& out) { read_time(v, p, r, out.until.emplace()); }},
};

void read_windows(const Value& value, const Place& place, Reading& reading, NodePlan& out) {
  std::vector<MaintenanceWindow>& windows = out.maintenance.emplace();
  if (!reading.is(value, Value::Kind::array, place, "an array of {\"from\":, \"until\":}")) {
    return;
  }
  if (value.items.size() > windows_max) {
    reading.refuse(place, "must have at most 1000 entries");
  }
  for (std::size_t i = 0; i < value.items.size() && reading.ok(); ++i) {
    const Place element{&place, {}, i};
    WindowText text;
    read_object(value.items[i], element, reading, window_fields, text);
    if (!reading.ok()) {
      return;
    }
    if (!text.from || !text.until || *text.until <= *text.from) {
      reading.refuse(element, "must have a time `from` and a later one `until`");
      return;
    }
    windows.push_back({*text.from, *text.until});
  }
}

constexpr Field<NodePlan> plan_fields[] = {
    {"draining", [](const Value& v, const Place& p, Reading& r,
                    NodePlan& out) { out.draining = r.boolean(v, p); }},
    {"maintenance", read_windows},
};

}  // namespace
}  // namespace retz::json

namespace retz {

Result<NodePlan> node_plan_from_json(std::string_view text) {
  const Result<json::Value> root = json::parse(text);
  if (!root) {
    return tl::unexpected(root.error());
  }
  json::Reading reading;
  NodePlan out;
  const json::Place top;
  json::read_object(*root, top, reading, json::plan_fields, out);
  if (reading.ok() && !out.draining && !out.maintenance) {
    reading.refuse(json::Place{&top, "draining"},
                   "is missing; say draining (true or false), maintenance or both");
  }
  if (!reading.ok()) {
    return tl::unexpected(reading.take_error());
  }
  return out;
}

}  // namespace retz
