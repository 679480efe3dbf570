// The JSON form of a policy: its parts by their names.
#include <charconv>
#include <cmath>

#include "json/reading.hpp"
#include "json/writer.hpp"
#include "retz/json.hpp"

namespace retz::json {
namespace {

constexpr std::int64_t many = 1'000'000'000;
constexpr double weight_max = 1e9;

// The text of a name; null and "" stand for the default.
template <class Part>
void read_part(const Value& value, const Place& place, Reading& reading,
               Result<std::shared_ptr<const Part>> (*make)(std::string_view),
               std::shared_ptr<const Part>& out) {
  out = nullptr;
  if (value.kind == Value::Kind::null) {
    return;
  }
  const std::string name = reading.text(value, place);
  if (!reading.ok() || name.empty()) {
    return;
  }
  Result<std::shared_ptr<const Part>> made = make(name);
  if (!made) {
    reading.refuse(place, "is not known: " + made.error().message);
    return;
  }
  out = std::move(*made);
}

void read_bound(const Value& value, const Place& place, Reading& reading, Policy& out) {
  out.starvation_bound.reset();
  if (value.kind != Value::Kind::null) {
    out.starvation_bound = reading.duration(value, place, Duration(1));
  }
}

double read_weight(const Value& value, const Place& place, Reading& reading) {
  double out = 0;
  if (value.kind == Value::Kind::integer) {
    out = static_cast<double>(value.integer);
  } else if (value.kind == Value::Kind::decimal) {
    std::from_chars(value.text.data(), value.text.data() + value.text.size(), out);
  }
  if (!(out > 0) || out > weight_max) {
    reading.refuse(place, "must be a number above 0, at most 1e9");
  }
  return out;
}

constexpr Field<FairShare> fair_share_fields[] = {
    {"half_life", [](const Value& v, const Place& p, Reading& r,
                     FairShare& out) { out.half_life = r.duration(v, p, Duration(1)); }},
    {"weights",
     [](const Value& v, const Place& p, Reading& r, FairShare& out) {
       out.weights.clear();
       if (!r.is(v, Value::Kind::object, p, "an object of numbers, by user")) {
         return;
       }
       for (std::size_t i = 0; i < v.items.size() && r.ok(); ++i) {
         out.weights[v.keys[i]] = read_weight(v.items[i], Place{&p, v.keys[i]}, r);
       }
     }},
};

std::optional<std::uint32_t> read_count(const Value& value, const Place& place, Reading& reading) {
  if (value.kind == Value::Kind::null) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(reading.integer(value, place, 0, many));
}

constexpr Field<UserLimits> limit_fields[] = {
    {"running", [](const Value& v, const Place& p, Reading& r,
                   UserLimits& out) { out.running = read_count(v, p, r); }},
    {"cpus",
     [](const Value& v, const Place& p, Reading& r, UserLimits& out) {
       out.running_cpus.reset();
       if (v.kind != Value::Kind::null) {
         out.running_cpus = r.thousandths(v, p, 0, many);
       }
     }},
    {"queued", [](const Value& v, const Place& p, Reading& r,
                  UserLimits& out) { out.queued = read_count(v, p, r); }},
};

constexpr Field<Policy> policy_fields[] = {
    {"ordering", [](const Value& v, const Place& p, Reading& r,
                    Policy& out) { read_part(v, p, r, make_ordering, out.ordering); }},
    {"backfill_order", [](const Value& v, const Place& p, Reading& r,
                          Policy& out) { read_part(v, p, r, make_ordering, out.backfill_order); }},
    {"planner", [](const Value& v, const Place& p, Reading& r,
                   Policy& out) { read_part(v, p, r, make_planner, out.planner); }},
    {"fit_rule", [](const Value& v, const Place& p, Reading& r,
                    Policy& out) { read_part(v, p, r, make_fit_rule, out.fit_rule); }},
    {"starvation_bound", read_bound},
    {"fair_share", [](const Value& v, const Place& p, Reading& r,
                      Policy& out) { read_object(v, p, r, fair_share_fields, out.fair_share); }},
    {"user_limits",
     [](const Value& v, const Place& p, Reading& r, Policy& out) {
       out.user_limits = {};
       read_object(v, p, r, limit_fields, out.user_limits);
     }},
    {"limits_of",
     [](const Value& v, const Place& p, Reading& r, Policy& out) {
       out.limits_of.clear();
       if (!r.is(v, Value::Kind::object, p, "an object of limits, by user")) {
         return;
       }
       for (std::size_t i = 0; i < v.items.size() && r.ok(); ++i) {
         read_object(v.items[i], Place{&p, v.keys[i]}, r, limit_fields, out.limits_of[v.keys[i]]);
       }
     }},
};

template <class Part>
std::string_view name_of(const std::shared_ptr<const Part>& part, std::string_view otherwise) {
  return part ? part->name() : otherwise;
}

void write_count(Writer& w, std::string_view name, std::optional<std::uint32_t> count) {
  w.key(name);
  if (count) {
    w.number(std::int64_t{*count});
  } else {
    w.null();
  }
}

void write_limits(Writer& w, const UserLimits& limits) {
  w.open_object();
  write_count(w, "running", limits.running);
  w.key("cpus");
  if (limits.running_cpus) {
    w.decimal(*limits.running_cpus, 3);
  } else {
    w.null();
  }
  write_count(w, "queued", limits.queued);
  w.close_object();
}

void write_fair_share(Writer& w, const FairShare& share) {
  w.key("fair_share");
  w.open_object();
  w.key("half_life");
  w.seconds(share.half_life);
  w.key("weights");
  w.open_object();
  for (const auto& [user, weight] : share.weights) {
    w.user_key(user);
    w.number(weight);
  }
  w.close_object();
  w.close_object();
}

}  // namespace
}  // namespace retz::json

namespace retz {

std::string to_json(const Policy& policy) {
  json::Writer w;
  w.open_object();
  w.key("ordering");
  w.text(json::name_of(policy.ordering, "fifo"));
  w.key("backfill_order");
  if (policy.backfill_order) {
    w.text(policy.backfill_order->name());
  } else {
    w.null();
  }
  w.key("planner");
  w.text(json::name_of(policy.planner, "first_fit"));
  w.key("fit_rule");
  w.text(json::name_of(policy.fit_rule, "best"));
  w.key("starvation_bound");
  w.seconds(policy.starvation_bound);
  json::write_fair_share(w, policy.fair_share);
  w.key("user_limits");
  json::write_limits(w, policy.user_limits);
  w.key("limits_of");
  w.open_object();
  for (const auto& [user, limits] : policy.limits_of) {
    w.user_key(user);
    json::write_limits(w, limits);
  }
  w.close_object();
  w.close_object();
  return w.take();
}

Result<Policy> policy_from_json(std::string_view text, const Policy& base) {
  const Result<json::Value> root = json::parse(text);
  if (!root) {
    return tl::unexpected(root.error());
  }
  json::Reading reading;
  Policy out = base;
  json::read_object(*root, json::Place{}, reading, json::policy_fields, out);
  if (!reading.ok()) {
    return tl::unexpected(reading.take_error());
  }
  return out;
}

}  // namespace retz
