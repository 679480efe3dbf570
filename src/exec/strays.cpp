#include "exec/strays.hpp"

#include <dirent.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace retz::exec {

std::optional<std::vector<pid_t>> strays(const std::string& sandbox, bool below) {
  std::vector<pid_t> out;
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return std::nullopt;
  std::string wanted = "RETZ_SANDBOX=" + sandbox;
  if (!below) wanted += '\0';
  bool unknown = false;
  while (const dirent* entry = readdir(proc)) {
    const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid <= 1 || pid == getpid()) continue;
    errno = 0;
    std::ifstream in("/proc/" + std::to_string(pid) + "/environ", std::ios::binary);
    unknown = unknown || (!in && (errno == EMFILE || errno == ENFILE || errno == ENOMEM));
    std::string environment(1, '\0');
    environment.append(std::istreambuf_iterator<char>(in), {});
    if (environment.find('\0' + wanted) != std::string::npos) out.push_back(pid);
  }
  closedir(proc);
  if (unknown) return std::nullopt;
  return out;
}

}  // namespace retz::exec
