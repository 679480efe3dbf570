// How the reference books what happened.
#include <algorithm>
#include <set>
#include <variant>

#include "property/reference.hpp"

namespace retz::property {
namespace {

Duration doubled(Duration first, Duration most, std::uint32_t times) {
  std::int64_t pause = first.count();
  for (std::uint32_t i = 1; i < times; ++i) pause = std::min(pause * 2, most.count());
  return Duration(std::min(pause, most.count()));
}

bool wants_retry(const Outcome& outcome, const RetryPolicy& retry) {
  using enum OutcomeKind;
  if (outcome.kind == exited || outcome.kind == signaled) return retry.on_exit;
  if (outcome.kind == timed_out) return retry.on_time_out;
  if (outcome.kind == out_of_memory) return retry.on_out_of_memory;
  if (outcome.kind == fetch_failed) return retry.on_fetch_failure;
  return is_system_failure(outcome.kind) && retry.on_system_failure;
}

bool meets(Dependency::When when, JobState state) {
  if (when == Dependency::When::end) return true;
  return (when == Dependency::When::success) == (state == JobState::finished);
}

}  // namespace

void Reference::apply(const Event& event) {
  std::visit([this](const auto& what) { on(what); }, event.what);
}

Demands Reference::take_demands() {
  Demands demands;
  std::swap(demands, demands_);
  return demands;
}

bool Reference::beyond_limits(const Request& request) const {
  const auto beyond = [](const auto& limit, std::int64_t asked) { return limit && asked > *limit; };
  const int gpus =
      request.gpus.share > 0 ? 1 : std::max(request.gpus.devices, request.gpus.all ? 1 : 0);
  return beyond(limits_.cpus, request.amounts.cpus) || beyond(limits_.mem, request.amounts.mem) ||
         beyond(limits_.disk, request.amounts.disk) || beyond(limits_.gpus, gpus) ||
         beyond(limits_.ports, request.ports);
}

void Reference::on(const JobSubmitted& event) {
  const bool nodes_known = std::any_of(nodes_.begin(), nodes_.end(), [](const auto& node) {
    return node.second.capacity.has_value();
  });
  const bool misfit = limits_.closed_cluster && nodes_known &&
                      !fits_some_node(event.facts.request, Draining::counted);
  if (beyond_limits(event.facts.request) || misfit) {
    demands_.refused.insert(event.facts.id);
    return;
  }
  ModelJob& job = jobs_[event.facts.id];
  job.facts = event.facts;
  job.status.arrival.value = ++last_arrival_;
  job.status.submitted = now_;
  job.status.eligible_at = now_;
  depend(job);
}

// A job that was asked for: what it waits for may have ended as it should, or not.
void Reference::depend(ModelJob& job) {
  requeue(job, Duration{0});
  for (const Dependency& dependency : job.facts.dependencies) {
    const JobState state = jobs_.at(dependency.job).status.state;
    if (is_terminal(state) && !meets(dependency.when, state)) return give_up(job);
  }
}

// What it waits for can no longer happen.
void Reference::give_up(ModelJob& job) {
  job.unmet.clear();
  job.held = false;
  job.status.state = JobState::failed;
  job.status.finished = now_;
  job.status.outcome = Outcome{OutcomeKind::dependency_failed, -1, 0, {}};
  ended(job.facts.id);
}

void Reference::ended(JobId id) {
  const JobState state = jobs_.at(id).status.state;
  for (auto& [other, job] : jobs_) {
    const auto unmet = std::find_if(job.unmet.begin(), job.unmet.end(),
                                    [&](const Dependency& d) { return d.job == id; });
    if (job.status.state != JobState::blocked || unmet == job.unmet.end()) continue;
    if (!meets(unmet->when, state)) {
      give_up(job);
      continue;
    }
    job.unmet.erase(unmet);
    if (job.unmet.empty() && job.status.eligible_at <= now_) requeue(job, Duration{0});
  }
}

// It runs again: who is blocked and names it waits for it once more.
void Reference::lives(JobId id) {
  for (auto& [other, job] : jobs_) {
    if (job.status.state != JobState::blocked) continue;
    for (const Dependency& dependency : job.facts.dependencies) {
      if (dependency.job != id) continue;
      job.unmet.insert(dependency);
      job.held = false;
    }
  }
}

const UserLimits& Reference::limits_of(const std::string& user) const {
  const auto own = policy_.limits_of.find(user);
  return own == policy_.limits_of.end() ? policy_.user_limits : own->second;
}

std::uint64_t Reference::queued_of(const std::string& user) const {
  return static_cast<std::uint64_t>(std::count_if(jobs_.begin(), jobs_.end(), [&](const auto& e) {
    return e.second.facts.user == user && e.second.status.state == JobState::queued;
  }));
}

bool Reference::admit() {
  std::vector<ModelJob*> held;
  for (auto& [id, job] : jobs_) {
    if (job.held) held.push_back(&job);
  }
  std::sort(held.begin(), held.end(), [](const ModelJob* a, const ModelJob* b) {
    return a->status.arrival < b->status.arrival;
  });
  bool any = false;
  for (ModelJob* job : held) {
    const auto most = limits_of(job->facts.user).queued;
    if (most && queued_of(job->facts.user) >= *most) continue;
    job->held = false;
    job->status.state = JobState::queued;
    job->status.eligible_at = now_;
    any = true;
  }
  return any;
}

// The last wish stands; the attempt is told to stop once.
void Reference::wish(ModelJob& job, Wish wish) {
  if (job.status.wish == Wish::none) demands_.stopped.insert(job.live->ref);
  job.status.wish = wish;
  if (job.live->state != AttemptState::unreachable) job.live->state = AttemptState::stopping;
}

void Reference::on(const JobCancelled& event) {
  const auto found = jobs_.find(event.job);
  if (found == jobs_.end() || is_terminal(found->second.status.state)) return;
  ModelJob& job = found->second;
  if (job.live) {
    wish(job, Wish::kill);
    return;
  }
  job.unmet.clear();
  job.held = false;
  job.status.state = JobState::killed;
  job.status.finished = now_;
  ended(event.job);
}

void Reference::on(const JobRerun& event) {
  ModelJob& job = jobs_.at(event.job);
  if (job.live) {
    if (event.kill_running) {
      wish(job, Wish::rerun);
    } else {
      demands_.refused.insert(event.job);
    }
    return;
  }
  job.status.tries = 0;
  if (job.status.state == JobState::queued) return;
  const bool again = is_terminal(job.status.state);
  if (again) job.status.arrival.value = ++last_arrival_;
  job.status.finished.reset();
  job.status.state = JobState::blocked;
  if (again) lives(event.job);
  requeue(job, Duration{0});
}

// Blocked by time, by jobs that live, or by its user's limit; else it competes.
void Reference::requeue(ModelJob& job, Duration pause) {
  job.status.eligible_at = now_ + pause;
  job.held = false;
  job.unmet.clear();
  job.status.state = JobState::blocked;
  for (const Dependency& dependency : job.facts.dependencies) {
    if (!is_terminal(jobs_.at(dependency.job).status.state)) job.unmet.insert(dependency);
  }
  if (pause > Duration{0} || !job.unmet.empty()) return;
  const auto most = limits_of(job.facts.user).queued;
  job.held = has_line(job.facts.user) || (most && queued_of(job.facts.user) >= *most);
  if (!job.held) job.status.state = JobState::queued;
}

bool Reference::has_line(const std::string& user) const {
  return std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& entry) {
    return entry.second.held && entry.second.facts.user == user;
  });
}

ModelJob* Reference::find_live(AttemptRef ref) {
  const auto found = jobs_.find(ref.job);
  if (found == jobs_.end() || !found->second.live || found->second.live->ref != ref) return nullptr;
  return &found->second;
}

void Reference::on(const AttemptRunning& event) {
  ModelJob* job = find_live(event.attempt);
  if (job == nullptr) {
    demands_.stopped.insert(event.attempt);
    return;
  }
  if (job->status.wish == Wish::none) {
    job->live->state = AttemptState::running;
  } else {
    // The stop may have been lost: it is asked for again.
    job->live->state = AttemptState::stopping;
    demands_.stopped.insert(event.attempt);
  }
}

void Reference::on(const AttemptUnreachable& event) {
  if (ModelJob* job = find_live(event.attempt)) job->live->state = AttemptState::unreachable;
}

void Reference::on(const AttemptEnded& event) {
  if (ModelJob* job = find_live(event.attempt)) settle(*job, event.outcome);
}

void Reference::settle(ModelJob& job, const Outcome& outcome) {
  JobStatus& status = job.status;
  const bool system = is_system_failure(outcome.kind);
  const Wish wish = status.wish;
  job.live.reset();
  status.wish = Wish::none;
  status.outcome = outcome;
  ++(system ? status.system_failures : status.tries);
  if (wish == Wish::rerun) {
    status.arrival.value = ++last_arrival_;
    status.tries = 0;
    requeue(job, Duration{0});
    return;
  }
  status.finished = now_;
  if (wish == Wish::kill || outcome.kind == OutcomeKind::killed) {
    status.state = JobState::killed;
  } else if (succeeded(outcome)) {
    status.state = JobState::finished;
  } else if (!wants_retry(outcome, job.facts.retry) ||
             (!system && status.tries >= job.facts.retry.max_attempts)) {
    status.state = JobState::failed;
  } else {
    status.finished.reset();
    Duration pause{0};
    if (!system) {
      pause = doubled(job.facts.retry.backoff, job.facts.retry.backoff_max, status.tries);
    } else if (outcome.kind == OutcomeKind::launch_failed) {
      pause = doubled(std::chrono::seconds(1), std::chrono::minutes(5), status.system_failures);
    }
    requeue(job, pause);
  }
  if (is_terminal(status.state)) ended(job.facts.id);
}

// Each figure is the most that one offer and what runs ever added up to.
Capacity Reference::seen_with(const std::string& name, const Capacity& offered) const {
  Capacity seen = nodes_.at(name).capacity.value_or(Capacity{});
  Amounts sum = offered.amounts;
  std::map<std::string, std::int64_t> custom;
  for (const auto& c : offered.amounts.custom) custom[c.name] += c.amount;
  seen.ports.insert(seen.ports.end(), offered.ports.begin(), offered.ports.end());
  for (const auto& [id, job] : jobs_) {
    if (!job.live || job.live->placement.node != name) continue;
    const Placement& placement = job.live->placement;
    sum.cpus += placement.amounts.cpus;
    sum.mem += placement.amounts.mem;
    sum.disk += placement.amounts.disk;
    for (const auto& c : placement.amounts.custom) custom[c.name] += c.amount;
    for (const auto port : placement.ports) seen.ports.push_back({port, port});
  }
  for (const auto& c : seen.amounts.custom) custom[c.name] = std::max(custom[c.name], c.amount);
  seen.amounts.cpus = std::max(seen.amounts.cpus, sum.cpus);
  seen.amounts.mem = std::max(seen.amounts.mem, sum.mem);
  seen.amounts.disk = std::max(seen.amounts.disk, sum.disk);
  seen.amounts.custom.clear();
  for (const auto& [resource, amount] : custom) seen.amounts.custom.push_back({resource, amount});
  std::set<std::uint16_t> ports;
  for (const auto& range : seen.ports) {
    for (std::uint32_t port = range.first; port <= range.last; ++port) {
      ports.insert(static_cast<std::uint16_t>(port));
    }
  }
  seen.ports.clear();
  for (const auto port : ports) seen.ports.push_back({port, port});
  if (offered.gpus.size() >= seen.gpus.size()) seen.gpus = offered.gpus;
  seen.attributes = offered.attributes;
  return seen;
}

void Reference::on(const LeaseGranted& event) {
  ModelNode& node = nodes_[event.node];
  if (event.kind == LeaseKind::standing) {
    node.capacity = event.capacity;
    node.lease = event.lease;
    return;
  }
  node.capacity = seen_with(event.node, event.capacity);
  node.offers[event.lease] = {event.lease, event.node, event.capacity.amounts, event.capacity,
                              std::vector<std::int32_t>(event.capacity.gpus.size(), 1000)};
}

void Reference::on(const LeaseRevoked& event) {
  for (auto& [name, node] : nodes_) {
    if (node.capacity && node.lease == event.lease) node.capacity.reset();
    node.offers.erase(event.lease);
  }
}

void Reference::on(const NodeLost& event) {
  nodes_[event.node].capacity.reset();
  nodes_[event.node].offers.clear();
  for (auto& [id, job] : jobs_) {
    if (job.live && job.live->placement.node == event.node) {
      settle(job, {OutcomeKind::node_lost, -1, 0, {}});
    }
  }
}

void Reference::forget_offers() {
  for (auto& [name, node] : nodes_) {
    node.capacity.reset();
    node.offers.clear();
  }
}

void Reference::on(const NodeDrained& event) {
  nodes_[event.node].draining = event.draining;
}

void Reference::on(const MaintenancePlanned& event) {
  nodes_[event.node].windows = event.windows;
}

// Of users who have more queued than they may, the latest are blocked.
void Reference::on(const PolicyChanged& event) {
  policy_ = event.policy;
  std::set<JobId> beyond;
  for (const auto& [id, job] : jobs_) {
    if (job.status.state != JobState::queued) continue;
    const auto most = limits_of(job.facts.user).queued;
    const auto before = std::count_if(jobs_.begin(), jobs_.end(), [&](const auto& entry) {
      const ModelJob& other = entry.second;
      return other.facts.user == job.facts.user && other.status.state == JobState::queued &&
             other.status.arrival < job.status.arrival;
    });
    if (most && static_cast<std::uint64_t>(before) >= *most) beyond.insert(id);
  }
  for (const JobId id : beyond) {
    ModelJob& job = jobs_.at(id);
    job.status.state = JobState::blocked;
    for (const Dependency& dependency : job.facts.dependencies) {
      if (!is_terminal(jobs_.at(dependency.job).status.state)) job.unmet.insert(dependency);
    }
    job.held = job.unmet.empty();
  }
}

}  // namespace retz::property
