// Nodes, their leases, what is booked on them and what is free.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/gpus.hpp"
#include "model/ports.hpp"
#include "model/slots.hpp"
#include "pool/dimensions.hpp"
#include "pool/fit_index.hpp"
#include "pool/kept.hpp"
#include "pool/timeline.hpp"
#include "retz/event.hpp"
#include "retz/pool.hpp"

namespace retz::pool {

using BookingId = std::uint32_t;

/// What is short for a request, and where it would be the least short.
struct Shortage {
  std::string resource;    // "cpus", "gpus" (whole devices), "gpus.share", "custom.x"
  std::int64_t asked = 0;  // in the resource's unit
  std::int64_t most = 0;   // the most there is
  std::string node;
};

class Pool {
 public:
  explicit Pool(const FitRule& rule);

  // --- nodes and leases
  void grant(const LeaseGranted& granted);
  /// No effect when the lease is unknown.
  void revoke(LeaseId lease);
  /// Ends the node's leases and forgets what it had; answers who is booked on it, ascending. The
  /// bookings stay until released.
  std::vector<AttemptRef> lose(std::string_view node);
  void set_draining(const std::string& node, bool draining);
  const std::set<std::string, std::less<>>& draining() const { return draining_; }

  // --- bookings
  /// On the lease that the fit rule chooses. Nothing: does not fit now.
  std::optional<BookingId> book(const Request& request, const Terms& terms,
                                const Reservations& reservations);
  /// An attempt known from before a restart; its node may have no lease yet.
  BookingId adopt(AttemptRef attempt, const Placement& placement, Instant started,
                  Duration estimate);
  /// On a given lease. Nothing: does not fit there now.
  std::optional<BookingId> book_on(std::uint32_t bin, const Request& request, const Terms& terms,
                                   const Reservations& reservations);
  void assign(BookingId booking, AttemptRef attempt);
  void release(BookingId booking);
  const Placement& placement(BookingId booking) const { return bookings_[booking].placement; }
  AttemptRef attempt(BookingId booking) const { return bookings_[booking].attempt; }
  LeaseId lease(BookingId booking) const { return bookings_[booking].lease; }
  /// See PoolDraft.
  PoolDraft::Rooms rooms(std::span<const std::int64_t> needs, std::size_t most,
                         const Reservations& reservations) const;
  bool need(const Request& request, std::vector<std::int64_t>& rows) const;
  std::size_t dimensions() const { return dimensions_.count(); }
  /// Takes the latest booking back.
  void undo(BookingId booking);

  /// `once` leases that were used since the last call are closed. With `wanted` false, or on a
  /// draining node, unused ones are closed too and their ids returned, ascending.
  std::vector<LeaseId> settle_once(bool wanted);

  // --- questions
  Fit fit(const Request& request) const;
  /// fit() is not `never`.
  bool fits_some_node(const Request& request) const;
  /// Whether any node present, draining or not, would have room when empty.
  bool fits_when_empty(const Request& request) const;
  bool has_nodes() const { return known_nodes_ > 0; }
  /// Of all known nodes.
  struct Total {
    Amounts amounts;
    std::int64_t gpus = 0;  // devices
  };
  Total total() const;
  /// Changes whenever fit() may turn to or from `never`.
  std::uint64_t capacity_version() const { return capacity_version_; }

  /// Against whole nodes: every resource of which no node has enough; where each is on some node,
  /// what the nearest node lacks. Requires: fits none of them, and one is there.
  std::vector<Shortage> largest(const Request& request) const;
  /// Against what is free now: all that is short on the nearest of the nodes that have room when
  /// empty. Requires: fits none now.
  std::vector<Shortage> nearest(const Request& request) const;
  /// The earliest time from which a node is not worked on for so long.
  Instant open_from(std::uint32_t node, Instant then, Duration stay) const;
  /// Whether the node, present and not draining, could take it when nothing else is on it.
  bool could_take(std::uint32_t node, const Request& request, const Terms& terms) const;
  const Timeline& timeline() const { return timeline_; }
  /// What waiting jobs were promised, where the planner keeps it.
  Kept& kept() { return kept_; }
  const Kept& kept() const { return kept_; }
  const std::string& node_name(std::uint32_t node) const { return nodes_[node].name; }

  /// A draining node with room for it now, or when it is empty.
  std::optional<std::string> draining_with_room(const Request& request, bool when_empty) const;

  struct NodeView {
    std::string name;
    Capacity capacity;
    Amounts used;
    std::uint32_t attempts = 0;
    bool draining = false;
  };
  std::vector<NodeView> nodes() const;  // by name
  std::size_t booking_count() const { return bookings_.size(); }
  void check_invariants() const;

 private:
  friend class Timeline;
  friend class Reservations;
  friend class SlotSearch;
  friend class Kept;
  struct Node {
    std::string name;
    bool present = false;  // this slot is in use
    bool known = false;    // its capacity is known
    bool draining = false;
    Capacity capacity;  // standing: as granted. once: the most seen, offered and booked together
    std::vector<std::uint32_t> bins;
    std::vector<BookingId> bookings;
  };
  /// One lease: where things fit in.
  struct Bin {
    LeaseId lease;
    std::uint32_t node = 0;
    LeaseKind kind = LeaseKind::standing;
    std::uint32_t uses = 0;  // bookings on it since it was granted
    Amounts total;
    Row free;
    model::PortSet all_ports, ports;
    std::vector<Gpu> gpus;
    model::GpuFree gpu_free;
  };
  struct Booking {
    AttemptRef attempt;
    LeaseId lease;
    std::uint32_t node = 0;
    std::uint32_t place = 0;  // in the node's list
    Placement placement;
    Instant started{};
    Duration estimate{0};
  };

  std::uint32_t node_of(const std::string& name);
  const Node* find_node(std::string_view name) const;
  void forget_if_empty(std::uint32_t node);
  void know(std::uint32_t node, const Capacity& capacity);
  void unknow(std::uint32_t node);
  void index_capacity(std::uint32_t node);
  void index_bins(std::uint32_t node);
  Row capacity_row(const Capacity& capacity) const;
  Capacity seen_with(const Node& node, const Capacity& offered) const;

  std::uint32_t same_lease(const LeaseGranted& granted) const;
  void make_room(std::uint32_t node, LeaseKind kind);
  void remove_bin(std::uint32_t bin);
  void fill(Bin& bin, const Capacity& capacity) const;
  void take(Bin& bin, const Placement& placement) const;
  void give_back(Bin& bin, const Placement& placement) const;
  std::uint32_t standing_bin(const Node& node) const;
  void count_gpus_and_ports(Bin& bin) const;
  FitKey key(const Bin& bin) const;
  void reindex(std::uint32_t bin);
  void rebuild();
  std::uint32_t choose(const Request& request, const Terms& terms,
                       const Reservations& reservations);
  Placement placed(Bin& bin, const Request& request) const;
  BookingId book_into(std::uint32_t bin, const Request& request, const Terms& terms);
  void book_on(std::uint32_t node, BookingId booking);
  void unbook(BookingId booking);
  /// Zero: covered. Else the sum over dimensions of what is missing, in thousandths of the need.
  static std::int64_t distance(const Row& need, const Row& have);
  Row have(const Request& request, const Bin& bin) const;
  Row have(const Request& request, const Capacity& capacity) const;
  std::vector<Shortage> shortages(const Row& need, const Row& have, const std::string& node) const;
  void check_bin(std::uint32_t bin) const;

  const FitRule* rule_;
  Dimensions dimensions_;
  FitIndex bins_index_;
  FitIndex capacity_index_;  // of known nodes that are not draining
  model::Slots<Node> nodes_;
  model::Slots<Bin> bins_;
  model::Slots<Booking> bookings_;
  std::unordered_map<std::string, std::uint32_t> by_name_;  // looked up, never walked
  std::unordered_map<LeaseId, std::uint32_t> by_lease_;     // looked up, never walked
  std::set<std::uint32_t> once_;                            // bins of `once` leases
  std::set<std::string, std::less<>> draining_;
  std::vector<std::uint32_t> used_once_;
  std::uint64_t known_nodes_ = 0;
  std::uint64_t capacity_version_ = 1;
  Row need_;  // scratch of book()
  Timeline timeline_{*this};
  Kept kept_{*this};
};

}  // namespace retz::pool
