// What jobs wish of nodes besides amounts: constraints, preferences, spread, times without
// maintenance.
#include <doctest/doctest.h>

#include <map>

#include "base/generator.hpp"
#include "pool/pool.hpp"
#include "pool/reservations.hpp"

namespace retz::pool {
namespace {

using Kind = Constraint::Kind;

Instant at(std::int64_t seconds) {
  return Instant(std::chrono::seconds(seconds));
}

struct Fixture {
  explicit Fixture(const char* rule_name = "best") : rule(*make_fit_rule(rule_name)) {}
  void node(const std::string& name, const std::string& rack, std::int64_t cpus = 4) {
    Capacity c;
    c.amounts.cpus = cpus;
    if (!rack.empty()) c.attributes = {{"rack", rack}};
    pool.grant({LeaseId{++leases}, name, LeaseKind::standing, c});
  }
  std::string book(const Request& r, Terms terms = {}) {
    const auto booking = pool.book(r, terms, Reservations(pool));
    pool.check_invariants();
    if (!booking) return "nowhere";
    last = *booking;
    return pool.placement(last).node;
  }
  std::shared_ptr<const FitRule> rule;
  Pool pool{*rule};
  std::uint64_t leases = 0;
  BookingId last = 0;
};

Request cpus(std::int64_t n) {
  Request r;
  r.amounts.cpus = n;
  return r;
}

TEST_CASE("a job goes to nodes that meet its constraints only, whenever those came") {
  for (const char* rule : {"best", "dot_product"}) {
    CAPTURE(rule);
    Fixture f(rule);
    f.node("a", "r1", 2);
    Request r = cpus(1);
    r.constraints = {{"rack", Kind::equals, {"r2"}}};
    CHECK(f.pool.fit(r) == Fit::never);
    CHECK(f.pool.unmet(r)->attribute == "rack");
    CHECK(f.book(r) == "nowhere");
    f.node("b", "r2", 3);
    CHECK_FALSE(f.pool.unmet(r).has_value());
    CHECK(f.book(r) == "b");
    f.pool.grant({LeaseId{2}, "b", LeaseKind::standing, {{3, 0, 0, {}}, {}, {}, {{"rack", "r9"}}}});
    CHECK(f.book(r) == "nowhere");
    CHECK(f.pool.fit(r) == Fit::never);
    r.constraints = {{"node", Kind::equals, {"a"}}};
    CHECK(f.book(r) == "a");
  }
}

TEST_CASE("more constraints than can be remembered are met all the same") {
  Fixture f;
  for (int i = 0; i < 50; ++i) f.node("n" + std::to_string(i), "r" + std::to_string(i), 100);
  for (int i = 0; i < 2500; ++i) {
    Request r = cpus(1);
    r.constraints = {{"node", Kind::not_equals, {"x" + std::to_string(i)}},
                     {"rack", Kind::equals, {"r" + std::to_string(i % 50)}}};
    REQUIRE(f.book(r) == "n" + std::to_string(i % 50));
  }
}

TEST_CASE("a preferred node is waited for; once patience is over any will do, preferred first") {
  Fixture f;
  f.node("a", "r1", 1);
  f.node("b", "r2", 2);
  Request r = cpus(1);
  r.preference = Preference{{{"rack", Kind::equals, {"r2"}}}, std::chrono::seconds(10)};
  Terms relaxed;
  relaxed.relaxed = true;
  CHECK(f.book(r) == "b");
  CHECK(f.book(r, relaxed) == "b");
  CHECK(f.book(r) == "nowhere");
  CHECK(f.pool.room_only_elsewhere(r, {}));
  CHECK(f.book(r, relaxed) == "a");
  CHECK_FALSE(f.pool.room_only_elsewhere(r, {}));
}

TEST_CASE("a group is spread over racks; groups of two users are two groups") {
  Fixture f("first");
  f.node("a", "r1", 10);
  f.node("b", "r1", 10);
  f.node("c", "r2", 2);
  f.node("d", "", 10);
  Request r = cpus(1);
  r.spread = Spread{"rack", "web", 1};
  Terms alice, bob;
  alice.user = "alice";
  bob.user = "bob";
  CHECK(f.book(r, alice) == "a");
  CHECK(f.book(r, alice) == "c");
  CHECK(f.book(r, alice) == "a");
  CHECK(f.book(r, bob) == "a");
  CHECK(f.book(r, alice) == "c");
  CHECK(f.book(r, alice) == "a");
  // r2 is full, and r1 has its part.
  CHECK(f.book(r, alice) == "nowhere");
  CHECK(f.pool.spread_full(r, alice) == std::vector<std::string>{"r1"});
  f.pool.forget_growth();
  f.pool.release(f.last);
  CHECK(f.pool.may_fit_again(r));
  CHECK(f.book(r, alice) == "a");
  // Attempts that were running before a restart count too.
  f.pool.adopt({JobId{9}, 1}, {"c", {}, {}, {}}, {}, {}, r, "alice");
  CHECK(f.book(r, alice) == "a");
}

TEST_CASE("nothing starts that would reach into maintenance, and nothing inside of it") {
  Fixture f;
  f.node("a", "r1");
  f.pool.set_maintenance("a", {{at(100), at(200)}});
  Terms terms;
  const auto book = [&](std::int64_t now, std::int64_t stay) {
    terms.now = at(now);
    terms.longest_stay = std::chrono::seconds(stay);
    f.pool.advance(terms.now);
    return f.book(cpus(1), terms);
  };
  CHECK(book(0, 100) == "a");
  CHECK(book(0, 101) == "nowhere");
  CHECK(f.pool.placeable(cpus(1), terms, Reservations(f.pool)) == std::chrono::seconds(100));
  CHECK(f.pool.maintenance_with_room(cpus(1), terms)->from == at(100));
  CHECK(f.pool.window_end(at(0)) == at(200));
  CHECK(book(100, 0) == "nowhere");
  CHECK_FALSE(f.pool.placeable(cpus(1), terms, Reservations(f.pool)).has_value());
  f.pool.forget_growth();
  CHECK(book(199, 1) == "nowhere");
  CHECK_FALSE(f.pool.any_growth());
  CHECK(book(200, 1000) == "a");
  f.pool.set_maintenance("a", {});
  CHECK(f.pool.maintenance().empty());
}

TEST_CASE("who has more than before is told: what fitted nowhere is tried there") {
  Fixture f;
  f.node("a", "r1");
  f.node("b", "r2");
  CHECK(f.pool.any_growth());
  f.book(cpus(4));
  const BookingId first = f.last;
  f.book(cpus(3));
  f.pool.forget_growth();
  CHECK_FALSE(f.pool.may_fit_again(cpus(1)));
  f.pool.release(first);
  CHECK(f.pool.grown().size() == 1);
  CHECK(f.pool.may_fit_again(cpus(4)));
  CHECK_FALSE(f.pool.may_fit_again(cpus(5)));
  Request r = cpus(4);
  r.constraints = {{"rack", Kind::equals, {"r2"}}};
  CHECK_FALSE(f.pool.may_fit_again(r));
  f.pool.set_draining("a", true);
  CHECK_FALSE(f.pool.may_fit_again(cpus(4)));
  f.pool.forget_growth();
  f.pool.set_draining("a", false);
  CHECK(f.pool.may_fit_again(cpus(4)));
}

TEST_CASE("with worst, starts of equal jobs on equal nodes differ by at most one") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    base::Generator draw(seed);
    Fixture f("worst");
    const std::uint64_t nodes = 1 + draw.below(12);
    for (std::uint64_t n = 0; n < nodes; ++n) f.node("n" + std::to_string(n), "", 40);
    std::map<std::string, int> starts;
    for (std::uint64_t i = 0; i < nodes * 8; ++i) {
      ++starts[f.book(cpus(5))];
      int most = 0, fewest = starts.size() < nodes ? 0 : static_cast<int>(i) + 1;
      for (const auto& [node, times] : starts) {
        most = std::max(most, times);
        fewest = std::min(fewest, times);
      }
      REQUIRE(most - fewest <= 1);
    }
  }
}

TEST_CASE("with best, no node of equal ones is preferred for ever") {
  Fixture f("best");
  for (const char* name : {"a", "b", "c"}) f.node(name, "");
  std::map<std::string, int> starts;
  for (int i = 0; i < 30; ++i) {
    ++starts[f.book(cpus(4))];
    f.pool.release(f.last);
  }
  for (const auto& [node, times] : starts) CHECK(times == 10);
}

}  // namespace
}  // namespace retz::pool
