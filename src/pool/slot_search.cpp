#include "pool/slot_search.hpp"

#include <algorithm>

#include "pool/pool.hpp"

namespace retz::pool {

SlotSearch::SlotSearch(Pool& pool, const Request& request, const Terms& terms)
    : pool_(&pool),
      request_(&request),
      terms_(terms),
      known_(pool.dimensions_.need(request, need_)),
      asks_more_(!request.constraints.empty() || request.preference || request.spread ||
                 model::needs_devices(request.gpus)) {
  pool.timeline_.follow(terms.now);
  pool.timeline_.extend(terms.now);
  if (known_ && !request.gpus.all) parts_ = pool.timeline_.parts(request, 0);
}

SlotSearch::Liking SlotSearch::liking(std::uint32_t node, Instant then) const {
  const Pool::Bin& bin = pool_->bins_[pool_->nodes_[node].standing];
  const Row free = pool_->timeline_.free_at(node, then);
  Liking liking{0, pool_->key(bin)};
  switch (pool_->rule_->order()) {
    case FitOrder::by_lease:
      break;
    case FitOrder::least_cpus:
      liking.key.major = free[cpus];
      liking.key.minor = free[mem];
      break;
    case FitOrder::most_cpus:
      liking.key.major = -free[cpus];
      liking.key.minor = -free[mem];
      break;
    case FitOrder::by_score: {
      const LeaseView now = pool_->view(bin);
      Amounts amounts;
      pool_->dimensions_.amounts(free, amounts);
      liking.score = pool_->rule_->score(*request_, {amounts, now.total, now.gpus, now.gpu_free,
                                                     now.node, now.attributes, now.typical});
      break;
    }
  }
  return liking;
}

// The timeline counts devices; whether their parts fit together only the devices of now can tell.
bool SlotSearch::devices_fit_now(std::uint32_t node) const {
  if (!model::asks(request_->gpus)) return true;
  const Pool::Bin& bin = pool_->bins_[pool_->nodes_[node].standing];
  return model::choose(request_->gpus, bin.gpus, bin.gpu_free).has_value();
}

void SlotSearch::consider(std::uint32_t node, Instant from, bool after_a_change, Instant limit) {
  if (!known_ || !pool_->open(node) || !pool_->timeline_.present(node)) return;
  if (asks_more_ && !pool_->able(node, *request_, !terms_.relaxed)) return;
  if (request_->gpus.all) parts_ = pool_->timeline_.parts(*request_, node);
  // Where it does not start now, a maintenance window that ends may be all that it waits for.
  const bool fits_now = devices_fit_now(node);
  Timeline::Ask ask{
      parts_, terms_.estimate, terms_.longest_stay, terms_.now, from, after_a_change && !fits_now};
  if (best_) limit = std::min(limit, best_->at + Duration{1});
  auto at = pool_->timeline_.earliest(node, ask, limit);
  if (at && *at == terms_.now && (after_a_change || !fits_now)) {
    ask.after_a_change = true;
    at = pool_->timeline_.earliest(node, ask, limit);
  }
  if (!at) return;
  if (best_ && *at == best_->at) {
    if (!best_liking_) best_liking_ = liking(best_->node, *at);
    const Liking mine = liking(node, *at);
    if (!(mine < *best_liking_)) return;
    best_liking_ = mine;
  } else {
    best_liking_.reset();
  }
  best_ = Slot{node, *at};
}

std::optional<Slot> SlotSearch::over_all(bool after_a_change) {
  if (!known_) return std::nullopt;
  const Timeline& timeline = pool_->timeline_;
  const bool worked_on = !pool_->window_ends_.empty();
  pool_->capacity_index_.find(need_, 0, [&](std::uint32_t node) {
    // After a change: not before anything changes there.
    const bool later = after_a_change && best_ && !worked_on && timeline.quiet(node, best_->at);
    if (!later) consider(node, terms_.now, after_a_change, Instant::max());
    return false;
  });
  return best_;
}

}  // namespace retz::pool
