#include "exec/command.hpp"

#include "model/command.hpp"

namespace retz::exec {
namespace {

std::string search_path(const std::vector<std::string>& environment) {
  for (const auto& entry : environment) {
    if (entry.starts_with("PATH=")) return entry.substr(5);
  }
  return "/usr/local/bin:/usr/bin:/bin";
}

}  // namespace

Invocation interpret_words(std::vector<std::string> words,
                           const std::vector<std::string>& environment) {
  Invocation out;
  out.argv = std::move(words);
  if (out.argv.front().find('/') != std::string::npos) {
    out.paths.push_back(out.argv.front());
    return out;
  }
  for (const auto& folder : model::split(search_path(environment), ":")) {
    out.paths.push_back(folder + "/" + out.argv.front());
  }
  return out;
}

Invocation interpret(std::string_view command, const std::vector<std::string>& environment) {
  if (!model::needs_shell(command)) {
    return interpret_words(model::split(command, " \t"), environment);
  }
  Invocation out;
  out.shell = true;
  out.paths = {"/bin/sh"};
  out.argv = {"/bin/sh", "-c", std::string(command)};
  return out;
}

std::vector<std::string> as_script(const std::string& path, const std::vector<std::string>& argv) {
  std::vector<std::string> out = {"/bin/sh", path};
  out.insert(out.end(), argv.begin() + 1, argv.end());
  return out;
}

}  // namespace retz::exec
