// The readers on input that nobody means: seeded, so that a failure can be repeated.
#include <doctest/doctest.h>

#include "base/generator.hpp"
#include "retz/json.hpp"

using namespace retz;

namespace {

constexpr std::uint64_t seed = 20261122;

const std::string job_text =
    R"({"application":"a","command":"echo \"hi\"","name":"n\u00e9","tags":["x","y"],)"
    R"("environment":{"A":"1"},"resources":{"cpus":1.25,"mem":"2GiB","disk":64,"ports":2,)"
    R"("gpus":{"share":0.5,"models":["m"]},"custom":{"licence":2}},"priority":-3,)"
    R"("estimate":"1.5h","time_limit":90,"grace_period":"250ms",)"
    R"("retry":{"max_attempts":3,"on":["exit","time_out"],"backoff":1,"backoff_max":"1m"}})";
const std::string application_text =
    R"({"name":"a","files":["file:///x",{"uri":"http://h/y","extract":true}],"unix_user":"u",)"
    R"("container_image":"","grace_period":3,"enabled":true})";

/// Some bytes overwritten, cut out, doubled, or put in from what JSON is made of.
std::string damaged(std::string text, base::Generator& chance) {
  static const std::string alphabet = "{}[]\",:\\u0019eE+-.ntf \xff\xc3\xe2\x80";
  for (std::uint64_t times = 1 + chance.below(4); times != 0 && !text.empty(); --times) {
    const auto at = static_cast<std::size_t>(chance.below(text.size()));
    const auto length = static_cast<std::size_t>(1 + chance.below(6));
    switch (chance.below(4)) {
      case 0:
        text[at] = static_cast<char>(chance.below(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      default:
        text.insert(at, 1, alphabet[static_cast<std::size_t>(chance.below(alphabet.size()))]);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("damaged documents are refused with a message, or read and written alike") {
  base::Generator chance(seed);
  int taken = 0, refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = damaged(job_text, chance);
    CAPTURE(text);
    if (const auto spec = job_spec_from_json(text)) {
      const std::string written = to_json(*spec);
      const auto again = job_spec_from_json(written);
      REQUIRE_MESSAGE(again, (again ? "" : again.error().message));
      REQUIRE(to_json(*again) == written);
      ++taken;
    } else {
      REQUIRE(spec.error().code == Errc::invalid_argument);
      REQUIRE_FALSE(spec.error().message.empty());
      ++refused;
    }
    const auto application = application_from_json(damaged(application_text, chance));
    if (!application) REQUIRE_FALSE(application.error().message.empty());
  }
  CHECK(taken > 100);
  CHECK(refused > 100);
}

TEST_CASE("nests without end and bytes without sense are refused") {
  base::Generator chance(seed);
  for (const char* bracket : {"[", "{\"a\":", "[{\"jobs\":"}) {
    std::string deep;
    for (int i = 0; i < 50'000; ++i) deep += bracket;
    CHECK_FALSE(job_specs_from_json(deep));
  }
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(static_cast<std::size_t>(chance.below(40)), '\0');
    for (char& c : bytes) c = static_cast<char>(chance.below(256));
    CHECK_FALSE(job_specs_from_json(bytes));
    static_cast<void>(instant_from_text(bytes));
    static_cast<void>(duration_from_text(bytes));
    static_cast<void>(mebibytes_from_text(bytes));
  }
}
