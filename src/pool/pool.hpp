// Nodes, their leases, what is booked on them and what is free.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/gpus.hpp"
#include "model/ports.hpp"
#include "model/slots.hpp"
#include "pool/conditions.hpp"
#include "pool/dimensions.hpp"
#include "pool/fit_index.hpp"
#include "pool/kept.hpp"
#include "pool/request_mix.hpp"
#include "pool/scores.hpp"
#include "pool/spreads.hpp"
#include "pool/timeline.hpp"
#include "retz/decision.hpp"
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
  /// Replaces the node's windows; none: forgets them. Requires: sorted, disjoint.
  void set_maintenance(const std::string& node, std::vector<MaintenanceWindow> windows);
  using Maintenance = std::map<std::string, std::vector<MaintenanceWindow>, std::less<>>;
  const Maintenance& maintenance() const { return maintenance_; }
  /// From now on leases are taken in the order of another rule, which must outlive the pool. Where
  /// it asks what is typical, each booking and each waiting job is told anew: count(), waits().
  void set_rule(const FitRule& rule);

  // --- bookings
  /// On the lease that the fit rule chooses. Nothing: does not fit now.
  std::optional<BookingId> book(const Request& request, const Terms& terms,
                                const Reservations& reservations);
  /// An attempt known from before a restart; its node may have no lease yet. `request`, `user`: of
  /// its job.
  BookingId adopt(AttemptRef attempt, const Placement& placement, Instant started,
                  Duration estimate, const Request& request = {}, std::string_view user = {});
  /// On a given lease. Nothing: does not fit there now.
  std::optional<BookingId> book_on(std::uint32_t bin, const Request& request, const Terms& terms,
                                   const Reservations& reservations);
  void assign(BookingId booking, AttemptRef attempt) { bookings_[booking].attempt = attempt; }
  void release(BookingId booking);
  Placement placement(BookingId booking) const;
  AttemptRef attempt(BookingId booking) const { return bookings_[booking].attempt; }
  LeaseId lease(BookingId booking) const { return bookings_[booking].lease; }
  std::uint32_t node(BookingId booking) const { return bookings_[booking].node; }
  /// See PoolDraft.
  PoolDraft::Rooms rooms(std::span<const std::int64_t> needs, std::size_t most,
                         const Reservations& reservations) const;
  bool sums(const Request& request, std::vector<std::int64_t>& rows) const;
  /// Takes the latest booking back.
  void undo(BookingId booking);

  /// `once` leases that were used since the last call are closed. With `wanted` false, or on a
  /// draining node, unused ones are closed too and their ids returned, ascending.
  std::vector<LeaseId> settle_once(bool wanted);

  // --- last uses
  /// Of all nodes that ever started something, by name.
  std::vector<NodeUsed> last_uses() const;
  /// As it was before a restart.
  void restore_use(const NodeUsed& used);
  /// Those that changed since the last call, by name.
  std::vector<NodeUsed> take_uses();

  // --- growth: what a request that fitted nowhere may hope for
  /// Windows end as time passes. Requires: called before a pass.
  void advance(Instant now);
  /// The next end of a window after `now`.
  std::optional<Instant> window_end(Instant now) const;
  /// Nodes that have, or let one have, more than at the last forget_growth().
  const std::vector<std::uint32_t>& grown() const { return grown_; }
  bool any_growth() const { return !grown_.empty() || spread_changed_; }
  /// Whether a request that fitted nowhere at the last forget_growth() may fit one of those nodes.
  bool may_fit_again(const Request& request);
  void forget_growth();
  /// Whether the node has room for it now, whatever the time, the reservations and its wishes.
  bool could_take(std::uint32_t node, const Request& request) const;

  // --- questions
  /// By amounts and constraints alone.
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
  /// After a book() that found nothing: the longest stay with which maintenance would have let it,
  /// shorter than that in `terms`. Nothing: it did not fail because of maintenance alone.
  std::optional<Duration> placeable(const Request& request, const Terms& terms,
                                    const Reservations& reservations);

  /// Against whole nodes: every resource of which no node has enough; where each is on some node,
  /// what the nearest node lacks. Requires: fits none of them, and one is there.
  std::vector<Shortage> largest(const Request& request) const;
  /// Against what is free now: all that is short on the nearest of the nodes that have room when
  /// empty. Requires: fits none now.
  std::vector<Shortage> nearest(const Request& request) const;
  /// How far a dimension is from enough: what is missing, in thousandths of the need.
  static std::int64_t lack(std::int64_t need, std::int64_t less);
  /// A draining node with room for it now, or when it is empty.
  std::optional<std::string> draining_with_room(const Request& request, bool when_empty) const;
  /// The first of the request's constraints that no known node meets, then the first that no node
  /// meets together with those before it. Nothing: some node meets all.
  std::optional<Constraint> unmet(const Request& request) const;
  /// Nodes have room, but it does not prefer them and is not relaxed.
  bool room_only_elsewhere(const Request& request, const Terms& terms) const;
  /// Nodes have room, but their values of the spread attribute have their part; the values.
  std::vector<std::string> spread_full(const Request& request, const Terms& terms) const;
  struct Worked {
    std::string node;
    Instant from{}, until{};
  };
  /// A node with room whose maintenance it would reach into: the one whose window ends first.
  std::optional<Worked> maintenance_with_room(const Request& request, const Terms& terms) const;
  /// All known nodes as they are when nothing is on them, each as one standing lease.
  std::vector<LeaseGranted> as_standing() const;
  /// Who is booked on the node.
  std::vector<AttemptRef> attempts_on(std::string_view node) const;
  /// How many of those on the node must end, in this order, until it has room; 0: not then, or not
  /// on a standing lease. Devices as counts.
  std::size_t endings_needed(std::string_view node, const Request& request,
                             std::span<const AttemptRef> ends) const;
  /// A node with room that could take the other request when empty, and is kept for it.
  std::optional<std::uint32_t> room_kept_for(const Request& other, const Request& request,
                                             const Terms& terms) const;

  // --- for reservations in time
  std::uint32_t node_bound() const { return nodes_.bound(); }
  const std::string& name_of(std::uint32_t node) const { return nodes_[node].name; }
  std::optional<std::uint32_t> find(std::string_view node) const;
  const Dimensions& dimensions() const { return dimensions_; }
  /// Whether its capacity is known and it is not draining.
  bool open(std::uint32_t node) const { return nodes_[node].known && !nodes_[node].draining; }
  /// Whether an empty node could take it, draining or not: constraints (`strict`: the preference
  /// too) and models of devices included.
  bool able(std::uint32_t node, const Request& request, bool strict) const;
  /// Whether maintenance lets it start then and stay for so long.
  bool admits(std::uint32_t node, Instant start, Duration stay) const;
  std::span<const MaintenanceWindow> windows(std::uint32_t node) const {
    return nodes_[node].windows;
  }
  /// f(lease, kind, free row) for each lease of the node; of a standing lease: what is left now.
  template <class F>
  void for_each_lease(std::uint32_t node, const F& f) const {
    for (const std::uint32_t b : nodes_[node].bins) f(bins_[b].lease, bins_[b].kind, bins_[b].free);
  }
  /// f(booking, started, estimate) for each booking of the node, in no order.
  template <class F>
  void for_each_booking(std::uint32_t node, const F& f) const {
    for (const BookingId b : nodes_[node].bookings) {
      f(b, bookings_[b].started, bookings_[b].estimate);
    }
  }
  /// What a booking holds, as a row: ports, whole devices and shares as counts.
  void held(BookingId booking, Row& row) const;
  /// Changes whenever anything about the node's leases, bookings or windows does.
  std::uint64_t version(std::uint32_t node) const { return nodes_[node].version; }
  /// Changes whenever any of them does, or an attempt is found to run longer than expected.
  std::uint64_t changes() const { return changes_ + capacity_version_ + timeline_.extensions(); }

  const Timeline& timeline() const { return timeline_; }
  /// What waiting jobs were promised, where the planner keeps it.
  Kept& kept() { return kept_; }
  const Kept& kept() const { return kept_; }

  struct NodeView {
    std::string name;
    Capacity capacity;
    Amounts used;
    std::uint32_t attempts = 0;
    bool draining = false;
    std::vector<MaintenanceWindow> maintenance;
  };
  std::vector<NodeView> nodes() const;  // by name
  std::size_t booking_count() const { return bookings_.size(); }
  /// After set_rule(): the request of a live booking.
  void count(BookingId booking, const Request& request);
  /// One more, or one fewer, job with that request waits: fit rules that ask what is typical.
  void waits(const Request& request, bool more);
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
    bool grown = false;                       // in grown_
    bool used = false;                        // in used_
    std::uint32_t standing = FitIndex::none;  // its bin, where it has a standing lease
    std::uint64_t last_use = 0;               // the number of its last start; 0: none
    std::uint64_t marks = 0;                  // of the conditions that it may meet
    std::uint64_t version = 0;
    Capacity capacity;  // standing: as granted. once: the most seen, offered and booked together
    Row whole;          // the capacity as a row
    std::vector<MaintenanceWindow> windows;
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
    std::uint32_t place = 0;       // in the node's list
    std::uint32_t group = none;    // of Spreads
    std::uint32_t typical = none;  // of RequestMix
    std::uint64_t before = 0;      // the node's last use before it
    Amounts amounts;
    std::vector<std::uint16_t> ports;
    std::vector<GpuShare> gpus;
    Instant started{};
    Duration estimate{0};
  };
  /// A request, made ready to be compared with many leases.
  struct Wanted {
    const Request* request = nullptr;
    const Terms* terms = nullptr;
    const Reservations* reservations = nullptr;
    std::uint32_t condition = Conditions::any;
    bool devices = false;  // they must be looked at one by one
    Spreads::Room room;
  };
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  // leases.cpp
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
  void rebuild();
  // bookings.cpp
  void take(Bin& bin, const Booking& booking) const;
  void give_back(Bin& bin, const Booking& booking) const;
  void count_gpus_and_ports(Bin& bin) const;
  FitKey key(const Bin& bin) const;
  void reindex(std::uint32_t bin);
  BookingId book_into(std::uint32_t bin, const Request& request, const Terms& terms);
  void give(Bin& bin, const Request& request, Booking& booking) const;
  void book_on(std::uint32_t node, BookingId booking);
  void unbook(BookingId booking);
  void count_in(BookingId booking, const Request& request, std::string_view user);
  // growth.cpp
  void grew(std::uint32_t node);
  void use(std::uint32_t node, std::uint64_t number);
  // choose.cpp
  std::uint32_t condition(const Request& request, bool preferred) const;
  void forget_conditions() const;
  bool devices_fit(const Bin& bin, const Request& request) const;
  Spreads::Room spread_room(const Request& request, std::string_view user) const;
  bool meets(const Wanted& wanted, std::uint32_t bin) const;
  bool in_time(const Wanted& wanted, std::uint32_t bin) const;
  Wanted wanted(const Request& request, const Terms& terms, const Reservations& reservations) const;
  LeaseView view(const Bin& bin) const;
  std::uint32_t best_score(const Wanted& wanted);
  std::uint32_t choose_among(const Wanted& wanted);
  std::uint32_t choose(const Request& request, const Terms& terms,
                       const Reservations& reservations);
  // questions.cpp
  bool has_attribute(std::uint32_t node, const Request& request) const;
  bool devices_suit(std::uint32_t node, const Request& request) const;
  template <class Accept>
  std::uint32_t with_room(const Request& request, bool strict, const Accept& accept) const;
  // shortages.cpp
  class Able;
  /// Zero: covered. Else the sum over dimensions of what is missing, in thousandths of the need.
  static std::int64_t distance(const Row& need, const Row& have);
  void have(const Request& request, const Bin& bin, Row& row) const;
  void have(const Request& request, std::uint32_t node, Row& row) const;
  std::vector<Shortage> shortages(const Row& need, const Row& have, const std::string& node) const;
  // invariants.cpp
  void check_bin(std::uint32_t bin) const;
  void check_node(std::uint32_t node) const;

  const FitRule* rule_;
  Dimensions dimensions_;
  // Marks are a cache, so that questions may learn new conditions.
  mutable FitIndex bins_index_;
  mutable FitIndex capacity_index_;  // of known nodes that are not draining
  mutable Conditions conditions_;
  mutable Spreads spreads_;
  mutable model::Slots<Node> nodes_;
  model::Slots<Bin> bins_;
  model::Slots<Booking> bookings_;
  std::unordered_map<std::string, std::uint32_t> by_name_;  // looked up, never walked
  std::unordered_map<LeaseId, std::uint32_t> by_lease_;     // looked up, never walked
  std::set<std::uint32_t> once_;                            // bins of `once` leases
  std::set<std::string, std::less<>> draining_;
  Maintenance maintenance_;
  std::set<std::pair<Instant, std::string>> window_ends_;          // of windows that are not over
  std::map<std::string, std::uint64_t, std::less<>> absent_uses_;  // of nodes that are not here
  std::vector<std::uint32_t> used_once_;
  std::vector<std::uint32_t> grown_;  // nodes
  std::vector<std::string> used_;     // nodes whose last use changed
  bool spread_changed_ = false;
  std::uint64_t starts_ = 0;
  std::uint64_t known_nodes_ = 0;
  std::uint64_t capacity_version_ = 1;
  std::uint64_t changes_ = 0;
  RequestMix mix_;
  Scores scores_;
  std::span<const TypicalRequest> typical_;  // of mix_, as of the last placement
  mutable Row need_;                         // scratch: of the request that is placed
  mutable Row scratch_;
  mutable Amounts free_;  // scratch of view()
  Timeline timeline_{*this};
  Kept kept_{*this};
  Foreseen foreseen_;
};

}  // namespace retz::pool
