// Which lease a request gets: the first in the fit rule's order that has room and that nothing
// keeps from it.
#include "base/assert.hpp"
#include "model/constraints.hpp"
#include "pool/pool.hpp"
#include "pool/reservations.hpp"

namespace retz::pool {

// The number of what the request asks of a node, with the nodes looked at when it is new.
std::uint32_t Pool::condition(const Request& request, bool preferred) const {
  const std::uint32_t number = conditions_.number(request, preferred);
  if (number == Conditions::any || !conditions_.is_new(number)) return number;
  conditions_.begin(number, nodes_.bound());
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    Node& node = nodes_[n];
    if (!node.present) continue;
    conditions_.look(number, n, node.name, node.capacity);
    const std::uint64_t marks = node.marks | Conditions::mark(number);
    if (!conditions_.meets(number, n) || marks == node.marks) continue;
    node.marks = marks;
    if (capacity_index_.contains(n)) capacity_index_.set_marks(n, marks);
    for (const std::uint32_t b : node.bins) {
      if (bins_index_.contains(b)) bins_index_.set_marks(b, marks);
    }
  }
  return number;
}

bool Pool::devices_fit(const Bin& bin, const Request& request) const {
  if (request.gpus.all && bin.gpus.size() < nodes_[bin.node].capacity.gpus.size()) return false;
  return model::fits(request.gpus, bin.gpus, bin.gpu_free);
}

Spreads::Room Pool::spread_room(const Request& request, std::string_view user) const {
  if (!request.spread) return {};
  Row need;
  dimensions_.need(request, need);
  const std::uint32_t asked = condition(request, false);
  return spreads_.room(
      user, *request.spread, capacity_version_, nodes_.bound(),
      [&](std::uint32_t n) {
        const Node& node = nodes_[n];
        return node.known
                   ? model::value_of(request.spread->attribute, node.name, node.capacity.attributes)
                   : nullptr;
      },
      [&](std::uint32_t n) {
        return open(n) && conditions_.meets(asked, n) && distance(need, nodes_[n].whole) == 0;
      });
}

bool Pool::meets(const Wanted& wanted, std::uint32_t b) const {
  const Bin& bin = bins_[b];
  return conditions_.meets(wanted.condition, bin.node) && wanted.room.has(bin.node) &&
         (!wanted.devices || devices_fit(bin, *wanted.request));
}

bool Pool::in_time(const Wanted& wanted, std::uint32_t b) const {
  const std::uint32_t n = bins_[b].node;
  if (!nodes_[n].windows.empty() && !admits(n, wanted.terms->now, wanted.terms->longest_stay)) {
    return false;
  }
  return wanted.reservations->admits(n, *wanted.request, *wanted.terms);
}

Pool::Wanted Pool::wanted(const Request& request, const Terms& terms,
                          const Reservations& reservations) const {
  Wanted wanted{&request,
                &terms,
                &reservations,
                condition(request, request.preference.has_value() && !terms.relaxed),
                model::needs_devices(request.gpus),
                spread_room(request, terms.user)};
  return wanted;
}

LeaseView Pool::view(const Bin& bin) const {
  dimensions_.amounts(bin.free, free_);
  const Node& node = nodes_[bin.node];
  return {free_, bin.total, bin.gpus, bin.gpu_free, node.name, node.capacity.attributes, typical_};
}

std::uint32_t Pool::best_score(const Wanted& wanted) {
  if (bins_.bound() == 0) return none;
  const Request& request = *wanted.request;
  // A preference or a spread may have another answer each time: it is left to `accept`.
  const std::uint32_t asked = condition(request, false);
  if (mix_.active()) typical_ = mix_.typical();
  const auto score = [&](std::uint32_t b) {
    const Bin& bin = bins_[b];
    if (bin.free.empty() || nodes_[bin.node].draining || !conditions_.meets(asked, bin.node)) {
      return Scores::unfit;
    }
    for (std::size_t d = 0; d < need_.size(); ++d) {
      if (bin.free[d] < need_[d]) return Scores::unfit;
    }
    if (wanted.devices && !devices_fit(bin, request)) return Scores::unfit;
    return rule_->score(request, view(bin));
  };
  const auto before = [this, by_name = rule_->ties_by_name()](std::uint32_t a, std::uint32_t b) {
    const Node& x = nodes_[bins_[a].node];
    const Node& y = nodes_[bins_[b].node];
    if (by_name && bins_[a].node != bins_[b].node) return x.name < y.name;
    if (!by_name && x.last_use != y.last_use) return x.last_use < y.last_use;
    return bins_[a].lease < bins_[b].lease;
  };
  return scores_.find(request, mix_.version(), bins_.bound(), score, before,
                      [&](std::uint32_t b) { return meets(wanted, b) && in_time(wanted, b); });
}

std::uint32_t Pool::choose_among(const Wanted& wanted) {
  if (rule_->order() == FitOrder::by_score) return best_score(wanted);
  return bins_index_.find(need_, Conditions::mark(wanted.condition),
                          [&](std::uint32_t b) { return meets(wanted, b) && in_time(wanted, b); });
}

// Only where no number is in use.
void Pool::forget_conditions() const {
  if (conditions_.full()) conditions_.forget();
}

// Preferred nodes come first; others only once patience is over.
std::uint32_t Pool::choose(const Request& request, const Terms& terms,
                           const Reservations& reservations) {
  if (!dimensions_.need(request, need_)) return none;
  forget_conditions();
  const Wanted asked = wanted(request, terms, reservations);
  if (!request.preference || !terms.relaxed) return choose_among(asked);
  Wanted preferred = asked;
  preferred.condition = condition(request, true);
  const std::uint32_t b = choose_among(preferred);
  return b != none ? b : choose_among(asked);
}

std::optional<Duration> Pool::placeable(const Request& request, const Terms& terms,
                                        const Reservations& reservations) {
  std::optional<Duration> longest;
  if (window_ends_.empty() || !dimensions_.need(request, need_)) return longest;
  const Wanted asked = wanted(request, terms, reservations);
  for (const auto& [name, windows] : maintenance_) {
    const auto n = find(name);
    if (!n || admits(*n, terms.now, Duration{0}) == admits(*n, terms.now, terms.longest_stay)) {
      continue;
    }
    for (const std::uint32_t b : nodes_[*n].bins) {
      if (distance(need_, bins_[b].free) > 0 || nodes_[*n].draining || !meets(asked, b)) continue;
      if (!reservations.admits(*n, request, terms)) continue;
      const auto next = std::ranges::find_if(
          windows, [&](const MaintenanceWindow& w) { return w.until > terms.now; });
      const Duration stay = next->from - terms.now;
      if (!longest || stay > *longest) longest = stay;
    }
  }
  return longest;
}

}  // namespace retz::pool
