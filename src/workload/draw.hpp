// Random numbers by distribution, the same on every machine.
#pragma once

#include <cstdint>
#include <vector>

#include "base/generator.hpp"
#include "retz/time.hpp"

namespace retz::workload {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : generator_(seed) {}
  /// In [0, 1).
  double uniform();
  double uniform(double from, double to) { return from + (to - from) * uniform(); }
  std::uint64_t below(std::uint64_t bound) { return generator_.below(bound); }
  /// Of mean 1.
  double exponential();
  /// Of mean 0 and deviation 1 (Marsaglia's polar method, 1964).
  double normal();
  /// Of mean shape x scale (Marsaglia and Tsang, 2000). Requires: shape >= 1.
  double gamma(double shape, double scale);

 private:
  base::Generator generator_;
};

/// A few users have most of the jobs (Zipf). "u1", "u2", ...
class Users {
 public:
  explicit Users(std::size_t count);
  std::size_t draw(Draw& draw) const;  // from 1

 private:
  std::vector<double> sums_;  // of the shares
};

/// The least of what people type as an estimate (5 m, 1 h, 12 h ...) that is enough.
Duration typed_estimate(Duration run);

}  // namespace retz::workload
