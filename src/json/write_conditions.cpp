// Constraints, preference, spread, dependencies and array in JSON.
#include "json/write_conditions.hpp"

namespace retz::json {
namespace {

std::string_view name_of(Constraint::Kind kind) {
  switch (kind) {
    case Constraint::Kind::equals:
      return "equals";
    case Constraint::Kind::not_equals:
      return "not_equals";
    case Constraint::Kind::matches:
      return "matches";
    case Constraint::Kind::in:
      return "in";
  }
  return "equals";
}

void write_constraints(Writer& w, const std::vector<Constraint>& constraints) {
  w.open_array();
  for (const Constraint& constraint : constraints) {
    w.open_object();
    w.key("attribute");
    w.text(constraint.attribute);
    w.key(name_of(constraint.kind));
    if (constraint.kind == Constraint::Kind::in) {
      w.open_array();
      for (const std::string& value : constraint.values) {
        w.text(value);
      }
      w.close_array();
    } else {
      w.text(constraint.values.empty() ? std::string_view{} : constraint.values.front());
    }
    w.close_object();
  }
  w.close_array();
}

void write_preference(Writer& w, const std::optional<Preference>& preference) {
  w.key("prefer");
  if (!preference) {
    w.null();
    return;
  }
  w.open_object();
  w.key("constraints");
  write_constraints(w, preference->constraints);
  w.key("for");
  w.seconds(preference->patience);
  w.close_object();
}

void write_spread(Writer& w, const std::optional<Spread>& spread) {
  w.key("spread");
  if (!spread) {
    w.null();
    return;
  }
  w.open_object();
  w.key("attribute");
  w.text(spread->attribute);
  w.key("group");
  w.text(spread->group);
  w.key("skew");
  w.number(std::int64_t{spread->skew});
  w.close_object();
}

void write_dependencies(Writer& w, const char* key, const std::vector<Dependency>& dependencies) {
  for (const Dependency& dependency : dependencies) {
    w.open_object();
    w.key(key);
    w.number(dependency.job.value);
    w.key("when");
    w.text(to_string(dependency.when));
    w.close_object();
  }
}

void write_after(Writer& w, const JobSpec& spec) {
  w.key("after");
  w.open_array();
  write_dependencies(w, "job", spec.dependencies);
  write_dependencies(w, "array", spec.whole_arrays);
  for (const SiblingDependency& sibling : spec.siblings) {
    w.open_object();
    if (sibling.name.empty()) {
      w.key("position");
      w.number(std::uint64_t{sibling.position});
    } else {
      w.key("name");
      w.text(sibling.name);
    }
    w.key("when");
    w.text(to_string(sibling.when));
    w.close_object();
  }
  w.close_array();
}

// Before it was submitted an array has neither id nor index.
void write_array(Writer& w, const std::optional<ArrayPlace>& array) {
  w.key("array");
  if (!array) {
    w.null();
    return;
  }
  w.open_object();
  w.key("from");
  w.number(array->from);
  w.key("to");
  w.number(array->to);
  w.key("running");
  w.number(std::int64_t{array->running_max});
  if (array->array.value != 0) {
    w.key("id");
    w.number(array->array.value);
    w.key("index");
    w.number(array->index);
  }
  w.close_object();
}

}  // namespace

void write_conditions(Writer& w, const JobSpec& spec, bool whole) {
  const Request& request = spec.request;
  if (whole || !request.constraints.empty()) {
    w.key("constraints");
    write_constraints(w, request.constraints);
  }
  if (whole || request.preference) {
    write_preference(w, request.preference);
  }
  if (whole || request.spread) {
    write_spread(w, request.spread);
  }
  if (whole || !spec.dependencies.empty() || !spec.whole_arrays.empty() || !spec.siblings.empty()) {
    write_after(w, spec);
  }
  if (whole || spec.array) {
    write_array(w, spec.array);
  }
}

}  // namespace retz::json
