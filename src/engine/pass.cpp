// One step: book the events, then plan once over the whole queue.
#include <algorithm>
#include <limits>

#include "base/assert.hpp"
#include "engine/core.hpp"
#include "engine/policies.hpp"

namespace retz::engine {

namespace {

// For so many more: moving what is there costs more than all else about them.
template <class Element>
void make_room(std::vector<Element>& all, std::size_t more) {
  if (all.capacity() - all.size() >= more) return;
  all.reserve(std::max(all.size() + more, all.capacity() * 2));
}

}  // namespace

Core::Core(EngineOptions options)
    : options_{completed(std::move(options.policy)), options.seed, options.limits},
      queue_(orders(), classes_),
      pool_(*options_.policy.fit_rule),
      quotas_(options_.policy),
      shares_(options_.policy.fair_share),
      follows_usage_(ranks_by_usage()),
      singles_(orders().single()),
      asks_typical_(options_.policy.fit_rule->asks_typical()) {
  queue_.set_gate(this);
  queue_.set_inputs(this);
  dependencies_.keep_paths(singles_);
}

const Step& Core::step(std::span<const Event> events, Instant now, Pass pass) {
  RETZ_ASSERT(now >= now_);
  now_ = now;
  step_.decisions.clear();
  step_.changes.clear();
  wake();
  forget_past_maintenance();
  book(events);
  if (pass == Pass::once) plan();
  tell_uses();
  step_.wake_at = wake_at();
  return step_;
}

// Jobs that fit no node step aside, and come back when one is there that they fit.
void Core::sort_out() {
  if (sorted_out_ == pool_.capacity_version()) return;
  sorted_out_ = pool_.capacity_version();
  queue_.sort_out([this](const Request& r) { return !pool_.fits_some_node(r); });
}

std::optional<Instant> Core::wake_at() const {
  std::optional<Instant> wake = timers_.next();
  const auto earlier = [&wake](const std::optional<Instant>& then) {
    if (then && (!wake || *then < *wake)) wake = then;
  };
  earlier(plan_wake_);
  if (counts_.queued > 0 && !maintenance_ends_.empty()) {
    earlier(maintenance_ends_.begin()->first);
  }
  return wake;
}

// Starting jobs makes room for others of their users.
void Core::plan() {
  sort_out();
  count_total();
  pool_.advance(now_);
  do {
    plan_once();
  } while (promote());
  for (const LeaseId lease : pool_.settle_once(counts_.queued > 0)) {
    step_.decisions.emplace_back(ReturnLease{lease});
  }
}

void Core::plan_once() {
  std::uint64_t starts_max = std::numeric_limits<std::uint64_t>::max();
  if (const auto running = options_.limits.running) {
    starts_max = *running > counts_.active ? *running - counts_.active : 0;
  }
  if (pool_.any_growth()) {
    queue_.unblock([this](model::ShapeId, const Request& request, bool) {
      return pool_.may_fit_again(request);
    });
    pool_.forget_growth();
  }
  queue_.begin_pass(now_);
  WaitingView waiting(queue_, starts_max);
  PoolDraft draft(pool_);
  options_.policy.planner->plan(waiting, draft, now_);
  plan_wake_ = waiting.wake();
  promises_ = draft.reservations().take_promised();
  closed_for_ = draft.reservations().take_closed();
  RETZ_ASSERT(draft.size() == waiting.starts().size());
  const std::size_t starts = waiting.starts().size();
  make_room(step_.decisions, starts);
  make_room(step_.changes, starts * 3);  // of the job, its attempt, the node's last use
  for (const Start& s : waiting.starts()) start(s);
}

void Core::start(const Start& start) {
  Job& started = *job(start.job);
  dequeued(started);  // the planner's view took it out
  enter(started, JobState::active);
  past(started).started = now_;
  const AttemptRef ref{started.id, ++started.attempts};
  started.live = add_live({ref, AttemptState::starting, start.booking, now_, std::nullopt, {}},
                          classes_[started.class_id].estimate);
  pool_.assign(start.booking, ref);
  changed(live_[started.live]);
  changed(started);
  step_.decisions.emplace_back(
      StartAttempt{ref, pool_.lease(start.booking), pool_.placement(start.booking)});
}

}  // namespace retz::engine
