// Which node is named as the nearest, against a look at all of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

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
  double score(const Request&, const LeaseView&) const override { return 0; }

 private:
  FitOrder order_;
};

std::int64_t lack(std::int64_t need, std::int64_t have) {
  return have >= need ? 0 : std::max<std::int64_t>((need - have) * 1000 / need, 1);
}

struct Machine {
  std::int64_t cpus = 0, mem = 0, gpus = 0;
  std::int64_t used_cpus = 0, used_mem = 0, used_gpus = 0;
  bool racked = false;
};

Request asking(std::int64_t cpus, std::int64_t mem, std::int32_t gpus, bool racked) {
  Request r;
  r.amounts = {cpus, mem, 0, {}};
  r.gpus.devices = gpus;
  if (racked) r.constraints = {{"rack", Constraint::Kind::equals, {"r1"}}};
  return r;
}

// The number of the machine that is named first, from 1; 0: none.
std::size_t nearest_of_all(const std::vector<Machine>& machines, const Request& r) {
  std::pair<std::int64_t, std::size_t> best{0, 0};
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const Machine& m = machines[i];
    if (m.cpus < r.amounts.cpus || m.mem < r.amounts.mem || m.gpus < r.gpus.devices) continue;
    if (!r.constraints.empty() && !m.racked) continue;
    const std::int64_t far = lack(r.amounts.cpus, m.cpus - m.used_cpus) +
                             lack(r.amounts.mem, m.mem - m.used_mem) +
                             lack(r.gpus.devices, m.gpus - m.used_gpus);
    if (best.second == 0 || far < best.first) best = {far, i + 1};
  }
  return best.second;
}

class Cluster {
 public:
  Cluster(FitOrder order, std::uint64_t seed) : rule_(order), pool_(rule_), random_(seed) {
    for (std::uint64_t i = 1; i <= 300; ++i) {
      Machine m;
      m.cpus = 4 << random_.below(4);
      m.mem = m.cpus * static_cast<std::int64_t>(1 + random_.below(8));
      m.gpus = random_.below(10) == 0 ? 4 : 0;
      m.racked = random_.below(3) == 0;
      Capacity capacity{{m.cpus, m.mem, 0, {}}, {}, {}};
      capacity.gpus.resize(static_cast<std::size_t>(m.gpus));
      capacity.attributes = {{"rack", m.racked ? "r1" : "r2"}};
      pool_.grant({LeaseId{i}, std::to_string(i), LeaseKind::standing, std::move(capacity)});
      machines_.push_back(m);
    }
  }
  void fill(int jobs) {
    for (int i = 0; i < jobs; ++i) {
      const Request r = draw();
      const auto booking = pool_.book(r, {}, Reservations{pool_});
      if (!booking) continue;
      Machine& m = machines_[std::stoul(pool_.placement(*booking).node) - 1];
      m.used_cpus += r.amounts.cpus;
      m.used_mem += r.amounts.mem;
      m.used_gpus += r.gpus.devices;
    }
  }
  Request draw() {
    const auto cpus = static_cast<std::int64_t>(1 + random_.below(16));
    const auto mem = static_cast<std::int64_t>(1 + random_.below(64));
    return asking(cpus, mem, random_.below(4) == 0 ? 1 : 0, random_.below(4) == 0);
  }
  /// Answers whether it was one to ask about.
  bool check_one() {
    const Request r = draw();
    if (pool_.fit(r) != Fit::later) return false;
    const auto near = pool_.nearest(r);
    REQUIRE(!near.empty());
    CHECK(near[0].node == std::to_string(nearest_of_all(machines_, r)));
    return true;
  }

 private:
  Rule rule_;
  Pool pool_;
  base::Generator random_;
  std::vector<Machine> machines_;
};

TEST_CASE("the nearest node is the one that a look at all nodes finds, the first lease of equals") {
  for (const FitOrder order :
       {FitOrder::by_lease, FitOrder::least_cpus, FitOrder::most_cpus, FitOrder::by_score}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(seed);
      Cluster cluster(order, seed);
      cluster.fill(3'000);
      int asked = 0;
      for (int i = 0; i < 200; ++i) asked += cluster.check_one() ? 1 : 0;
      CHECK(asked > 20);
    }
  }
}

}  // namespace
}  // namespace retz::pool
