#include "model/classes.hpp"

#include <functional>
#include <string_view>

namespace retz::model {

namespace {

std::size_t mix(std::size_t seed, std::uint64_t value) {
  std::uint64_t z = (seed ^ value) * 0xBF58476D1CE4E5B9ULL;
  return static_cast<std::size_t>(z ^ (z >> 29U));
}

std::size_t mix(std::size_t seed, std::string_view text) {
  return mix(seed, std::hash<std::string_view>{}(text));
}

template <class Number>
std::uint64_t bits(Number n) {
  return static_cast<std::uint64_t>(n);
}

std::size_t mix(std::size_t seed, const std::vector<Constraint>& constraints) {
  for (const Constraint& c : constraints) {
    seed = mix(mix(seed, c.attribute), bits(c.kind));
    for (const std::string& value : c.values) seed = mix(seed, value);
  }
  return seed;
}

}  // namespace

std::size_t RequestHash::operator()(const Request& r) const noexcept {
  std::size_t h = mix(1, bits(r.amounts.cpus));
  h = mix(h, bits(r.amounts.mem));
  h = mix(h, bits(r.amounts.disk));
  h = mix(h, bits(r.ports));
  h = mix(h, bits(r.gpus.devices));
  h = mix(h, bits(r.gpus.share));
  for (const CustomAmount& c : r.amounts.custom) h = mix(mix(h, c.name), bits(c.amount));
  h = mix(h, r.gpus.all ? 1U : 0U);
  for (const std::string& m : r.gpus.models) h = mix(h, m);
  h = mix(h, r.constraints);
  if (r.preference) {
    h = mix(mix(h, r.preference->constraints), bits(r.preference->patience.count()));
  }
  if (r.spread) h = mix(mix(mix(h, r.spread->attribute), r.spread->group), bits(r.spread->skew));
  return h;
}

std::size_t ClassKeyHash::operator()(const ClassKey& k) const noexcept {
  std::size_t h = mix(RequestHash{}(k.request), k.user);
  h = mix(h, bits(k.estimate.count()));
  h = mix(h, bits(k.longest_stay.count()));
  h = mix(h, k.array.value);
  h = mix(h, bits(k.priority));
  return mix(h, k.single);
}

std::size_t ProfileHash::operator()(const Profile& p) const noexcept {
  std::size_t h = mix(1, bits(p.grace_period.count()));
  h = mix(h, p.time_limit ? bits(p.time_limit->count()) + 1 : 0);
  h = mix(h, bits(p.estimate_source));
  h = mix(h, p.retry.max_attempts);
  h = mix(h, bits(p.retry.backoff.count()));
  h = mix(h, bits(p.retry.backoff_max.count()));
  const unsigned flags = (p.retry.on_system_failure ? 1U : 0U) | (p.retry.on_exit ? 2U : 0U) |
                         (p.retry.on_time_out ? 4U : 0U) | (p.retry.on_out_of_memory ? 8U : 0U) |
                         (p.retry.on_fetch_failure ? 16U : 0U);
  h = mix(h, flags);
  if (!p.array) return h;
  h = mix(mix(h, p.array->array.value), bits(p.array->from));
  return mix(mix(h, bits(p.array->to)), p.array->running_max);
}

ClassId Classes::acquire(const JobFacts& facts, bool single) {
  scratch_.request = facts.request;
  scratch_.user = facts.user;
  scratch_.estimate = facts.estimate;
  scratch_.longest_stay = longest_stay(facts);
  scratch_.array = facts.array && facts.array->running_max > 0 ? facts.array->array : JobId{};
  scratch_.priority = facts.priority;
  scratch_.single = single ? facts.id.value : 0;
  const ClassId id = classes_.acquire(scratch_);
  if (classes_.references(id) == 1) {
    if (shape_of_.size() <= id) shape_of_.resize(std::size_t{id} + 1);
    shape_of_[id] = shapes_.acquire(facts.request);
  }
  return id;
}

void Classes::release(ClassId id) {
  if (classes_.release(id)) shapes_.release(shape_of_[id]);
}

ProfileId Classes::acquire_profile(const JobFacts& facts) {
  Profile profile{facts.grace_period, facts.time_limit, facts.estimate_source, facts.retry,
                  facts.array};
  if (profile.array) profile.array->index = 0;
  return profiles_.acquire(profile);
}

std::int64_t usual_index(const ArrayPlace& array, JobId job) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(array.from) + job.value -
                                   array.array.value);
}

JobFacts Classes::facts(JobId job, ClassId id, ProfileId profile) const {
  const ClassKey& key = classes_[id];
  const Profile& rest = profiles_[profile];
  JobFacts facts;
  facts.id = job;
  facts.user = key.user;
  facts.request = key.request;
  facts.priority = key.priority;
  facts.estimate = key.estimate;
  facts.estimate_source = rest.estimate_source;
  facts.time_limit = rest.time_limit;
  facts.grace_period = rest.grace_period;
  facts.retry = rest.retry;
  facts.array = rest.array;
  if (facts.array) facts.array->index = usual_index(*facts.array, job);
  return facts;
}

}  // namespace retz::model
