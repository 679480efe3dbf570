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

enum class RankChanges : std::uint8_t { never, with_time, with_usage };
enum class WithinClass : std::uint8_t { by_arrival, by_rank };

/// What an ordering may look at besides the job.
struct OrderingView {
  Instant now{};
  Instant submitted{};
};

/// Threads: const, may be shared by engines on several threads. An implementation is one file.
class Ordering {
 public:
  virtual ~Ordering() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual Rank rank(const JobFacts& job, const OrderingView& view) const = 0;
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
