// What stands behind the name of a submitted job.
#include <algorithm>
#include <string>

#include "scenario/values.hpp"

namespace retz::scenario {
namespace {

// "@rack=r1", "@rack=r1,r2" (one of them), "@rack!=r1", "@rack~r*" (a pattern)
Constraint parse_constraint(const std::string& word) {
  const auto mark = word.find_first_of("=!~");
  if (mark == std::string::npos) bad("not @NAME=VALUE, @NAME!=VALUE or @NAME~PATTERN", word);
  Constraint constraint;
  constraint.attribute = word.substr(1, mark - 1);
  const bool differs = word[mark] == '!';
  constraint.values = {word.substr(mark + (differs ? 2 : 1))};
  if (differs) {
    constraint.kind = Constraint::Kind::not_equals;
  } else if (word[mark] == '~') {
    constraint.kind = Constraint::Kind::matches;
  } else if (word.find(',') != std::string::npos) {
    constraint.kind = Constraint::Kind::in;
    constraint.values = parse_list(constraint.values.front());
    std::sort(constraint.values.begin(), constraint.values.end());
  }
  return constraint;
}

void add_constraint(const std::string& word, std::vector<Constraint>& constraints) {
  constraints.push_back(parse_constraint(word));
  std::sort(constraints.begin(), constraints.end());
}

// Where a job wants to be, in words of its own. False: the word says something else.
bool set_place(const std::string& word, Request& request) {
  const std::string prefer = "prefer@";
  if (word[0] == '@') {
    add_constraint(word, request.constraints);
    return true;
  }
  if (word.rfind(prefer, 0) == 0) {
    if (!request.preference) request.preference.emplace();
    add_constraint(word.substr(prefer.size() - 1), request.preference->constraints);
    return true;
  }
  const auto [key, value] = key_value(word);
  if (key == "patience") {
    if (!request.preference) bad("patience stands behind what is preferred", word);
    request.preference->patience = parse_duration(value);
  } else if (key == "spread") {
    request.spread = Spread{value, "g", 1};
  } else if (key == "group" || key == "skew") {
    if (!request.spread) bad(key + " stands behind spread=", word);
    if (key == "group") request.spread->group = value;
    if (key == "skew") request.spread->skew = static_cast<std::int32_t>(parse_integer(value));
  } else {
    return false;
  }
  return true;
}

bool set_request(const std::string& key, const std::string& value, Request& request) {
  if (key == "ports") {
    request.ports = static_cast<std::int32_t>(parse_integer(value));
  } else if (key == "gpus" && value == "all") {
    request.gpus.all = true;
  } else if (key == "gpus") {
    request.gpus.devices = static_cast<std::int32_t>(parse_integer(value));
  } else if (key == "gpu_share") {
    request.gpus.share = static_cast<std::int32_t>(parse_thousandths(value));
  } else if (key == "models") {
    request.gpus.models = parse_list(value);
    std::sort(request.gpus.models.begin(), request.gpus.models.end());
  } else {
    return set_amount(key, value, request.amounts);
  }
  return true;
}

void set_retry_on(const std::string& value, RetryPolicy& retry) {
  retry.on_system_failure = false;
  for (const auto& item : parse_list(value)) {
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
    retry.max_attempts = static_cast<std::uint32_t>(parse_integer(value));
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

// "1-5", or with a limit on how many run at once "1-5%2"
ArrayPlace parse_array(const std::string& value) {
  const auto dash = value.find('-', 1);
  const auto percent = value.find('%');
  if (dash == std::string::npos) bad("not an array such as 1-5%2", value);
  ArrayPlace place;
  place.from = parse_integer(value.substr(0, dash));
  place.to = parse_integer(value.substr(dash + 1, percent - dash - 1));
  if (percent != std::string::npos) {
    place.running_max = static_cast<std::uint32_t>(parse_integer(value.substr(percent + 1)));
  }
  return place;
}

// "one,two:end"
std::vector<Submission::After> parse_after(const std::string& value) {
  using When = Dependency::When;
  std::vector<Submission::After> all;
  for (const auto& item : parse_list(value)) {
    const auto mark = item.find(':');
    const std::string when = mark == std::string::npos ? "success" : item.substr(mark + 1);
    all.push_back({item.substr(0, mark), When::success});
    if (when == "end") {
      all.back().when = When::end;
    } else if (when == "failure") {
      all.back().when = When::failure;
    } else if (when != "success") {
      bad("not success, end or failure", item);
    }
  }
  return all;
}

bool set_time(const std::string& key, const std::string& value, JobFacts& facts) {
  if (key == "estimate") {
    facts.estimate = parse_duration(value);
  } else if (key == "limit") {
    facts.time_limit = parse_duration(value);
  } else if (key == "grace") {
    facts.grace_period = parse_duration(value);
  } else {
    return false;
  }
  return true;
}

}  // namespace

// Without an estimate its limit and grace period are one, as a host settles it.
Submission parse_job(const Words& words, std::size_t first) {
  Submission submission;
  JobFacts& facts = submission.facts;
  facts.request.amounts.cpus = 1000;
  for (std::size_t i = first; i < words.size(); ++i) {
    if (set_place(words[i], facts.request)) continue;
    const auto [key, value] = key_value(words[i]);
    if (key == "user") {
      facts.user = value;
    } else if (key == "priority") {
      facts.priority = static_cast<std::int32_t>(parse_integer(value));
    } else if (key == "after") {
      submission.after = parse_after(value);
    } else if (key == "array") {
      facts.array = parse_array(value);
    } else if (!set_time(key, value, facts) && !set_retry(key, value, facts.retry) &&
               !set_request(key, value, facts.request)) {
      bad("a job has no attribute", key);
    }
  }
  if (facts.estimate > Duration{0}) return submission;
  facts.estimate_source = facts.time_limit ? EstimateSource::time_limit : EstimateSource::fallback;
  facts.estimate = facts.time_limit ? longest_stay(facts) : Duration(std::chrono::hours(1));
  return submission;
}

}  // namespace retz::scenario
