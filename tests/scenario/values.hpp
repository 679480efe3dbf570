// The values of a scenario file: times, amounts, and the key=value lists of jobs, nodes and limits.
#pragma once

#include <string>

#include "retz/engine.hpp"
#include "scenario/script.hpp"

namespace retz::scenario {

// All of these throw std::runtime_error naming the word that cannot be read.

/// "0s", "1.5s", "250ms", "2m", "1h".
Duration parse_duration(const std::string& word);
/// The words from `first` on, as the attributes of a job.
JobFacts parse_job(const Words& words, std::size_t first);
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
