#include "runtime/utilisation.hpp"

#include <algorithm>

namespace retz::runtime {

void WindowRing::add(Instant from, Instant to, double used, double capacity) {
  const std::int64_t width = width_.count();
  std::int64_t at = std::max(micros(from), micros(to) - width * (count + 1));
  while (at < micros(to)) {
    const std::int64_t number = at / width;
    const std::int64_t end = std::min(micros(to), (number + 1) * width);
    Bucket& bucket = buckets_[static_cast<std::size_t>(number % (count + 1))];
    if (bucket.number != number) bucket = {number, 0, 0};
    bucket.used += used * static_cast<double>(end - at);
    bucket.capacity += capacity * static_cast<double>(end - at);
    at = end;
  }
}

double WindowRing::share(Instant now) const {
  const std::int64_t width = width_.count();
  const std::int64_t start = micros(now) - width * count;
  const std::int64_t oldest = start / width;
  const double cut = static_cast<double>((oldest + 1) * width - start) / static_cast<double>(width);
  double used = 0, capacity = 0;
  for (const Bucket& bucket : buckets_) {
    if (bucket.number < oldest || bucket.number > micros(now) / width) continue;
    const double part = bucket.number == oldest ? cut : 1.0;
    used += bucket.used * part;
    capacity += bucket.capacity * part;
  }
  return capacity > 0 ? std::clamp(used / capacity, 0.0, 1.0) : 0.0;
}

void Meter::advance(Instant to) {
  if (to <= last_) return;
  for (WindowRing* ring : {&minute_, &quarter_, &hour_}) ring->add(last_, to, used_, capacity_);
  last_ = to;
}

void Meter::set(Instant at, double used, double capacity) {
  advance(at);
  used_ = used;
  capacity_ = capacity;
}

Utilisation Meter::read(Instant now) const {
  Meter copy = *this;
  copy.advance(now);
  return {copy.minute_.share(now), copy.quarter_.share(now), copy.hour_.share(now)};
}

}  // namespace retz::runtime
