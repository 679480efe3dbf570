// Records out of a stream that comes in pieces.
#include "mesos/recordio.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "base/generator.hpp"
#include "unit/mesos/link/files.hpp"

using namespace retz;
using retz::mesos::RecordReader;

namespace {

struct Outcome {
  std::vector<std::string> records;
  std::string error;
  bool between = true;
};

Outcome read(const std::vector<std::string_view>& pieces, std::size_t most = 1000000) {
  Outcome out;
  RecordReader reader(most);
  for (const auto piece : pieces) {
    const auto taken = reader.take(piece, [&](std::string_view record) {
      out.records.emplace_back(record);
      return true;
    });
    if (!taken) {
      out.error = taken.error().message;
      return out;
    }
  }
  out.between = reader.between_records();
  return out;
}

}  // namespace

TEST_CASE("a stream cut anywhere, once or byte by byte, gives the same records") {
  const std::string bytes = "3\nabc0\n12\n0123456789\n\n6\n{\"\xC3\xA4\"}1\nx";
  const std::vector<std::string> wanted{"abc", "", "0123456789\n\n", "{\"\xC3\xA4\"}", "x"};
  CHECK(read({bytes}).records == wanted);
  std::vector<std::string_view> single;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    single.push_back(std::string_view(bytes).substr(i, 1));
  CHECK(read(single).records == wanted);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    CAPTURE(cut);
    const std::string_view all = bytes;
    CHECK(read({all.substr(0, cut), all.substr(cut)}).records == wanted);
  }
}

TEST_CASE("a recorded stream gives the same records for any random pieces") {
  const std::string bytes = testing::recorded("superseded.recordio");
  const auto whole = read({bytes});
  REQUIRE(whole.error.empty());
  CHECK(whole.between);
  REQUIRE(whole.records.size() > 3);
  CHECK(whole.records.front().starts_with("{\"type\":\"SUBSCRIBED\""));
  CHECK(whole.records.back() ==
        "{\"type\":\"ERROR\",\"error\":{\"message\":\"Framework failed over\"}}");
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    base::Generator chance(seed);
    std::vector<std::string_view> pieces;
    for (std::string_view rest = bytes; !rest.empty();) {
      const auto size = std::min<std::size_t>(rest.size(), 1 + chance.below(1 + seed * 5));
      pieces.push_back(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    CHECK(read(pieces).records == whole.records);
  }
}

TEST_CASE("a size that is none, is missing or too large breaks the stream") {
  for (const char* bytes : {"abc\n", "-1\nx", "+1\nx", " 1\nx", "1 \nx", "\n", "0x3\nabc", "1\r\nx",
                            "99999999999999999999999999\n"}) {
    CAPTURE(bytes);
    CHECK_FALSE(read({bytes}).error.empty());
  }
  CHECK(read({"1001\n"}, 1000).error.find("1001 bytes is larger than 1000") != std::string::npos);
  CHECK(read({"1000\n"}, 1000).error.empty());
  // It need not be whole to be refused: a peer could send digits for ever.
  CHECK_FALSE(read({std::string_view("11111111111111111111")}).error.empty());
  CHECK_FALSE(read({"x"}).error.empty());
}

TEST_CASE("who has enough is called no more") {
  RecordReader reader;
  int records = 0;
  CHECK(reader.take("1\na1\nb1\nc", [&](std::string_view) { return ++records < 2; }));
  CHECK(records == 2);
  CHECK_FALSE(read({"5\nab"}).between);
  CHECK_FALSE(read({"5"}).between);
  CHECK(read({"2\nab"}).between);
}
