#include "scenario/world.hpp"

#include <algorithm>
#include <stdexcept>

#include "scenario/values.hpp"

namespace retz::scenario {
namespace {

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

const std::string& word(const Words& words, std::size_t i) {
  if (i >= words.size()) throw std::runtime_error("a word is missing behind: " + words.back());
  return words[i];
}

// The words from `first` on, of an operator's remark.
std::string sentence(const Words& words, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < words.size(); ++i) text += (text.empty() ? "" : " ") + words[i];
  return text;
}

}  // namespace

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
    if (words[0] == "ordering") {
      options_.policy.ordering = value_or_throw(make_ordering(word(words, 1)));
    } else if (words[0] == "planner") {
      options_.policy.planner = value_or_throw(make_planner(word(words, 1)));
    } else if (words[0] == "fit") {
      options_.policy.fit_rule = value_or_throw(make_fit_rule(word(words, 1)));
    } else if (words[0] == "seed") {
      options_.seed = std::stoull(word(words, 1));
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
    return answer(statement.actions.front(), output);
  }
  std::vector<Event> events;
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
  for (const auto& change : step.changes) book(change, output);
  for (const auto& decision : step.decisions) book(decision, output);
  for (const LeaseId lease : closed_) leases_.erase(lease);
  closed_.clear();
  engine_->check_invariants();
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

void World::add_event(const Words& words, std::vector<Event>& events) {
  if (words[0] == "time") {
    events.push_back({TimePassed{}});
  } else if (!add_job_event(words, events) && !add_node_event(words, events)) {
    throw std::runtime_error("unknown action: " + words[0]);
  }
}

bool World::add_job_event(const Words& words, std::vector<Event>& events) {
  const std::string& action = words[0];
  if (action == "submit") {
    events.push_back(submission(words));
  } else if (action == "kill") {
    events.push_back({JobCancelled{job(word(words, 1)).facts.id, sentence(words, 2)}});
  } else if (action == "rerun") {
    events.push_back(rerun(words));
  } else if (action == "running" || action == "unreachable" || action == "end") {
    std::size_t next = 2;
    const AttemptRef ref = attempt(words, next);
    if (action == "running") {
      events.push_back({AttemptRunning{ref, "none"}});
    } else if (action == "unreachable") {
      events.push_back({AttemptUnreachable{ref}});
    } else {
      events.push_back({AttemptEnded{ref, parse_outcome(words, next), Usage{}}});
    }
  } else {
    return false;
  }
  return true;
}

bool World::add_node_event(const Words& words, std::vector<Event>& events) {
  const std::string& action = words[0];
  if (action == "grant" || action == "offer") {
    add_grant(words, action == "grant" ? LeaseKind::standing : LeaseKind::once, events);
  } else if (action == "drain" || action == "undrain") {
    events.push_back({NodeDrained{word(words, 1), action == "drain"}});
  } else if (action == "lose") {
    events.push_back({NodeLost{word(words, 1)}});
    std::erase_if(leases_, [&](const auto& lease) { return lease.second.node == words[1]; });
  } else if (action == "revoke") {
    const auto lease = std::find_if(leases_.begin(), leases_.end(), [&](const auto& open) {
      return open.second.node == word(words, 1);
    });
    if (lease == leases_.end()) throw std::runtime_error("no open lease on " + words[1]);
    events.push_back({LeaseRevoked{lease->first}});
    leases_.erase(lease);
  } else {
    return false;
  }
  return true;
}

// A standing lease that is open is granted anew under its own number: its amounts are replaced.
void World::add_grant(const Words& words, LeaseKind kind, std::vector<Event>& events) {
  const std::string& node = word(words, 1);
  Capacity capacity = parse_capacity(words, 2);
  if (words.size() == 2) {
    const auto known = known_nodes_.find(node);
    if (known == known_nodes_.end()) throw std::runtime_error("what does the node have: " + node);
    capacity = known->second;
  } else {
    known_nodes_[node] = capacity;
  }
  LeaseId id{0};
  for (const auto& [open, lease] : leases_) {
    if (lease.node == node && lease.kind == kind && kind == LeaseKind::standing) id = open;
  }
  if (id.value == 0) id.value = ++last_lease_;
  leases_[id] = {node, kind, capacity};
  events.push_back({LeaseGranted{id, node, kind, std::move(capacity)}});
}

Event World::submission(const Words& words) {
  const std::string& name = word(words, 1);
  if (std::any_of(jobs_.begin(), jobs_.end(), [&](const Job& j) { return j.name == name; })) {
    throw std::runtime_error("there is a job with the name " + name);
  }
  Job added;
  added.name = name;
  added.facts = parse_job(words, 2);
  added.facts.id = JobId{jobs_.size() + 1};
  jobs_.push_back(added);
  return {JobSubmitted{std::move(added.facts)}};
}

Event World::rerun(const Words& words) {
  const Job& wanted = job(word(words, 1));
  JobRerun event{wanted.facts.id, words.size() > 2, std::nullopt};
  if (words.size() > 2 && words[2] != "kill") throw std::runtime_error("not kill: " + words[2]);
  if (wanted.status && is_terminal(wanted.status->state)) {
    event.ended = KnownJob{wanted.facts, *wanted.status};
  }
  return {std::move(event)};
}

// NAME [attempt=N]; without N the last one.
AttemptRef World::attempt(const Words& words, std::size_t& next) {
  const Job& named = job(word(words, 1));
  AttemptRef ref{named.facts.id, named.status ? named.status->attempts : 0};
  if (next < words.size() && words[next].rfind("attempt=", 0) == 0) {
    ref.attempt = static_cast<std::uint32_t>(std::stoul(words[next++].substr(8)));
  }
  return ref;
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

std::string World::name_of(JobId id) {
  return job(id).name;
}

}  // namespace retz::scenario
