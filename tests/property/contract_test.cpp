// What every ordering and every planner promises, in every combination, on small workloads whose
// estimates hold. RETZ_LONG=1 tries a hundred times as many; RETZ_SEED=N begins there.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <string>

#include "property/environment.hpp"
#include "property/workload.hpp"

namespace {

using namespace retz;
using namespace retz::property;

constexpr const char* ordering_names[] = {"fifo",
                                          "priority",
                                          "shortest",
                                          "shortest_estimate",
                                          "smallest_area",
                                          "p_sqrt_n",
                                          "p_sqrt_n_bounded",
                                          "F1",
                                          "F2",
                                          "F3",
                                          "F4",
                                          "WFP3",
                                          "UNICEF",
                                          "largest_expansion",
                                          "fair_share",
                                          "critical_path"};
constexpr const char* planner_names[] = {"strict",       "first_fit",           "easy",
                                         "conservative", "conservative_replan", "packing"};

Policy policy_of(const char* ordering, const char* planner) {
  Policy policy;
  policy.ordering = *make_ordering(ordering);
  policy.planner = *make_planner(planner);
  return policy;
}

rc::Gen<SmallJob> any_job() {
  using rc::gen::inRange;
  using rc::gen::set;
  return rc::gen::build<SmallJob>(set(&SmallJob::after, inRange<std::uint32_t>(0, 10)),
                                  set(&SmallJob::cpus, inRange<std::uint32_t>(1, 9)),
                                  set(&SmallJob::mem, inRange<std::uint32_t>(0, 9)),
                                  set(&SmallJob::estimate, inRange<std::uint32_t>(1, 30)),
                                  set(&SmallJob::user, inRange<std::uint32_t>(0, 3)),
                                  set(&SmallJob::priority, inRange<std::int32_t>(0, 3)));
}

// The shortest list of jobs for which a promise is broken stands in the output.
bool keeps_promises(const std::string& what, const Policy& policy) {
  const std::string seed = "seed=" + std::to_string(first_seed()) +
                           " max_size=40 max_success=" + (long_run() ? "10000" : "60");
  setenv("RC_PARAMS", seed.c_str(), 1);
  return rc::check(what, [&policy] {
    Workload workload;
    workload.jobs = *rc::gen::container<std::vector<SmallJob>>(any_job());
    const std::string problem = run(policy, workload);
    if (!problem.empty()) RC_FAIL(problem);
  });
}

}  // namespace

TEST_CASE(
    "each ordering with each planner: total, deterministic, within what there is, to the end") {
  const ThrowingAssertions throwing;
  const std::uint64_t first = first_seed();
  const std::uint64_t count = long_run() ? 300 : 3;
  for (const char* ordering : ordering_names) {
    for (const char* planner : planner_names) {
      for (std::uint64_t seed = first; seed < first + count; ++seed) {
        base::Generator chance(seed);
        Policy policy = policy_of(ordering, planner);
        if (seed % 2 == 0) policy.starvation_bound = std::chrono::seconds(30);
        const std::string problem = run(policy, make_workload(chance, 40));
        INFO(std::string(ordering), " ", std::string(planner), " seed ", seed);
        CHECK(problem == "");
      }
    }
  }
}

TEST_CASE("easy never delays the head, nor conservative anybody, nor strict lets anybody pass") {
  const ThrowingAssertions throwing;
  CHECK(keeps_promises("strict", policy_of("shortest", "strict")));
  CHECK(keeps_promises("easy", policy_of("fifo", "easy")));
  Policy backfill = policy_of("fifo", "easy");
  backfill.backfill_order = *make_ordering("shortest");
  CHECK(keeps_promises("easy, the shortest backfilled first", backfill));
  CHECK(keeps_promises("conservative", policy_of("fifo", "conservative")));
  CHECK(keeps_promises("conservative by area", policy_of("smallest_area", "conservative")));
  CHECK(keeps_promises("conservative_replan", policy_of("fifo", "conservative_replan")));
}

TEST_CASE("nothing starts where an overdue job could: first_fit and packing") {
  const ThrowingAssertions throwing;
  for (const char* planner : {"first_fit", "packing"}) {
    for (const char* ordering : {"fifo", "shortest", "largest_expansion"}) {
      Policy policy = policy_of(ordering, planner);
      policy.starvation_bound = std::chrono::seconds(20);
      CHECK(keeps_promises(std::string(planner) + " " + ordering, policy));
    }
  }
}
