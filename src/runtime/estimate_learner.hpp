// How long the jobs of a user and an application ran lately, as an estimate for the next one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "retz/time.hpp"

namespace retz::runtime {

/// The mean of the last two runs (Tsafrir, Etsion, Feitelson, "Backfilling using system-generated
/// predictions rather than user runtime estimates", IEEE TPDS 18(6), 2007), which beats longer
/// histories there. Of the first job alone, its run. Rounded up to quarters of powers of two, one
/// second or more: each estimate makes a class of its own in the queue, and few are enough.
class EstimateLearner {
 public:
  /// A job that succeeded.
  void note(const std::string& user, const std::string& application, Duration ran);
  std::optional<Duration> estimate(const std::string& user, const std::string& application) const;

 private:
  struct Runs {
    Duration last{0};
    std::optional<Duration> before = {};
  };
  std::map<std::pair<std::string, std::string>, Runs> runs_;  // users and applications are few
};

}  // namespace retz::runtime
