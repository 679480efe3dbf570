// What a node must be like.
#include <doctest/doctest.h>

#include "model/constraints.hpp"
#include "model/gpus.hpp"
#include "model/request.hpp"

namespace retz::model {
namespace {

using Kind = Constraint::Kind;

TEST_CASE("a pattern matches the whole value: any run, any character, sets, escapes") {
  const auto good = [](const char* pattern, const char* text) { return matches(pattern, text); };
  CHECK(good("r*", "rack7"));
  CHECK(good("*", ""));
  CHECK_FALSE(good("r*", "a rack"));
  CHECK(good("r?ck[1-3]", "rack2"));
  CHECK_FALSE(good("r?ck[1-3]", "rack4"));
  CHECK(good("[!a-c]x", "dx"));
  CHECK_FALSE(good("[!a-c]x", "bx"));
  CHECK(good("[]]", "]"));
  CHECK(good("a\\*b", "a*b"));
  CHECK_FALSE(good("a\\*b", "axb"));
  CHECK(good("*a*b*c", "xxaybzbc"));
  CHECK_FALSE(good("?", ""));
}

TEST_CASE("a pattern full of stars takes no longer than pattern times text") {
  std::string pattern, text(256, 'a');
  for (int i = 0; i < 60; ++i) pattern += "*a";
  CHECK_FALSE(matches(pattern + "*b", text));
}

TEST_CASE("a node without the attribute meets not_equals only, and its name is an attribute") {
  const std::vector<Attribute> attributes{{"rack", "r1"}, {"zone", "z"}};
  const auto meets_it = [&](const char* attribute, Kind kind, std::vector<std::string> values) {
    return meets({attribute, kind, std::move(values)}, "n7", attributes);
  };
  CHECK(meets_it("rack", Kind::equals, {"r1"}));
  CHECK_FALSE(meets_it("rack", Kind::not_equals, {"r1"}));
  CHECK(meets_it("rack", Kind::in, {"r1", "r2"}));
  CHECK(meets_it("rack", Kind::matches, {"r[0-9]"}));
  CHECK(meets_it("node", Kind::equals, {"n7"}));
  CHECK(meets_it("disk", Kind::not_equals, {"ssd"}));
  CHECK_FALSE(meets_it("disk", Kind::equals, {"ssd"}));
  CHECK_FALSE(meets_it("disk", Kind::in, {"ssd"}));
  CHECK_FALSE(meets_it("disk", Kind::matches, {"*"}));
}

TEST_CASE("what cannot be is refused, with the field as the user wrote it") {
  const auto field_of = [](const Request& r) {
    const auto result = validate(r);
    return result ? std::string() : result.error().field;
  };
  Request r;
  r.constraints = {{"rack", Kind::equals, {"r1"}}};
  CHECK(field_of(r).empty());
  r.constraints = {{"", Kind::equals, {"r1"}}};
  CHECK(field_of(r) == "constraints[0].attribute");
  r.constraints = {{"rack", Kind::equals, {"r1", "r2"}}};
  CHECK(field_of(r) == "constraints[0].equals");
  r.constraints = {{"rack", Kind::matches, {"r[1"}}};
  CHECK(field_of(r) == "constraints[0].matches");
  r.constraints = {};
  r.preference = Preference{};
  CHECK(field_of(r) == "prefer.constraints");
  r.preference->constraints = {{"rack", Kind::in, {}}};
  CHECK(field_of(r) == "prefer.constraints[0].in");
  r.preference.reset();
  r.spread = Spread{"rack", "", 1};
  CHECK(field_of(r) == "spread.group");
  r.spread = Spread{"rack", "g", 0};
  CHECK(field_of(r) == "spread.skew");
  r.spread.reset();
  r.gpus.all = true;
  CHECK(field_of(r).empty());
  r.gpus.share = 500;
  CHECK(field_of(r) == "resources.gpus");
}

TEST_CASE(
    "all devices of a node are each free and of a model that is asked for, and at least one") {
  const std::vector<Gpu> gpus{{"0", "T4", -1}, {"1", "V100", -1}};
  GpuRequest all;
  all.all = true;
  CHECK(choose(all, gpus, GpuFree{1000, 1000})->size() == 2);
  CHECK_FALSE(choose(all, gpus, GpuFree{1000, 999}).has_value());
  CHECK_FALSE(fits(all, gpus, GpuFree{1000, 999}));
  CHECK_FALSE(fits(all, {}, {}));
  all.models = {"T4"};
  CHECK_FALSE(fits(all, gpus, GpuFree{1000, 1000}));
  CHECK(fits(all, std::span(gpus).first(1), GpuFree{1000}));
  all.devices = 2;
  CHECK_FALSE(fits(all, std::span(gpus).first(1), GpuFree{1000}));
}

}  // namespace
}  // namespace retz::model
