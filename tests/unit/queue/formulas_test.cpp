// The formulas of the literature, by hand.
#include <doctest/doctest.h>

#include <cmath>

#include "retz/ordering.hpp"

namespace retz {
namespace {

double rank(const std::shared_ptr<const Ordering>& ordering, std::int64_t p, std::int64_t n,
            std::int64_t s, std::int64_t now) {
  Request request;
  request.amounts.cpus = n * 1000;
  const RankedJob job{
      JobId{1}, "a", request, 0, std::chrono::seconds(p), at_micros(s * 1'000'000), 0, Duration{0}};
  return ordering->rank(job, at_micros(now * 1'000'000)).keys[0];
}

TEST_CASE("areas and roots of them") {
  CHECK(rank(orderings::shortest(), 50, 4, 0, 0) == 50);
  CHECK(rank(orderings::smallest_area(), 50, 4, 0, 0) == 200);
  CHECK(rank(orderings::p_sqrt_n(), 50, 4, 0, 0) == 100);
  CHECK(rank(orderings::p_sqrt_n(), 3, 4, 0, 0) == 6);
  CHECK(rank(orderings::p_sqrt_n_bounded(), 50, 4, 0, 0) == 100);
  CHECK(rank(orderings::p_sqrt_n_bounded(), 3, 4, 0, 0) == 20);
}

TEST_CASE("F1 to F4 add the logarithm of the submission to an area") {
  CHECK(rank(orderings::f1(), 100, 4, 1000, 0) == doctest::Approx(2 * 4 + 870 * 3));
  CHECK(rank(orderings::f2(), 100, 4, 1000, 0) == doctest::Approx(10 * 4 + 25600 * 3));
  CHECK(rank(orderings::f3(), 100, 4, 1000, 0) == doctest::Approx(400 + 6860000.0 * 3));
  CHECK(rank(orderings::f4(), 100, 4, 1000, 0) == doctest::Approx(200 + 530000.0 * 3));
  CHECK(rank(orderings::f1(), 100, 4, 0, 0) == doctest::Approx(8));
}

TEST_CASE("WFP3, UNICEF and the expansion factor rank by the time waited, largest first") {
  CHECK(rank(orderings::wfp3(), 100, 4, 1000, 1200) == doctest::Approx(-8 * 4));
  CHECK(rank(orderings::unicef(), 100, 4, 1000, 1200) == doctest::Approx(-200.0 / (2 * 100)));
  CHECK(rank(orderings::unicef(), 100, 1, 1000, 1200) == doctest::Approx(-200.0 / 100));
  CHECK(rank(orderings::largest_expansion(), 100, 4, 1000, 1200) == doctest::Approx(-3));
}

}  // namespace
}  // namespace retz
