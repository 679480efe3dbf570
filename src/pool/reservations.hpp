// What a draft promises for later: a placement may not break it.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "pool/slot_search.hpp"
#include "pool/timeline.hpp"
#include "retz/pool.hpp"

namespace retz::pool {

class Pool;

/// Its promises stand in the pool's timeline while it lives.
class Reservations {
 public:
  /// Who was promised what, in this pass.
  struct Promised {
    JobId job;
    std::uint32_t node = 0;
    Instant at{};
  };
  std::vector<Promised> take_promised() { return std::move(told_); }

  explicit Reservations(Pool& pool) : pool_(&pool) {}
  ~Reservations();
  Reservations(const Reservations&) = delete;
  Reservations& operator=(const Reservations&) = delete;

  /// Whether taking the request on the node from now on leaves all that is promised there possible.
  /// Requires: it fits there now.
  bool admits(std::uint32_t node, const Request& request, const Terms& terms) const;
  /// The longest estimate with which some lease would take it now. Nothing: none is free enough, or
  /// not for a reason that a shorter estimate changes.
  std::optional<Duration> placeable(const Request& request, const Terms& terms) const;

  /// While it is given, only this node admits anything.
  void keep_to(std::optional<std::uint32_t> node) { only_ = node; }
  std::optional<Slot> reserve(const Request& request, const Terms& terms);
  void close(const Request& request);
  bool closed(std::uint32_t node) const;
  /// What close() was asked for. Requires: nothing is placed any more.
  std::vector<Request> take_closed() { return std::move(closed_); }

 private:
  std::optional<Slot> first_slot(const Request& request, const Terms& terms) const;

  Pool* pool_;
  std::optional<std::uint32_t> only_;
  std::vector<Span> promised_;
  std::vector<Promised> told_;
  std::vector<Request> closed_;
  struct Seen {
    std::uint32_t count = 0;  // of the closed requests, so many were looked at
    bool closed = false;
  };
  mutable std::vector<Seen> seen_;  // by node
};

}  // namespace retz::pool
