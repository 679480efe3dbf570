// From a command line to what execve wants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retz::exec {

struct Invocation {
  std::vector<std::string> paths;  // tried in this order
  std::vector<std::string> argv;
  bool shell = false;
};

/// A line without shell syntax is split at blanks and run directly, with the PATH of the job's own
/// environment; any other goes to /bin/sh -c.
Invocation interpret(std::string_view command, const std::vector<std::string>& environment);

/// The words themselves, no shell whatever they contain (`retz-exec run -- words`).
Invocation interpret_words(std::vector<std::string> words,
                           const std::vector<std::string>& environment);

/// What the kernel does not know how to run (a script without #!) goes to the shell, as in execvp.
std::vector<std::string> as_script(const std::string& path, const std::vector<std::string>& argv);

}  // namespace retz::exec
