#include "scenario/values.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace retz::scenario {
namespace {

[[noreturn]] void bad(const std::string& what, const std::string& word) {
  throw std::runtime_error(what + ": " + word);
}

std::int64_t integer(const std::string& word) {
  std::int64_t value = 0;
  const char* end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, value);
  if (error != std::errc{} || rest != end) bad("not a whole number", word);
  return value;
}

// A decimal number times 10^digits, exactly.
std::int64_t decimal(const std::string& word, std::size_t digits) {
  const auto point = word.find('.');
  std::string fraction = point == std::string::npos ? "" : word.substr(point + 1);
  if (fraction.size() > digits) bad("too many decimals", word);
  fraction.resize(digits, '0');
  return integer(word.substr(0, point) + fraction);
}

std::vector<std::string> list(const std::string& word) {
  std::istringstream stream(word);
  std::vector<std::string> items;
  for (std::string item; std::getline(stream, item, ',');) items.push_back(item);
  return items;
}

std::pair<std::string, std::string> key_value(const std::string& word) {
  const auto mark = word.find('=');
  if (mark == std::string::npos) bad("not key=value", word);
  return {word.substr(0, mark), word.substr(mark + 1)};
}

bool set_amount(const std::string& key, const std::string& value, Amounts& amounts) {
  if (key == "cpus") {
    amounts.cpus = decimal(value, 3);
  } else if (key == "mem") {
    amounts.mem = integer(value);
  } else if (key == "disk") {
    amounts.disk = integer(value);
  } else if (key.rfind("x.", 0) == 0) {
    amounts.custom.push_back({key.substr(2), decimal(value, 3)});
    std::sort(amounts.custom.begin(), amounts.custom.end());
  } else {
    return false;
  }
  return true;
}

bool set_request(const std::string& key, const std::string& value, Request& request) {
  if (key == "ports") {
    request.ports = static_cast<std::int32_t>(integer(value));
  } else if (key == "gpus") {
    request.gpus.devices = static_cast<std::int32_t>(integer(value));
  } else if (key == "gpu_share") {
    request.gpus.share = static_cast<std::int32_t>(decimal(value, 3));
  } else if (key == "models") {
    request.gpus.models = list(value);
    std::sort(request.gpus.models.begin(), request.gpus.models.end());
  } else {
    return set_amount(key, value, request.amounts);
  }
  return true;
}

void set_retry_on(const std::string& value, RetryPolicy& retry) {
  retry.on_system_failure = false;
  for (const auto& item : list(value)) {
    if (item == "system_failure") {
      retry.on_system_failure = true;
    } else if (item == "exit") {
      retry.on_exit = true;
    } else if (item == "time_out") {
      retry.on_time_out = true;
    } else if (item == "out_of_memory") {
      retry.on_out_of_memory = true;
    } else if (item == "fetch_failure") {
      retry.on_fetch_failure = true;
    } else if (item != "nothing") {
      bad("unknown outcome in retry_on", item);
    }
  }
}

bool set_retry(const std::string& key, const std::string& value, RetryPolicy& retry) {
  if (key == "tries") {
    retry.max_attempts = static_cast<std::uint32_t>(integer(value));
  } else if (key == "retry_on") {
    set_retry_on(value, retry);
  } else if (key == "backoff") {
    retry.backoff = parse_duration(value);
  } else if (key == "backoff_max") {
    retry.backoff_max = parse_duration(value);
  } else {
    return false;
  }
  return true;
}

// "31000-31009,32000"
std::vector<PortRange> parse_ports(const std::string& value) {
  std::vector<PortRange> ranges;
  for (const auto& item : list(value)) {
    const auto dash = item.find('-');
    const auto first = static_cast<std::uint16_t>(integer(item.substr(0, dash)));
    const auto last = dash == std::string::npos
                          ? first
                          : static_cast<std::uint16_t>(integer(item.substr(dash + 1)));
    ranges.push_back({first, last});
  }
  return ranges;
}

// "A100*2,V100": devices gpu0, gpu1, ... in this order.
std::vector<Gpu> parse_gpus(const std::string& value) {
  std::vector<Gpu> gpus;
  for (const auto& item : list(value)) {
    const auto star = item.find('*');
    const std::int64_t count = star == std::string::npos ? 1 : integer(item.substr(star + 1));
    for (std::int64_t i = 0; i < count; ++i) {
      gpus.push_back({"gpu" + std::to_string(gpus.size()), item.substr(0, star), -1});
    }
  }
  return gpus;
}

}  // namespace

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

JobFacts parse_job(const Words& words, std::size_t first) {
  JobFacts facts;
  facts.request.amounts.cpus = 1000;
  facts.estimate = std::chrono::hours(1);
  for (std::size_t i = first; i < words.size(); ++i) {
    const auto [key, value] = key_value(words[i]);
    if (key == "user") {
      facts.user = value;
    } else if (key == "priority") {
      facts.priority = static_cast<std::int32_t>(integer(value));
    } else if (key == "estimate") {
      facts.estimate = parse_duration(value);
    } else if (key == "grace") {
      facts.grace_period = parse_duration(value);
    } else if (!set_retry(key, value, facts.retry) && !set_request(key, value, facts.request)) {
      bad("a job has no attribute", key);
    }
  }
  return facts;
}

Capacity parse_capacity(const Words& words, std::size_t first) {
  Capacity capacity;
  for (std::size_t i = first; i < words.size(); ++i) {
    const auto [key, value] = key_value(words[i]);
    if (key == "ports") {
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
      limits.cpus = decimal(value, 3);
    } else if (key == "mem") {
      limits.mem = integer(value);
    } else if (key == "disk") {
      limits.disk = integer(value);
    } else if (key == "gpus") {
      limits.gpus = static_cast<std::int32_t>(integer(value));
    } else if (key == "ports") {
      limits.ports = static_cast<std::int32_t>(integer(value));
    } else if (key == "running") {
      limits.running = static_cast<std::uint32_t>(integer(value));
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
    outcome.exit_code = static_cast<std::int32_t>(integer(word.substr(5)));
  } else if (word.rfind("signal=", 0) == 0) {
    outcome = {OutcomeKind::signaled, -1, static_cast<std::int32_t>(integer(word.substr(7))), {}};
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
