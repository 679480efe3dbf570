// Packing as a pure function, against an exhaustive search and against greedy packers.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "packing_cases.hpp"
#include "planner/packing_rules.hpp"

namespace retz::planner {
namespace {

std::uint64_t seed() {
  const char* given = std::getenv("RETZ_SEED");
  return given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
}

// The fewest equal rooms that take all jobs: every job in turn into each room in use, or a new one.
class Exhaustive {
 public:
  explicit Exhaustive(const PackingCase& c) : case_(c) {
    for (std::uint32_t s = 0; s < c.shapes(); ++s) jobs_.insert(jobs_.end(), c.jobs[s], s);
    best_ = jobs_.size();
    place(0, 0);
  }
  std::size_t rooms() const { return best_; }

 private:
  void place(std::size_t job, std::size_t least) {
    if (free_.size() >= best_) return;
    if (job == jobs_.size()) {
      best_ = free_.size();
      return;
    }
    const auto need = case_.need(jobs_[job]);
    // Equal jobs go into rooms in ascending order: other orders are the same packing.
    const std::size_t from = job > 0 && jobs_[job] == jobs_[job - 1] ? least : 0;
    for (std::size_t r = from; r <= free_.size() && r < best_; ++r) {
      const bool fresh = r == free_.size();
      if (fresh) free_.emplace_back(case_.room(0).begin(), case_.room(0).end());
      if (covers(free_[r], need)) {
        for (std::size_t d = 0; d < need.size(); ++d) free_[r][d] -= need[d];
        place(job + 1, r);
        for (std::size_t d = 0; d < need.size(); ++d) free_[r][d] += need[d];
      }
      if (fresh) {
        free_.pop_back();
        return;
      }
    }
  }

  const PackingCase& case_;
  std::vector<std::uint32_t> jobs_;
  std::vector<std::vector<std::int64_t>> free_;
  std::size_t best_ = 0;
};

std::string shown(const PackingCase& c) {
  std::string text;
  for (std::size_t s = 0; s < c.shapes(); ++s) {
    text += " " + std::to_string(c.jobs[s]) + "x(";
    for (const std::int64_t f : c.need(s)) text += std::to_string(f) + " ";
    text.back() = ')';
  }
  return text;
}

double used_of_scarcest(const PackingCase& c, const Packing& packing) {
  const std::vector<double> weights = scarcity(c, c.jobs);
  const std::size_t d =
      static_cast<std::size_t>(std::max_element(weights.begin(), weights.end()) - weights.begin());
  std::int64_t used = 0, there = 0;
  for (const Load& load : packing) {
    for (const Portion& p : load.portions) used += c.need(p.shape)[d] * p.jobs * load.times;
  }
  for (std::size_t k = 0; k < c.kinds(); ++k) there += c.room(k)[d] * c.times[k];
  return static_cast<double>(used) / static_cast<double>(there);
}

TEST_CASE("small batches use the fewest rooms there are, or one more in at most 1 % of cases") {
  base::Generator dice(seed());
  int cases = 0, more = 0, beyond = 0;
  while (cases < 2000) {
    CaseRange range;
    range.dimensions = 2 + dice.below(3);
    range.shapes = 2 + dice.below(3);
    range.jobs = 3;
    range.rooms = 9;
    range.need = static_cast<std::int64_t>(40 + dice.below(50));
    const PackingCase c = random_case(range, dice);
    const auto jobs = std::accumulate(c.jobs.begin(), c.jobs.end(), 0U);
    if (jobs < 4 || jobs > 9) continue;
    ++cases;
    const Packing packing = pack(c, {});
    REQUIRE(keeps_to(c, packing));
    REQUIRE(placed(packing) == jobs);
    const std::size_t best = Exhaustive(c).rooms();
    const std::uint64_t used = opened(c, packing);
    REQUIRE(used >= best);
    if (used == best) continue;
    ++more;
    if (used > best + 1) ++beyond;
    MESSAGE("seed " << seed() << " case " << cases << ": " << used << " rooms, optimum " << best
                    << ":" << shown(c));
  }
  CHECK(more * 100 <= cases);
  CHECK(beyond == 0);
}

TEST_CASE("under saturation the scarcest resource is used at least as by greedy packers") {
  base::Generator dice(seed());
  double gain = 0;
  int cases = 0;
  for (; cases < 300; ++cases) {
    CaseRange range;
    range.dimensions = 2 + dice.below(3);
    range.shapes = 3 + dice.below(20);
    range.jobs = 60;
    range.rooms = static_cast<std::uint32_t>(4 + dice.below(12));
    range.need = static_cast<std::int64_t>(20 + dice.below(60));
    range.used = dice.below(2) == 0;
    const PackingCase c = random_case(range, dice);
    const Packing packing = pack(c, {});
    REQUIRE(keeps_to(c, packing));
    std::vector<std::uint32_t> order(c.shapes());
    std::iota(order.begin(), order.end(), 0U);
    const double ours = used_of_scarcest(c, packing);
    const double best_fit =
        used_of_scarcest(c, pack_by_shape(c, by_dominant_share(c), RoomRule::best));
    const double first_fit = used_of_scarcest(c, pack_by_shape(c, order, RoomRule::first));
    CAPTURE(cases);
    CHECK(ours >= best_fit);
    CHECK(ours >= first_fit);
    gain += ours - std::max(best_fit, first_fit);
  }
  MESSAGE("mean gain over the better of both: " << gain / cases * 100 << " points");
}

TEST_CASE("every way to pack keeps to what there is, and leaves nothing over that fits") {
  base::Generator dice(seed());
  for (int i = 0; i < 500; ++i) {
    CaseRange range;
    range.dimensions = 1 + dice.below(5);
    range.shapes = 1 + dice.below(12);
    range.jobs = static_cast<std::uint32_t>(1 + dice.below(30));
    range.rooms = static_cast<std::uint32_t>(1 + dice.below(40));
    range.need = static_cast<std::int64_t>(5 + dice.below(120));
    range.used = dice.below(2) == 0;
    const PackingCase c = random_case(range, dice);
    CAPTURE(i);
    CHECK(keeps_to(c, pack(c, {})));
    CHECK(keeps_to(c, pack_by_room(c, 1000, true)));
    CHECK(keeps_to(c, pack_by_room(c, 1000, false)));
    CHECK(keeps_to(c, pack_by_room(c, 0, false)));
    CHECK(keeps_to(c, pack_by_shape(c, by_dominant_share(c), RoomRule::best)));
    CHECK(keeps_to(c, pack_by_shape(c, by_dominant_share(c), RoomRule::first)));
  }
}

TEST_CASE("a packing is the same each time") {
  base::Generator dice(seed());
  CaseRange range;
  range.dimensions = 3;
  range.shapes = 40;
  range.rooms = 100;
  const PackingCase c = random_case(range, dice);
  const Packing a = pack(c, {}), b = pack(c, {});
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].kind == b[i].kind);
    CHECK(a[i].times == b[i].times);
    CHECK(a[i].portions.size() == b[i].portions.size());
  }
}

}  // namespace
}  // namespace retz::planner
