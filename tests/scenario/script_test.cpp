#include "scenario/script.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace retz::scenario;

namespace {

const std::string sample =
    "# shows something\n"
    "ordering fifo     node a cpus=2 mem=100     limit running=1\n"
    "\n"
    "at 0s submit one ; submit two  > start one attempt=1 on a\n"
    "                               > # two waits\n"
    "# a remark\n"
    "at 1s end one exit=0           > start two attempt=1 on a\n"
    "                               > something else\n"
    "at 2s time\n";

std::string complaint(const std::string& text) {
  try {
    parse_script(text);
  } catch (const ScriptError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a script is cut into its header, statements, actions and expectations") {
  const Script script = parse_script(sample);
  CHECK(script.purpose == "shows something");
  REQUIRE(script.header.size() == 3);
  CHECK(script.header[1] == Words{"node", "a", "cpus=2", "mem=100"});
  REQUIRE(script.statements.size() == 3);
  const Statement& first = script.statements[0];
  CHECK(first.line == 4);
  CHECK(first.time == "0s");
  CHECK(first.actions == std::vector<Words>{{"submit", "one"}, {"submit", "two"}});
  CHECK(first.expected == std::vector<std::string>{"start one attempt=1 on a"});
  CHECK(first.comments == std::vector<std::string>{"# two waits"});
  CHECK(script.statements[1].expected.size() == 2);
  CHECK(script.statements[2].expected.empty());
}

TEST_CASE("words of a policy are cut where a directive begins") {
  const Words words{"planner", "easy", "user-limit", "alice", "running=2", "bound", "10s"};
  CHECK(cut_directives(words) == std::vector<Words>{{"planner", "easy"},
                                                    {"user-limit", "alice", "running=2"},
                                                    {"bound", "10s"}});
  CHECK_THROWS(cut_directives({"10s", "bound"}));
}

TEST_CASE("rewriting with what is expected already gives the same file") {
  const Script script = parse_script(sample);
  std::vector<std::vector<std::string>> outputs;
  for (const auto& statement : script.statements) outputs.push_back(statement.expected);
  CHECK(rewrite(script, outputs) == sample);
}

TEST_CASE("rewriting replaces the expectations and keeps everything else") {
  const Script script = parse_script(sample);
  const std::string text = rewrite(script, {{}, {"new"}, {}});
  const Script again = parse_script(text);
  CHECK(again.statements[0].expected.empty());
  CHECK(again.statements[0].comments.size() == 1);
  CHECK(again.statements[1].expected == std::vector<std::string>{"new"});
  CHECK(text.find("# a remark\n") != std::string::npos);
}

TEST_CASE("a file that is no script is refused with the line and the reason") {
  CHECK(complaint("at 0s time\n").find("line 1: the first line says") == 0);
  CHECK(complaint("# x\n> output\n").find("line 2: output before") == 0);
  CHECK(complaint("# x\nat 0s\n").find("line 2: a statement is") == 0);
  CHECK(complaint("# x\nat 0s time\nnode a cpus=1\n").find("line 3: the header") == 0);
  CHECK(complaint("# x\nnodes a\nat 0s time\n").find("line 2: a line begins with") == 0);
  CHECK(complaint("# x\nat 0s time ; ; time\n").find("line 2: an action is missing") == 0);
  CHECK(complaint("# x\nnode a cpus=1\n").find("line 2: there is no statement") == 0);
}
