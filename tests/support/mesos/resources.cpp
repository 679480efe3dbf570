#include "support/mesos/resources.hpp"

#include <algorithm>
#include <cmath>

namespace retz::testing::mesos {
namespace {

using Range = std::pair<std::int64_t, std::int64_t>;
using nlohmann::json;

std::int64_t thousandths(double value) {
  return static_cast<std::int64_t>(std::llround(value * 1000));
}

void coalesce(std::vector<Range>& ranges) {
  std::sort(ranges.begin(), ranges.end());
  std::vector<Range> out;
  for (const Range& range : ranges) {
    if (!out.empty() && range.first <= out.back().second + 1) {
      out.back().second = std::max(out.back().second, range.second);
    } else {
      out.push_back(range);
    }
  }
  ranges = std::move(out);
}

std::vector<Range> without(const std::vector<Range>& from, const std::vector<Range>& what) {
  std::vector<Range> out = from;
  for (const Range& cut : what) {
    std::vector<Range> left;
    for (const Range& range : out) {
      if (cut.second < range.first || cut.first > range.second) {
        left.push_back(range);
        continue;
      }
      if (range.first < cut.first) left.emplace_back(range.first, cut.first - 1);
      if (cut.second < range.second) left.emplace_back(cut.second + 1, range.second);
    }
    out = std::move(left);
  }
  return out;
}

bool covers(const Resource& all, const Resource& part) {
  if (part.amount > all.amount) return false;
  if (!without(part.ranges, all.ranges).empty()) return false;
  return std::all_of(part.items.begin(), part.items.end(), [&](const std::string& item) {
    return std::find(all.items.begin(), all.items.end(), item) != all.items.end();
  });
}

std::string number(std::int64_t amount) {
  std::string text = std::to_string(amount / 1000);
  const std::int64_t rest = std::abs(amount % 1000);
  if (amount < 0 && amount > -1000) text.insert(0, "-");
  if (rest == 0) return text;
  std::string digits = std::to_string(1000 + rest).substr(1);
  while (digits.back() == '0') digits.pop_back();
  return text + '.' + digits;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string text_of(const Resource& one) {
  std::string head = one.name + "(allocated: " + one.role + ')';
  if (!one.reserved.empty()) head += "(reservations: [(STATIC," + one.reserved + ")])";
  if (one.revocable) head += "{REV}";
  if (one.kind == Resource::Kind::scalar) return head + ':' + number(one.amount);
  if (one.kind == Resource::Kind::set) return head + ":{" + joined(one.items) + '}';
  std::vector<std::string> parts;
  for (const auto& [begin, end] : one.ranges) {
    parts.push_back(std::to_string(begin) + '-' + std::to_string(end));
  }
  return head + ":[" + joined(parts) + ']';
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : text) {
    if (c == at) {
      parts.push_back(std::move(part));
      part.clear();
    } else if (c != ' ') {
      part += c;
    }
  }
  if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

std::string reservation_of(const json& resource) {
  if (const auto list = resource.find("reservations"); list != resource.end() && !list->empty()) {
    return list->back().value("role", "");
  }
  const std::string role = resource.value("role", "*");
  return role == "*" ? "" : role;
}

Resource read(const json& from, const std::string& role) {
  Resource one;
  one.name = from.value("name", "");
  one.reserved = reservation_of(from);
  one.revocable = from.contains("revocable");
  one.role = role;
  if (const auto info = from.find("allocation_info"); info != from.end()) {
    one.role = info->value("role", role);
  }
  const std::string type = from.value("type", "");
  if (type == "RANGES") {
    one.kind = Resource::Kind::ranges;
    for (const json& range : from.value("ranges", json::object()).value("range", json::array())) {
      one.ranges.emplace_back(range.at("begin").get<std::int64_t>(),
                              range.at("end").get<std::int64_t>());
    }
  } else if (type == "SET") {
    one.kind = Resource::Kind::set;
    one.items = from.value("set", json::object()).value("item", std::vector<std::string>{});
  } else {
    one.amount = thousandths(from.value("scalar", json::object()).value("value", 0.0));
  }
  return one;
}

}  // namespace

Resources parse_resources(const std::string& text) {
  Resources all;
  for (const std::string& part : split(text, ';')) {
    const auto colon = part.find(':');
    Resource one;
    one.name = part.substr(0, colon);
    if (const auto open = one.name.find('('); open != std::string::npos) {
      one.reserved = one.name.substr(open + 1, one.name.size() - open - 2);
      one.name.resize(open);
    }
    if (one.name.back() == '*') {
      one.revocable = true;
      one.name.pop_back();
    }
    const std::string value = part.substr(colon + 1);
    if (value.front() == '[') {
      one.kind = Resource::Kind::ranges;
      for (const std::string& range : split(value.substr(1, value.size() - 2), ',')) {
        const auto dash = range.find('-');
        one.ranges.emplace_back(std::stoll(range), std::stoll(range.substr(dash + 1)));
      }
    } else if (value.front() == '{') {
      one.kind = Resource::Kind::set;
      one.items = split(value.substr(1, value.size() - 2), ',');
    } else {
      one.amount = thousandths(std::stod(value));
    }
    all.push_back(std::move(one));
  }
  return all;
}

Resources resources_of(const json& list, const std::string& role) {
  Resources all;
  for (const json& one : list) add(all, {read(one, role)});
  return all;
}

json to_json(const Resources& all, bool refined, bool with_allocation) {
  json list = json::array();
  for (const Resource& one : all) {
    json out = {{"name", one.name}};
    if (one.kind == Resource::Kind::ranges) {
      json ranges = json::array();
      for (const auto& [begin, end] : one.ranges) {
        ranges.push_back({{"begin", begin}, {"end", end}});
      }
      out["type"] = "RANGES";
      out["ranges"]["range"] = std::move(ranges);
    } else if (one.kind == Resource::Kind::set) {
      out["type"] = "SET";
      out["set"]["item"] = one.items;
    } else {
      out["type"] = "SCALAR";
      out["scalar"]["value"] = static_cast<double>(one.amount) / 1000;
    }
    if (!refined) {
      out["role"] = one.reserved.empty() ? "*" : one.reserved;
    } else if (!one.reserved.empty()) {
      out["reservations"] = json::array({{{"type", "STATIC"}, {"role", one.reserved}}});
    }
    if (one.revocable) out["revocable"] = json::object();
    if (with_allocation) out["allocation_info"]["role"] = one.role;
    list.push_back(std::move(out));
  }
  return list;
}

void add(Resources& all, const Resources& more) {
  for (const Resource& one : more) {
    if (one.nothing()) continue;
    const auto same =
        std::find_if(all.begin(), all.end(), [&](const Resource& r) { return r.like(one); });
    if (same == all.end()) {
      all.push_back(one);
      coalesce(all.back().ranges);
      continue;
    }
    same->amount += one.amount;
    same->ranges.insert(same->ranges.end(), one.ranges.begin(), one.ranges.end());
    coalesce(same->ranges);
    for (const std::string& item : one.items) {
      if (std::find(same->items.begin(), same->items.end(), item) == same->items.end()) {
        same->items.push_back(item);
      }
    }
    std::sort(same->items.begin(), same->items.end());
  }
}

void subtract(Resources& all, const Resources& part) {
  for (const Resource& one : part) {
    for (Resource& from : all) {
      if (!from.like(one)) continue;
      from.amount -= one.amount;
      from.ranges = without(from.ranges, one.ranges);
      std::erase_if(from.items, [&](const std::string& item) {
        return std::find(one.items.begin(), one.items.end(), item) != one.items.end();
      });
    }
  }
  std::erase_if(all, [](const Resource& one) { return one.nothing(); });
}

bool contains(const Resources& all, const Resources& part) {
  return std::all_of(part.begin(), part.end(), [&](const Resource& one) {
    if (one.nothing()) return true;
    return std::any_of(all.begin(), all.end(),
                       [&](const Resource& from) { return from.like(one) && covers(from, one); });
  });
}

Resources allocated(Resources all, const std::string& role) {
  for (Resource& one : all) one.role = role;
  return all;
}

std::optional<std::string> malformed(const json& resource, const std::string& role) {
  const Resource one = read(resource, role);
  const auto say = [&](const std::string& why) {
    return "Resource '" + text_of(one) + "' is invalid: " + why;
  };
  if (one.kind == Resource::Kind::scalar && one.amount < 0) {
    return say("Invalid scalar resource: value <= 0");
  }
  std::vector<Range> seen;
  for (const Range& range : one.ranges) {
    if (range.first > range.second) return say("Invalid ranges resource: begin > end");
    for (const Range& other : seen) {
      if (range.first <= other.second && other.first <= range.second) {
        return say("Invalid ranges resource: overlapping ranges");
      }
    }
    seen.push_back(range);
  }
  return std::nullopt;
}

std::string text_of(const Resources& all) {
  std::string out;
  for (const Resource& one : all) out += (out.empty() ? "" : "; ") + text_of(one);
  return out;
}

std::int64_t scalar(const Resources& all, const std::string& name) {
  std::int64_t sum = 0;
  for (const Resource& one : all) {
    if (one.name == name) sum += one.amount;
  }
  return sum;
}

}  // namespace retz::testing::mesos
