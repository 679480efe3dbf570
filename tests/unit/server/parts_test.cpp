// The small parts: ranges, queries, dates, tar headers.
#include <doctest/doctest.h>

#include "server/authentication.hpp"
#include "server/files.hpp"
#include "server/routes.hpp"
#include "server/tar.hpp"

using namespace retz;
using namespace retz::server;

TEST_CASE("ranges of bytes are read as HTTP says") {
  struct Case {
    const char* field;
    RangeFit fit;
    std::int64_t first, last;
  };
  const Case cases[] = {
      {"bytes=0-3", RangeFit::partial, 0, 3},
      {"bytes=2-", RangeFit::partial, 2, 9},
      {"bytes=-4", RangeFit::partial, 6, 9},
      {"bytes=-40", RangeFit::partial, 0, 9},
      {"bytes=5-50", RangeFit::partial, 5, 9},
      {"bytes=10-", RangeFit::unsatisfiable, 0, 0},
      {"bytes=-0", RangeFit::unsatisfiable, 0, 0},
      {"bytes=3-2", RangeFit::none, 0, 0},
      {"bytes=0-1,3-4", RangeFit::none, 0, 0},
      {"bytes=-", RangeFit::none, 0, 0},
      {"bytes=a-b", RangeFit::none, 0, 0},
      {"lines=0-1", RangeFit::none, 0, 0},
      {"", RangeFit::none, 0, 0},
      {"bytes=--2", RangeFit::none, 0, 0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.field);
    ByteRange range;
    CHECK(range_of(c.field, 10, range) == c.fit);
    if (c.fit == RangeFit::partial) {
      CHECK(range.first == c.first);
      CHECK(range.last == c.last);
    }
  }
  ByteRange range;
  CHECK(range_of("bytes=0-", 0, range) == RangeFit::unsatisfiable);
  CHECK(range_of("bytes=-1", 0, range) == RangeFit::unsatisfiable);
}

TEST_CASE("queries are decoded as forms, paths are not") {
  CHECK(decoded("a+b%2Bc%20d", true) == "a b+c d");
  CHECK(decoded("a+b%2Bc", false) == "a+b+c");
  CHECK(decoded("%zz%", true) == "%zz%");
  const std::string_view known[] = {"a", "b"};
  const auto query = parse_query("a=1&&b=%26", known);
  REQUIRE(query);
  CHECK(query->at("b") == "&");
  const auto unknown = parse_query("c=1", known);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().field == "c");
  CHECK(unknown.error().message.find("a, b") != std::string::npos);
}

TEST_CASE("dates are written and read in the form of HTTP") {
  const auto time = instant_of_date("Sun, 06 Nov 1994 08:49:37 GMT");
  REQUIRE(time);
  CHECK(micros(*time) == 784111777'000000);
  CHECK(date_field(*time) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(date_field(at_micros(1'709'164'800'000'000)) == "Thu, 29 Feb 2024 00:00:00 GMT");
  for (const char* text : {"", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:49:37 EST", "Sun, 06 Xxx 1994 08:49:37 GMT"}) {
    CAPTURE(text);
    CHECK_FALSE(instant_of_date(text));
  }
}

TEST_CASE("routes match by segment and decode what stands for a name") {
  CHECK(match("GET", "/v1/jobs/7/files/content").path == std::vector<std::string>{"7"});
  CHECK(match("GET", "/v1/applications/a%2Fb").path == std::vector<std::string>{"a/b"});
  CHECK(match("HEAD", "/v1/jobs").route != nullptr);
  CHECK(match("GET", "/v1/jobs/").route == nullptr);
  CHECK(match("GET", "v1/jobs").route == nullptr);
  CHECK(match("GET", "").route == nullptr);
  CHECK(match("PUT", "/v1/jobs/7").allowed == "GET, DELETE");
}

TEST_CASE("tar headers are whole blocks, with a pax header only where needed") {
  CHECK(tar_header({.path = "stdout", .owner = {}, .group = {}}).size() == 512);
  const std::string nested = std::string(90, 'd') + "/" + std::string(90, 'f');
  CHECK(tar_header({.path = nested, .owner = {}, .group = {}}).size() == 512);
  CHECK(tar_header({.path = std::string(150, 'f'), .owner = {}, .group = {}}).size() == 1536);
  CHECK(tar_header({.path = "日本", .owner = {}, .group = {}}).size() == 1536);
  const std::string large =
      tar_header({.path = "big", .size = std::int64_t{1} << 33, .owner = {}, .group = {}});
  CHECK(large.find(" size=8589934592\n") != std::string::npos);
  CHECK(tar_padding(0).empty());
  CHECK(tar_padding(1).size() == 511);
  CHECK(tar_padding(512).empty());
}
