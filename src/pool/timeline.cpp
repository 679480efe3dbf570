#include "pool/timeline.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "pool/pool.hpp"

namespace retz::pool {

std::size_t Timeline::RowHash::operator()(const Row& row) const noexcept {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const std::int64_t amount : row) {
    hash = (hash ^ static_cast<std::uint64_t>(amount)) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 32U;
  }
  return static_cast<std::size_t>(hash);
}

Timeline::Line& Timeline::line(std::uint32_t node) {
  if (node >= lines_.size()) {
    lines_.resize(std::size_t{node} + 1);
    due_.resize(std::size_t{node} + 1, Instant::max());
  }
  return lines_[node];
}

void Timeline::insert(Line& line, const Change& change) {
  const auto at = std::upper_bound(line.changes.begin(), line.changes.end(), change.at,
                                   [](Instant t, const Change& c) { return t < c.at; });
  line.changes.insert(at, change);
}

void Timeline::erase(Line& line, const Change& change) {
  auto at = std::lower_bound(line.changes.begin(), line.changes.end(), change.at,
                             [](const Change& c, Instant t) { return c.at < t; });
  while (at != line.changes.end() && !(*at == change)) ++at;
  RETZ_ASSERT(at != line.changes.end());
  line.changes.erase(at);
}

void Timeline::follow(Instant now) {
  now_ = now;
  if (follows_) return;
  follows_ = true;
  for (std::uint32_t n = 0; n < pool_->nodes_.bound(); ++n) {
    for (const std::uint32_t b : pool_->nodes_[n].bookings) booked(b);
  }
}

void Timeline::rebuild() {
  if (!follows_) return;
  for (const Running& r : running_) {
    if (r.row != none) rows_.release(r.row);
  }
  running_.clear();
  lines_.clear();
  due_.clear();
  extended_.clear();
  extended_at_ = Instant::min();
  follows_ = false;
  follow(now_);
}

Instant Timeline::end_after(std::uint32_t booking, Instant now) const {
  const Pool::Booking& b = pool_->bookings_[booking];
  Duration stay = std::max(b.estimate, Duration{1});
  while (b.started + stay <= now && stay < Duration::max() / 4) stay *= 2;
  return b.started + stay;
}

void Timeline::booked(std::uint32_t booking) {
  if (!follows_) return;
  const Pool::Booking& b = pool_->bookings_[booking];
  pool_->dimensions_.fill(b.amounts, scratch_);
  scratch_[ports] = static_cast<std::int64_t>(b.ports.size());
  for (const GpuShare& g : b.gpus) scratch_[whole_gpus] += g.amount;
  if (booking >= running_.size()) running_.resize(std::size_t{booking} + 1);
  Running& r = running_[booking];
  r = {end_after(booking, now_), b.node, rows_.acquire(scratch_)};
  insert(line(b.node), {r.end, r.row, booking, false});
  due_[b.node] = std::min(due_[b.node], r.end);
}

void Timeline::released(std::uint32_t booking) {
  if (!follows_) return;
  Running& r = running_[booking];
  erase(lines_[r.node], {r.end, r.row, booking, false});
  rows_.release(r.row);
  r = {};
}

void Timeline::extend_node(std::uint32_t node, Instant now) {
  std::vector<Change>& changes = lines_[node].changes;
  for (std::size_t i = 0; i < changes.size() && changes[i].at <= now;) {
    if (changes[i].booking == none) {
      ++i;
      continue;
    }
    ++extensions_;
    Change moved = changes[i];
    changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(i));
    moved.at = end_after(moved.booking, now);
    running_[moved.booking].end = moved.at;
    insert(lines_[node], moved);
    if (!lines_[node].extended) extended_.push_back(node);
    lines_[node].extended = true;
  }
  const auto first = std::find_if(changes.begin(), changes.end(),
                                  [](const Change& c) { return c.booking != none; });
  due_[node] = first == changes.end() ? Instant::max() : first->at;
}

void Timeline::extend(Instant now) {
  if (extended_at_ == now) return;
  extended_at_ = now_ = now;
  for (std::uint32_t n = 0; n < due_.size(); ++n) {
    if (due_[n] <= now) extend_node(n, now);
  }
}

std::vector<std::uint32_t> Timeline::take_extended() {
  for (const std::uint32_t n : extended_) lines_[n].extended = false;
  std::sort(extended_.begin(), extended_.end());
  return std::exchange(extended_, {});
}

Parts Timeline::parts(const Request& request, std::uint32_t node) const {
  Row row;
  pool_->dimensions_.need(request, row);
  row[whole_gpus] = row[whole_gpus] * 1000 + row[gpu_share];
  row[gpu_share] = 0;
  if (request.gpus.all) {
    const auto devices = static_cast<std::int64_t>(pool_->nodes_[node].capacity.gpus.size());
    row[whole_gpus] =
        std::max<std::int64_t>(row[whole_gpus], std::max<std::int64_t>(devices, 1) * 1000);
  }
  Parts parts;
  for (std::uint32_t d = 0; d < row.size(); ++d) {
    if (row[d] > 0) parts.emplace_back(d, row[d]);
  }
  return parts;
}

std::uint32_t Timeline::acquire(const Parts& parts) {
  scratch_.assign(pool_->dimensions_.count(), 0);
  for (const auto& [dimension, amount] : parts) scratch_[dimension] = amount;
  return rows_.acquire(scratch_);
}

void Timeline::promise(const Span& span) {
  Line& l = line(span.node);
  insert(l, {span.at, span.row, none, true});
  insert(l, {span.at + span.estimate, span.row, none, false});
  ++l.promises;
}

void Timeline::withdraw(const Span& span) {
  Line& l = lines_[span.node];
  erase(l, {span.at, span.row, none, true});
  erase(l, {span.at + span.estimate, span.row, none, false});
  --l.promises;
}

bool Timeline::present(std::uint32_t node) const {
  const Pool::Node& n = pool_->nodes_[node];
  return n.present && n.known && n.standing != FitIndex::none;
}

std::int64_t Timeline::free_now(std::uint32_t node, std::uint32_t dimension) const {
  const Pool::Bin& bin = pool_->bins_[pool_->nodes_[node].standing];
  if (dimension == gpu_share) return 0;
  if (dimension != whole_gpus) return bin.free[dimension];
  std::int64_t sum = 0;
  for (const std::int32_t free : bin.gpu_free) sum += free;
  return sum;
}

// The earliest time from which a node is not worked on for so long.
Instant Timeline::open_from(std::uint32_t node, Instant then, Duration stay) const {
  for (const MaintenanceWindow& w : pool_->windows(node)) {
    if (then < w.until && then + stay > w.from) then = w.until;
  }
  return then;
}

// Calls `visit(time, covered)` for now and for each later time at which something changes, until it
// answers false.
template <class Visit>
void Timeline::walk(std::uint32_t node, const Parts& parts, Instant now, const Visit& visit) const {
  free_.resize(parts.size());
  int short_of = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    free_[i] = free_now(node, parts[i].first) - parts[i].second;
    short_of += free_[i] < 0 ? 1 : 0;
  }
  static const std::vector<Change> nothing;
  const std::vector<Change>& changes = node < lines_.size() ? lines_[node].changes : nothing;
  auto next = changes.begin();
  const auto apply = [&](const Change& c) {
    const Row& row = rows_[c.row];
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::int64_t amount = row[parts[i].first];
      short_of -= free_[i] < 0 ? 1 : 0;
      free_[i] += c.takes ? -amount : amount;
      short_of += free_[i] < 0 ? 1 : 0;
    }
  };
  for (; next != changes.end() && next->at <= now; ++next) apply(*next);
  if (!visit(now, short_of == 0)) return;
  while (next != changes.end()) {
    const Instant at = next->at;
    for (; next != changes.end() && next->at == at; ++next) apply(*next);
    if (!visit(at, short_of == 0)) return;
  }
}

std::optional<Instant> Timeline::earliest(std::uint32_t node, const Ask& ask, Instant limit) const {
  if (!present(node)) return std::nullopt;
  std::optional<Instant> start;
  walk(node, ask.parts, ask.now, [&](Instant at, bool covered) {
    if (start && at >= *start && at - *start >= ask.estimate) return false;
    if (!covered) {
      start.reset();
    } else if (!start && (at > ask.now || !ask.after_a_change)) {
      start = open_from(node, std::max(at, ask.from), ask.longest_stay);
    }
    return start.value_or(at) < limit;
  });
  if (start && *start >= limit) start.reset();
  return start;
}

Duration Timeline::room(std::uint32_t node, const Parts& parts, Instant now) const {
  Instant until = Instant::max();
  walk(node, parts, now, [&](Instant at, bool covered) {
    if (!covered) until = at;
    return covered;
  });
  return until == Instant::max() ? Duration::max() : until - now;
}

Gaps Timeline::gaps(std::uint32_t node, std::uint32_t row, Instant from, Instant until,
                    Instant now) const {
  Gaps gaps;
  if (!present(node)) return gaps;
  Parts parts;
  for (std::uint32_t d = 0; d < rows_[row].size(); ++d) {
    if (rows_[row][d] > 0) parts.emplace_back(d, rows_[row][d]);
  }
  std::optional<Instant> begin;
  const auto ends = [&](Instant end) {
    if (begin && end > from) gaps.add(*begin, end - *begin);
    begin.reset();
  };
  walk(node, parts, now, [&](Instant at, bool covered) {
    if (!covered) ends(at);
    if (covered && !begin) begin = at;
    return begin.has_value() || at < until;
  });
  ends(Instant::max());
  return gaps;
}

Row Timeline::free_at(std::uint32_t node, Instant then) const {
  Row row(pool_->dimensions_.count(), 0);
  for (std::uint32_t d = 0; d < row.size(); ++d) row[d] = free_now(node, d);
  if (node >= lines_.size()) return row;
  for (const Change& c : lines_[node].changes) {
    if (c.at > then) break;
    for (std::size_t d = 0; d < row.size(); ++d) row[d] += (c.takes ? -1 : 1) * rows_[c.row][d];
  }
  return row;
}

bool Timeline::holds(const Span& span, Instant now) const {
  if (!present(span.node)) return false;
  Parts parts;
  const Row& row = rows_[span.row];
  for (std::uint32_t d = 0; d < row.size(); ++d) {
    if (row[d] > 0) parts.emplace_back(d, row[d]);
  }
  const Instant from = std::max(span.at, now);
  const Instant until = span.at + span.estimate;
  bool good = true, before = true, past = false;
  walk(span.node, parts, now, [&](Instant at, bool covered) {
    if (at > from && !before) good = false;
    past = at >= until;
    before = covered;
    return good && !past;
  });
  return good && (past || before);
}

}  // namespace retz::pool
