// Kept reservations as in Feitelson and Weil, Utilization and Predictability in Scheduling the IBM
// SP2 with Backfilling (IPPS 1998): when something comes free, each is tried again in order of
// arrival. A promise can only gain where a node has more free than when it was last tried, so only
// those nodes are looked at, and only in that time.
#include "pool/kept.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "pool/pool.hpp"

namespace retz::pool {

Kept::Kept(Pool& pool) : pool_(&pool), regained_(pool.timeline()) {}

Terms Kept::terms(const Promise& promise) const {
  return {now_, promise.span.estimate, promise.longest_stay, promise.relaxed};
}

void Kept::put(Promise& promise, const Slot& slot) {
  Timeline& timeline = pool_->timeline_;
  promise.span.node = slot.node;
  promise.span.at = slot.at;
  promise.span.row = timeline.acquire(timeline.parts(shapes_[promise.shape], slot.node));
  timeline.promise(promise.span);
}

void Kept::take_out(const Promise& promise) {
  pool_->timeline_.withdraw(promise.span);
  pool_->timeline_.release_row(promise.span.row);
}

void Kept::add(const Waiting& waiting, const Slot& slot) {
  const Key key{waiting.arrival, waiting.job};
  Promise& promise = promises_[key];
  promise.shape = shapes_.acquire(waiting.request);
  promise.all_gpus = waiting.request.gpus.all;
  promise.span.estimate = waiting.terms.estimate;
  promise.longest_stay = waiting.terms.longest_stay;
  promise.relaxed = waiting.terms.relaxed;
  by_job_.emplace(waiting.job, key);
  put(promise, slot);
}

// Requires: it is taken out of the timeline.
void Kept::erase(Promises::iterator at) {
  const std::uint32_t node = at->second.span.node;
  shapes_.release(at->second.shape);
  by_job_.erase(at->first.second);
  promises_.erase(at);
  pool_->forget_if_empty(node);
}

void Kept::forget(JobId job) {
  const auto known = by_job_.find(job);
  if (known == by_job_.end()) return;
  const auto at = promises_.find(known->second);
  const Span span = at->second.span;
  take_out(at->second);
  regained_.add(span.node, {span.at, span.at + span.estimate}, false);
  came_free_ = true;
  erase(at);
}

void Kept::clear() {
  while (!promises_.empty()) {
    take_out(promises_.begin()->second);
    erase(promises_.begin());
  }
  regained_.clear();
  changed_.clear();
  came_free_ = restored_ = false;
}

std::optional<Kept::Promised> Kept::of(JobId job) const {
  const auto known = by_job_.find(job);
  if (known == by_job_.end()) return std::nullopt;
  const Span& span = promises_.at(known->second).span;
  return Promised{job, pool_->name_of(span.node), span.at};
}

std::vector<Kept::Promised> Kept::all() const {
  std::vector<Promised> all;
  all.reserve(promises_.size());
  for (const auto& [key, promise] : promises_) {
    all.push_back({key.second, pool_->name_of(promise.span.node), promise.span.at});
  }
  std::sort(all.begin(), all.end(),
            [](const Promised& a, const Promised& b) { return a.job < b.job; });
  return all;
}

void Kept::restore(const Waiting& waiting, const std::string& node, Instant at) {
  RETZ_ASSERT(!by_job_.contains(waiting.job));
  restored_ = true;
  pool_->timeline_.follow(waiting.terms.now);
  add(waiting, {pool_->node_of(node), at});
}

void Kept::rebuild() {
  for (auto& [key, promise] : promises_) put(promise, {promise.span.node, promise.span.at});
}

void Kept::freed(std::uint32_t node, Instant until) {
  if (promises_.empty()) return;
  regained_.add(node, {Instant::min(), until}, false);
  came_free_ = true;
}

void Kept::node_changed(std::uint32_t node) {
  if (promises_.empty()) return;
  regained_.add(node, {Instant::min(), Instant::max()}, false);
  changed_.push_back(node);
  // What is restored meets the nodes as it left them.
  if (!restored_) came_free_ = true;
}

void Kept::renew(Instant now) {
  now_ = now;
  pool_->timeline_.follow(now);
  pool_->timeline_.extend(now);
  const std::vector<std::uint32_t> overrun = pool_->timeline_.take_extended();
  if (promises_.empty()) {
    clear();
    return;
  }
  settle_clashes(overrun);
  regained_.begin(now_, false);
  restored_ = false;
  if (!std::exchange(came_free_, false)) return;
  for (auto& [key, promise] : promises_) try_earlier(promise);
  regained_.begin(now_, true);
}

bool Kept::stands(const Promise& promise) const {
  const Span& span = promise.span;
  if (restored_ && !pool_->timeline_.present(span.node)) return true;
  const Request& request = shapes_[promise.shape];
  return pool_->open(span.node) && pool_->able(span.node, request, !promise.relaxed) &&
         pool_->admits(span.node, span.at, promise.longest_stay) &&
         pool_->timeline_.holds(span, now_);
}

void Kept::settle_clashes(const std::vector<std::uint32_t>& overrun) {
  std::vector<std::uint32_t> nodes = overrun;
  nodes.insert(nodes.end(), changed_.begin(), changed_.end());
  changed_.clear();
  std::erase_if(nodes, [this](std::uint32_t n) { return !pool_->timeline_.has_promises(n); });
  if (nodes.empty()) return;
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  std::vector<Promises::iterator> out, moved;
  for (auto at = promises_.begin(); at != promises_.end(); ++at) {
    if (!std::binary_search(nodes.begin(), nodes.end(), at->second.span.node)) continue;
    take_out(at->second);
    out.push_back(at);
  }
  for (const auto at : out) {
    Promise& promise = at->second;
    put(promise, {promise.span.node, promise.span.at});
    pool_->timeline_.withdraw(promise.span);
    const bool good = stands(promise);
    pool_->timeline_.promise(promise.span);
    if (good) continue;
    take_out(promise);
    moved.push_back(at);
  }
  for (const auto at : moved) move_as_far_as_it_must(at);
}

void Kept::move_as_far_as_it_must(Promises::iterator at) {
  Promise& promise = at->second;
  const Span old = promise.span;
  SlotSearch search(*pool_, shapes_[promise.shape], terms(promise));
  const auto slot = search.over_all(false);
  regained_.add(old.node, {old.at, old.at + old.estimate}, false);
  if (!slot) return erase(at);
  put(promise, *slot);
  pool_->forget_if_empty(old.node);
}

// When the slot could begin at the earliest, where the node has more free than when the promise was
// last tried; not before the promised time: it cannot gain there. On its own node it makes room
// itself. Asked of each promise and each such node: it reads little.
Instant Kept::first_gain(const Promise& promise, std::uint32_t place) {
  const Span& span = promise.span;
  const Instant first = regained_.from(place, span.estimate);
  if (first >= span.at || regained_.node(place) == span.node || promise.all_gpus) return first;
  return std::max(first, regained_.from(place, span.row, span.estimate, span.at));
}

void Kept::try_earlier(Promise& promise) {
  const Span old = promise.span;
  if (old.at <= now_) return;
  std::optional<SlotSearch> search;
  for (std::uint32_t place = 0; place < regained_.count(); ++place) {
    const Instant first = first_gain(promise, place);
    if (first >= old.at) continue;
    if (!search) {
      pool_->timeline_.withdraw(promise.span);
      search.emplace(*pool_, shapes_[promise.shape], terms(promise));
    }
    search->consider(regained_.node(place), first, false, old.at);
  }
  if (!search) return;
  pool_->timeline_.promise(promise.span);
  if (!search->best()) return;
  take_out(promise);
  put(promise, *search->best());
  regained_.taken(promise.span.node);
  regained_.add(old.node, {old.at, old.at + old.estimate}, true);
}

std::optional<std::uint32_t> Kept::place(const Waiting& waiting, Reservations& reservations) {
  const auto known = by_job_.find(waiting.job);
  if (known == by_job_.end()) {
    const auto booking = pool_->book(waiting.request, waiting.terms, reservations);
    if (booking) return booking;
    const auto slot = SlotSearch(*pool_, waiting.request, waiting.terms).over_all(true);
    if (slot) add(waiting, *slot);
    return std::nullopt;
  }
  const auto at = promises_.find(known->second);
  Promise& promise = at->second;
  const bool relaxes = waiting.terms.relaxed && !promise.relaxed;
  if (promise.span.at > now_ && !relaxes) return std::nullopt;
  const Span before = promise.span;
  take_out(promise);
  promise.relaxed = waiting.terms.relaxed;
  if (before.at <= now_) {
    reservations.keep_to(before.node);
    auto booking = pool_->book(waiting.request, waiting.terms, reservations);
    reservations.keep_to(std::nullopt);
    if (!booking) booking = pool_->book(waiting.request, waiting.terms, reservations);
    if (booking) {
      erase(at);
      return booking;
    }
  }
  const auto slot = SlotSearch(*pool_, waiting.request, waiting.terms).over_all(true);
  if (relaxes && before.at > now_ && (!slot || slot->at >= before.at)) {
    put(promise, {before.node, before.at});
    return std::nullopt;
  }
  regained_.add(before.node, {before.at, before.at + before.estimate}, false);
  if (slot) {
    put(promise, *slot);
    pool_->forget_if_empty(before.node);
  } else {
    erase(at);
  }
  return std::nullopt;
}

void Kept::drop_overdue() {
  for (auto at = promises_.begin(); at != promises_.end();) {
    const auto next = std::next(at);
    if (at->second.span.at <= now_) forget(at->first.second);
    at = next;
  }
}

std::optional<Instant> Kept::next_due() const {
  std::optional<Instant> next;
  for (const auto& [key, promise] : promises_) {
    if (!next || promise.span.at < *next) next = promise.span.at;
  }
  return next;
}

void Kept::check_invariants() const {
  RETZ_ASSERT(by_job_.size() == promises_.size());
  for (const auto& [key, promise] : promises_) {
    RETZ_ASSERT(by_job_.at(key.second) == key);
    RETZ_ASSERT(pool_->timeline_.has_promises(promise.span.node));
  }
}

}  // namespace retz::pool
