// What is free, over bookings, drafts and leases.
#include <doctest/doctest.h>

#include "base/generator.hpp"
#include "pool/pool.hpp"
#include "pool/reservations.hpp"

namespace retz::pool {
namespace {

class Rule final : public FitRule {
 public:
  explicit Rule(FitOrder order) : order_(order) {}
  std::string_view name() const noexcept override { return "under test"; }
  FitOrder order() const noexcept override { return order_; }
  double score(const Request& request, const LeaseView& lease) const override {
    // The largest share of memory in use afterwards is the best.
    const auto left = static_cast<double>(lease.free.mem - request.amounts.mem);
    return left / static_cast<double>(lease.total.mem);
  }

 private:
  FitOrder order_;
};

LeaseGranted lease(std::uint64_t id, const std::string& node, std::int64_t cpus, std::int64_t mem) {
  return {LeaseId{id}, node, LeaseKind::standing, {{cpus, mem, 0, {}}, {}, {}}};
}

Request asking(std::int64_t cpus, std::int64_t mem) {
  Request r;
  r.amounts = {cpus, mem, 0, {}};
  return r;
}

std::optional<BookingId> book(Pool& pool, const Request& request) {
  return pool.book(request, {}, Reservations{pool});
}

TEST_CASE("a request fits now, later or never") {
  const Rule rule(FitOrder::least_cpus);
  Pool pool(rule);
  CHECK(pool.fit(asking(1, 1)) == Fit::never);
  pool.grant(lease(1, "a", 10, 10));
  CHECK(pool.fit(asking(10, 10)) == Fit::now);
  const auto booking = book(pool, asking(6, 6));
  REQUIRE(booking.has_value());
  CHECK(pool.fit(asking(5, 5)) == Fit::later);
  CHECK(pool.fit(asking(11, 1)) == Fit::never);
  pool.release(*booking);
  CHECK(pool.fit(asking(5, 5)) == Fit::now);
  pool.check_invariants();
}

TEST_CASE("best takes the fewest free cpus, then the least memory, then the longest unused") {
  const Rule rule(FitOrder::least_cpus);
  Pool pool(rule);
  pool.grant(lease(1, "wide", 9, 9));
  pool.grant(lease(2, "roomy", 4, 9));
  pool.grant(lease(3, "tight", 4, 4));
  pool.grant(lease(4, "tight too", 4, 4));
  const auto first = book(pool, asking(2, 2));
  CHECK(pool.placement(*first).node == "tight");
  pool.release(*first);
  CHECK(pool.placement(*book(pool, asking(0, 0))).node == "tight too");
  CHECK(pool.placement(*book(pool, asking(2, 2))).node == "tight");
  CHECK(pool.placement(*book(pool, asking(3, 5))).node == "roomy");
}

TEST_CASE("of equal nodes the one whose last start is the longest ago comes first") {
  const Rule rule(FitOrder::most_cpus);
  Pool pool(rule);
  pool.restore_use({"a", 7});
  pool.grant(lease(1, "a", 4, 4));
  pool.grant(lease(2, "b", 4, 4));
  pool.restore_use({"b", 9});
  pool.check_invariants();
  CHECK(pool.placement(*book(pool, asking(0, 0))).node == "a");
  CHECK(pool.placement(*book(pool, asking(0, 0))).node == "b");
  CHECK(pool.placement(*book(pool, asking(0, 0))).node == "a");
  CHECK(pool.last_uses() == std::vector<NodeUsed>{{"a", 12}, {"b", 11}});
  CHECK(pool.take_uses() == std::vector<NodeUsed>{{"a", 12}, {"b", 11}});
  CHECK(pool.take_uses().empty());
  pool.lose("a");
  CHECK(pool.last_uses().size() == 2);
  pool.grant(lease(3, "a", 4, 4));
  CHECK(pool.placement(*book(pool, asking(0, 0))).node == "b");
  pool.check_invariants();
}

TEST_CASE("a rule with a score of its own chooses among all leases that fit") {
  const Rule rule(FitOrder::by_score);
  Pool pool(rule);
  pool.grant(lease(1, "a", 9, 100));
  pool.grant(lease(2, "b", 9, 60));
  pool.grant(lease(3, "c", 9, 55));
  pool.grant(lease(4, "d", 1, 51));
  CHECK(pool.placement(*book(pool, asking(2, 50))).node == "c");
}

TEST_CASE("a draft taken back leaves the pool as it was, the order of equal nodes too") {
  for (const LeaseKind kind : {LeaseKind::standing, LeaseKind::once}) {
    const Rule rule(FitOrder::least_cpus);
    Pool pool(rule);
    for (std::uint64_t id = 1; id <= 3; ++id) {
      LeaseGranted g = lease(id, std::string(1, static_cast<char>('a' + id)), 4, 4);
      g.kind = kind;
      g.capacity.ports = {{1, 4}};
      pool.grant(g);
    }
    PoolDraft draft(pool);
    Request r = asking(3, 3);
    r.ports = 2;
    for (int i = 0; i < 3; ++i) REQUIRE(draft.place(r, {}).has_value());
    CHECK_FALSE(draft.place(r, {}).has_value());
    CHECK(draft.size() == 3);
    for (int i = 0; i < 3; ++i) draft.take_back();
    pool.check_invariants();
    CHECK(pool.booking_count() == 0);
    CHECK(pool.settle_once(true).empty());
    const auto again = draft.place(asking(4, 4), {});
    REQUIRE(again.has_value());
    CHECK(pool.lease(*again) == LeaseId{1});
  }
}

TEST_CASE("all that is short is named, on the nearest node") {
  const Rule rule(FitOrder::least_cpus);
  Pool pool(rule);
  pool.grant(lease(1, "a", 10, 100));
  pool.grant(lease(2, "b", 20, 50));
  const auto joint = pool.largest(asking(15, 60));
  REQUIRE(joint.size() == 1);
  CHECK(joint[0].node == "b");
  CHECK(joint[0].resource == "mem");
  CHECK(joint[0].most == 50);
  Request none = asking(30, 160);
  none.amounts.custom = {{"licences", 1}};
  CHECK(pool.fit(none) == Fit::never);
  const auto nowhere = pool.largest(none);
  REQUIRE(nowhere.size() == 3);
  CHECK(nowhere[0].resource == "cpus");
  CHECK(nowhere[0].most == 20);
  CHECK(nowhere[1].resource == "mem");
  CHECK(nowhere[1].most == 100);
  CHECK(nowhere[2].resource == "custom.licences");
  book(pool, asking(9, 1));
  book(pool, asking(18, 20));
  const auto near = pool.nearest(asking(3, 40));
  REQUIRE(near.size() == 2);
  CHECK(near[0].node == "b");
  CHECK(near[0].most == 2);
  CHECK(near[1].resource == "mem");
  CHECK(near[1].most == 30);
}

TEST_CASE("a node that is too small is never named as the nearest, however near it is") {
  const Rule rule(FitOrder::least_cpus);
  Pool pool(rule);
  pool.grant(lease(1, "small", 10, 100));
  pool.grant(lease(2, "large", 100, 100));
  book(pool, asking(95, 10));
  const auto near = pool.nearest(asking(11, 1));
  REQUIRE(near.size() == 1);
  CHECK(near[0].node == "large");
  CHECK(near[0].most == 5);
}

TEST_CASE(
    "what nobody uses costs nothing: nodes without lease, capacity or booking are forgotten") {
  const Rule rule(FitOrder::least_cpus);
  Pool pool(rule);
  const BookingId adopted =
      pool.adopt({JobId{1}, 1}, {"gone", {5, 5, 0, {}}, {7}, {{3, 1000}}}, {}, {});
  CHECK(pool.nodes().size() == 1);
  pool.grant(lease(1, "gone", 4, 4));
  pool.check_invariants();
  CHECK(pool.fit(asking(1, 1)) == Fit::later);
  pool.revoke(LeaseId{1});
  CHECK(pool.nodes().size() == 1);
  pool.release(adopted);
  CHECK(pool.nodes().empty());
  pool.check_invariants();
}

TEST_CASE("once leases show the node behind them, and close when used") {
  const Rule rule(FitOrder::least_cpus);
  Pool pool(rule);
  LeaseGranted g = lease(1, "a", 4, 4);
  g.kind = LeaseKind::once;
  pool.grant(g);
  book(pool, asking(3, 3));
  CHECK(pool.settle_once(true).empty());
  CHECK(pool.fit(asking(1, 1)) == Fit::later);
  g.lease = LeaseId{2};
  g.capacity.amounts = {2, 2, 0, {}};
  pool.grant(g);
  CHECK(pool.nodes().at(0).capacity.amounts.cpus == 5);
  CHECK(pool.settle_once(false) == std::vector<LeaseId>{LeaseId{2}});
  CHECK(pool.fit(asking(5, 5)) == Fit::later);
  pool.check_invariants();
}

}  // namespace
}  // namespace retz::pool
