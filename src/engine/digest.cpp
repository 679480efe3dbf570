// FNV-1a (Fowler, Noll, Vo) over a snapshot in its canonical order, byte by byte from the lowest,
// so that it is the same on every machine.
#include <string_view>

#include "engine/core.hpp"

namespace retz::engine {

namespace {

class Digest {
 public:
  std::uint64_t value() const { return hash_; }

  template <class Number>
  void number(Number n) {
    const auto bits = static_cast<std::uint64_t>(n);
    for (unsigned shift = 0; shift < 64; shift += 8) byte((bits >> shift) & 0xFFU);
  }
  void text(std::string_view t) {
    number(t.size());
    for (const char c : t) byte(static_cast<unsigned char>(c));
  }
  void duration(Duration d) { number(d.count()); }
  void instant(Instant t) { number(micros(t)); }
  void instant(const std::optional<Instant>& t) {
    number(t.has_value());
    if (t) instant(*t);
  }

  void amounts(const Amounts& a) {
    number(a.cpus);
    number(a.mem);
    number(a.disk);
    number(a.custom.size());
    for (const CustomAmount& c : a.custom) {
      text(c.name);
      number(c.amount);
    }
  }
  void constraints(const std::vector<Constraint>& all) {
    number(all.size());
    for (const Constraint& c : all) {
      text(c.attribute);
      number(static_cast<int>(c.kind));
      number(c.values.size());
      for (const std::string& value : c.values) text(value);
    }
  }
  void wanted_nodes(const Request& r) {
    constraints(r.constraints);
    number(r.preference.has_value());
    if (r.preference) {
      constraints(r.preference->constraints);
      duration(r.preference->patience);
    }
    number(r.spread.has_value());
    if (!r.spread) return;
    text(r.spread->attribute);
    text(r.spread->group);
    number(r.spread->skew);
  }
  void relations(const JobFacts& f) {
    number(f.dependencies.size());
    for (const Dependency& d : f.dependencies) {
      number(d.job.value);
      number(static_cast<int>(d.when));
    }
    number(f.array.has_value());
    if (!f.array) return;
    number(f.array->array.value);
    number(f.array->from);
    number(f.array->to);
    number(f.array->index);
    number(f.array->running_max);
  }
  void facts(const JobFacts& f) {
    number(f.id.value);
    text(f.user);
    amounts(f.request.amounts);
    wanted_nodes(f.request);
    relations(f);
    number(f.request.ports);
    number(f.request.gpus.devices);
    number(f.request.gpus.share);
    number(f.request.gpus.all);
    number(f.request.gpus.models.size());
    for (const std::string& m : f.request.gpus.models) text(m);
    number(f.priority);
    duration(f.estimate);
    number(static_cast<int>(f.estimate_source));
    number(f.time_limit.has_value());
    if (f.time_limit) duration(*f.time_limit);
    duration(f.grace_period);
    number(f.retry.max_attempts);
    number(f.retry.on_system_failure);
    number(f.retry.on_exit);
    number(f.retry.on_time_out);
    number(f.retry.on_out_of_memory);
    number(f.retry.on_fetch_failure);
    duration(f.retry.backoff);
    duration(f.retry.backoff_max);
  }
  void status(const JobStatus& s) {
    number(static_cast<int>(s.state));
    number(s.arrival.value);
    instant(s.submitted);
    instant(s.eligible_at);
    instant(s.started);
    number(s.attempts);
    number(s.tries);
    number(s.system_failures);
    number(static_cast<int>(s.wish));
    number(s.outcome.has_value());
    if (!s.outcome) return;
    number(static_cast<int>(s.outcome->kind));
    number(s.outcome->exit_code);
    number(s.outcome->signal);
    text(s.outcome->reason);
  }
  void attempt(const AttemptRecord& a) {
    number(a.ref.job.value);
    number(a.ref.attempt);
    number(static_cast<int>(a.state));
    text(a.placement.node);
    amounts(a.placement.amounts);
    number(a.placement.ports.size());
    for (const std::uint16_t p : a.placement.ports) number(p);
    number(a.placement.gpus.size());
    for (const GpuShare& g : a.placement.gpus) {
      number(g.device);
      number(g.amount);
    }
    instant(a.started);
    instant(a.running_since);
    text(a.confinement);
  }

 private:
  void byte(std::uint64_t b) { hash_ = (hash_ ^ b) * 0x100000001B3ULL; }
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

}  // namespace

std::uint64_t Core::digest() const {
  const Snapshot all = snapshot();
  Digest digest;
  digest.number(all.jobs.size());
  for (const KnownJob& j : all.jobs) {
    digest.facts(j.facts);
    digest.status(j.status);
  }
  digest.number(all.attempts.size());
  for (const AttemptRecord& a : all.attempts) digest.attempt(a);
  digest.number(all.draining.size());
  for (const std::string& node : all.draining) digest.text(node);
  digest.number(all.maintenance.size());
  for (const MaintenanceChanged& m : all.maintenance) {
    digest.text(m.node);
    digest.number(m.windows.size());
    for (const MaintenanceWindow& w : m.windows) {
      digest.instant(w.from);
      digest.instant(w.until);
    }
  }
  digest.number(all.last_uses.size());
  for (const NodeUsed& u : all.last_uses) {
    digest.text(u.node);
    digest.number(u.number);
  }
  digest.number(all.usages.size());
  for (const UsageChanged& u : all.usages) {
    digest.text(u.user);
    digest.number(u.usage);
    digest.instant(u.at);
  }
  digest.number(all.reservations.size());
  for (const Reservation& r : all.reservations) {
    digest.number(r.job.value);
    digest.text(r.node);
    digest.instant(r.at);
  }
  digest.number(all.last_arrival.value);
  digest.instant(all.now);
  return digest.value();
}

}  // namespace retz::engine
