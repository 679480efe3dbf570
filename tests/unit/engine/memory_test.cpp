// What a waiting job costs, counted at operator new.
#include <cstdlib>
#include <new>

#include "driver.hpp"

namespace {
std::size_t allocated =
    0;  // bytes asked for and not yet given back; the allocator's own not counted
}  // namespace

void* operator new(std::size_t size) {
  auto* block = static_cast<std::size_t*>(std::malloc(size + 16));
  if (block == nullptr) throw std::bad_alloc();
  *block = size;
  allocated += size;
  return reinterpret_cast<char*>(block) + 16;
}

void operator delete(void* p) noexcept {
  if (p == nullptr) return;
  auto* block = reinterpret_cast<std::size_t*>(static_cast<char*>(p) - 16);
  allocated -= *block;
  std::free(block);
}

void operator delete(void* p, std::size_t) noexcept {
  operator delete(p);
}

namespace retz::engine_test {
namespace {

void submit_batch(Engine& engine, std::uint64_t first, std::uint64_t count) {
  std::vector<Event> events;
  for (std::uint64_t id = first; id < first + count; ++id) {
    JobFacts f = facts(id, 1 + static_cast<std::int64_t>(id % 100), 64);
    events.push_back({JobSubmitted{std::move(f)}, {}});
  }
  engine.step(events, at(static_cast<double>(first)));
}

TEST_CASE("a waiting job of one of 100 shapes costs less than 250 bytes") {
  constexpr std::uint64_t jobs = 200'000;
  const std::size_t before = allocated;
  Engine engine({});
  for (std::uint64_t first = 1; first < jobs; first += 1000) submit_batch(engine, first, 1000);
  REQUIRE(engine.counts().queued == jobs);
  const std::size_t each = (allocated - before) / jobs;
  MESSAGE(each << " bytes for each of " << jobs << " waiting jobs");
  CHECK(each < 250);
}

TEST_CASE("memory does not grow with jobs that ended") {
  Driver d;
  d.node(0, "a", 4, 1);
  const auto live_through = [&d](std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t id = from; id < to; ++id) {
      JobFacts f = facts(id);
      f.user = "user" + std::to_string(id);
      f.request.amounts.mem = static_cast<std::int64_t>(id);
      const Event submitted{JobSubmitted{f}, {}};
      const Event ended{AttemptEnded{{JobId{id}, 1}, exited(), {}}, {}};
      d.engine.step({&submitted, 1}, at(static_cast<double>(id)));
      d.engine.step({&ended, 1}, at(static_cast<double>(id)));
    }
  };
  live_through(1, 70'000);  // for explain the last 65,536 starts are known
  const std::size_t early = allocated;
  live_through(70'000, 90'000);
  CHECK(allocated < early + 1000);
}

}  // namespace
}  // namespace retz::engine_test
