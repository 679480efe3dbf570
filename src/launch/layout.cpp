#include "launch/layout.hpp"

namespace retz::launch {

std::string attempt_path(AttemptRef attempt) {
  std::string path = sandboxes_name;
  path += '/';
  path += std::to_string(attempt.job.value);
  path += '/';
  path += std::to_string(attempt.attempt);
  return path;
}

}  // namespace retz::launch
