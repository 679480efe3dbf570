// Reservations that outlive a pass: what each waiting job was promised. They only move earlier, but
// where an attempt overruns its estimate, or a node shrinks or goes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/classes.hpp"
#include "model/interner.hpp"
#include "pool/regained.hpp"
#include "pool/reservations.hpp"
#include "pool/slot_search.hpp"
#include "pool/timeline.hpp"
#include "retz/ids.hpp"

namespace retz::pool {

class Pool;

class Kept {
 public:
  explicit Kept(Pool& pool);
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  struct Waiting {
    JobId job;
    Arrival arrival;
    const Request& request;
    Terms terms;  // `now` of no account where it comes from before a restart
  };
  struct Promised {
    JobId job;
    std::string_view node;
    Instant at{};
  };

  // --- for the engine
  /// The job no longer waits, or not now: what was promised to it is free again. No effect without
  /// a promise. What starts through a draft need not be told.
  void forget(JobId job);
  void clear();
  std::optional<Promised> of(JobId job) const;
  std::vector<Promised> all() const;  // by job
  /// visit(job, node, time) for each, by arrival.
  template <class Visit>
  void each(const Visit& visit) const {
    for (const auto& [key, promise] : promises_) {
      visit(key.second, promise.span.node, promise.span.at);
    }
  }
  std::size_t size() const { return by_job_.size(); }
  /// From before a restart; the node may not be there yet. Requires: the job has no promise.
  void restore(const Waiting& waiting, const std::string& node, Instant at);
  void check_invariants() const;

  // --- for the pool
  /// What was booked there until then was released.
  void freed(std::uint32_t node, Instant until);
  /// The node came, went, grew, shrank, drains or is to be worked on.
  void node_changed(std::uint32_t node);
  /// The pool has more dimensions than before.
  void rebuild();

  // --- for the planner, through the draft
  /// Promises that clash with attempts that overran, or with a node that changed, are moved as far
  /// as they must. Then, where something came free, each is tried again in order of arrival.
  void renew(Instant now);
  /// The booking, where its time has come, or it fits now and has no promise yet; else it has a
  /// promise afterwards, unless no node can ever take it.
  std::optional<std::uint32_t> place(const Waiting& waiting, Reservations& reservations);
  /// What is due and was not asked for: its job may not start. Its promise ends.
  void drop_overdue();
  /// The earliest that is still to come.
  std::optional<Instant> next_due() const;

 private:
  using Key = std::pair<Arrival, JobId>;
  struct Promise {
    Span span;
    std::uint32_t shape = 0;
    Duration longest_stay{0};
    bool relaxed = false;
    bool all_gpus = false;  // what is asked differs by node
  };
  using Promises = std::map<Key, Promise>;
  Terms terms(const Promise& promise) const;
  void add(const Waiting& waiting, const Slot& slot);
  void put(Promise& promise, const Slot& slot);
  void take_out(const Promise& promise);
  void erase(Promises::iterator at);
  void settle_clashes(const std::vector<std::uint32_t>& overrun);
  bool stands(const Promise& promise) const;
  void move_as_far_as_it_must(Promises::iterator at);
  Instant first_gain(const Promise& promise, std::uint32_t place);
  void try_earlier(Promise& promise);

  Pool* pool_;
  Promises promises_;
  std::unordered_map<JobId, Key> by_job_;  // looked up, never walked
  model::Interner<Request, model::RequestHash> shapes_;
  Regained regained_;
  std::vector<std::uint32_t> changed_;  // nodes to look at
  Instant now_{};
  bool came_free_ = false;  // something did since the promises were last tried
  bool restored_ = false;   // and no pass since
};

}  // namespace retz::pool
