#include "exec/command.hpp"

#include <algorithm>
#include <array>

namespace retz::exec {
namespace {

constexpr std::string_view shell_characters = "#;\"'\\*?[]&|<>(){}$`^~!\n\r";

constexpr std::array<std::string_view, 37> shell_words = {
    ".",        ":",     "alias", "bg",    "break",  "case",   "cd",     "command",
    "continue", "eval",  "exec",  "exit",  "export", "fc",     "fg",     "for",
    "getopts",  "hash",  "if",    "jobs",  "login",  "logout", "read",   "readonly",
    "return",   "set",   "shift", "times", "trap",   "type",   "ulimit", "umask",
    "unalias",  "unset", "until", "wait",  "while"};

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> words;
  while (true) {
    const auto start = text.find_first_not_of(separators);
    if (start == std::string_view::npos) return words;
    text.remove_prefix(start);
    const auto end = std::min(text.find_first_of(separators), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::string search_path(const std::vector<std::string>& environment) {
  for (const auto& entry : environment) {
    if (entry.starts_with("PATH=")) return entry.substr(5);
  }
  return "/usr/local/bin:/usr/bin:/bin";
}

bool needs_shell(std::string_view command, const std::vector<std::string>& words) {
  if (words.empty() || command.find_first_of(shell_characters) != std::string_view::npos) {
    return true;
  }
  const std::string& first = words.front();
  return first.find('=') != std::string::npos ||
         std::find(shell_words.begin(), shell_words.end(), first) != shell_words.end();
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
  for (const auto& folder : split(search_path(environment), ":")) {
    out.paths.push_back(folder + "/" + out.argv.front());
  }
  return out;
}

Invocation interpret(std::string_view command, const std::vector<std::string>& environment) {
  auto words = split(command, " \t");
  if (!needs_shell(command, words)) return interpret_words(std::move(words), environment);
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
