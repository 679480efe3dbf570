// The ids of tasks.
#include "mesos/framework.hpp"

#include <algorithm>

namespace retz::mesos {
namespace {

std::string base36(std::uint64_t value) {
  std::string digits;
  do {
    digits += "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
    value /= 36;
  } while (value > 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace

std::string task_id(AttemptRef attempt, Instant started) {
  return std::to_string(attempt.job.value) + '-' + std::to_string(attempt.attempt) + '-' +
         base36(static_cast<std::uint64_t>(micros(started)));
}

}  // namespace retz::mesos
