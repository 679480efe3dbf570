#include "scenario/world.hpp"

#include <algorithm>
#include <stdexcept>

#include "scenario/policies.hpp"
#include "scenario/values.hpp"

namespace retz::scenario {
World::World(const Script& script, Restarts restarts) : script_(script), restarts_(restarts) {}

std::vector<std::vector<std::string>> World::run() {
  read_header();
  std::vector<std::vector<std::string>> outputs(script_.statements.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Statement& statement = script_.statements[i];
    try {
      woken_output_ = i == 0 ? nullptr : &outputs[i - 1];
      run_statement(statement, outputs[i]);
    } catch (const std::exception& error) {
      throw ScriptError(statement.line, error.what());
    }
  }
  return outputs;
}

void World::read_header() {
  std::vector<Event> grants;
  for (const Words& words : script_.header) {
    if (set_policy(words, options_.policy)) continue;
    if (words[0] == "seed") {
      options_.seed = static_cast<std::uint64_t>(parse_integer(words.size() == 2 ? words[1] : ""));
    } else if (words[0] == "limit") {
      parse_limits(words, 1, options_.limits);
    } else {
      add_grant(words, LeaseKind::standing, grants);
    }
  }
  engine_.emplace(options_);
  if (grants.empty()) return;
  std::vector<std::string> output;
  step(grants, output);
  if (!output.empty()) throw std::runtime_error("granting the nodes gave: " + output.front());
}

void World::run_statement(const Statement& statement, std::vector<std::string>& output) {
  const Instant now(parse_duration(statement.time));
  if (now < now_) throw std::runtime_error("time goes back");
  const bool asks = is_question(statement.actions.front());
  wake_until(asks ? now + Duration{1} : now);
  now_ = now;
  if (asks) {
    if (statement.actions.size() > 1) throw std::runtime_error("a question stands alone");
    // Who passed whom is told from what this engine has seen: it does not outlive a restart.
    const bool forgotten = statement.actions.front().front() == "passed";
    if (forgotten && restarts_ == Restarts::after_each_step) {
      output = statement.expected;
    } else {
      answer(statement.actions.front(), output);
    }
    return;
  }
  std::vector<Event> events;
  for (const Words& action : statement.actions) {
    if (action[0] == "submit") name_jobs(action);
  }
  for (const Words& action : statement.actions) add_event(action, events);
  step(events, output);
  if (restarts_ == Restarts::after_each_step) restart(output);
}

// What a driver does: the engine is stepped at the times it asks for, those before `end`. What
// comes of it stands below the statement before, with its time.
void World::wake_until(Instant end) {
  while (wake_at_ && *wake_at_ < end) {
    if (*wake_at_ <= last_step_)
      throw std::runtime_error("the engine asks to be woken in the past");
    now_ = *wake_at_;
    std::vector<std::string> output;
    step({Event{TimePassed{}}}, output);
    if (restarts_ == Restarts::after_each_step) restart(output);
    if (woken_output_ == nullptr) continue;
    for (const auto& line : output) woken_output_->push_back("at " + show(now_) + " " + line);
  }
}

void World::step(const std::vector<Event>& events, std::vector<std::string>& output) {
  const Step step = engine_->step(events, now_);
  last_step_ = now_;
  wake_at_ = step.wake_at;
  refused_policy_ = false;
  for (const auto& change : step.changes) book(change, output);
  for (const auto& decision : step.decisions) book(decision, output);
  for (const LeaseId lease : closed_) leases_.erase(lease);
  closed_.clear();
  if (new_policy_ && !refused_policy_) options_.policy = *new_policy_;
  new_policy_.reset();
  engine_->check_invariants();
  check_snapshot();
}

// What a store holds after all changes is what the engine goes on with after a restart.
void World::check_snapshot() const {
  const Snapshot snapshot = engine_->snapshot();
  const auto same = [](const auto& stored, const auto& list, auto key, const char* what) {
    const bool equal = stored.size() == list.size() &&
                       std::all_of(list.begin(), list.end(), [&](const auto& entry) {
                         const auto known = stored.find(key(entry));
                         return known != stored.end() && known->second == entry;
                       });
    if (!equal) throw std::runtime_error(std::string("the changes do not tell of all ") + what);
  };
  same(
      last_uses_, snapshot.last_uses, [](const NodeUsed& use) { return use.node; }, "last uses");
  same(
      usages_, snapshot.usages, [](const UsageChanged& use) { return use.user; }, "usages");
  same(
      maintenance_, snapshot.maintenance, [](const MaintenanceChanged& plan) { return plan.node; },
      "maintenance");
}

void World::restart(std::vector<std::string>& output) {
  const std::uint64_t digest = engine_->digest();
  auto restored = Engine::restore(options_, engine_->snapshot());
  if (!restored) {
    output.push_back("restart failed: " + restored.error().message);
    return;
  }
  engine_.emplace(std::move(*restored));
  if (engine_->digest() != digest) output.emplace_back("restart changed the digest");
  engine_->check_invariants();
  std::vector<Event> grants;
  for (const auto& [id, lease] : leases_) {
    grants.push_back({LeaseGranted{id, lease.node, lease.kind, lease.capacity}});
  }
  // Time is part of the digest: a restart that was written later than the last step moves it.
  const bool same_time = now_ == last_step_;
  step(grants, output);
  if (same_time && engine_->digest() != digest) {
    output.emplace_back("granting the nodes changed the digest");
  }
}

World::Job& World::job(const std::string& name) {
  const auto found =
      std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& j) { return j.name == name; });
  if (found == jobs_.end()) throw std::runtime_error("no job has the name " + name);
  return *found;
}

World::Job& World::job(JobId id) {
  if (id.value == 0 || id.value > jobs_.size()) throw std::runtime_error("unknown job in a step");
  return jobs_[static_cast<std::size_t>(id.value - 1)];
}

std::vector<JobId> World::named(const std::string& name) const {
  std::vector<JobId> ids;
  for (const Job& known : jobs_) {
    if (known.name == name || known.array == name) ids.push_back(known.facts.id);
  }
  if (ids.empty()) throw std::runtime_error("no job has the name " + name);
  return ids;
}

std::string World::name_of(JobId id) {
  return job(id).name;
}

}  // namespace retz::scenario
