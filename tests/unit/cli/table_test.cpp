// Tables.
#include "cli/table.hpp"

#include <doctest/doctest.h>

using namespace retz::cli;

TEST_CASE("columns are as wide as their widest cell, counted in characters") {
  Table table({{"ID", Align::right}, {"NAME"}, {"X"}});
  table.add({"1", "zürich", "a"});
  table.add({"100", "b", "c"});
  CHECK(table.text() == " ID  NAME    X\n  1  zürich  a\n100  b       c\n");
}

TEST_CASE("control characters of a cell cannot reach the terminal") {
  Table table({{"C"}});
  table.add({"a\x1b[31m\nb"});
  CHECK(table.text() == "C\na?[31m b\n");
}

TEST_CASE("a long text is cut to so many characters, the last an ellipsis") {
  CHECK(shortened("abcdef", 6) == "abcdef");
  CHECK(shortened("abcdefg", 6) == "abcde…");
  CHECK(shortened("äöüäöüä", 3) == "äö…");
}
