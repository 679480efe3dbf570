// Batches: one JSON job a line.
#include "cli/batch.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <sstream>

using namespace retz::cli;
using Json = nlohmann::json;

namespace {

auto read(const std::string& text, const Json& defaults = Json::object()) {
  std::istringstream in(text);
  return read_batch(in, "f", defaults);
}

const std::string good = R"({"application":"a","command":"true"})";

}  // namespace

TEST_CASE("empty lines and comments are skipped, line numbers stay those of the file") {
  const auto lines = read("# jobs\n\n" + good + "\n  " + good + "\r\n");
  REQUIRE(lines);
  REQUIRE(lines->size() == 2);
  CHECK((*lines)[0].number == 3);
  CHECK((*lines)[1].number == 4);
}

TEST_CASE("what a line leaves out comes from the defaults, nested fields one by one") {
  const auto lines = read(R"({"command":"x","resources":{"cpus":2}})",
                          Json{{"application", "a"}, {"resources", {{"cpus", 1}, {"mem", 64}}}});
  REQUIRE(lines);
  const auto job = Json::parse((*lines)[0].text);
  CHECK(job["application"] == "a");
  CHECK(job["resources"] == Json{{"cpus", 2}, {"mem", 64}});
}

TEST_CASE("a bad line is named, with its field, before anything is sent") {
  CHECK(read(good + "\n{nonsense\n").error().message.starts_with("f:2: this is no JSON"));
  CHECK(read("[1]\n").error().message.starts_with("f:1: expected one JSON object"));
  const auto bad = read(good + "\n" + R"({"application":"a","command":"x","prio":1})");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().message.starts_with("f:2: "));
  CHECK(bad.error().message.find("prio") != std::string::npos);
}

TEST_CASE("a server's error about jobs[i] is told as one about its line") {
  const auto lines = read(good + "\n\n" + good + "\n" + good);
  REQUIRE(lines);
  const retz::Error error{retz::Errc::limit_exceeded, "too much", "jobs[1].resources.cpus"};
  CHECK(located(error, *lines, 0, "f").message == "f:3: resources.cpus: too much");
  CHECK(located(error, *lines, 1, "f").message == "f:4: resources.cpus: too much");
  CHECK(located(error, *lines, 2, "f").message == "too much");
  CHECK(
      located({retz::Errc::limit_exceeded, "too much", "resources.mem"}, *lines, 2, "f").message ==
      "f:4: resources.mem: too much");
}
