// Rules with a score of their own: the choice through a pool, kept scores and all, against a scan.
#include <doctest/doctest.h>

#include <cmath>

#include "base/generator.hpp"
#include "pool/pool.hpp"
#include "pool/reservations.hpp"

namespace retz::planner {
namespace {

/// A node as the test sees it.
struct Seen {
  std::string name;
  Amounts total, free;
  std::vector<Gpu> gpus;
  std::vector<std::int32_t> gpu_free;
  std::uint64_t last_use = 0;
};

bool fits(const Request& r, const Seen& n) {
  std::int32_t whole = 0, most = 0;
  for (const std::int32_t f : n.gpu_free) {
    whole += f == 1000 ? 1 : 0;
    most = std::max(most, f);
  }
  return r.amounts.cpus <= n.free.cpus && r.amounts.mem <= n.free.mem && r.gpus.devices <= whole &&
         r.gpus.share <= most;
}

Request random_request(base::Generator& draw) {
  Request r;
  r.amounts.cpus = static_cast<std::int64_t>(1 + draw.below(4)) * 1000;
  r.amounts.mem = static_cast<std::int64_t>(1 + draw.below(3)) * 512;
  if (draw.below(3) == 0) r.gpus.share = static_cast<std::int32_t>(100 * (1 + draw.below(9)));
  if (r.gpus.share == 0 && draw.below(2) == 0) r.gpus.devices = 1;
  return r;
}

TEST_CASE("the lease with the smallest score is chosen, however much changed since it was asked") {
  base::Generator mix(9);
  std::vector<TypicalRequest> typical;
  for (int i = 0; i < 5; ++i) typical.push_back({random_request(mix), 0.2});
  for (const auto& rule : {fit_rules::dot_product(), fit_rules::fragmentation(typical),
                           fit_rules::fragmentation_constrained(typical)}) {
    CAPTURE(rule->name());
    base::Generator draw(7);
    pool::Pool pool(*rule);
    std::vector<Seen> nodes;
    for (std::uint64_t id = 1; id <= 20; ++id) {
      Seen n{"n" + std::to_string(id), {16000, 8192, 0, {}}, {16000, 8192, 0, {}}, {}, {}};
      for (std::uint64_t g = draw.below(4); g > 0; --g) n.gpus.push_back({"g", "T4", -1});
      n.gpu_free.assign(n.gpus.size(), 1000);
      pool.grant({LeaseId{id}, n.name, LeaseKind::standing, {n.total, {}, n.gpus, {}}});
      nodes.push_back(n);
    }
    std::vector<Request> requests;
    for (int i = 0; i < 6; ++i) requests.push_back(random_request(draw));
    std::vector<pool::BookingId> booked;
    const auto apply = [&](pool::BookingId b, std::int32_t sign) {
      const Placement p = pool.placement(b);
      Seen& n = *std::ranges::find(nodes, p.node, &Seen::name);
      n.free.cpus -= sign * p.amounts.cpus;
      n.free.mem -= sign * p.amounts.mem;
      for (const GpuShare& g : p.gpus) n.gpu_free[g.device] -= sign * g.amount;
    };
    std::uint64_t starts = 0;
    for (int i = 0; i < 1500; ++i) {
      const Request& r = requests[draw.below(requests.size())];
      const Seen* best = nullptr;
      double best_score = 0;
      for (const Seen& n : nodes) {
        if (!fits(r, n)) continue;
        const double score = rule->score(r, {n.free, n.total, n.gpus, n.gpu_free, n.name});
        const bool tie = best != nullptr && score == best_score;
        const bool sooner =
            tie && (rule->ties_by_name() ? n.name < best->name : n.last_use < best->last_use);
        if (best != nullptr && !(score < best_score) && !sooner) continue;
        best = &n;
        best_score = score;
      }
      const auto b = pool.book(r, {}, pool::Reservations(pool));
      REQUIRE(b.has_value() == (best != nullptr));
      if (b) {
        REQUIRE(pool.placement(*b).node == best->name);
        std::ranges::find(nodes, best->name, &Seen::name)->last_use = ++starts;
        apply(*b, 1);
        booked.push_back(*b);
      }
      while (!booked.empty() && (!b || draw.below(2) == 0)) {
        const std::size_t k = draw.below(booked.size());
        apply(booked[k], -1);
        pool.release(booked[k]);
        booked[k] = booked.back();
        booked.pop_back();
        if (draw.below(2) == 0) break;
      }
    }
    pool.check_invariants();
  }
}

TEST_CASE("dot_product takes the node whose free amounts look most like the request") {
  Request r;
  r.amounts = {1000, 4096, 0, {}};
  const Amounts total{8000, 8192, 0, {}}, cpus_left{8000, 4096, 0, {}}, mem_left{2000, 8192, 0, {}};
  const auto rule = fit_rules::dot_product();
  CHECK(rule->score(r, {mem_left, total}) < rule->score(r, {cpus_left, total}));
}

// Two GPUs, 600 and 1000 thousandths free; typical: half ask for a whole one, half for 500.
TEST_CASE("fragmentation scores as published: int(100 sigmoid(-dF / 1000)), the better device") {
  Request whole, half;
  whole.gpus.devices = 1;
  half.gpus.share = 500;
  const auto rule = fit_rules::fragmentation({{whole, 0.5}, {half, 0.5}});
  const Amounts room{8000, 8192, 0, {}};
  const std::vector<Gpu> gpus{{"0", "T4", -1}, {"1", "T4", -1}};
  const std::vector<std::int32_t> free{600, 1000};
  const LeaseView lease{room, room, gpus, free, "n"};
  // Before: 0.5 * 600. On device 0: 0.5 * 100 + 0.5 * 100. On device 1: 0.5 * 1100 + 0.
  CHECK(rule->device(half, lease) == 0U);
  CHECK(rule->score(half, lease) == -std::trunc(100 / (1 + std::exp((100.0 - 300.0) / 1000))));
  // The whole one: what is left is 600, of no use to half of them.
  CHECK(rule->score(whole, lease) == -50);
  CHECK(rule->ties_by_name());
}

TEST_CASE("without typical requests those of live jobs count") {
  const auto rule = fit_rules::fragmentation();
  pool::Pool pool(*rule);
  for (std::uint64_t id = 1; id <= 2; ++id) {
    pool.grant({LeaseId{id},
                "n" + std::to_string(id),
                LeaseKind::standing,
                {{16000, 0, 0, {}}, {}, {{"0", "T4", -1}, {"1", "T4", -1}}, {}}});
  }
  Request half, whole;
  half.gpus.share = 500;
  whole.gpus.devices = 1;
  for (int i = 0; i < 4; ++i) pool.waits(whole, true);
  CHECK(pool.placement(*pool.book(half, {}, pool::Reservations(pool))).node == "n1");
  const auto second = pool.book(half, {}, pool::Reservations(pool));
  CHECK(pool.placement(*second).node == "n1");
  CHECK(pool.placement(*second).gpus.at(0).device == 0);
  for (int i = 0; i < 4; ++i) pool.waits(whole, false);
  pool.check_invariants();
}

TEST_CASE("every fit rule is found by its name") {
  for (const char* name : {"first", "best", "worst", "dot_product", "fragmentation",
                           "fragmentation_constrained", "numa"}) {
    CHECK((*make_fit_rule(name))->name() == name);
  }
}

}  // namespace
}  // namespace retz::planner
