// A queue beside a plain list of the same jobs, sorted with the ordering itself.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/generator.hpp"
#include "queue/queue.hpp"

namespace retz::queue {

using Order = std::vector<std::uint64_t>;

inline Instant second(std::int64_t s) {
  return at_micros(s * 1'000'000);
}

struct World final : Gate, RankInputs {
  World(std::shared_ptr<const Ordering> o, std::optional<Duration> bound = std::nullopt,
        std::shared_ptr<const Ordering> b = nullptr)
      : ordering(std::move(o)),
        backfill(std::move(b)),
        orders{ordering.get(), backfill.get(), bound},
        queue(orders, classes) {
    queue.set_gate(this);
    queue.set_inputs(this);
  }

  struct Known {
    JobFacts facts;
    Waiting waiting;
    Ticket ticket = 0;
  };

  bool open(const model::ClassKey& key) override { return !closed.contains(key.user); }
  void started(const model::ClassKey& key) override { used[key.user] += per_start; }
  double usage(std::string_view user, Instant) const override {
    const auto at = used.find(std::string(user));
    return at == used.end() ? 0 : at->second;
  }
  Duration critical_path(JobId job) const override {
    return std::chrono::seconds(job.value * 7919 % 13);
  }

  Known& add(const JobFacts& facts, Arrival arrival, Instant now, Instant eligible) {
    const model::ClassId c = classes.acquire(facts, orders.single());
    const Waiting w{facts.id, arrival, now, eligible, c};
    const bool aside = unfit.contains(facts.request.amounts.mem);
    return jobs[facts.id.value] = {facts, w, queue.add(w, aside, now)};
  }
  Known& add(std::uint64_t id, Instant now = {}, const JobFacts& as = {}) {
    JobFacts f = as;
    f.id = JobId{id};
    if (f.estimate == Duration{0}) f.estimate = std::chrono::seconds(10);
    return add(f, Arrival{id}, now, now);
  }
  void remove(std::uint64_t id, Instant now) {
    queue.remove(jobs.at(id).ticket, now);
    forget(id);
  }
  void forget(std::uint64_t id) {
    classes.release(jobs.at(id).waiting.class_id);
    jobs.erase(id);
  }
  bool aside(const Known& k) const { return unfit.contains(k.facts.request.amounts.mem); }
  bool overdue(const Known& k, Instant now) const {
    return orders.starvation_bound && now - k.waiting.eligible_at >= *orders.starvation_bound;
  }
  Key key(const Ordering& by, const Known& k, Instant now) const {
    if (overdue(k, now)) return {false, {}, k.waiting.arrival, k.facts.id};
    const bool shared = by.rank_changes() == RankChanges::with_usage;
    const Rank rank = by.rank(
        {k.facts.id, k.facts.user, k.facts.request, k.facts.priority, k.facts.estimate,
         k.waiting.submitted, shared ? usage(k.facts.user, now) : 0, critical_path(k.facts.id)},
        now);
    return {true, rank, k.waiting.arrival, k.facts.id};
  }
  /// All that are not set aside and at no limit, by the plain list.
  Order sorted(Instant now, const Ordering* by = nullptr) const {
    std::vector<std::pair<Key, std::uint64_t>> all;
    for (const auto& [id, k] : jobs) {
      if (!aside(k)) all.emplace_back(key(by != nullptr ? *by : *ordering, k, now), id);
    }
    std::sort(all.begin(), all.end());
    Order order;
    for (const auto& [unused, id] : all) order.push_back(id);
    return order;
  }
  /// What a view shows that starts all of it, or skips it.
  Order shown(Instant now, bool skip, WaitingView::Show show = WaitingView::Show::that_may_fit) {
    queue.begin_pass(now);
    WaitingView view(queue, 1'000'000);
    Order order;
    while (const Candidate* c = view.candidate(show)) {
      order.push_back(c->job.value);
      if (skip) {
        view.skip();
      } else {
        view.start(0);
        forget(order.back());
      }
    }
    return order;
  }

  std::shared_ptr<const Ordering> ordering, backfill;
  Orders orders;
  model::Classes classes;
  Queue queue;
  std::map<std::uint64_t, Known> jobs;
  std::set<std::string> closed;
  std::set<std::int64_t> unfit;  // amounts of memory
  std::map<std::string, double> used;
  double per_start = 0;
};

}  // namespace retz::queue
