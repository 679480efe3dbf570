// What a script says that happened, as events.
#include <algorithm>
#include <stdexcept>

#include "scenario/policies.hpp"
#include "scenario/values.hpp"
#include "scenario/world.hpp"

namespace retz::scenario {
namespace {

const std::string& word(const Words& words, std::size_t i) {
  if (i >= words.size()) bad("a word is missing behind", words.back());
  return words[i];
}

// The words from `first` on, of an operator's remark.
std::string sentence(const Words& words, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < words.size(); ++i) text += (text.empty() ? "" : " ") + words[i];
  return text;
}

}  // namespace

void World::add_event(const Words& words, std::vector<Event>& events) {
  if (words[0] == "time") {
    events.push_back({TimePassed{}});
  } else if (words[0] == "policy") {
    if (!new_policy_) new_policy_ = options_.policy;
    for (const Words& directive : cut_directives({words.begin() + 1, words.end()})) {
      if (!set_policy(directive, *new_policy_)) bad("not a word of a policy", directive[0]);
    }
    events.push_back({PolicyChanged{*new_policy_}});
  } else if (!add_job_event(words, events) && !add_node_event(words, events)) {
    throw std::runtime_error("unknown action: " + words[0]);
  }
}

bool World::add_job_event(const Words& words, std::vector<Event>& events) {
  const std::string& action = words[0];
  if (action == "submit") {
    for (const JobId id : named(word(words, 1))) events.push_back(submission(job(id)));
  } else if (action == "kill") {
    for (const JobId id : named(word(words, 1))) {
      events.push_back({JobCancelled{id, sentence(words, 2)}});
    }
  } else if (action == "rerun") {
    for (const JobId id : named(word(words, 1))) events.push_back(rerun(job(id), words));
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
  } else if (action == "maintenance") {
    events.push_back({MaintenancePlanned{word(words, 1), parse_windows(words, 2)}});
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

// Jobs have their names and numbers before the first event of a step is made: they may depend on
// each other, whatever their sequence. The jobs of an array are NAME.1, NAME.2, ...
void World::name_jobs(const Words& words) {
  const std::string& name = word(words, 1);
  const Submission written = parse_job(words, 2);
  const auto add = [&](const std::string& full, const std::string& array) -> Job& {
    const bool known =
        std::any_of(jobs_.begin(), jobs_.end(), [&](const Job& j) { return j.name == full; });
    if (known) throw std::runtime_error("there is a job with the name " + full);
    Job& added = jobs_.emplace_back();
    added.name = full;
    added.array = array;
    added.after = written.after;
    added.facts = written.facts;
    added.facts.id = JobId{jobs_.size()};
    return added;
  };
  if (!written.facts.array) {
    add(name, {});
    return;
  }
  const JobId first{jobs_.size() + 1};
  for (std::int64_t i = written.facts.array->from; i <= written.facts.array->to; ++i) {
    ArrayPlace& place = *add(name + "." + std::to_string(i), name).facts.array;
    place.array = first;
    place.index = i;
  }
}

// `#9` is a number that no job has.
Event World::submission(Job& added) {
  JobSubmitted event;
  for (const Submission::After& after : added.after) {
    if (after.name[0] == '#') {
      const auto number = static_cast<std::uint64_t>(parse_integer(after.name.substr(1)));
      added.facts.dependencies.push_back({JobId{number}, after.when});
      continue;
    }
    for (const JobId id : named(after.name)) {
      added.facts.dependencies.push_back({id, after.when});
      const auto& status = job(id).status;
      if (status && is_terminal(status->state)) event.ended.push_back({id, status->state});
    }
  }
  std::sort(added.facts.dependencies.begin(), added.facts.dependencies.end());
  event.facts = added.facts;
  return {std::move(event)};
}

Event World::rerun(const Job& wanted, const Words& words) {
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

}  // namespace retz::scenario
