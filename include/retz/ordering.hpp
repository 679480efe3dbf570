// Who comes first in the queue: by value, never by a comparator that looks at the world.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "retz/job.hpp"
#include "retz/result.hpp"

namespace retz {

/// Smaller first, lexicographic. The queue appends (arrival, job id), so that every order is total.
struct Rank {
  std::array<double, 2> keys{0, 0};
  friend auto operator<=>(const Rank&, const Rank&) = default;
};

/// Whether the rank of a job that waits may change: then the first of each class that may fit is
/// ranked anew at each pass.
enum class RankChanges : std::uint8_t {
  never,
  with_time,
  with_usage,  // more usage never ranks a user's jobs earlier, nor one of them before another
};

/// A class is the jobs of one user with the same request, estimate and priority.
enum class WithinClass : std::uint8_t {
  by_arrival,  // an earlier arrival ranks earlier: only the first of each class is ranked
  alike,       // all rank alike: as by_arrival, and a job's position in the order is found faster
  by_rank,     // every job is a class of its own: cost grows with jobs
};

/// What an ordering knows of a job.
struct RankedJob {
  JobId id;
  std::string_view user;
  const Request& request;
  std::int32_t priority = 0;
  Duration estimate{0};
  Instant submitted{};
  /// Of the user: the dominant share of the cluster that the user's jobs held, summed over time
  /// with FairShare::half_life, in share-seconds, and what the running ones will have added a
  /// second from now; divided by the user's weight. So of users who used equally much, the one who
  /// runs less comes first, also within a pass. Given where ranks change with usage; else 0.
  double usage = 0;
  /// The longest chain of estimates that begins with this job and goes on through the jobs that
  /// depend on it. Given where every job is ranked; else 0.
  Duration critical_path{0};
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
  /// By arrival: all that decides a rank besides `submitted` and `now`, in two figures. Jobs with
  /// equal terms that were submitted at the same time rank alike, so that positions and the first
  /// of all cost what terms there are, not classes. Absent: not known.
  virtual std::optional<Rank> terms(const RankedJob&) const { return std::nullopt; }
};

// p: estimate in seconds; n: cpus; s: submission in seconds since the epoch; w: seconds waited
// since then. Sources stand in the files.
namespace orderings {
std::shared_ptr<const Ordering> fifo();               // by arrival
std::shared_ptr<const Ordering> priority();           // smaller JobFacts::priority first
std::shared_ptr<const Ordering> shortest();           // p, then n
std::shared_ptr<const Ordering> shortest_estimate();  // p
std::shared_ptr<const Ordering> smallest_area();      // p * n
std::shared_ptr<const Ordering> p_sqrt_n();           // p * sqrt(n)
std::shared_ptr<const Ordering> p_sqrt_n_bounded();   // max(p, 10 s) * sqrt(n)
std::shared_ptr<const Ordering> f1();                 // log10(p) * n + 870 * log10(s)
std::shared_ptr<const Ordering> f2();                 // sqrt(p) * n + 25600 * log10(s)
std::shared_ptr<const Ordering> f3();                 // p * n + 6860000 * log10(s)
std::shared_ptr<const Ordering> f4();                 // p * sqrt(n) + 530000 * log10(s)
std::shared_ptr<const Ordering> wfp3();               // (w / p)^3 * n, largest first
std::shared_ptr<const Ordering> unicef();             // w / (log2(max(n, 2)) * p), largest first
std::shared_ptr<const Ordering> largest_expansion();  // (w + p) / p, largest first
std::shared_ptr<const Ordering> fair_share();         // the user with the least usage first
std::shared_ptr<const Ordering> critical_path();      // the longest chain of dependents first
}  // namespace orderings

/// By its name, which is the function's; the literature's names F1 to F4, WFP3 and UNICEF do too.
/// Error: invalid_argument, listing the names there are.
Result<std::shared_ptr<const Ordering>> make_ordering(std::string_view name);

}  // namespace retz
