#include "base/generator.hpp"

#include <doctest/doctest.h>

using retz::base::Generator;

TEST_CASE("the generator gives the published numbers of SplitMix64") {
  Generator generator(1234567);
  CHECK(generator.next() == 6457827717110365317ULL);
  CHECK(generator.next() == 3203168211198807973ULL);
}

TEST_CASE("numbers below a bound stay below it and reach both ends") {
  Generator generator(7);
  bool seen[3] = {};
  for (int i = 0; i < 100; ++i) seen[generator.below(3)] = true;
  CHECK((seen[0] && seen[1] && seen[2]));
}
