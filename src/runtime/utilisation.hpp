// How much of a resource was in use over the last minute, quarter of an hour and hour: the exact
// integrals of what was used and of what was there, kept in rings of buckets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "retz/runtime.hpp"

namespace retz::runtime {

/// The last 60 buckets and the one that fills. A bucket that the window cuts counts in proportion.
class WindowRing {
 public:
  explicit WindowRing(Duration width) : width_(width) {}
  void add(Instant from, Instant to, double used, double capacity);
  /// Over the 60 widths before `now`: 0..1; 0 where nothing was there.
  double share(Instant now) const;

 private:
  static constexpr std::int64_t count = 60;
  struct Bucket {
    std::int64_t number = -1;
    double used = 0, capacity = 0;  // amount * microseconds
  };
  Duration width_;
  std::array<Bucket, count + 1> buckets_{};
};

/// One resource. Its present values hold until they are set again.
class Meter {
 public:
  void set(Instant at, double used, double capacity);
  /// As of `now`, which may be later than the last set().
  Utilisation read(Instant now) const;

 private:
  void advance(Instant to);

  WindowRing minute_{std::chrono::seconds(1)};
  WindowRing quarter_{std::chrono::seconds(15)};
  WindowRing hour_{std::chrono::seconds(60)};
  Instant last_{};
  double used_ = 0, capacity_ = 0;
};

}  // namespace retz::runtime
