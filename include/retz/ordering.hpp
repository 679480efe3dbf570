// Who comes first in the queue: by value, never by a comparator that looks at the world.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string_view>

#include "retz/job.hpp"
#include "retz/result.hpp"

namespace retz {

/// Smaller first, lexicographic. The queue appends (arrival, job id), so that every order is total.
struct Rank {
  std::array<double, 2> keys{0, 0};
  friend auto operator<=>(const Rank&, const Rank&) = default;
};

/// Whether the rank of a job that waits may change: then the heads of all classes are ranked anew
/// at each pass.
enum class RankChanges : std::uint8_t { never, with_time, with_usage };

/// A class is the jobs of one user with the same request, estimate and priority.
enum class WithinClass : std::uint8_t {
  by_arrival,  // only the first of each class is ranked: cost grows with classes
  by_rank,     // every job is ranked: cost grows with jobs
};

/// What an ordering knows of a job.
struct RankedJob {
  JobId id;
  std::string_view user;
  const Request& request;
  std::int32_t priority = 0;
  Duration estimate{0};
  Instant submitted{};
};

/// Threads: const, may be shared by engines on several threads. An implementation is one file.
class Ordering {
 public:
  virtual ~Ordering() = default;
  virtual std::string_view name() const noexcept = 0;
  /// `now`: of the pass, where ranks change; else of the step that ranked the job.
  virtual Rank rank(const RankedJob& job, Instant now) const = 0;
  virtual RankChanges rank_changes() const noexcept { return RankChanges::never; }
  virtual WithinClass within_class() const noexcept { return WithinClass::by_arrival; }
};

namespace orderings {
std::shared_ptr<const Ordering> fifo();      // by arrival
std::shared_ptr<const Ordering> priority();  // smaller JobFacts::priority first, then by arrival
}  // namespace orderings

/// By its name ("fifo", "priority"). Error: invalid_argument, listing the names there are.
Result<std::shared_ptr<const Ordering>> make_ordering(std::string_view name);

}  // namespace retz
