// A scenario file: header lines, then statements, each with the output it must give. The grammar
// stands in README.md beside this file.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace retz::scenario {

/// What is wrong with a file; the message begins with the line's number.
class ScriptError : public std::runtime_error {
 public:
  ScriptError(std::size_t line, const std::string& message);
};

using Words = std::vector<std::string>;

struct Statement {
  std::size_t line = 0;
  std::string text;  // as written, without its expectations
  std::string time;
  std::vector<Words> actions;         // they make one step
  std::vector<std::string> expected;  // output lines
  std::vector<std::string> comments;  // "# ..." among the expectations, for the reader
};

/// One line of the file that is kept as it is, or a statement.
struct Item {
  std::string verbatim;
  std::size_t statement = npos;
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
};

struct Script {
  std::string purpose;  // the first line, without its "# "
  std::vector<Words> header;
  std::vector<Statement> statements;
  std::vector<Item> items;
};

/// Cuts words before each that begins a directive of a header: "planner easy bound 10s" are two.
/// Errors: std::runtime_error when the first word begins none.
std::vector<Words> cut_directives(const Words& words);

/// Errors: ScriptError.
Script parse_script(const std::string& text);

/// The file anew, with `outputs[i]` as what statement i must give.
/// Requires: one entry for each statement.
std::string rewrite(const Script& script, const std::vector<std::vector<std::string>>& outputs);

}  // namespace retz::scenario
