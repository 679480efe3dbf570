#include "scenario/values.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace retz::scenario {
namespace {

// A decimal number times 10^digits, exactly.
std::int64_t decimal(const std::string& word, std::size_t digits) {
  const auto point = word.find('.');
  std::string fraction = point == std::string::npos ? "" : word.substr(point + 1);
  if (fraction.size() > digits) bad("too many decimals", word);
  fraction.resize(digits, '0');
  return parse_integer(word.substr(0, point) + fraction);
}

// "31000-31009,32000"
std::vector<PortRange> parse_ports(const std::string& value) {
  std::vector<PortRange> ranges;
  for (const auto& item : parse_list(value)) {
    const auto dash = item.find('-');
    const auto first = static_cast<std::uint16_t>(parse_integer(item.substr(0, dash)));
    const auto last = dash == std::string::npos
                          ? first
                          : static_cast<std::uint16_t>(parse_integer(item.substr(dash + 1)));
    ranges.push_back({first, last});
  }
  return ranges;
}

// "A100*2,V100": devices gpu0, gpu1, ... in this order.
std::vector<Gpu> parse_gpus(const std::string& value) {
  std::vector<Gpu> gpus;
  for (const auto& item : parse_list(value)) {
    const auto star = item.find('*');
    const std::int64_t count = star == std::string::npos ? 1 : parse_integer(item.substr(star + 1));
    for (std::int64_t i = 0; i < count; ++i) {
      gpus.push_back({"gpu" + std::to_string(gpus.size()), item.substr(0, star), -1});
    }
  }
  return gpus;
}

}  // namespace

void bad(const std::string& what, const std::string& word) {
  throw std::runtime_error(what + ": " + word);
}

Words parse_list(const std::string& word) {
  std::istringstream stream(word);
  Words items;
  for (std::string item; std::getline(stream, item, ',');) items.push_back(item);
  return items;
}

bool set_amount(const std::string& key, const std::string& value, Amounts& amounts) {
  if (key == "cpus") {
    amounts.cpus = parse_thousandths(value);
  } else if (key == "mem") {
    amounts.mem = parse_integer(value);
  } else if (key == "disk") {
    amounts.disk = parse_integer(value);
  } else if (key.rfind("x.", 0) == 0) {
    amounts.custom.push_back({key.substr(2), parse_thousandths(value)});
    std::sort(amounts.custom.begin(), amounts.custom.end());
  } else {
    return false;
  }
  return true;
}

std::int64_t parse_integer(const std::string& word) {
  std::int64_t value = 0;
  const char* end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, value);
  if (error != std::errc{} || rest != end) bad("not a whole number", word);
  return value;
}

std::int64_t parse_thousandths(const std::string& word) {
  return decimal(word, 3);
}

std::pair<std::string, std::string> key_value(const std::string& word) {
  const auto mark = word.find('=');
  if (mark == std::string::npos) bad("not key=value", word);
  return {word.substr(0, mark), word.substr(mark + 1)};
}

std::vector<MaintenanceWindow> parse_windows(const Words& words, std::size_t first) {
  std::vector<MaintenanceWindow> windows;
  if (words.size() == first + 1 && words[first] == "none") return windows;
  for (std::size_t i = first; i < words.size(); ++i) {
    const auto dash = words[i].find('-');
    if (dash == std::string::npos) bad("not a time such as 10s-20s", words[i]);
    windows.push_back({Instant(parse_duration(words[i].substr(0, dash))),
                       Instant(parse_duration(words[i].substr(dash + 1)))});
  }
  if (windows.empty()) bad("a window or none is missing behind", words.back());
  return windows;
}

Duration parse_duration(const std::string& word) {
  const auto unit = word.find_first_not_of("0123456789.");
  if (unit == 0 || unit == std::string::npos) bad("not a time such as 10s", word);
  const Duration micro(decimal(word.substr(0, unit), 6));
  const std::string name = word.substr(unit);
  if (name == "s") return micro;
  if (name == "ms") return micro / 1000;
  if (name == "m") return micro * 60;
  if (name == "h") return micro * 3600;
  bad("unknown unit of time", word);
}

Capacity parse_capacity(const Words& words, std::size_t first) {
  Capacity capacity;
  for (std::size_t i = first; i < words.size(); ++i) {
    const auto [key, value] = key_value(words[i]);
    if (key[0] == '@') {
      capacity.attributes.push_back({key.substr(1), value});
      std::sort(capacity.attributes.begin(), capacity.attributes.end());
    } else if (key == "ports") {
      capacity.ports = parse_ports(value);
    } else if (key == "gpus") {
      capacity.gpus = parse_gpus(value);
    } else if (!set_amount(key, value, capacity.amounts)) {
      bad("a node has no attribute", key);
    }
  }
  return capacity;
}

void parse_limits(const Words& words, std::size_t first, Limits& limits) {
  for (std::size_t i = first; i < words.size(); ++i) {
    if (words[i] == "closed") {
      limits.closed_cluster = true;
      continue;
    }
    const auto [key, value] = key_value(words[i]);
    if (key == "cpus") {
      limits.cpus = parse_thousandths(value);
    } else if (key == "mem") {
      limits.mem = parse_integer(value);
    } else if (key == "disk") {
      limits.disk = parse_integer(value);
    } else if (key == "gpus") {
      limits.gpus = static_cast<std::int32_t>(parse_integer(value));
    } else if (key == "ports") {
      limits.ports = static_cast<std::int32_t>(parse_integer(value));
    } else if (key == "running") {
      limits.running = static_cast<std::uint32_t>(parse_integer(value));
    } else {
      bad("there is no limit", key);
    }
  }
}

Outcome parse_outcome(const Words& words, std::size_t first) {
  static constexpr OutcomeKind kinds[] = {OutcomeKind::timed_out,     OutcomeKind::out_of_memory,
                                          OutcomeKind::killed,        OutcomeKind::fetch_failed,
                                          OutcomeKind::cannot_launch, OutcomeKind::launch_failed,
                                          OutcomeKind::node_lost};
  if (first >= words.size()) bad("how it ended is missing", words.front());
  Outcome outcome;
  const std::string& word = words[first];
  if (word.rfind("exit=", 0) == 0) {
    outcome.exit_code = static_cast<std::int32_t>(parse_integer(word.substr(5)));
  } else if (word.rfind("signal=", 0) == 0) {
    outcome = {
        OutcomeKind::signaled, -1, static_cast<std::int32_t>(parse_integer(word.substr(7))), {}};
  } else {
    const auto* kind = std::find_if(std::begin(kinds), std::end(kinds),
                                    [&](OutcomeKind k) { return to_string(k) == word; });
    if (kind == std::end(kinds)) bad("unknown outcome", word);
    outcome = {*kind, -1, 0, {}};
  }
  for (std::size_t i = first + 1; i < words.size(); ++i) {
    if (words[i].rfind("reason=", 0) != 0) bad("unknown word in an outcome", words[i]);
    outcome.reason = words[i].substr(7);
    std::replace(outcome.reason.begin(), outcome.reason.end(), '_', ' ');
  }
  return outcome;
}

}  // namespace retz::scenario
