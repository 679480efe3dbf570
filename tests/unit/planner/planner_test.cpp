// Planners over a queue and a pool, without an engine.
#include <doctest/doctest.h>

#include "pool/pool.hpp"
#include "queue/queue.hpp"

namespace retz::planner {
namespace {

struct Fixture {
  Fixture() : rule(fit_rules::best()), ordering(orderings::fifo()), queue(*ordering, classes) {
    pool.grant({LeaseId{1}, "a", LeaseKind::standing, {{4000, 0, 0, {}}, {}, {}}});
  }
  void add(std::uint64_t id, std::int64_t cpus) {
    JobFacts f;
    f.id = JobId{id};
    f.request.amounts.cpus = cpus;
    queue.add({f.id, Arrival{id}, {}, {}, classes.acquire(f, false)}, false, {});
  }
  std::vector<std::uint64_t> plan(const std::shared_ptr<const Planner>& planner) {
    queue.begin_pass({});
    WaitingView view(queue, 100);
    PoolDraft draft(pool);
    planner->plan(view, draft, {});
    CHECK(draft.size() == view.starts().size());
    std::vector<std::uint64_t> started;
    for (const Start& s : view.starts()) started.push_back(s.job.value);
    pool.check_invariants();
    queue.check_invariants();
    return started;
  }

  std::shared_ptr<const FitRule> rule;
  std::shared_ptr<const Ordering> ordering;
  model::Classes classes;
  queue::Queue queue;
  pool::Pool pool{*rule};
};

using Started = std::vector<std::uint64_t>;

TEST_CASE("strict stops at the first job that does not fit") {
  Fixture f;
  for (const auto& [id, cpus] : {std::pair{1, 2000}, {2, 3000}, {3, 1000}}) {
    f.add(static_cast<std::uint64_t>(id), cpus);
  }
  CHECK(f.plan(planners::strict()) == Started{1});
  CHECK_FALSE(planners::strict()->overtakes());
}

TEST_CASE("first_fit starts whatever fits, in order") {
  Fixture f;
  for (const auto& [id, cpus] : {std::pair{1, 2000}, {2, 3000}, {3, 1000}, {4, 3000}, {5, 1000}}) {
    f.add(static_cast<std::uint64_t>(id), cpus);
  }
  CHECK(f.plan(planners::first_fit()) == Started{1, 3, 5});
  CHECK(f.queue.size() == 2);
}

TEST_CASE("the score of a fit rule agrees with its order") {
  Request r;
  r.amounts.cpus = 1000;
  const Amounts total{9000, 0, 0, {}}, little{2000, 0, 0, {}}, much{8000, 0, 0, {}};
  const auto prefers_little = [&](const FitRule& rule) {
    return rule.score(r, {little, total}) < rule.score(r, {much, total});
  };
  CHECK(prefers_little(*fit_rules::best()));
  CHECK_FALSE(prefers_little(*fit_rules::worst()));
  CHECK(fit_rules::first()->score(r, {little, total}) ==
        fit_rules::first()->score(r, {much, total}));
}

}  // namespace
}  // namespace retz::planner
