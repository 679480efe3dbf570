#include "exec/strays.hpp"

#include <dirent.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace retz::exec {

std::vector<pid_t> strays(const std::string& sandbox, bool below) {
  std::vector<pid_t> out;
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return out;
  std::string wanted = "RETZ_SANDBOX=" + sandbox;
  if (!below) wanted += '\0';
  while (const dirent* entry = readdir(proc)) {
    const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid <= 1 || pid == getpid()) continue;
    std::ifstream in("/proc/" + std::to_string(pid) + "/environ", std::ios::binary);
    std::string environment(1, '\0');
    environment.append(std::istreambuf_iterator<char>(in), {});
    if (environment.find('\0' + wanted) != std::string::npos) out.push_back(pid);
  }
  closedir(proc);
  return out;
}

}  // namespace retz::exec
