// What holds for every ordering: one total order, the same as a plain sort gives, through all that
// happens to a queue.
#include <doctest/doctest.h>

#include <utility>

#include "world.hpp"

namespace retz::queue {
namespace {

constexpr std::array names{"fifo",       "priority",
                           "shortest",   "shortest_estimate",
                           "f1",         "smallest_area",
                           "p_sqrt_n",   "p_sqrt_n_bounded",
                           "f2",         "f3",
                           "f4",         "wfp3",
                           "unicef",     "largest_expansion",
                           "fair_share", "critical_path"};

JobFacts draw_facts(base::Generator& draw, std::uint64_t id) {
  JobFacts f;
  f.id = JobId{id};
  f.user = std::string(1, static_cast<char>('a' + draw.below(3)));
  f.request.amounts.cpus = 1000 * (1 + static_cast<std::int64_t>(draw.below(3)));
  f.request.amounts.mem = static_cast<std::int64_t>(draw.below(3));
  f.estimate = std::chrono::seconds(60 * (1 + draw.below(3)));
  f.priority = static_cast<std::int32_t>(draw.below(2));
  return f;
}

void check_all(World& w, Instant now) {
  w.queue.begin_pass(now);
  w.queue.end_pass();
  w.queue.check_invariants();
  const Order order = w.sorted(now);
  for (std::size_t i = 0; i < order.size(); ++i) {
    REQUIRE(w.queue.position(w.jobs.at(order[i]).ticket) == i + 1);
  }
  if (!order.empty()) REQUIRE(w.queue.head()->job.value == order.front());
  REQUIRE(w.shown(now, true, WaitingView::Show::all) == order);
  w.queue.check_invariants();
}

// Random jobs come and go, requests are set aside and back; the queue is asked for everything now
// and then. Times are unequal, so that a class's earlier job ranks earlier.
void live_through(World& w, base::Generator& draw) {
  Instant now = second(1000);
  std::uint64_t id = 0;
  for (int i = 0; i < 120; ++i) {
    now += std::chrono::seconds(1 + draw.below(20));
    w.add(draw_facts(draw, ++id), Arrival{id}, now, now);
    if (draw.below(3) == 0) {
      auto victim = w.jobs.begin();
      std::advance(victim, static_cast<std::ptrdiff_t>(draw.below(w.jobs.size())));
      w.remove(victim->first, now);
    }
    if (draw.below(12) == 0) {
      const auto mem = static_cast<std::int64_t>(draw.below(3));
      if (w.unfit.erase(mem) == 0) w.unfit.insert(mem);
      w.queue.sort_out([&](const Request& r) { return w.unfit.contains(r.amounts.mem); });
    }
    if (draw.below(5) == 0) w.used[draw.below(2) == 0 ? "a" : "b"] += 1;
    if (draw.below(10) == 0) check_all(w, now);
  }
  w.unfit.clear();
  w.queue.sort_out([](const Request&) { return false; });
  check_all(w, now);
  const Order order = w.sorted(now);
  CHECK(w.shown(now, false) == order);
  CHECK(w.queue.empty());
}

TEST_CASE("every ordering gives the order of a plain sort, and positions in it") {
  for (const std::string name : names) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      CAPTURE(name);
      CAPTURE(seed);
      base::Generator draw(seed);
      World w(*make_ordering(name));
      live_through(w, draw);
    }
  }
}

TEST_CASE("under every ordering whoever waited past the bound comes first, by arrival") {
  for (const std::string name : names) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      CAPTURE(name);
      CAPTURE(seed);
      base::Generator draw(seed + 100);
      World w(*make_ordering(name), std::chrono::seconds(300));
      live_through(w, draw);
    }
  }
}

TEST_CASE("an ordering can take the place of another while jobs wait") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    base::Generator draw(seed);
    World w(orderings::fifo());
    for (std::uint64_t id = 1; id <= 60; ++id) {
      w.add(draw_facts(draw, id), Arrival{id}, second(static_cast<std::int64_t>(id)),
            second(static_cast<std::int64_t>(id)));
    }
    for (const std::string name : {"shortest", "wfp3", "fair_share", "f2", "fifo"}) {
      const auto before = std::exchange(w.ordering, *make_ordering(name));  // outlives the change
      w.orders.ordering = w.ordering.get();
      if (draw.below(2) == 0) w.orders.starvation_bound = std::chrono::seconds(draw.below(60) + 1);
      w.queue.change(w.orders, second(70));
      check_all(w, second(70));
    }
  }
}

// A pass in which candidates start, are passed over, limited or skipped at random shows what a
// plain list shows that forgets what was hidden.
TEST_CASE("a pass shows the first of the order that is not hidden") {
  for (const std::string name : names) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      CAPTURE(name);
      CAPTURE(seed);
      base::Generator draw(seed);
      World w(*make_ordering(name));
      w.per_start = 0.5;
      for (std::uint64_t id = 1; id <= 80; ++id) {
        const Instant t = second(static_cast<std::int64_t>(1000 + id * 3));
        w.add(draw_facts(draw, id), Arrival{id}, t, t);
      }
      const Instant now = second(5000);
      std::set<std::uint64_t> hidden;
      std::map<Request, Duration> longest;
      w.queue.begin_pass(now);
      WaitingView view(w.queue, 1000);
      while (const Candidate* c = view.candidate()) {
        std::uint64_t expected = 0;
        for (const std::uint64_t id : w.sorted(now)) {
          const JobFacts& f = w.jobs.at(id).facts;
          const auto limit = longest.find(f.request);
          if (hidden.contains(id) || (limit != longest.end() && f.estimate > limit->second)) {
            continue;
          }
          expected = id;
          break;
        }
        REQUIRE(c->job.value == expected);
        const Request request = *c->request;
        switch (draw.below(8)) {
          case 0:
            longest[request] = Duration{-1};
            view.pass_over();
            break;
          case 1:
            longest[request] = c->terms.estimate - std::chrono::seconds(1);
            view.pass_over_longer(longest[request]);
            break;
          case 2:
            hidden.insert(c->job.value);
            view.skip();
            break;
          default:
            view.start(0);
            w.forget(expected);
        }
        w.queue.check_invariants();
      }
      w.queue.end_pass();
      w.queue.check_invariants();
      w.queue.unblock_all();
      check_all(w, now);
    }
  }
}

}  // namespace
}  // namespace retz::queue
