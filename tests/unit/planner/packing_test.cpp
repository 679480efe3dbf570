// The packing planner over a queue and a pool, without an engine.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/generator.hpp"
#include "pool/pool.hpp"
#include "queue/queue.hpp"

namespace retz::planner {
namespace {

using Started = std::vector<std::uint64_t>;

struct Fixture {
  explicit Fixture(std::optional<Duration> bound = {})
      : rule(fit_rules::best()),
        ordering(orderings::fifo()),
        queue(queue::Orders{ordering.get(), nullptr, bound}, classes) {}

  void node(const std::string& name, std::int64_t cpus, std::int64_t mem) {
    pool.grant({LeaseId{++leases}, name, LeaseKind::standing, {{cpus, mem, 0, {}}, {}, {}, {}}});
  }
  void add(std::uint64_t id, Request request) {
    JobFacts f;
    f.id = JobId{id};
    f.request = std::move(request);
    f.estimate = std::chrono::seconds(60);
    queue.add({f.id, Arrival{id}, now, now, classes.acquire(f, false)}, false, now);
  }
  void add(std::uint64_t id, std::int64_t cpus, std::int64_t mem) {
    Request r;
    r.amounts = {cpus, mem, 0, {}};
    add(id, r);
  }
  Started plan(std::uint64_t starts_max = 1000) {
    queue.begin_pass(now);
    WaitingView view(queue, starts_max);
    PoolDraft draft(pool);
    planners::packing()->plan(view, draft, now);
    CHECK(draft.size() == view.starts().size());
    Started started;
    for (const Start& s : view.starts()) {
      started.push_back(s.job.value);
      bookings.push_back(s.booking);
    }
    pool.check_invariants();
    return started;
  }
  std::string node_of(std::size_t start) const { return pool.placement(bookings[start]).node; }
  std::size_t nodes_used() const {
    std::size_t used = 0;
    for (const auto& n : pool.nodes()) used += n.attempts > 0 ? 1 : 0;
    return used;
  }

  std::shared_ptr<const FitRule> rule;
  std::shared_ptr<const Ordering> ordering;
  model::Classes classes;
  queue::Queue queue;
  pool::Pool pool{*rule};
  std::vector<std::uint32_t> bookings;
  std::uint64_t leases = 0;
  Instant now{};
};

TEST_CASE("packing pairs what complements each other, where the order alone would waste a node") {
  Fixture f;
  f.node("a", 8000, 8000);
  f.node("b", 8000, 8000);
  // Two that want cpus and two that want memory: in order they would pair alike with alike.
  f.add(1, 6000, 2000);
  f.add(2, 2000, 6000);
  f.add(3, 2000, 6000);
  f.add(4, 6000, 2000);
  CHECK(f.plan().size() == 4);
  CHECK(f.nodes_used() == 2);
}

TEST_CASE("packing fills nodes in use before it opens idle ones") {
  Fixture f;
  f.node("a", 8000, 8000);
  f.node("b", 8000, 8000);
  f.add(1, 5000, 1000);
  CHECK(f.plan() == Started{1});
  f.add(2, 3000, 1000);
  CHECK(f.plan() == Started{2});
  CHECK(f.node_of(0) == f.node_of(1));
}

TEST_CASE("packing passes over a job at the head for those that fill a node") {
  Fixture f;
  f.node("a", 8000, 8000);
  f.add(1, 5000, 1000);
  f.add(2, 4000, 1000);
  f.add(3, 4000, 1000);
  CHECK(f.plan() == Started{2, 3});
  CHECK(f.queue.size() == 1);
}

TEST_CASE("of jobs that ask the same, packing starts the first in order") {
  Fixture f;
  f.node("a", 8000, 8000);
  for (std::uint64_t id = 1; id <= 5; ++id) f.add(id, 4000, 1000);
  CHECK(f.plan() == Started{1, 2});
}

TEST_CASE("packing holds nodes back for a job that waited past the bound") {
  Fixture f(std::chrono::seconds(100));
  f.node("a", 8000, 8000);
  f.node("b", 2000, 2000);
  f.add(1, 5000, 1000);
  f.add(2, 4000, 1000);
  f.add(3, 4000, 1000);
  REQUIRE(f.plan() == Started{2, 3});
  f.add(4, 4000, 1000);
  f.add(5, 2000, 1000);
  f.now += std::chrono::seconds(101);
  f.pool.release(f.bookings[0]);
  f.queue.unblock_all();
  // Half of `a` is free: 4 would fit there, yet 1 is overdue and needs more. 5 may have `b`.
  CHECK(f.plan() == Started{5});
  CHECK(f.node_of(2) == "b");
  CHECK(f.plan().empty());
  f.pool.release(f.bookings[1]);
  f.queue.unblock_all();
  CHECK(f.plan() == Started{1});
}

TEST_CASE("packing leaves it to the pool where a request asks for more than sums") {
  Fixture f;
  f.pool.grant({LeaseId{1},
                "a",
                LeaseKind::standing,
                {{8000, 8000, 0, {}}, {}, {{"g0", "x", -1}, {"g1", "x", -1}}, {}}});
  Request share;
  share.amounts.cpus = 1000;
  share.gpus.share = 600;
  for (std::uint64_t id = 1; id <= 3; ++id) f.add(id, share);
  f.add(4, 6000, 1000);
  Started started = f.plan();
  std::ranges::sort(started);
  CHECK(started == Started{1, 2, 4});
}

TEST_CASE("packing starts no more than it may, and the rest in the next pass") {
  Fixture f;
  f.node("a", 8000, 8000);
  for (std::uint64_t id = 1; id <= 8; ++id) f.add(id, 1000, 1000);
  CHECK(f.plan(3) == Started{1, 2, 3});
  CHECK(f.plan() == Started{4, 5, 6, 7, 8});
}

TEST_CASE("batches of Fenzo's case fill a cluster to the last cpu") {
  constexpr std::int64_t hosts = 100, each = 8;
  Fixture f;
  for (std::int64_t h = 0; h < hosts; ++h) f.node("n" + std::to_string(h), each * 1000, 1000);
  std::vector<std::int64_t> tasks(hosts * each / 5, 1);
  tasks.insert(tasks.end(), hosts * each * 2 / 5 / 4, 4);
  tasks.insert(tasks.end(), (hosts * each * 2 / 5 + 5) / 6, 6);
  std::int64_t sum = 0;
  for (const std::int64_t t : tasks) sum += t;
  for (; sum < hosts * each; ++sum) tasks.push_back(1);
  base::Generator dice(1);
  for (std::size_t i = tasks.size(); i > 1; --i) std::swap(tasks[i - 1], tasks[dice.below(i)]);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    f.add(i + 1, tasks[i] * 1000, 0);
    if ((i + 1) % 200 == 0) f.plan();
  }
  f.plan();
  std::int64_t used = 0;
  for (const std::uint32_t b : f.bookings) used += f.pool.placement(b).amounts.cpus;
  CHECK(used * 1000 >= hosts * each * 1000 * 999);
}

}  // namespace
}  // namespace retz::planner
