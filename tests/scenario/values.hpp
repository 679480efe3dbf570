// The values of a scenario file: times, amounts, and the key=value lists of jobs, nodes and limits.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "retz/engine.hpp"
#include "scenario/script.hpp"

namespace retz::scenario {

// All of these throw std::runtime_error naming the word that cannot be read.

[[noreturn]] void bad(const std::string& what, const std::string& word);

/// "0s", "1.5s", "250ms", "2m", "1h".
Duration parse_duration(const std::string& word);
std::int64_t parse_integer(const std::string& word);
/// A decimal number times 1000, exactly.
std::int64_t parse_thousandths(const std::string& word);
/// Cuts KEY=VALUE.
std::pair<std::string, std::string> key_value(const std::string& word);

/// "a,b"
Words parse_list(const std::string& word);
/// Sets what KEY names. False: it is not an amount.
bool set_amount(const std::string& key, const std::string& value, Amounts& amounts);

/// A job as it is written, and the names of those that it waits for.
struct Submission {
  JobFacts facts = {};
  struct After {
    std::string name = {};
    Dependency::When when = Dependency::When::success;
  };
  std::vector<After> after = {};
};
/// The words from `first` on, as the attributes of a job.
Submission parse_job(const Words& words, std::size_t first);
/// "10s-20s", or `none` alone.
std::vector<MaintenanceWindow> parse_windows(const Words& words, std::size_t first);
Capacity parse_capacity(const Words& words, std::size_t first);
void parse_limits(const Words& words, std::size_t first, Limits& limits);
/// exit=N, signal=N, or the name of an outcome; then reason=WORD (an underscore is a blank).
Outcome parse_outcome(const Words& words, std::size_t first);

std::string show(Duration duration);
std::string show(Instant instant);
std::string show(const Outcome& outcome);
std::string show(const Placement& placement);
std::string show(const Amounts& amounts);
/// Thousandths as a decimal number.
std::string show_thousandths(std::int64_t amount);

}  // namespace retz::scenario
