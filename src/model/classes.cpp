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

// A class as a job tells it: nothing is copied.
struct ClassOf {
  const Request& request;
  const std::string& user;
  Duration estimate, longest_stay;
  std::int32_t priority;
  JobId array;
  std::uint64_t single;
};

ClassOf class_of(const JobFacts& f, bool single) {
  const bool limited = f.array && f.array->running_max > 0;
  return {f.request,
          f.user,
          f.estimate,
          longest_stay(f),
          f.priority,
          limited ? f.array->array : JobId{},
          single ? f.id.value : 0};
}

bool alike(const ClassKey& k, const ClassOf& c) {
  return k.estimate == c.estimate && k.longest_stay == c.longest_stay && k.priority == c.priority &&
         k.array == c.array && k.single == c.single && k.user == c.user && k.request == c.request;
}

template <class Class>
std::size_t hash_of_class(const Class& c) {
  std::size_t h = mix(RequestHash{}(c.request), c.user);
  h = mix(h, bits(c.estimate.count()));
  h = mix(h, bits(c.longest_stay.count()));
  h = mix(h, c.array.value);
  h = mix(h, bits(c.priority));
  return mix(h, c.single);
}

// A profile, or a job as far as it has one.
template <class Job>
std::size_t hash_of_profile(const Job& p) {
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

void resize_for(std::vector<bool>& flags, std::uint32_t id) {
  if (id >= flags.size()) flags.resize(std::size_t{id} + 1);
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
  return hash_of_class(k);
}

std::size_t ProfileHash::operator()(const Profile& p) const noexcept {
  return hash_of_profile(p);
}

ClassId Classes::acquire(const JobFacts& facts, bool single) {
  const std::uint64_t by = hash(facts, single);
  if (const ClassId id = find(facts, single, by); id != unknown) return refer(id);
  const ClassOf c = class_of(facts, single);
  const ClassId id = classes_.add(
      by, {c.request, c.user, c.estimate, c.longest_stay, c.priority, c.array, c.single});
  if (shape_of_.size() <= id) shape_of_.resize(std::size_t{id} + 1);
  shape_of_[id] = shapes_.acquire(facts.request);
  resize_for(approved_class_, id);
  approved_class_[id] = false;
  return id;
}

std::uint64_t Classes::hash(const JobFacts& facts, bool single) {
  return hash_of_class(class_of(facts, single));
}

ClassId Classes::find(const JobFacts& facts, bool single, std::uint64_t hash) const {
  const ClassOf wanted = class_of(facts, single);
  return classes_.find(hash, [&wanted](const ClassKey& k) { return alike(k, wanted); });
}

void Classes::release(ClassId id) {
  if (classes_.release(id)) shapes_.release(shape_of_[id]);
}

ProfileId Classes::acquire_profile(const JobFacts& facts) {
  Profile profile{facts.grace_period, facts.time_limit, facts.estimate_source, facts.retry,
                  facts.array};
  if (profile.array) profile.array->index = 0;
  const ProfileId id = profiles_.acquire(profile);
  if (profiles_.references(id) > 1) return id;
  resize_for(approved_profile_, id);
  approved_profile_[id] = false;
  return id;
}

ProfileId Classes::find_profile(const JobFacts& f) const {
  if (f.array) return unknown;
  return profiles_.find(hash_of_profile(f), [&f](const Profile& p) {
    return !p.array && p.grace_period == f.grace_period && p.time_limit == f.time_limit &&
           p.estimate_source == f.estimate_source && p.retry == f.retry;
  });
}

void Classes::approve(ClassId id, ProfileId profile) {
  approved_class_[id] = true;
  approved_profile_[profile] = true;
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
