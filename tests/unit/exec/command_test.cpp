#include "exec/command.hpp"

#include <doctest/doctest.h>

using namespace retz::exec;

TEST_CASE("plain words run directly, along the job's own PATH") {
  const auto plain = interpret("sort  -k 2\tfile", {"A=b", "PATH=/x:/y"});
  CHECK(!plain.shell);
  CHECK(plain.argv == std::vector<std::string>{"sort", "-k", "2", "file"});
  CHECK(plain.paths == std::vector<std::string>{"/x/sort", "/y/sort"});
  CHECK(interpret("./run a=b", {}).paths == std::vector<std::string>{"./run"});
  CHECK(interpret("/bin/true", {}).argv == std::vector<std::string>{"/bin/true"});
}

TEST_CASE("shell syntax, shell words and assignments go to the shell") {
  for (const char* line :
       {"a | b",      "a > b",      "a; b", "a && b",   "echo $A",    "echo *", "echo 'a b'",
        "echo \"a\"", "echo a\\ b", "cd x", "exit 3",   "A=b env",    "a\nb",   "~/x",
        "if",         "a # b",      "",     "echo `b`", "echo {a,b}", ":",      "wait"}) {
    const auto shell = interpret(line, {});
    CHECK_MESSAGE(shell.shell, line);
    CHECK(shell.argv == std::vector<std::string>{"/bin/sh", "-c", line});
  }
}

TEST_CASE("words given as words are never split or expanded") {
  const auto words = interpret_words({"echo", "a b", "$HOME"}, {"PATH=/bin"});
  CHECK(words.argv == std::vector<std::string>{"echo", "a b", "$HOME"});
  CHECK(words.paths == std::vector<std::string>{"/bin/echo"});
  CHECK(as_script("/x/s", {"s", "1"}) == std::vector<std::string>{"/bin/sh", "/x/s", "1"});
}
