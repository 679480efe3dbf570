// Suggestions for mistyped words.
#include "cli/nearest.hpp"

#include <doctest/doctest.h>

using retz::cli::did_you_mean;
using retz::cli::nearest;

TEST_CASE("the nearest known word is suggested, swapped neighbours counting as one mistake") {
  const std::vector<std::string> known{"schedule", "list", "list-files", "kill", "killall"};
  CHECK(nearest("shcedule", known) == "schedule");
  CHECK(nearest("lsit", known) == "list");
  CHECK(nearest("killal", known) == "killall");
  CHECK(nearest("list-file", known) == "list-files");
}

TEST_CASE("what resembles nothing gets no suggestion") {
  CHECK(nearest("frobnicate", {"list", "kill"}).empty());
  CHECK(nearest("xy", {"ab"}).empty());
  CHECK(did_you_mean("frobnicate", {"list"}).empty());
  CHECK(did_you_mean("lst", {"list"}) == " (did you mean \"list\"?)");
}
