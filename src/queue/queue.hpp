// The waiting jobs, grouped by class, and the order among the classes' heads.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "queue/due_list.hpp"
#include "queue/heads.hpp"
#include "queue/passed_over.hpp"
#include "queue/positions.hpp"
#include "queue/table.hpp"

namespace retz::queue {

/// How the queue orders. What is pointed to outlives it, or the next change.
struct Orders {
  const Ordering* ordering = nullptr;
  const Ordering* backfill = nullptr;  // absent: the same
  std::optional<Duration> starvation_bound = {};
  /// Whether each job is a class of its own under them: see Classes::acquire.
  bool single() const;
};

/// A job of a class is appended where it is the latest to arrive. Classes whose shape fits no node
/// are set aside; those whose shape fits nowhere now are blocked: they cost the others nothing.
class Queue {
 public:
  using Waiting = queue::Waiting;

  Queue(const Ordering& ordering, const model::Classes& classes)
      : Queue(Orders{&ordering, nullptr, {}}, classes) {}
  Queue(const Orders& orders, const model::Classes& classes);
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  /// Absent: no limits, no usage, no critical paths.
  void set_gate(Gate* gate) { gate_ = gate; }
  void set_inputs(const RankInputs* inputs) { table_.inputs = inputs; }
  /// All that waits is put in order anew; places, tickets and what is set aside stay, nothing is
  /// blocked. Requires: empty, where Orders::single() changes.
  void change(const Orders& orders, Instant now);

  /// `aside`: the job's shape fits no node now; looked at for the first of a shape only. Requires:
  /// the class is referred to while it waits; `now` never decreases.
  Ticket add(const Waiting& waiting, bool aside, Instant now);
  /// Jobs of those classes, or of an unknown one, are about to be added.
  void look_ahead(std::span<const model::ClassId> classes) const;
  void remove(Ticket ticket, Instant now);
  /// Its critical path has become another.
  void rank_anew(Ticket ticket, Instant now);
  /// Some job of that shape does.
  bool waits(model::ShapeId shape) const { return shape < jobs_.size() && jobs_[shape] > 0; }
  const Waiting& operator[](Ticket ticket) const { return table_.entries[ticket].waiting; }
  std::size_t size() const { return table_.entries.size(); }
  bool empty() const { return size() == 0; }

  /// Asks `fits_never(request)` once for each waiting shape, and sets its classes aside or back.
  template <class FitsNever>
  void sort_out(const FitsNever& fits_never) {
    for (LaneId lane = 0; lane < table_.lanes.size(); lane += 2) {
      if (!waits(Table::shape_of(lane))) continue;
      set_aside(Table::shape_of(lane), fits_never(table_.classes->request(Table::shape_of(lane))));
    }
  }
  bool is_aside(Ticket ticket) const;

  /// Room has come: asks `fits(shape, request, relaxed)` for each shape that was passed over for
  /// good, and shows those again that may fit. Not relaxed: on nodes that it prefers.
  template <class Fits>
  void unblock(const Fits& fits) {
    std::size_t kept = 0;
    for (const LaneId id : blocked_) {
      if (still_blocked(id)) {
        if (!fits(Table::shape_of(id), table_.classes->request(Table::shape_of(id)),
                  Table::relaxed(id))) {
          blocked_[kept++] = id;
          continue;
        }
        open(id);
      }
      table_.lanes[id].noted = false;
    }
    blocked_.resize(kept);
  }
  void unblock_all();
  /// At most so many shapes are blocked.
  std::size_t blocked() const { return blocked_.size(); }
  bool is_blocked(Ticket ticket) const;

  /// A user, or one of the user's arrays, is no longer at a limit.
  void reopen(std::string_view user);
  void reopen_all();

  /// A pass ends with its WaitingView.
  void begin_pass(Instant now);
  void end_pass();

  /// From 1, among the jobs that are not set aside; as of the last pass, where ranks change.
  std::uint64_t position(Ticket ticket) const { return positions_->before(ticket) + 1; }
  /// Those jobs, in no order: walks along them, and looks at each class.
  std::vector<JobId> jobs_before(Ticket ticket) const;
  /// The first job in order that is not set aside, nor at a limit; null when there is none.
  const Waiting* head() const;
  bool is_overdue(Ticket ticket) const { return part_of(ticket).overdue; }
  /// The first of the overdue jobs that ask this; null when there is none.
  const Waiting* first_overdue(const Request& request) const;
  /// Since it could have started.
  Explanation::PassedOver passed_over(Ticket ticket) const;

  void check_invariants() const;

 private:
  friend class retz::WaitingView;

  const Part& part_of(Ticket t) const { return table_.parts[table_.entries[t].part]; }
  template <class Do>
  void for_heads(const Do& change) {
    change(*heads_);
    if (backfill_) change(*backfill_);
  }
  void arrange(const Orders& orders);
  std::uint64_t& jobs_of(model::ShapeId shape);
  PartId part_for(model::ClassId id, bool overdue);
  void put(Ticket ticket, bool overdue, bool aside);
  void take(Ticket ticket);
  void drop(PartId id);
  void show(PartId id, Ticket ticket);
  void list(PartId id);
  void unlist(PartId id);
  LaneId lane_for(const Part& part, Ticket ticket) const;
  void join(PartId id, LaneId lane, bool aside);
  void mark_aside(LaneId lane, bool aside);
  void part_from(PartId id);
  std::optional<Instant> relaxes_at(const Part& part) const;
  void set_aside(model::ShapeId shape, bool aside);
  bool still_blocked(LaneId lane) const;
  void open(LaneId lane);
  Key place_of(const Part& part, Ticket ticket) const;
  void check_part(PartId id) const;

  // The pass, for WaitingView.
  PartId seek(Show show);
  void park(PartId id);
  void started(PartId id);
  void block(LaneId lane);
  void pass_over(LaneId lane, bool for_good);
  void pass_by(LaneId lane);
  void again();
  void again(LaneId lane);
  void pass_over_rest(bool for_good);
  void limit(LaneId lane, Duration longest);
  void skip(PartId id);
  void backfill();
  Lane& touch(LaneId lane);
  std::optional<Instant> next_relaxed() const;

  Orders orders_;
  Table table_;
  Gate* gate_ = nullptr;
  std::unique_ptr<Heads> heads_, backfill_;
  std::unique_ptr<Positions> positions_;
  DueList due_;
  PassedOver passed_over_;
  std::set<std::pair<Instant, PartId>> relaxing_;  // when the first job's patience ends
  std::vector<LaneId> blocked_;                    // and some that are no more
  std::vector<std::uint64_t> jobs_;                // by shape
  std::vector<LaneId> touched_lanes_;              // in this pass
  std::vector<LaneId> passed_by_;
  std::vector<PartId> touched_parts_;
  Heads* active_ = nullptr;
  bool passing_ = false;
};

}  // namespace retz::queue
