// What will be free on each node, and when: running attempts are taken to end by their estimates,
// and what is promised to waiting jobs is taken while it is promised.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "model/interner.hpp"
#include "pool/dimensions.hpp"
#include "pool/gaps.hpp"
#include "retz/pool.hpp"
#include "retz/time.hpp"

namespace retz::pool {

class Pool;

/// What is asked of a node, only the dimensions that are: GPUs in thousandths of devices, together.
using Parts = std::vector<std::pair<std::uint32_t, std::int64_t>>;

/// What is taken of a node from a time on, for as long as its job is expected to run.
struct Span {
  std::uint32_t node = 0;
  std::uint32_t row = 0;  // of the timeline
  Instant at{};
  Duration estimate{0};
};

/// For each node the times at which what is free changes, sorted: the free amounts of a time are
/// those of now and all changes up to it. Before the first question nothing is recorded and a
/// booking costs nothing.
class Timeline {
 public:
  explicit Timeline(const Pool& pool) : pool_(&pool) {}
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;

  /// Records what is booked, from now on.
  void follow(Instant now);
  bool follows() const { return follows_; }
  /// The pool says what it books and releases. Requires: still booked.
  void booked(std::uint32_t booking);
  void released(std::uint32_t booking);
  /// The pool has more dimensions than before: rows are made anew, promises are forgotten.
  void rebuild();

  /// What ran longer than estimated is expected to run for twice, four times ... its estimate, the
  /// first that ends after `now`.
  void extend(Instant now);
  /// So often something was.
  std::uint64_t extensions() const { return extensions_; }
  /// The nodes on which something was extended since the last call, ascending.
  std::vector<std::uint32_t> take_extended();

  Parts parts(const Request& request, std::uint32_t node) const;
  /// A row for spans, with one reference more.
  std::uint32_t acquire(const Parts& parts);
  void release_row(std::uint32_t row) { rows_.release(row); }
  void promise(const Span& span);
  void withdraw(const Span& span);
  bool has_promises(std::uint32_t node) const {
    return node < lines_.size() && lines_[node].promises > 0;
  }

  struct Ask {
    const Parts& parts;
    Duration estimate{0};
    Duration longest_stay{0};
    Instant now{};
    Instant from{};               // not earlier
    bool after_a_change = false;  // not now, and not before something changes on the node
  };
  /// The earliest time at which the node has the parts free for the estimate, and is not worked on
  /// during the longest stay; only where it is before `limit`.
  std::optional<Instant> earliest(std::uint32_t node, const Ask& ask, Instant limit) const;
  /// Nothing changes on the node until then, nor then.
  bool quiet(std::uint32_t node, Instant then) const {
    return node >= due_.size() || (due_[node] > then && lines_[node].promises == 0);
  }
  /// For how long from now the parts stay free; zero: not even now.
  Duration room(std::uint32_t node, const Parts& parts, Instant now) const;
  /// All that is free at a time.
  Row free_at(std::uint32_t node, Instant then) const;
  /// The times in which a node has the row free and that overlap some window.
  Gaps gaps(std::uint32_t node, std::uint32_t row, Instant from, Instant until, Instant now) const;
  const Row& row(std::uint32_t number) const { return rows_[number]; }
  /// It is there, and what is released on it can be booked again.
  bool present(std::uint32_t node) const;
  /// The parts stay free for the span, which is not promised.
  bool holds(const Span& span, Instant now) const;

  /// When what is booked is expected to end.
  Instant expected_end(std::uint32_t booking) const { return running_[booking].end; }
  void check_invariants() const;

 private:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  struct Change {
    Instant at{};
    std::uint32_t row = 0;
    std::uint32_t booking = none;  // it ends then; none: a promise begins or ends
    bool takes = false;
    friend bool operator==(const Change&, const Change&) = default;
  };
  struct Line {
    std::vector<Change> changes;  // by time
    std::uint32_t promises = 0;
    bool extended = false;
  };
  struct Running {
    Instant end{};
    std::uint32_t node = 0;
    std::uint32_t row = none;  // none: not recorded
  };
  struct RowHash {
    std::size_t operator()(const Row& row) const noexcept;
  };

  Line& line(std::uint32_t node);
  void insert(Line& line, const Change& change);
  void erase(Line& line, const Change& change);
  Instant open_from(std::uint32_t node, Instant then, Duration stay) const;
  std::int64_t free_now(std::uint32_t node, std::uint32_t dimension) const;
  Instant end_after(std::uint32_t booking, Instant now) const;
  void extend_node(std::uint32_t node, Instant now);
  template <class Visit>
  void walk(std::uint32_t node, const Parts& parts, Instant now, const Visit& visit) const;

  const Pool* pool_;
  bool follows_ = false;
  Instant now_{};
  Instant extended_at_ = Instant::min();
  std::uint64_t extensions_ = 0;
  std::vector<std::uint32_t> extended_;  // nodes
  std::vector<Line> lines_;              // by node
  std::vector<Instant> due_;      // by node: nothing that runs there is expected to end before
  std::vector<Running> running_;  // by booking
  model::Interner<Row, RowHash> rows_;
  Row scratch_;
  mutable std::vector<std::int64_t> free_;
};

}  // namespace retz::pool
