#include "pool/regained.hpp"

#include <algorithm>

namespace retz::pool {

void Regained::clear() {
  listed_.clear();
  places_.clear();
  known_.clear();
}

void Regained::add(std::uint32_t node, const Window& window, bool while_tried) {
  if (window.empty()) return;
  if (node >= places_.size()) places_.resize(std::size_t{node} + 1, none);
  if (places_[node] == none) {
    places_[node] = count();
    listed_.push_back({node, 0, 0, {}, {}, {}});
  }
  Listed& listed = listed_[places_[node]];
  (while_tried ? listed.during : listed.before).join(window);
  listed.all.join(window);
  listed.grown = ++changes_;
}

void Regained::taken(std::uint32_t node) {
  if (node < places_.size() && places_[node] != none) ++listed_[places_[node]].taken;
}

void Regained::begin(Instant now, bool tried) {
  now_ = now;
  if (tried) known_.clear();
  for (const Listed& listed : listed_) places_[listed.node] = none;
  std::erase_if(listed_, [now, tried](Listed& listed) {
    if (tried) listed.before = {};
    listed.before.join(listed.during);
    listed.before.from = std::max(listed.before.from, now);
    listed.during = {};
    listed.all = listed.before;
    return listed.all.empty();
  });
  for (std::uint32_t place = 0; place < count(); ++place) {
    places_[listed_[place].node] = place;
    listed_[place].grown = ++changes_;
  }
}

Instant Regained::from(std::uint32_t place, std::uint32_t row, Duration estimate, Instant before) {
  if (row >= known_.size()) known_.resize(std::size_t{row} + 1);
  std::vector<Known>& of_row = known_[row];
  if (place >= of_row.size()) of_row.resize(listed_.size());
  const Listed& listed = listed_[place];
  Known& known = of_row[place];
  if (known.grown == listed.grown) {
    const Instant first = known.gaps.first(estimate);
    if (first >= before || known.taken == listed.taken) return first;
  }
  known = {listed.grown, listed.taken,
           timeline_->gaps(listed.node, row, listed.all.from, listed.all.until, now_)};
  return known.gaps.first(estimate);
}

}  // namespace retz::pool
