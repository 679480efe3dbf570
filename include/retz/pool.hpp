// What is free, and which lease among those that fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "retz/ids.hpp"
#include "retz/resources.hpp"
#include "retz/result.hpp"

namespace retz {

/// Whether a request can be met. never: by no node that is present and not draining.
enum class Fit : std::uint8_t { now, later, never };

/// A request that is common, and its share of all.
struct TypicalRequest {
  Request request = {};
  double weight = 0;  // > 0
  double reach = 1;  // the part of all devices that it may use, by their models; 1: all, or unknown
};

/// One lease, as a fit rule sees it. Valid during the call.
struct LeaseView {
  const Amounts& free;
  const Amounts& total;
  std::span<const Gpu> gpus = {};
  std::span<const std::int32_t> gpu_free = {};  // thousandths, by device
  std::string_view node = {};
  std::span<const Attribute> attributes = {};  // of the node
  /// What live jobs ask for, the most frequent first; where FitRule::asks_typical().
  std::span<const TypicalRequest> typical = {};
};

/// The order in which leases are tried; the first that fits is taken. The first three need no scan
/// over the leases. Ties go to the node whose last start is the longest ago, then to the smaller
/// lease id: of equal nodes none is preferred for ever.
enum class FitOrder : std::uint8_t {
  by_lease,    // smaller lease id first; no ties
  least_cpus,  // least free cpus first, then least free memory
  most_cpus,   // most free cpus first, then most free memory
  by_score,    // smallest score first: looks at each lease that fits
};

/// Smaller scores are better. Threads: const, may be shared.
class FitRule {
 public:
  virtual ~FitRule() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual FitOrder order() const noexcept { return FitOrder::by_score; }
  /// Called for `by_score` only, and only for leases that fit. Depends on nothing but the
  /// arguments: it may be kept until the lease changes.
  virtual double score(const Request& request, const LeaseView& lease) const = 0;
  /// Which device, for a request of a share of one: an index into `lease.gpus` that has as much
  /// free and is of a model asked for. Nothing: the one with the least free that suffices.
  virtual std::optional<std::uint32_t> device(const Request&, const LeaseView&) const {
    return std::nullopt;
  }
  /// Whether score() or device() look at LeaseView::typical.
  virtual bool asks_typical() const noexcept { return false; }
  /// by_score: how ties are broken. False: as for all rules. True: by the node's name, as some
  /// published figures have it.
  virtual bool ties_by_name() const noexcept { return false; }
};

namespace fit_rules {
std::shared_ptr<const FitRule> first();        // the smallest lease id
std::shared_ptr<const FitRule> best();         // what leaves the fewest cpus over
std::shared_ptr<const FitRule> worst();        // what leaves the most cpus over: spreads
std::shared_ptr<const FitRule> dot_product();  // where what is free looks most like the request
/// What breaks up the least of what typical jobs could use. Without `typical` those of
/// LeaseView's pool count: the requests of live jobs.
std::shared_ptr<const FitRule> fragmentation(std::vector<TypicalRequest> typical = {});
/// Likewise, but it knows constraints: what few typical jobs may use is kept for those few.
std::shared_ptr<const FitRule> fragmentation_constrained(std::vector<TypicalRequest> typical = {});
std::shared_ptr<const FitRule> numa();  // as best
}  // namespace fit_rules

/// By its name, which is the function's. Error: invalid_argument, listing the names there are.
Result<std::shared_ptr<const FitRule>> make_fit_rule(std::string_view name);

namespace pool {
class Pool;
class Reservations;
}  // namespace pool

/// What decides, besides the request, where a job may start and what it holds up.
struct Terms {
  Instant now{};
  Duration estimate{0};        // it is taken to end then
  Duration longest_stay{0};    // it must have ended before a maintenance window after this
  bool relaxed = false;        // its patience is over: nodes that it does not prefer will do
  std::string_view user = {};  // whose job it is: a group of Spread is one user's
  JobId job = {};              // who it is, for who asks why another does not start
};

/// What a planner places into. Each placement is booked at once and can be taken back: an undo log,
/// not a copy.
class PoolDraft {
 public:
  explicit PoolDraft(pool::Pool& pool);
  ~PoolDraft();
  PoolDraft(const PoolDraft&) = delete;
  PoolDraft& operator=(const PoolDraft&) = delete;

  /// Books the request on the lease that the fit rule chooses among those where it breaks no
  /// reservation and no maintenance; its number in the pool, or nothing when there is none now.
  std::optional<std::uint32_t> place(const Request& request, const Terms& terms);
  /// After a place() that found nothing: the longest estimate with which it would have; nothing:
  /// none would do.
  std::optional<Duration> placeable(const Request& request, const Terms& terms) const;
  /// On that lease, which is numbered as by rooms(). Nothing: it does not fit there now.
  std::optional<std::uint32_t> place_on(std::uint32_t place, const Request& request,
                                        const Terms& terms);

  /// What is free on leases, for planners that look at many at once.
  struct Rooms {
    std::vector<std::uint32_t> places = {};  // valid until the draft ends
    std::vector<std::int64_t> free = {};     // a row of figures for each
    std::vector<std::uint8_t> idle = {};     // 1: nothing runs there
  };
  /// Leases where at least one of the needs fits, as rows of figures one after the other: in the
  /// order in which the fit rule tries them, at most `most`.
  Rooms rooms(std::span<const std::int64_t> needs, std::size_t most) const;
  /// Adds what the request needs as a row of figures. False: more than sums decides where it fits.
  bool need(const Request& request, std::vector<std::int64_t>& rows) const;
  /// Figures in a row.
  std::size_t dimensions() const;
  /// Undoes the last placement that still stands. Requires: there is one.
  void take_back();
  /// Placements that stand.
  std::size_t size() const { return log_.size(); }

  struct Promise {
    std::uint32_t number = 0;
    Instant at{};
    std::string_view node;
  };
  /// The earliest time, and the node (the fit rule chooses among equals), at which the request fits
  /// for its estimate, running attempts taken to end by their estimates and earlier reservations
  /// kept. It holds for the rest of the pass. Nothing: no node can take it, or only in a lease that
  /// is not there now.
  std::optional<Promise> reserve(const Request& request, const Terms& terms);
  /// For the rest of the pass nothing is placed on nodes that could take the request when empty.
  void close(const Request& request);

  // For a planner that keeps reservations over passes (Planner::keeps_reservations).
  /// Brings what is kept up to `now`, before all else: where an attempt overran its estimate or a
  /// node shrank, what no longer holds moves later as far as it must; where something came free
  /// earlier than expected, each is tried again in order of arrival and may only move earlier.
  void renew(Instant now);
  /// Places a job whose time has come, or that fits now and has no reservation yet; else nothing,
  /// and the job has a reservation, unless no node can take it.
  std::optional<std::uint32_t> place_or_keep(JobId job, Arrival arrival, const Request& request,
                                             const Terms& terms);
  /// When the job is to start.
  std::optional<Instant> kept(JobId job) const;
  /// After all else: what is due and was not asked for ends, as its job may not start.
  void drop_overdue();

  /// What was promised, for the engine.
  pool::Reservations& reservations() { return *reservations_; }

 private:
  pool::Pool* pool_;
  std::vector<std::uint32_t> log_;  // bookings
  std::uint32_t promises_ = 0;      // so many were made
  std::unique_ptr<pool::Reservations> reservations_;
};

}  // namespace retz
