// Properties files.
#include "cli/properties.hpp"

#include <doctest/doctest.h>

#include "scratch.hpp"

using retz::Errc;
using retz::cli::Properties;

TEST_CASE("keys and values are trimmed, comments skipped, the last value of a key counts") {
  const auto file = Properties::parse(
      "# comment\n! another\n\n retz.bind = http://h:1 \r\na:b\nretz.bind=http://h:2", "f");
  REQUIRE(file);
  CHECK(file->get("retz.bind") == "http://h:2");
  CHECK(file->get("a") == "b");
  CHECK_FALSE(file->get("c"));
  CHECK(file->place("retz.bind") == "f:6");
}

TEST_CASE("a line without a value is an error that names it") {
  const auto file = Properties::parse("a = 1\nnonsense\n", "f");
  REQUIRE_FALSE(file);
  CHECK(file.error().message.find("f:2:") == 0);
  CHECK(file.error().message.find("nonsense") != std::string::npos);
}

TEST_CASE("unknown keys are told with the nearest known one") {
  const auto file = Properties::parse("retz.max.cpu = 1\n", "f");
  REQUIRE(file);
  const auto told = file->unknown({"retz.max.cpus", "retz.bind"});
  REQUIRE(told.size() == 1);
  CHECK(told[0] ==
        "f:1: unknown key \"retz.max.cpu\" is ignored (did you mean \"retz.max.cpus\"?)");
}

TEST_CASE("a file that is not there is not_found, a directory is an io_error") {
  const retz::cli::Scratch scratch;
  CHECK(Properties::read(scratch / "none").error().code == Errc::not_found);
  CHECK(Properties::read(scratch / ".").error().code == Errc::io_error);
}
