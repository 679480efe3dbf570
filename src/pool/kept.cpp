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

void Kept::Window::join(const Window& other) {
  if (other.empty()) return;
  from = std::min(from, other.from);
  until = std::max(until, other.until);
}

Kept::Node& Kept::node_at(std::uint32_t node) {
  if (node >= nodes_.size()) nodes_.resize(std::size_t{node} + 1);
  return nodes_[node];
}

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
  add_window(span.node, &Node::before, {span.at, span.at + span.estimate});
  came_free_ = true;
  erase(at);
}

void Kept::clear() {
  while (!promises_.empty()) {
    take_out(promises_.begin()->second);
    erase(promises_.begin());
  }
  nodes_.clear();
  listed_.clear();
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

void Kept::add_window(std::uint32_t node, Window Node::*which, const Window& window) {
  Node& n = node_at(node);
  (n.*which).join(window);
  n.gaps.clear();
  if (!n.listed) listed_.push_back(node);
  n.listed = true;
}

void Kept::freed(std::uint32_t node, Instant until) {
  if (promises_.empty()) return;
  add_window(node, &Node::before, {Instant::min(), until});
  came_free_ = true;
}

void Kept::node_changed(std::uint32_t node) {
  if (promises_.empty()) return;
  add_window(node, &Node::before, {Instant::min(), Instant::max()});
  if (!nodes_[node].changed) changed_.push_back(node);
  nodes_[node].changed = true;
  // What is restored meets the nodes as it left them.
  if (!restored_) came_free_ = true;
}

// `tried`: what came free before is known to all promises, but for what did while they were tried.
void Kept::list_anew(bool tried) {
  std::erase_if(listed_, [this, tried](std::uint32_t node) {
    Node& n = nodes_[node];
    if (tried) n.before = {};
    n.before.join(n.during);
    n.before.from = std::max(n.before.from, now_);
    n.during = {};
    n.gaps.clear();
    n.listed = !n.before.empty();
    if (!n.listed) n.before = {};
    return !n.listed;
  });
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
  list_anew(false);
  restored_ = false;
  if (!std::exchange(came_free_, false)) return;
  for (auto& [key, promise] : promises_) try_earlier(promise);
  list_anew(true);
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
  for (const std::uint32_t n : changed_) nodes_[n].changed = false;
  changed_.clear();
  std::erase_if(nodes, [this](std::uint32_t n) { return !pool_->timeline_.has_promises(n); });
  if (nodes.empty()) return;
  std::sort(nodes.begin(), nodes.end());
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
  add_window(old.node, &Node::before, {old.at, old.at + old.estimate});
  if (!slot) return erase(at);
  put(promise, *slot);
  pool_->forget_if_empty(old.node);
}

// When the slot could begin at the earliest, where the node has more free than when the promise was
// last tried; not before the promised time: it cannot gain there. Asked of each promise and each
// such node: it reads little.
Instant Kept::first_gain(const Promise& promise, std::uint32_t node) {
  Node& n = nodes_[node];
  Window window = n.before;
  window.join(n.during);
  Instant first = now_;
  if (window.from - now_ >= promise.span.estimate) {
    first = window.from - promise.span.estimate + Duration{1};
  }
  if (first >= promise.span.at || node == promise.span.node) return first;
  if (promise.all_gpus) return first;
  const std::uint32_t row = promise.span.row;
  if (row >= n.gaps.size()) n.gaps.resize(std::size_t{row} + 1);
  std::optional<Timeline::Gap>& gap = n.gaps[row];
  if (!gap) gap = pool_->timeline_.gap(node, row, window.from, window.until, now_);
  if (gap->longest < promise.span.estimate) return Instant::max();
  return std::max(first, gap->first);
}

void Kept::try_earlier(Promise& promise) {
  const Span old = promise.span;
  if (old.at <= now_) return;
  std::optional<SlotSearch> search;
  for (const std::uint32_t node : listed_) {
    const Instant first = first_gain(promise, node);
    if (first >= old.at) continue;
    if (!search) {
      pool_->timeline_.withdraw(promise.span);
      search.emplace(*pool_, shapes_[promise.shape], terms(promise));
    }
    search->consider(node, first, false, old.at);
  }
  if (!search) return;
  pool_->timeline_.promise(promise.span);
  if (!search->best()) return;
  take_out(promise);
  put(promise, *search->best());
  nodes_[promise.span.node].gaps.clear();
  add_window(old.node, &Node::during, {old.at, old.at + old.estimate});
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
  add_window(before.node, &Node::before, {before.at, before.at + before.estimate});
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
