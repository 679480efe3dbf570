// A small random generator with the same numbers on every machine: the standard's distributions
// differ between libraries.
#pragma once

#include <cstdint>

namespace retz::base {

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). One 64-bit state; good enough to break ties and to
/// drive tests.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// Uniform in 0..bound-1, by Lemire's multiplication without the rejection step (bias below bound
  /// / 2^64). Requires: bound > 0.
  std::uint64_t below(std::uint64_t bound);

 private:
  std::uint64_t state_;
};

}  // namespace retz::base
