#include "model/constraints.hpp"

#include <algorithm>
#include <cstddef>

namespace retz::model {

namespace {

constexpr std::size_t length_max = 256;
constexpr std::size_t values_max = 1000;
constexpr std::size_t constraints_max = 64;

// Where the set that begins at pattern[at] == '[' ends; npos: nowhere. A ']' that comes first
// belongs to the set.
std::size_t end_of_set(std::string_view pattern, std::size_t at) {
  std::size_t first = at + 1;
  if (first < pattern.size() && pattern[first] == '!') ++first;
  return pattern.find(']', first + 1);
}

bool in_set(std::string_view set, char c) {
  const auto byte = [](char b) { return static_cast<unsigned char>(b); };
  const bool outside = set.front() == '!';
  if (outside) set.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      found = found || (byte(set[i]) <= byte(c) && byte(c) <= byte(set[i + 2]));
      i += 2;
    } else {
      found = found || set[i] == c;
    }
  }
  return found != outside;
}

// Whether one character matches what stands at `p`, which is no star; `next`: what comes after it.
bool one_matches(std::string_view pattern, std::size_t p, char c, std::size_t& next) {
  next = p + 1;
  switch (pattern[p]) {
    case '?':
      return true;
    case '[': {
      const std::size_t end = end_of_set(pattern, p);
      next = end + 1;
      return in_set(pattern.substr(p + 1, end - p - 1), c);
    }
    case '\\':
      next = p + 2;
      return pattern[p + 1] == c;
    default:
      return pattern[p] == c;
  }
}

Result<void> invalid(const std::string& field, const std::string& what) {
  return fail(Errc::invalid_argument, field + " " + what, field);
}

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

Result<void> validate(const Constraint& c, const std::string& field) {
  if (c.attribute.empty()) return invalid(field + ".attribute", "must name an attribute");
  if (c.attribute.size() > length_max) {
    return invalid(field + ".attribute", "is longer than 256 characters");
  }
  const std::string values = field + "." + std::string(name_of(c.kind));
  if (c.values.empty()) return invalid(values, "must give a value");
  if (c.values.size() > values_max) return invalid(values, "has more than 1000 values");
  if (c.kind != Constraint::Kind::in && c.values.size() > 1) {
    return invalid(values, "must give one value: use \"in\" for several");
  }
  for (std::size_t i = 0; i < c.values.size(); ++i) {
    if (c.values[i].size() > length_max) {
      return invalid(values, "is longer than 256 characters");
    }
    if (i > 0 && !(c.values[i - 1] < c.values[i])) {
      return invalid(values, "must be sorted, no value twice");
    }
  }
  if (c.kind == Constraint::Kind::matches && !good_pattern(c.values.front())) {
    return invalid(values, "has a [ that is not closed, or ends in a backslash");
  }
  return {};
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  constexpr std::size_t none = std::string_view::npos;
  std::size_t p = 0, t = 0;
  // Only the last star seen needs to be tried anew: what earlier ones took is as short as can be.
  std::size_t star = none, star_text = 0;
  while (t < text.size()) {
    std::size_t next = 0;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && one_matches(pattern, p, text[t], next)) {
      p = next;
      ++t;
    } else if (star != none) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool good_pattern(std::string_view pattern) {
  for (std::size_t p = 0; p < pattern.size(); ++p) {
    if (pattern[p] == '\\' && ++p == pattern.size()) return false;
    if (pattern[p] != '[') continue;
    p = end_of_set(pattern, p);
    if (p == std::string_view::npos) return false;
  }
  return true;
}

const std::string* value_of(std::string_view attribute, const std::string& node,
                            std::span<const Attribute> attributes) {
  if (attribute == "node") return &node;
  const auto at =
      std::lower_bound(attributes.begin(), attributes.end(), attribute,
                       [](const Attribute& a, std::string_view name) { return a.name < name; });
  return at != attributes.end() && at->name == attribute ? &at->value : nullptr;
}

bool meets(const Constraint& constraint, const std::string& node,
           std::span<const Attribute> attributes) {
  const std::string* const value = value_of(constraint.attribute, node, attributes);
  const std::vector<std::string>& values = constraint.values;
  switch (constraint.kind) {
    case Constraint::Kind::equals:
      return value != nullptr && *value == values.front();
    case Constraint::Kind::not_equals:
      return value == nullptr || *value != values.front();
    case Constraint::Kind::matches:
      return value != nullptr && matches(values.front(), *value);
    case Constraint::Kind::in:
      return value != nullptr && std::binary_search(values.begin(), values.end(), *value);
  }
  return false;
}

bool meets_all(std::span<const Constraint> constraints, const std::string& node,
               std::span<const Attribute> attributes) {
  return std::ranges::all_of(constraints,
                             [&](const Constraint& c) { return meets(c, node, attributes); });
}

Result<void> validate(std::span<const Constraint> constraints, const std::string& field) {
  if (constraints.size() > constraints_max) return invalid(field, "has more than 64 constraints");
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    const std::string which = field + "[" + std::to_string(i) + "]";
    if (auto r = validate(constraints[i], which); !r) return r;
    if (i > 0 && constraints[i] < constraints[i - 1]) return invalid(field, "must be sorted");
  }
  return {};
}

std::string to_text(const Constraint& constraint) {
  switch (constraint.kind) {
    case Constraint::Kind::equals:
      return constraint.attribute + "=" + constraint.values.front();
    case Constraint::Kind::not_equals:
      return constraint.attribute + "!=" + constraint.values.front();
    case Constraint::Kind::matches:
      return constraint.attribute + "~" + constraint.values.front();
    case Constraint::Kind::in:
      break;
  }
  std::string text = constraint.attribute + " in ";
  for (std::size_t i = 0; i < constraint.values.size(); ++i) {
    text += (i > 0 ? "," : "") + constraint.values[i];
  }
  return text;
}

}  // namespace retz::model
