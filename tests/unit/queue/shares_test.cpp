// Usage by dominant share, decaying, against the closed form; and that it survives a restart.
#include <doctest/doctest.h>

#include <cmath>

#include "queue/shares.hpp"

namespace retz::queue {
namespace {

Instant second(std::int64_t s) {
  return at_micros(s * 1'000'000);
}

Held held(std::int64_t cpus, std::int64_t mem, std::int64_t gpus = 0) {
  return {{cpus * 1000, mem, 0, {}}, gpus * 1000};
}

FairShare hourly() {
  FairShare f;
  f.half_life = std::chrono::hours(1);
  f.weights = {{"heavy", 2.0}};
  return f;
}

TEST_CASE("the largest share of any resource counts") {
  Shares s(hourly());
  s.set_total(held(100, 1000, 4), second(0));
  s.started("a", held(10, 500), second(0));
  CHECK(s.running("a") == 500'000'000);
  s.started("a", held(0, 0, 3), second(0));
  CHECK(s.running("a") == 750'000'000);
  s.ended("a", held(10, 500), second(0));
  s.ended("a", held(0, 0, 3), second(0));
  CHECK(s.running("a") == 0);
}

TEST_CASE("usage is the share summed over time, and halves in a half-life") {
  Shares s(hourly());
  s.set_total(held(100, 1000), second(0));
  s.started("a", held(50, 0), second(0));
  const double l = std::log(2.0) / 3600;
  CHECK(s.usage("a", second(1800)) ==
        doctest::Approx(0.5 * (1 - std::exp(-l * 1800)) / l + 0.5).epsilon(1e-8));
  s.ended("a", held(50, 0), second(3600));
  const double used = 0.5 * 0.5 / l;
  CHECK(s.usage("a", second(3600)) == doctest::Approx(used).epsilon(1e-8));
  CHECK(s.usage("a", second(7200)) == doctest::Approx(used / 2).epsilon(1e-8));
  CHECK(s.usage("a", second(3600 * 1000)) == 0);
  CHECK(s.usage("b", second(0)) == 0);
}

TEST_CASE(
    "of users who used nothing, the one who runs less has the smaller usage; weights divide") {
  Shares s(hourly());
  s.set_total(held(100, 1000), second(0));
  s.started("a", held(10, 0), second(5));
  s.started("heavy", held(10, 0), second(5));
  CHECK(s.usage("b", second(5)) < s.usage("heavy", second(5)));
  CHECK(s.usage("a", second(5)) == doctest::Approx(2 * s.usage("heavy", second(5))));
}

TEST_CASE("more machines make running shares smaller from then on") {
  Shares s(hourly());
  s.set_total(held(10, 0), second(0));
  s.started("a", held(10, 0), second(0));
  s.set_total(held(20, 0), second(60));
  CHECK(s.running("a") == 500'000'000);
  CHECK(s.usage("a", second(60)) == doctest::Approx(60 + 0.5).epsilon(0.01));
}

TEST_CASE("what is saved and loaded goes on exactly as it would have") {
  Shares before(hourly());
  before.set_total(held(64, 0), second(0));
  before.started("a", held(7, 0), second(0));
  before.started("b", held(3, 0), second(11));
  before.ended("b", held(3, 0), second(1234));
  Shares after(hourly());
  for (const UsageChanged& u : before.save()) after.load(u);
  CHECK(after.save() == before.save());
  after.resumed("a", held(7, 0), second(4000));
  for (Shares* s : {&before, &after}) s->set_total(held(64, 0), second(4000));
  for (Shares* s : {&before, &after}) s->ended("a", held(7, 0), second(5000));
  CHECK(after.save() == before.save());
}

TEST_CASE(
    "changes are told once, and what has decayed to nothing is forgotten when somebody new comes") {
  Shares s(hourly());
  s.set_total(held(64, 0), second(0));
  s.started("a", held(7, 0), second(0));
  s.ended("a", held(7, 0), second(100));
  const auto told = s.take_changed();
  REQUIRE(told.size() == 1);
  CHECK(told.front() == s.save().front());
  CHECK(s.take_changed().empty());
  s.set_total(held(64, 0), second(3600 * 1000));
  CHECK(s.take_changed().empty());
  s.started("b", held(1, 0), second(3600 * 1000));
  REQUIRE(s.save().size() == 1);
  CHECK(s.save().front().user == "b");
  const auto later = s.take_changed();
  REQUIRE(later.size() == 2);
  CHECK(later.front() == UsageChanged{"a", 0, {}, 0});
}

}  // namespace
}  // namespace retz::queue
