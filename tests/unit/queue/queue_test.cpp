// The order of waiting jobs against a plain sort, and the timers.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/generator.hpp"
#include "queue/queue.hpp"
#include "queue/timers.hpp"

namespace retz::queue {
namespace {

// Whoever waited longer than ten seconds goes first: a rank that changes with time.
class Ageing final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "ageing"; }
  RankChanges rank_changes() const noexcept override { return RankChanges::with_time; }
  WithinClass within_class() const noexcept override { return WithinClass::by_rank; }
  Rank rank(const RankedJob& job, Instant now) const override {
    if (now - job.submitted > std::chrono::seconds(10)) return {{-100, 0}};
    return {{static_cast<double>(job.priority), 0}};
  }
};

struct Fixture {
  explicit Fixture(std::shared_ptr<const Ordering> o)
      : ordering(std::move(o)), queue(*ordering, classes) {}

  Ticket add(std::uint64_t id, std::uint64_t arrival, std::int32_t priority = 0,
             std::int64_t cpus = 1) {
    JobFacts f;
    f.id = JobId{id};
    f.priority = priority;
    f.request.amounts.cpus = cpus;
    const bool single = ordering->within_class() == WithinClass::by_rank;
    const model::ClassId c = classes.acquire(f, single);
    const Instant submitted = at_micros(static_cast<std::int64_t>(arrival) * 1'000'000);
    return queue.add({f.id, Arrival{arrival}, submitted, submitted, c}, false, submitted);
  }
  std::vector<std::uint64_t> drain(Instant now = {}) {
    std::vector<std::uint64_t> order;
    queue.begin_pass(now);
    WaitingView view(queue, 1'000'000);
    while (const Candidate* c = view.candidate()) {
      order.push_back(c->job.value);
      view.start(0);
      queue.check_invariants();
    }
    return order;
  }

  std::shared_ptr<const Ordering> ordering;
  model::Classes classes;
  Queue queue;
};

using Order = std::vector<std::uint64_t>;

TEST_CASE("jobs of different classes come in one order of arrival") {
  Fixture f(orderings::fifo());
  f.add(1, 1, 0, 1);
  f.add(2, 2, 0, 2);
  f.add(3, 3, 0, 1);
  f.add(4, 4, 0, 2);
  CHECK(f.drain() == Order{1, 2, 3, 4});
  CHECK(f.queue.empty());
}

TEST_CASE("a job that comes back goes to its old place") {
  Fixture f(orderings::fifo());
  for (std::uint64_t id : {2U, 5U, 8U}) f.add(id, id);
  for (std::uint64_t id : {4U, 1U, 6U}) f.add(id, id);
  f.add(9, 9);
  CHECK(f.drain() == Order{1, 2, 4, 5, 6, 8, 9});
}

TEST_CASE("random jobs come out sorted by priority, arrival and id") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    base::Generator draw(seed);
    Fixture f(orderings::priority());
    struct Known {
      std::int32_t priority;
      std::uint64_t arrival, id;
      Ticket ticket;
    };
    std::vector<Known> known;
    for (std::uint64_t id = 1; id <= 200; ++id) {
      const auto priority = static_cast<std::int32_t>(draw.below(3));
      const std::uint64_t arrival = draw.below(4) == 0 ? 1 + draw.below(id) : id;
      const auto cpus = static_cast<std::int64_t>(draw.below(3));
      known.push_back({priority, arrival, id, f.add(id, arrival, priority, cpus)});
      if (draw.below(4) == 0) {
        const std::size_t victim = draw.below(known.size());
        f.queue.remove(known[victim].ticket, {});
        known.erase(known.begin() + static_cast<std::ptrdiff_t>(victim));
      }
      f.queue.check_invariants();
    }
    std::sort(known.begin(), known.end(), [](const Known& a, const Known& b) {
      return std::tie(a.priority, a.arrival, a.id) < std::tie(b.priority, b.arrival, b.id);
    });
    Order expected;
    for (const Known& k : known) {
      expected.push_back(k.id);
      REQUIRE(f.queue.position(k.ticket) == expected.size());
    }
    REQUIRE(f.queue.head()->job == JobId{expected.front()});
    REQUIRE(f.drain() == expected);
  }
}

TEST_CASE("what is set aside is not shown, and comes back to its place") {
  Fixture f(orderings::fifo());
  const Ticket large = f.add(1, 1, 0, 100);
  f.add(2, 2, 0, 1);
  f.queue.sort_out([](const Request& r) { return r.amounts.cpus > 50; });
  CHECK(f.queue.is_aside(large));
  CHECK(f.queue.head()->job == JobId{2});
  f.queue.check_invariants();
  f.queue.sort_out([](const Request&) { return false; });
  CHECK(f.drain() == Order{1, 2});
}

TEST_CASE("a request passed over hides all who ask the same, until there is more room") {
  Fixture f(orderings::priority());
  f.add(1, 1, 0, 5);
  f.add(2, 2, 1, 5);
  f.add(3, 3, 0, 1);
  f.queue.begin_pass({});
  WaitingView view(f.queue, 10);
  CHECK(view.candidate()->job == JobId{1});
  view.pass_over();
  CHECK(view.candidate()->job == JobId{3});
  view.pass_over(WaitingView::Until::next_pass);
  CHECK(view.candidate() == nullptr);
  CHECK(f.drain() == Order{3});
  f.queue.unblock([](model::ShapeId, const Request& r, bool) { return r.amounts.cpus == 5; });
  CHECK(f.drain() == Order{1, 2});
}

TEST_CASE("a view shows nothing more once as many started as may") {
  Fixture f(orderings::fifo());
  f.add(1, 1);
  f.add(2, 2);
  f.queue.begin_pass({});
  WaitingView view(f.queue, 1);
  REQUIRE(view.candidate() != nullptr);
  view.start(7);
  CHECK(view.candidate() == nullptr);
  CHECK(view.starts().at(0).job == JobId{1});
  CHECK(view.starts().at(0).booking == 7);
}

TEST_CASE("an ordering that changes with time is followed at each pass") {
  Fixture f(std::make_shared<const Ageing>());
  f.add(1, 1, 5);
  f.add(2, 2, 0);
  f.queue.begin_pass(at_micros(3'000'000));
  f.queue.end_pass();
  CHECK(f.queue.head()->job == JobId{2});
  CHECK(f.drain(at_micros(11'500'000)) == Order{1, 2});
}

TEST_CASE("timers come out when they are due, in order of time and job") {
  Timers timers;
  timers.add(JobId{3}, at_micros(20));
  timers.add(JobId{2}, at_micros(10));
  timers.add(JobId{1}, at_micros(20));
  timers.add(JobId{4}, at_micros(5));
  timers.remove(JobId{4}, at_micros(5));
  CHECK(timers.next() == at_micros(10));
  CHECK_FALSE(timers.pop(at_micros(9)).has_value());
  CHECK(timers.pop(at_micros(20)) == JobId{2});
  CHECK(timers.pop(at_micros(20)) == JobId{1});
  CHECK(timers.pop(at_micros(20)) == JobId{3});
  CHECK_FALSE(timers.next().has_value());
}

}  // namespace
}  // namespace retz::queue
