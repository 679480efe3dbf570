#include "model/command.hpp"

#include <algorithm>
#include <array>

namespace retz::model {
namespace {

constexpr std::string_view shell_characters = "#;\"'\\*?[]&|<>(){}$`^~!\n\r";

constexpr std::array<std::string_view, 37> shell_words = {
    ".",        ":",     "alias", "bg",    "break",  "case",   "cd",     "command",
    "continue", "eval",  "exec",  "exit",  "export", "fc",     "fg",     "for",
    "getopts",  "hash",  "if",    "jobs",  "login",  "logout", "read",   "readonly",
    "return",   "set",   "shift", "times", "trap",   "type",   "ulimit", "umask",
    "unalias",  "unset", "until", "wait",  "while"};

}  // namespace

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

bool needs_shell(std::string_view command) {
  if (command.find_first_of(shell_characters) != std::string_view::npos) return true;
  const std::vector<std::string> words = split(command, " \t");
  if (words.empty()) return true;
  const std::string& first = words.front();
  return first.find('=') != std::string::npos ||
         std::find(shell_words.begin(), shell_words.end(), first) != shell_words.end();
}

}  // namespace retz::model
