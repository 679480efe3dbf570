#include "launch/layout.hpp"

#include <sys/stat.h>

namespace retz::launch {

std::string attempt_path(AttemptRef attempt) {
  std::string path = sandboxes_name;
  path += '/';
  path += std::to_string(attempt.job.value);
  path += '/';
  path += std::to_string(attempt.attempt);
  return path;
}

std::string instance_name(const std::string& data) {
  struct stat here = {};
  static_cast<void>(stat(data.c_str(), &here));
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const std::uint64_t part : {std::uint64_t{here.st_dev}, std::uint64_t{here.st_ino}}) {
    for (unsigned i = 0; i < 64; i += 8) hash = (hash ^ ((part >> i) & 0xFFU)) * 1099511628211ULL;
  }
  std::string out;
  for (int i = 0; i < 16; ++i, hash >>= 4U) out += "0123456789abcdef"[hash & 0xFU];
  return out;
}

}  // namespace retz::launch
