// One server a data directory.
#include "cli/data_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <fstream>

#include "scratch.hpp"

using namespace retz::cli;
using retz::Errc;

TEST_CASE("the second to open a data directory is refused and told the pid of the first") {
  const Scratch scratch;
  {
    const auto first = DataDirectory::open(scratch / "a/b");
    REQUIRE(first);
    const auto second = DataDirectory::open(scratch / "a/b");
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::conflict);
    CHECK(second.error().message.find("pid " + std::to_string(::getpid())) != std::string::npos);
    CHECK(second.error().message.find("--data") != std::string::npos);
  }
  CHECK(DataDirectory::open(scratch / "a/b"));
}

TEST_CASE("a data directory that cannot be made is an error with the way out") {
  const Scratch scratch;
  std::ofstream(scratch / "file") << "x";
  const auto opened = DataDirectory::open(scratch / "file/below");
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::io_error);
  CHECK(opened.error().message.find("--data DIR") != std::string::npos);
}

TEST_CASE("a private file is replaced as a whole and readable by its owner only") {
  const Scratch scratch;
  const auto file = scratch / "secret";
  REQUIRE(write_private(file, "one"));
  REQUIRE(write_private(file, "two"));
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  std::string text;
  std::ifstream(file) >> text;
  CHECK(text == "two");
  CHECK_FALSE(write_private(scratch / "none/secret", "x"));
}
