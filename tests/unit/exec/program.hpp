// Running retz-exec and looking at what it did.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <string>

namespace retz::test {

struct Ran {
  int status = -1;
  std::string output;  // stdout and stderr
};

/// `arguments`: as a shell would read them.
inline Ran retz_exec(const std::string& arguments) {
  const std::string line = std::string(getenv("RETZ_EXEC")) + " " + arguments + " 2>&1";
  Ran out;
  FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[4096];
  while (const std::size_t n = fread(buffer, 1, sizeof buffer, pipe)) out.output.append(buffer, n);
  const int status = pclose(pipe);
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

}  // namespace retz::test
