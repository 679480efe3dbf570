#include "scenario/script.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace retz::scenario {
namespace {

constexpr std::size_t widest_statement = 58;  // longer ones push their output to the right

std::string trim(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

Words split(const std::string& text) {
  std::istringstream stream(text);
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

void expect(Statement& statement, const std::string& output) {
  auto& list = !output.empty() && output[0] == '#' ? statement.comments : statement.expected;
  list.push_back(output);
}

Statement parse_statement(const std::string& text, std::size_t line) {
  Statement statement;
  statement.line = line;
  statement.text = text;
  const Words words = split(text);
  if (words.size() < 3) throw ScriptError(line, "a statement is: at TIME ACTION ...");
  statement.time = words[1];
  statement.actions.emplace_back();
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == ";") {
      statement.actions.emplace_back();
    } else {
      statement.actions.back().push_back(words[i]);
    }
  }
  for (const auto& action : statement.actions) {
    if (action.empty()) throw ScriptError(line, "an action is missing beside a ;");
  }
  return statement;
}

// Each keyword begins a directive.
constexpr std::array<const char*, 11> keywords = {"ordering", "backfill",  "planner", "fit",
                                                  "bound",    "half-life", "weight",  "user-limit",
                                                  "node",     "limit",     "seed"};

bool is_keyword(const std::string& word) {
  return std::find(keywords.begin(), keywords.end(), word) != keywords.end();
}

void parse_header(const std::string& text, std::size_t line, Script& script) {
  const Words words = split(text);
  if (!is_keyword(words.front())) {
    throw ScriptError(line,
                      "a line begins with #, at, > or a header word, not with " + words.front());
  }
  for (Words& directive : cut_directives(words)) script.header.push_back(std::move(directive));
}

}  // namespace

ScriptError::ScriptError(std::size_t line, const std::string& message)
    : std::runtime_error("line " + std::to_string(line) + ": " + message) {}

std::vector<Words> cut_directives(const Words& words) {
  std::vector<Words> directives;
  for (const auto& word : words) {
    if (is_keyword(word)) {
      directives.push_back({word});
    } else if (directives.empty()) {
      throw std::runtime_error("not a header word: " + word);
    } else {
      directives.back().push_back(word);
    }
  }
  return directives;
}

Script parse_script(const std::string& text) {
  Script script;
  std::istringstream stream(text);
  std::size_t number = 0;
  for (std::string raw; std::getline(stream, raw);) {
    const std::string line = trim(raw);
    if (++number == 1) {
      if (line.rfind("# ", 0) != 0)
        throw ScriptError(1, "the first line says what is shown: # ...");
      script.purpose = line.substr(2);
    }
    if (line.empty() || line[0] == '#') {
      script.items.push_back({raw});
    } else if (line[0] == '>') {
      if (script.statements.empty()) throw ScriptError(number, "output before any statement");
      expect(script.statements.back(), trim(line.substr(1)));
    } else if (line.rfind("at ", 0) == 0) {
      const auto mark = line.find(" >");
      script.items.push_back({{}, script.statements.size()});
      script.statements.push_back(parse_statement(trim(line.substr(0, mark)), number));
      if (mark != std::string::npos) {
        expect(script.statements.back(), trim(line.substr(mark + 2)));
      }
    } else {
      if (!script.statements.empty()) throw ScriptError(number, "the header comes first");
      parse_header(line, number, script);
      script.items.push_back({raw});
    }
  }
  if (script.statements.empty()) throw ScriptError(number, "there is no statement");
  return script;
}

std::string rewrite(const Script& script, const std::vector<std::vector<std::string>>& outputs) {
  std::size_t column = 0;
  for (const auto& statement : script.statements) {
    if (statement.text.size() <= widest_statement) column = std::max(column, statement.text.size());
  }
  column += 2;
  std::string text;
  for (const auto& item : script.items) {
    if (item.statement == Item::npos) {
      text += item.verbatim + "\n";
      continue;
    }
    const Statement& statement = script.statements[item.statement];
    std::vector<std::string> lines = outputs[item.statement];
    lines.insert(lines.end(), statement.comments.begin(), statement.comments.end());
    std::string start = statement.text;
    if (lines.empty()) text += start + "\n";
    for (const auto& line : lines) {
      start.resize(std::max(column, start.empty() ? 0 : start.size() + 2), ' ');
      text.append(start).append("> ").append(line).append("\n");
      start.clear();
    }
  }
  return text;
}

}  // namespace retz::scenario
