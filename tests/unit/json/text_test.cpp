// Times, durations and amounts as text.
#include <doctest/doctest.h>

#include <limits>

#include "json/decimal.hpp"
#include "retz/json.hpp"

using namespace retz;

TEST_CASE("times are RFC 3339 in UTC with microseconds") {
  CHECK(to_text(at_micros(0)) == "1970-01-01T00:00:00.000000Z");
  CHECK(to_text(at_micros(1'795'336'560'000'042)) == "2026-11-22T08:36:00.000042Z");
  CHECK(to_text(at_micros(-1)) == "1969-12-31T23:59:59.999999Z");
  for (const std::int64_t us : {std::int64_t{0}, std::int64_t{951'782'400'000'000},
                                std::int64_t{1'795'336'560'123'456}, std::int64_t{-1}}) {
    CHECK(instant_from_text(to_text(at_micros(us))) == at_micros(us));
  }
}

TEST_CASE("times are read with offsets and fractions, and impossible ones are refused") {
  CHECK(instant_from_text("2026-11-22T08:36:00Z") == at_micros(1'795'336'560'000'000));
  CHECK(instant_from_text("2026-11-22t17:36:00.5+09:00") == at_micros(1'795'336'560'500'000));
  CHECK(instant_from_text("2026-11-22T08:36:00.123456789z") == at_micros(1'795'336'560'123'456));
  for (const char* text : {"", "2026-11-22", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
                           "2026-11-22T24:00:00Z", "2026-11-22T08:36:00", "2026-11-22T08:36:00.Z",
                           "2026-11-22T08:36:00Zx", "2026-11-22 08:36:00Z", "1795336560"}) {
    CAPTURE(text);
    CHECK(!instant_from_text(text));
  }
}

TEST_CASE("durations are read with their unit, a bare number counts seconds") {
  CHECK(duration_from_text("90") == std::chrono::seconds(90));
  CHECK(duration_from_text("90s") == std::chrono::seconds(90));
  CHECK(duration_from_text("1.5m") == std::chrono::seconds(90));
  CHECK(duration_from_text("2h") == std::chrono::hours(2));
  CHECK(duration_from_text("3d") == std::chrono::hours(72));
  CHECK(duration_from_text("250ms") == std::chrono::milliseconds(250));
  CHECK(duration_from_text("0") == Duration(0));
  for (const char* text :
       {"", "s", "-1", "1 s", "1.s", ".5", "11y", "0.1us", "3651d", "1e99999999999"}) {
    CAPTURE(text);
    const auto wrong = duration_from_text(text);
    REQUIRE(!wrong);
    CHECK(wrong.error().message.find("1.5m") != std::string::npos);
  }
}

TEST_CASE("amounts of memory are read with their unit, a bare number counts MiB") {
  CHECK(mebibytes_from_text("512") == 512);
  CHECK(mebibytes_from_text("512MiB") == 512);
  CHECK(mebibytes_from_text("4GiB") == 4096);
  CHECK(mebibytes_from_text("1TiB") == 1'048'576);
  CHECK(!mebibytes_from_text("4GB"));
  CHECK(!mebibytes_from_text("0.5"));
  CHECK(!mebibytes_from_text("-4"));
}

TEST_CASE("decimals are exact up to the edge of 64 bits") {
  using json::DecimalFault;
  std::int64_t out = 0;
  CHECK(json::scaled("9223372036854775.807", 1000, out) == DecimalFault::none);
  CHECK(out == std::numeric_limits<std::int64_t>::max());
  CHECK(json::scaled("9223372036854775.808", 1000, out) == DecimalFault::too_large);
  CHECK(json::scaled("0.0010", 1000, out) == DecimalFault::none);
  CHECK(out == 1);
  CHECK(json::scaled("0.00100000000000000000000000000000000000001", 1000, out) ==
        DecimalFault::too_fine);
  CHECK(json::scaled("1e18", 1, out) == DecimalFault::none);
  CHECK(json::scaled("1e19", 1, out) == DecimalFault::too_large);
  CHECK(json::scaled("0e999999", 1, out) == DecimalFault::none);
  CHECK(json::scaled("5e-1", 86'400'000'000, out) == DecimalFault::none);
  CHECK(out == 43'200'000'000);
  CHECK(json::scaled("1e-", 1, out) == DecimalFault::malformed);
  std::string text;
  json::append_decimal(text, std::numeric_limits<std::int64_t>::min(), 3);
  CHECK(text == "-9223372036854775.808");
}
