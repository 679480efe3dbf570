// What a job asks beyond amounts, read: on which nodes, after which jobs, how often.
#include "json/read_conditions.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "retz/json.hpp"

namespace retz::json {
namespace {

constexpr std::size_t constraints_max = 64;
constexpr std::size_t values_max = 256;
constexpr std::size_t dependencies_max = 65536;
constexpr std::int64_t index_max = 1'000'000'000'000;
constexpr std::int64_t array_max = 1'000'000;

void read_attribute(const Value& value, const Place& place, Reading& reading, std::string& out) {
  out = reading.text(value, place);
  check_name(out, place, reading, 64);
}

// `kinds` counts the comparisons that were given.
struct ConstraintText {
  Constraint constraint;
  int kinds = 0;
};

void read_comparison(const Value& value, const Place& place, Reading& reading,
                     Constraint::Kind kind, ConstraintText& out) {
  ++out.kinds;
  out.constraint.kind = kind;
  out.constraint.values = {reading.text(value, place)};
  check_line(out.constraint.values.front(), place, reading, 0, 128);
}

void read_choice(const Value& value, const Place& place, Reading& reading, ConstraintText& out) {
  ++out.kinds;
  out.constraint.kind = Constraint::Kind::in;
  if (!reading.is(value, Value::Kind::array, place, "an array of strings")) {
    return;
  }
  if (value.items.empty() || value.items.size() > values_max) {
    reading.refuse(place, "must have 1 to 256 values");
  }
  std::vector<std::string>& values = out.constraint.values;
  values.clear();
  for (std::size_t i = 0; i < value.items.size() && reading.ok(); ++i) {
    const Place element{&place, {}, i};
    values.push_back(reading.text(value.items[i], element));
    check_line(values.back(), element, reading, 0, 128);
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

constexpr Field<ConstraintText> constraint_fields[] = {
    {"attribute", [](const Value& v, const Place& p, Reading& r,
                     ConstraintText& out) { read_attribute(v, p, r, out.constraint.attribute); }},
    {"equals",
     [](const Value& v, const Place& p, Reading& r, ConstraintText& out) {
       read_comparison(v, p, r, Constraint::Kind::equals, out);
     }},
    {"not_equals",
     [](const Value& v, const Place& p, Reading& r, ConstraintText& out) {
       read_comparison(v, p, r, Constraint::Kind::not_equals, out);
     }},
    {"matches",
     [](const Value& v, const Place& p, Reading& r, ConstraintText& out) {
       read_comparison(v, p, r, Constraint::Kind::matches, out);
     }},
    {"in", read_choice},
};

Constraint read_constraint(const Value& value, const Place& place, Reading& reading) {
  if (value.kind == Value::Kind::string) {
    const Result<Constraint> out = constraint_from_text(value.text);
    if (out) {
      return *out;
    }
    reading.refuse(place, "must be as \"rack=r1\", \"rack!=r1\" or \"rack~r*\", or an object");
    return {};
  }
  ConstraintText out;
  read_object(value, place, reading, constraint_fields, out);
  if (reading.ok() && out.constraint.attribute.empty()) {
    reading.refuse(Place{&place, "attribute"}, "is missing; name an attribute of nodes");
  } else if (reading.ok() && out.kinds != 1) {
    reading.refuse(place, "must have exactly one of equals, not_equals, matches and in");
  }
  return out.constraint;
}

constexpr Field<Preference> preference_fields[] = {
    {"constraints", [](const Value& v, const Place& p, Reading& r,
                       Preference& out) { read_constraints(v, p, r, out.constraints); }},
    {"for", [](const Value& v, const Place& p, Reading& r,
               Preference& out) { out.patience = r.duration(v, p, Duration(0)); }},
};

constexpr Field<Spread> spread_fields[] = {
    {"attribute", [](const Value& v, const Place& p, Reading& r,
                     Spread& out) { read_attribute(v, p, r, out.attribute); }},
    {"group",
     [](const Value& v, const Place& p, Reading& r, Spread& out) {
       out.group = r.text(v, p);
       check_name(out.group, p, r, 64);
     }},
    {"skew",
     [](const Value& v, const Place& p, Reading& r, Spread& out) {
       out.skew = static_cast<std::int32_t>(r.integer(v, p, 1, 1'000'000));
     }},
};

// One entry of `after`: a job or an array by id, or one of the same submission.
struct AfterText {
  std::optional<std::int64_t> job, array, position;
  std::string name;
  Dependency::When when = Dependency::When::success;
};

constexpr std::array whens{Dependency::When::success, Dependency::When::end,
                           Dependency::When::failure};

void read_when(const Value& value, const Place& place, Reading& reading, AfterText& out) {
  const std::string name = reading.text(value, place);
  const auto* const found = std::find_if(
      whens.begin(), whens.end(), [&](Dependency::When when) { return to_string(when) == name; });
  if (found == whens.end()) {
    reading.refuse(place, "must be success, end or failure");
    return;
  }
  out.when = *found;
}

constexpr Field<AfterText> after_fields[] = {
    {"job", [](const Value& v, const Place& p, Reading& r,
               AfterText& out) { out.job = r.integer(v, p, 1, INT64_MAX); }},
    {"array", [](const Value& v, const Place& p, Reading& r,
                 AfterText& out) { out.array = r.integer(v, p, 1, INT64_MAX); }},
    {"position", [](const Value& v, const Place& p, Reading& r,
                    AfterText& out) { out.position = r.integer(v, p, 0, 65535); }},
    {"name",
     [](const Value& v, const Place& p, Reading& r, AfterText& out) {
       out.name = r.text(v, p);
       check_line(out.name, p, r, 1, 128);
     }},
    {"when", read_when},
};

void read_dependency(const Value& value, const Place& place, Reading& reading, JobSpec& out) {
  AfterText text;
  if (value.kind == Value::Kind::integer) {
    text.job = reading.integer(value, place, 1, INT64_MAX);
  } else {
    read_object(value, place, reading, after_fields, text);
  }
  const int given = (text.job ? 1 : 0) + (text.array ? 1 : 0) + (text.position ? 1 : 0) +
                    (text.name.empty() ? 0 : 1);
  if (given != 1) {
    reading.refuse(place,
                   "must have exactly one of job (its id), array (the id of its first job), "
                   "position (in this submission, from 0) and name (of a job of this submission)");
  } else if (text.job) {
    out.dependencies.push_back({JobId{static_cast<std::uint64_t>(*text.job)}, text.when});
  } else if (text.array) {
    out.whole_arrays.push_back({JobId{static_cast<std::uint64_t>(*text.array)}, text.when});
  } else {
    out.siblings.push_back(
        {static_cast<std::size_t>(text.position.value_or(0)), std::move(text.name), text.when});
  }
}

// Id and index are given by the server, and stand in what is stored.
bool assigned(const Place& place, Reading& reading) {
  if (reading.strict()) {
    reading.refuse(place, "is set by the server; leave it out");
  }
  return reading.ok();
}

constexpr Field<ArrayPlace> array_fields[] = {
    {"from", [](const Value& v, const Place& p, Reading& r,
                ArrayPlace& out) { out.from = r.integer(v, p, 0, index_max); }},
    {"to", [](const Value& v, const Place& p, Reading& r,
              ArrayPlace& out) { out.to = r.integer(v, p, 0, index_max); }},
    {"running",
     [](const Value& v, const Place& p, Reading& r, ArrayPlace& out) {
       out.running_max = static_cast<std::uint32_t>(r.integer(v, p, 0, array_max));
     }},
    {"id",
     [](const Value& v, const Place& p, Reading& r, ArrayPlace& out) {
       if (assigned(p, r)) {
         out.array = JobId{static_cast<std::uint64_t>(r.integer(v, p, 0, INT64_MAX))};
       }
     }},
    {"index",
     [](const Value& v, const Place& p, Reading& r, ArrayPlace& out) {
       if (assigned(p, r)) {
         out.index = r.integer(v, p, 0, index_max);
       }
     }},
};

bool whole_number(std::string_view text, std::int64_t most, std::int64_t& out) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && stop == text.data() + text.size() && out >= 0 && out <= most;
}

}  // namespace

void read_constraints(const Value& value, const Place& place, Reading& reading,
                      std::vector<Constraint>& out) {
  if (!reading.is(value, Value::Kind::array, place, "an array of constraints")) {
    return;
  }
  if (reading.strict() && value.items.size() > constraints_max) {
    reading.refuse(place, "must have at most 64 entries");
  }
  for (std::size_t i = 0; i < value.items.size() && reading.ok(); ++i) {
    out.push_back(read_constraint(value.items[i], Place{&place, {}, i}, reading));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
}

void read_preference(const Value& value, const Place& place, Reading& reading, Request& out) {
  if (value.kind == Value::Kind::null) {
    return;
  }
  Preference& preference = out.preference.emplace();
  read_object(value, place, reading, preference_fields, preference);
  if (reading.ok() && reading.strict() && preference.constraints.empty()) {
    reading.refuse(Place{&place, "constraints"}, "is missing; say which nodes are preferred");
  }
}

void read_spread(const Value& value, const Place& place, Reading& reading, Request& out) {
  if (value.kind == Value::Kind::null) {
    return;
  }
  Spread& spread = out.spread.emplace();
  read_object(value, place, reading, spread_fields, spread);
  if (!reading.ok() || !reading.strict()) {
    return;
  }
  if (spread.attribute.empty()) {
    reading.refuse(Place{&place, "attribute"}, "is missing; name an attribute of nodes");
  } else if (spread.group.empty()) {
    reading.refuse(Place{&place, "group"}, "is missing; name those that are spread together");
  }
}

void read_after(const Value& value, const Place& place, Reading& reading, JobSpec& out) {
  if (!reading.is(value, Value::Kind::array, place, "an array of jobs")) {
    return;
  }
  if (reading.strict() && value.items.size() > dependencies_max) {
    reading.refuse(place, "must have at most 65536 entries");
  }
  for (std::size_t i = 0; i < value.items.size() && reading.ok(); ++i) {
    read_dependency(value.items[i], Place{&place, {}, i}, reading, out);
  }
  const auto tidy = [](auto& list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  };
  tidy(out.dependencies);
  tidy(out.whole_arrays);
  tidy(out.siblings);
}

void read_array(const Value& value, const Place& place, Reading& reading, JobSpec& out) {
  if (value.kind == Value::Kind::null) {
    return;
  }
  if (value.kind == Value::Kind::string) {
    const Result<ArrayPlace> array = array_from_text(value.text);
    if (!array) {
      reading.refuse(place, "must be as \"1-100\" or \"1-100%10\", or an object");
      return;
    }
    out.array = *array;
  } else {
    read_object(value, place, reading, array_fields, out.array.emplace());
  }
  if (!reading.ok() || !reading.strict()) {
    return;
  }
  if (out.array->to < out.array->from || out.array->to - out.array->from >= array_max) {
    reading.refuse(place, "must go from a number to one that is not smaller and less than " +
                              std::to_string(array_max) + " away");
  }
}

}  // namespace retz::json

namespace retz {

Result<Constraint> constraint_from_text(std::string_view text) {
  using Kind = Constraint::Kind;
  const std::size_t at = text.find_first_of("=!~");
  const bool negated = at != std::string_view::npos && text.substr(at, 2) == "!=";
  if (at == std::string_view::npos || at == 0 || (text[at] == '!' && !negated)) {
    return fail(Errc::invalid_argument,
                "\"" + std::string(text.substr(0, 64)) +
                    "\" is not a constraint; write rack=r1, rack!=r1 or rack~r*");
  }
  const Kind kind = negated ? Kind::not_equals : text[at] == '~' ? Kind::matches : Kind::equals;
  Constraint out{
      std::string(text.substr(0, at)), kind, {std::string(text.substr(at + (negated ? 2 : 1)))}};
  json::Reading reading;
  const json::Place top;
  const json::Place attribute{&top, "attribute"};
  const json::Place value{&top, "value"};
  if (!json::check_name(out.attribute, attribute, reading, 64) ||
      !json::check_line(out.values.front(), value, reading, 0, 128)) {
    return tl::unexpected(reading.take_error());
  }
  return out;
}

Result<ArrayPlace> array_from_text(std::string_view text) {
  ArrayPlace out;
  std::int64_t running = 0;
  const std::size_t percent = std::min(text.find('%'), text.size());
  const std::string_view range = text.substr(0, percent);
  const std::size_t dash = std::min(range.find('-'), range.size());
  const bool limited = percent < text.size();
  if (dash == range.size() ||
      !json::whole_number(range.substr(0, dash), json::index_max, out.from) ||
      !json::whole_number(range.substr(dash + 1), json::index_max, out.to) || out.to < out.from ||
      (limited &&
       (!json::whole_number(text.substr(percent + 1), json::array_max, running) || running == 0))) {
    return fail(Errc::invalid_argument,
                "\"" + std::string(text.substr(0, 64)) +
                    "\" is not an array; write 1-100, or 1-100%10 for at most 10 at once");
  }
  out.running_max = static_cast<std::uint32_t>(running);
  return out;
}

}  // namespace retz
