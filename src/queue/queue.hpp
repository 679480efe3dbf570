// The waiting jobs, grouped by class, and the order among the classes' heads.
#pragma once

#include <cstdint>
#include <set>
#include <tuple>
#include <vector>

#include "model/classes.hpp"
#include "model/slots.hpp"
#include "retz/ordering.hpp"
#include "retz/planner.hpp"

namespace retz::queue {

/// A waiting job's number in the queue, for as long as it waits.
using Ticket = std::uint32_t;

/// A job of a class is appended where it is the latest to arrive, which costs one link; one that
/// comes back to an earlier place goes into a small ordered set beside the list. Classes whose
/// shape fits no node are set aside: they cost the others nothing.
class Queue {
 public:
  Queue(const Ordering& ordering, const model::Classes& classes)
      : ordering_(&ordering), classes_(&classes) {}
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  struct Waiting {
    JobId job;
    Arrival arrival;
    Instant submitted{};
    model::ClassId class_id = 0;
  };

  /// `aside`: the job's shape fits no node now; looked at for the first of a shape only. Requires:
  /// the class is referred to while it waits.
  Ticket add(const Waiting& waiting, bool aside, Instant now);
  void remove(Ticket ticket, Instant now);
  /// Some job of that shape does.
  bool waits(model::ShapeId shape) const {
    return shape < shapes_.size() && !shapes_[shape].classes.empty();
  }
  const Waiting& operator[](Ticket ticket) const { return entries_[ticket].waiting; }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return size() == 0; }

  /// Asks `fits_never(request)` once for each waiting shape, and sets its classes aside or back.
  template <class FitsNever>
  void sort_out(const FitsNever& fits_never) {
    for (model::ShapeId shape = 0; shape < shapes_.size(); ++shape) {
      if (shapes_[shape].classes.empty()) continue;
      set_aside(shape, fits_never(classes_->request(shape)));
    }
  }
  bool is_aside(Ticket ticket) const;

  /// At the begin of a pass: ranks anew what changes with time or usage.
  void begin_pass(Instant now);

  /// From 1, among the jobs that are not set aside. Counts through the classes' lists.
  std::uint64_t position(Ticket ticket) const;
  /// The first job in order that is not set aside; null when there is none.
  const Waiting* head() const;

  void check_invariants() const;

 private:
  friend class retz::WaitingView;
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  struct Entry {
    Waiting waiting;
    std::uint32_t previous = none, next = none;
    bool returned = false;  // in the class's set, not in its list
  };
  using Place = std::tuple<Arrival, JobId, Ticket>;
  struct Head {
    Rank rank;
    Arrival arrival;
    JobId job;
    model::ClassId class_id = 0;
    friend auto operator<=>(const Head&, const Head&) = default;
  };
  using Heads = std::set<Head>;
  struct Class {
    std::uint32_t first = none, last = none;  // the list, by arrival
    std::set<Place> returned;
    std::size_t count = 0;
    std::uint32_t place = 0;  // in its shape's list
    Heads::iterator head{};
    bool listed = false;  // `head` is valid
    Head key;             // of the first job
  };
  struct Shape {
    std::vector<model::ClassId> classes;  // with waiting jobs
    bool aside = false;
    std::uint64_t passed_over = 0;  // the last pass in which it was
    std::uint64_t passed_by = 0;    // the last round in which it was
  };

  Class& class_at(model::ClassId id);
  Shape& shape_at(model::ShapeId id);
  Ticket first_of(const Class& c) const;
  void unlink(Class& c, Ticket ticket);
  void enter_shape(model::ClassId id, bool aside);
  void leave_shape(model::ClassId id);
  void refresh_head(model::ClassId id, Instant now);
  void list(Class& c);
  void unlist(Class& c);
  void set_aside(model::ShapeId id, bool aside);
  std::uint64_t before(const Class& c, const Head& key) const;
  void check_class(model::ClassId id) const;

  // The pass, for WaitingView: a cursor over the heads.
  bool seek();
  void take_head();

  const Ordering* ordering_;
  const model::Classes* classes_;
  model::Slots<Entry> entries_;
  std::vector<Class> by_class_;
  std::vector<Shape> shapes_;
  Heads heads_;
  Heads::iterator cursor_ = heads_.end();
  std::uint64_t pass_ = 0;
  std::uint64_t round_ = 0;
  Instant now_{};
};

}  // namespace retz::queue
