// The waiting jobs by class, and the classes by what they ask: the data that the queue, its orders
// and its counts share.
#pragma once

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "model/classes.hpp"
#include "model/interner.hpp"
#include "model/slots.hpp"
#include "queue/entry.hpp"
#include "queue/gate.hpp"
#include "queue/sequence.hpp"
#include "retz/ordering.hpp"

namespace retz::queue {

using PartId = std::uint32_t;
using LaneId = std::uint32_t;
using UserId = std::uint32_t;

/// A job's place in an order.
struct Key {
  bool in_time = true;  // false: it waited past the starvation bound, and comes first
  Rank rank;
  Arrival arrival;
  JobId job;
  friend bool operator==(const Key&, const Key&) = default;
  friend bool operator<(const Key& a, const Key& b) {
    if (a.in_time != b.in_time) return b.in_time;
    if (a.rank.keys[0] != b.rank.keys[0]) return a.rank.keys[0] < b.rank.keys[0];
    if (a.rank.keys[1] != b.rank.keys[1]) return a.rank.keys[1] < b.rank.keys[1];
    return a.arrival != b.arrival ? a.arrival < b.arrival : a.job < b.job;
  }
};

/// The jobs of one class that are in time, or those that are overdue.
struct Part {
  model::ClassId class_id = 0;
  bool overdue = false;
  bool parked = false;   // its user or array is at a limit
  bool touched = false;  // in this pass: it may show another than its first
  UserId user = 0;
  LaneId lane = none;
  std::uint32_t place = 0;     // in its lane's list
  std::uint32_t group = none;  // see Positions
  Ticket shown = none;         // the first, unless that was skipped in this pass; none: no more
  Duration estimate{0};
  Sequence jobs;
};

/// Parts whose first jobs may go to the same nodes: they ask the same, and have patience for nodes
/// that they prefer, or no more.
struct Lane {
  std::vector<PartId> parts;
  std::uint32_t overdue = 0;           // of them
  bool aside = false;                  // fits no node that is there
  bool blocked = false;                // fits nowhere now; stays so from pass to pass
  bool passed = false;                 // passed over, or by, in this pass
  bool passed_by = false;              // it was by, and not again since
  bool touched = false;                // in this pass
  bool noted = false;                  // in the queue's list of those that are blocked
  Duration longest = Duration::max();  // in this pass: estimates beyond are not shown
};

struct User {
  double usage = 0, usage_before = 0;  // now, and at the begin of the pass
  std::uint64_t pass = 0;              // in which `usage` was asked
  std::vector<PartId> parked;
};

/// A rank as it is compared: what an ordering cannot compare comes last.
Rank comparable(const Rank& rank);

struct Table {
  explicit Table(const model::Classes& c) : classes(&c) {}
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const model::Classes* classes;
  const RankInputs* inputs = nullptr;
  model::Slots<Entry> entries;
  model::Slots<Part> parts;
  std::vector<Lane> lanes;
  std::vector<std::array<PartId, 2>> of_class;  // in time, overdue
  model::Interner<std::string, std::hash<std::string>> user_names;
  mutable std::vector<User> users;  // `usage` is a cache
  Instant now{};
  std::uint64_t pass = 1;
  std::size_t aside = 0;  // lanes that are

  static LaneId lane_of(model::ShapeId shape, bool relaxed) {
    return shape * 2 + (relaxed ? 1 : 0);
  }
  static model::ShapeId shape_of(LaneId lane) { return lane / 2; }
  static bool relaxed(LaneId lane) { return lane % 2 == 1; }

  const model::ClassKey& class_key(const Part& part) const { return (*classes)[part.class_id]; }
  /// It is among the heads.
  static bool listed(const Part& part) { return part.shown != none && !part.parked; }
  /// A planner may see it in this pass.
  bool visible(const Part& part) const {
    const Lane& lane = lanes[part.lane];
    return listed(part) && !lane.aside && !lane.passed && part.estimate <= lane.longest;
  }
  /// It is shown as one that may fit; overdue ones always are, so that room can be kept for them.
  bool in_front(const Part& part) const { return part.overdue || !lanes[part.lane].blocked; }

  /// `before`: with the usage at the begin of the pass.
  Key key(const Ordering& ordering, const Part& part, Ticket ticket, bool before = false) const;
  /// The same, for a job that is known; `job` has neither usage nor critical path.
  Key key(const Ordering& ordering, RankedJob job, UserId user, Arrival arrival, bool before) const;
  /// What the user has used, asked again when the pass is another.
  User& fresh(UserId user) const;
};

}  // namespace retz::queue
