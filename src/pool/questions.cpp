// Whether something fits, and what of its wishes keeps it waiting: for the queue, for refusals and
// for explain.
#include <algorithm>

#include "base/assert.hpp"
#include "model/amounts.hpp"
#include "model/constraints.hpp"
#include "pool/pool.hpp"

namespace retz::pool {

bool Pool::fits_some_node(const Request& request) const {
  if (!dimensions_.need(request, scratch_)) return false;
  forget_conditions();
  const std::uint32_t asked = condition(request, false);
  const std::uint32_t node =
      capacity_index_.find(scratch_, Conditions::mark(asked), [&](std::uint32_t n) {
        return conditions_.meets(asked, n) && has_attribute(n, request) && devices_suit(n, request);
      });
  return node != none;
}

// A spread over an attribute takes nodes that have it.
bool Pool::has_attribute(std::uint32_t n, const Request& request) const {
  return !request.spread || model::value_of(request.spread->attribute, nodes_[n].name,
                                            nodes_[n].capacity.attributes) != nullptr;
}

bool Pool::devices_suit(std::uint32_t n, const Request& request) const {
  if (!model::needs_devices(request.gpus)) return true;
  const std::vector<Gpu>& gpus = nodes_[n].capacity.gpus;
  return model::fits(request.gpus, gpus, model::GpuFree(gpus.size(), 1000));
}

Fit Pool::fit(const Request& request) const {
  if (!fits_some_node(request)) return Fit::never;
  dimensions_.need(request, scratch_);
  const std::uint32_t asked = condition(request, false);
  const bool devices = model::needs_devices(request.gpus);
  const std::uint32_t bin =
      bins_index_.find(scratch_, Conditions::mark(asked), [&](std::uint32_t b) {
        return conditions_.meets(asked, bins_[b].node) && has_attribute(bins_[b].node, request) &&
               (!devices || devices_fit(bins_[b], request));
      });
  return bin == none ? Fit::later : Fit::now;
}

bool Pool::able(std::uint32_t n, const Request& request, bool strict) const {
  const Node& node = nodes_[n];
  if (!node.known || !dimensions_.need(request, scratch_)) return false;
  if (distance(scratch_, node.whole) > 0 || !has_attribute(n, request)) return false;
  const std::uint32_t asked = condition(request, strict);
  return conditions_.meets(asked, n) && devices_suit(n, request);
}

bool Pool::fits_when_empty(const Request& request) const {
  if (fits_some_node(request)) return true;
  return std::ranges::any_of(draining_, [&](const std::string& name) {
    const auto n = find(name);
    return n && able(*n, request, false);
  });
}

std::optional<Constraint> Pool::unmet(const Request& request) const {
  std::vector<const Node*> left;
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    if (nodes_[n].known) left.push_back(&nodes_[n]);
  }
  const auto meets = [](const Node* n, const Constraint& c) {
    return model::meets(c, n->name, n->capacity.attributes);
  };
  for (const Constraint& c : request.constraints) {
    if (std::ranges::none_of(left, [&](const Node* n) { return meets(n, c); })) return c;
  }
  for (const Constraint& c : request.constraints) {
    std::erase_if(left, [&](const Node* n) { return !meets(n, c); });
    if (left.empty()) return c;
  }
  return std::nullopt;
}

// The first lease with room that the request may use, apart from what `accept` looks at.
template <class Accept>
std::uint32_t Pool::with_room(const Request& request, bool strict, const Accept& accept) const {
  if (!dimensions_.need(request, scratch_)) return none;
  const std::uint32_t asked = condition(request, strict);
  const bool devices = model::needs_devices(request.gpus);
  const Row need = scratch_;
  return bins_index_.find(need, Conditions::mark(asked), [&](std::uint32_t b) {
    return conditions_.meets(asked, bins_[b].node) &&
           (!devices || devices_fit(bins_[b], request)) && accept(b);
  });
}

bool Pool::room_only_elsewhere(const Request& request, const Terms& terms) const {
  if (!request.preference || terms.relaxed) return false;
  const Spreads::Room room = spread_room(request, terms.user);
  const auto takes = [&](std::uint32_t b) {
    const std::uint32_t n = bins_[b].node;
    return room.has(n) && admits(n, terms.now, terms.longest_stay);
  };
  return with_room(request, true, takes) == none && with_room(request, false, takes) != none;
}

std::vector<std::string> Pool::spread_full(const Request& request, const Terms& terms) const {
  std::vector<std::string> full;
  if (!request.spread) return full;
  const Spreads::Room room = spread_room(request, terms.user);
  std::vector<bool> seen(room.values->names.size(), false);
  const std::uint32_t free = with_room(request, false, [&](std::uint32_t b) {
    const std::uint32_t n = bins_[b].node;
    if (room.has(n)) return true;
    if (const std::uint32_t v = room.value(n); v != none) seen[v] = true;
    return false;
  });
  if (free != none) return full;
  for (std::size_t v = 0; v < seen.size(); ++v) {
    if (seen[v]) full.push_back(room.values->names[v]);
  }
  std::sort(full.begin(), full.end());
  return full;
}

std::optional<Pool::Worked> Pool::maintenance_with_room(const Request& request,
                                                        const Terms& terms) const {
  std::optional<Worked> first;
  if (window_ends_.empty()) return first;
  const bool strict = request.preference.has_value() && !terms.relaxed;
  const Spreads::Room room = spread_room(request, terms.user);
  for (const auto& [name, windows] : maintenance_) {
    const auto n = find(name);
    if (!n || !open(*n) || admits(*n, terms.now, terms.longest_stay)) continue;
    if (!could_take(*n, request) || !room.has(*n)) continue;
    if (!conditions_.meets(condition(request, strict), *n)) continue;
    const auto next = std::ranges::find_if(
        windows, [&](const MaintenanceWindow& w) { return w.until > terms.now; });
    if (!first || next->until < first->until) first = Worked{name, next->from, next->until};
  }
  return first;
}

std::optional<std::uint32_t> Pool::room_kept_for(const Request& other, const Request& request,
                                                 const Terms& terms) const {
  const bool strict = request.preference.has_value() && !terms.relaxed;
  const Spreads::Room room = spread_room(request, terms.user);
  const std::uint32_t bin = with_room(request, strict, [&](std::uint32_t b) {
    const std::uint32_t n = bins_[b].node;
    return room.has(n) && admits(n, terms.now, terms.longest_stay) && open(n) &&
           able(n, other, false);
  });
  return bin == none ? std::nullopt : std::optional(bins_[bin].node);
}

std::vector<Pool::NodeView> Pool::nodes() const {
  std::vector<NodeView> views;
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    const Node& node = nodes_[n];
    if (!node.present) continue;
    NodeView view{node.name, node.capacity, {}, 0, node.draining, node.windows};
    for (const BookingId b : node.bookings) model::add(view.used, bookings_[b].amounts);
    view.attempts = static_cast<std::uint32_t>(node.bookings.size());
    views.push_back(std::move(view));
  }
  std::sort(views.begin(), views.end(),
            [](const NodeView& a, const NodeView& b) { return a.name < b.name; });
  return views;
}

}  // namespace retz::pool
