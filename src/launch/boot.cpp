#include "launch/boot.hpp"

#include <cstdlib>
#include <fstream>

namespace retz::launch {

std::string boot_id() {
  const char* named = std::getenv("RETZ_BOOT_ID_FILE");
  std::ifstream in(named != nullptr ? named : "/proc/sys/kernel/random/boot_id");
  std::string line;
  std::getline(in, line);
  return line;
}

}  // namespace retz::launch
