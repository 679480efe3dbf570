#include "pool/conditions.hpp"

#include <functional>
#include <string_view>

#include "model/constraints.hpp"
#include "model/gpus.hpp"

namespace retz::pool {

namespace {

void mix(std::size_t& seed, std::size_t value) {
  seed = (seed ^ value) * std::size_t{0xBF58476D1CE4E5B9ULL};
  seed ^= seed >> 29U;
}

void mix(std::size_t& seed, const std::vector<Constraint>& constraints) {
  for (const Constraint& c : constraints) {
    mix(seed, std::hash<std::string_view>{}(c.attribute));
    mix(seed, static_cast<std::size_t>(c.kind));
    for (const std::string& v : c.values) mix(seed, std::hash<std::string_view>{}(v));
  }
  mix(seed, constraints.size());
}

}  // namespace

std::size_t Conditions::Hash::operator()(const Asked& asked) const noexcept {
  std::size_t seed = 1;
  mix(seed, asked.constraints);
  mix(seed, asked.preferred);
  mix(seed, static_cast<std::size_t>(asked.gpus.devices));
  for (const std::string& m : asked.gpus.models) mix(seed, std::hash<std::string_view>{}(m));
  return seed;
}

std::uint32_t Conditions::number(const Request& request, bool preferred) {
  const bool prefers = preferred && request.preference.has_value();
  const bool named = !request.gpus.models.empty();
  if (request.constraints.empty() && !prefers && !named) return any;
  scratch_.constraints = request.constraints;
  scratch_.preferred.clear();
  if (prefers) scratch_.preferred = request.preference->constraints;
  scratch_.gpus = named ? request.gpus : GpuRequest{};
  if (const auto at = at_.find(scratch_); at != at_.end()) return at->second;
  const auto number = static_cast<std::uint32_t>(asked_.size());
  asked_.push_back(scratch_);
  meets_.emplace_back();
  at_.emplace(scratch_, number);
  return number;
}

void Conditions::look(std::uint32_t number, std::uint32_t node, const std::string& name,
                      const Capacity& capacity) {
  const Asked& asked = asked_[number];
  bool good = model::meets_all(asked.constraints, name, capacity.attributes) &&
              model::meets_all(asked.preferred, name, capacity.attributes);
  if (good && !asked.gpus.models.empty()) {
    const std::vector<std::int32_t> all(capacity.gpus.size(), 1000);
    good = model::fits(asked.gpus, capacity.gpus, all);
  }
  if (meets_[number].size() <= node) meets_[number].resize(std::size_t{node} + 1, 0);
  meets_[number][node] = good ? 1 : 0;
}

std::uint64_t Conditions::look_again(std::uint32_t node, const std::string& name,
                                     const Capacity& capacity) {
  std::uint64_t marks = 0;
  for (std::uint32_t number = 0; number < asked_.size(); ++number) {
    look(number, node, name, capacity);
    if (meets(number, node)) marks |= mark(number);
  }
  return marks;
}

void Conditions::forget() {
  asked_.clear();
  meets_.clear();
  at_.clear();
}

}  // namespace retz::pool
