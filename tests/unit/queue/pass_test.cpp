// What a planner sees beyond the order: limits, patience, the bound, a second order, and who was
// passed over.
#include <doctest/doctest.h>

#include "world.hpp"

namespace retz::queue {
namespace {

using Show = WaitingView::Show;
using Until = WaitingView::Until;

JobFacts of_user(const std::string& user, std::int64_t cpus = 1000) {
  JobFacts f;
  f.user = user;
  f.request.amounts.cpus = cpus;
  return f;
}

// The first shown in a pass of its own that changes nothing.
std::uint64_t first_of(World& w, Instant now, Show show = Show::that_may_fit) {
  w.queue.begin_pass(now);
  WaitingView view(w.queue, 10);
  const Candidate* const c = view.candidate(show);
  return c == nullptr ? 0 : c->job.value;
}

TEST_CASE("a job that has waited as long as the bound goes before all others, and is told apart") {
  World w(orderings::priority(), std::chrono::seconds(100));
  JobFacts later;
  later.priority = 5;
  w.add(1, second(0), later);
  w.add(2, second(50));
  w.add(3, second(60));
  CHECK(first_of(w, second(99)) == 2);
  CHECK_FALSE(w.queue.is_overdue(w.jobs.at(1).ticket));
  CHECK(first_of(w, second(100)) == 1);
  CHECK(w.queue.is_overdue(w.jobs.at(1).ticket));
  CHECK(w.queue.position(w.jobs.at(1).ticket) == 1);
  CHECK(w.queue.position(w.jobs.at(2).ticket) == 2);
  w.queue.begin_pass(second(155));
  WaitingView view(w.queue, 10);
  CHECK(view.candidate()->overdue);
  view.start(0);
  CHECK(view.candidate()->job == JobId{2});
  CHECK(view.candidate()->overdue);
  view.start(0);
  CHECK_FALSE(view.candidate()->overdue);
  CHECK_FALSE(view.wake().has_value());
}

TEST_CASE(
    "an overdue job is shown even where it is known to fit nowhere, behind a class mate too") {
  World w(orderings::fifo(), std::chrono::seconds(100));
  JobFacts f;
  f.id = JobId{1};
  f.estimate = std::chrono::seconds(1);
  w.add(f, Arrival{1}, second(90), second(90));  // came back: an early place, eligible late
  f.id = JobId{2};
  w.add(f, Arrival{2}, second(0), second(0));
  w.queue.begin_pass(second(99));
  {
    WaitingView view(w.queue, 10);
    CHECK(view.candidate()->job == JobId{1});
    view.pass_over();
    CHECK(view.candidate() == nullptr);
  }
  CHECK(first_of(w, second(99)) == 0);
  CHECK(first_of(w, second(99), Show::all) == 1);
  w.queue.begin_pass(second(100));
  WaitingView view(w.queue, 10);
  REQUIRE(view.candidate() != nullptr);
  CHECK(view.candidate()->job == JobId{2});
  CHECK(view.candidate()->blocked);
  view.pass_over();
  CHECK(view.candidate() == nullptr);
}

TEST_CASE("a user at a limit holds up nobody, and is shown again once it is no longer there") {
  World w(orderings::fifo());
  w.add(1, {}, of_user("a"));
  w.add(2, {}, of_user("b"));
  w.add(3, {}, of_user("a", 2000));
  w.closed = {"a"};
  CHECK(first_of(w, {}, Show::all) == 2);
  w.closed.clear();
  CHECK(first_of(w, {}, Show::all) == 2);
  w.queue.reopen("b");
  w.queue.reopen("nobody");
  CHECK(first_of(w, {}, Show::all) == 2);
  w.queue.reopen("a");
  CHECK(w.queue.position(w.jobs.at(1).ticket) == 1);
  w.queue.check_invariants();
  CHECK(w.shown({}, false) == Order{1, 2, 3});
}

TEST_CASE("jobs of a user at a limit may leave and come in the meantime") {
  World w(orderings::wfp3());
  for (std::uint64_t id = 1; id <= 4; ++id) w.add(id, second(1), of_user(id % 2 == 0 ? "a" : "b"));
  w.closed = {"a", "b"};
  CHECK(first_of(w, second(2)) == 0);
  w.remove(2, second(2));
  w.remove(1, second(2));
  w.remove(3, second(2));
  w.add(5, second(3), of_user("c"));
  w.add(6, second(3), of_user("b"));
  CHECK(first_of(w, second(4)) == 5);
  w.queue.check_invariants();
  w.closed.clear();
  w.queue.reopen_all();
  CHECK(w.shown(second(4), false) == Order{4, 5, 6});
}

TEST_CASE("a job with patience is not relaxed before it ends, and asks to be woken then") {
  World w(orderings::fifo());
  JobFacts f;
  f.request.preference = Preference{{}, std::chrono::seconds(30)};
  w.add(1, second(0), f);
  w.add(2, second(10), f);
  w.queue.begin_pass(second(20));
  {
    WaitingView view(w.queue, 10);
    CHECK_FALSE(view.candidate()->terms.relaxed);
    CHECK(view.wake() == second(30));
    view.wake_at(second(25));
    CHECK(view.wake() == second(25));
    view.pass_over();
    CHECK(view.candidate() == nullptr);
  }
  w.queue.check_invariants();
  // Nowhere to go but to preferred nodes, so far; now any will do.
  w.queue.begin_pass(second(30));
  WaitingView view(w.queue, 10);
  REQUIRE(view.candidate() != nullptr);
  CHECK(view.candidate()->terms.relaxed);
  CHECK_FALSE(view.wake().has_value());
  view.start(0);
  REQUIRE(view.candidate() != nullptr);  // job 2 has patience left
  CHECK_FALSE(view.candidate()->terms.relaxed);
  CHECK(view.wake() == second(40));
}

TEST_CASE("backfilling goes by an order of its own, without what was passed over") {
  World w(orderings::fifo(), std::nullopt, orderings::shortest());
  for (std::uint64_t id = 1; id <= 5; ++id) {
    JobFacts f = of_user("a", id == 2 ? 9000 : static_cast<std::int64_t>(id) * 1000);
    f.estimate = std::chrono::seconds(100 - 10 * id);
    w.add(id, {}, f);
  }
  w.queue.begin_pass({});
  WaitingView view(w.queue, 10);
  view.start(0);
  REQUIRE(view.candidate()->job == JobId{2});
  view.pass_over();
  view.backfill();
  Order order;
  while (const Candidate* c = view.candidate()) {
    order.push_back(c->job.value);
    view.start(0);
    w.queue.check_invariants();
  }
  CHECK(order == Order{5, 4, 3});
}

TEST_CASE("a request passed by is shown again when the planner goes round again") {
  for (const std::string name : {"fifo", "wfp3", "fair_share"}) {
    CAPTURE(name);
    World w(*make_ordering(name));
    for (std::uint64_t id = 1; id <= 6; ++id) {
      w.add(id, second(static_cast<std::int64_t>(id)),
            of_user("a", 1000 * static_cast<std::int64_t>(1 + id % 2)));
    }
    w.queue.begin_pass(second(10));
    WaitingView view(w.queue, 10);
    CHECK(view.candidate()->job == JobId{1});
    CHECK(view.alike() == 3);
    view.pass_by();
    CHECK(view.candidate()->shape != 99);
    const Order shown{view.candidate()->job.value};
    CHECK(shown == Order{2});
    view.pass_over();
    CHECK(view.candidate() == nullptr);
    view.again();
    CHECK(view.candidate()->job == JobId{1});
    view.start(0);
    CHECK(view.candidate()->job == JobId{3});
    view.start(0);
    CHECK(view.candidate()->job == JobId{5});
    view.start(0);
    CHECK(view.candidate() == nullptr);
    w.queue.check_invariants();
  }
}

TEST_CASE("within a pass users of equal usage take turns under fair_share") {
  World w(orderings::fair_share());
  w.per_start = 1;
  for (std::uint64_t id = 1; id <= 6; ++id) w.add(id, {}, of_user(id <= 3 ? "a" : "b"));
  CHECK(w.shown({}, false) == Order{1, 4, 2, 5, 3, 6});
}

TEST_CASE("who was passed over knows how often, by whom last and when") {
  for (const std::string name : {"priority", "wfp3"}) {
    CAPTURE(name);
    World w(*make_ordering(name));
    for (std::uint64_t id = 1; id <= 5; ++id) {
      w.add(id, second(static_cast<std::int64_t>(id)),
            of_user("a", id == 2 ? 9000 : static_cast<std::int64_t>(id)));
    }
    w.queue.begin_pass(second(7));
    {
      WaitingView view(w.queue, 3);
      while (const Candidate* c = view.candidate()) {
        if (c->job == JobId{2}) {
          view.pass_over();
        } else {
          view.start(0);
        }
      }
    }
    w.queue.begin_pass(second(9));
    WaitingView(w.queue, 0);
    const auto told = w.queue.passed_over(w.jobs.at(2).ticket);
    CHECK(told.times == 2);
    CHECK(told.last.value > 2);
    CHECK(told.at == second(7));
    CHECK_FALSE(told.at_least);
  }
}

TEST_CASE("of starts longer ago than are kept, nothing is said but that there may be more") {
  PassedOver over;
  const Key early{true, {}, Arrival{1}, JobId{1}};
  for (std::uint64_t i = 2; i < 70'002; ++i) {
    over.started({true, {}, Arrival{i}, JobId{i}}, second(static_cast<std::int64_t>(i)));
  }
  CHECK(over.of(early, second(0)).times == 65'536);
  CHECK(over.of(early, second(0)).at_least);
  CHECK(over.of(early, second(0)).last == JobId{70'001});
  CHECK(over.of(early, second(70'000)).times == 2);
  CHECK_FALSE(over.of(early, second(70'000)).at_least);
  over.forget();
  CHECK(over.of(early, second(70'000)).times == 0);
  CHECK(over.of(early, second(70'000)).at_least);
}

TEST_CASE("an unknown ordering is answered with those there are, and the literature's names do") {
  CHECK((*make_ordering("F1"))->name() == "f1");
  CHECK((*make_ordering("WFP3"))->name() == "wfp3");
  CHECK((*make_ordering("UNICEF"))->name() == "unicef");
  const Error error = make_ordering("lottery").error();
  CHECK(error.field == "ordering");
  CHECK(error.message.find("fifo, priority, shortest") != std::string::npos);
}

}  // namespace
}  // namespace retz::queue
