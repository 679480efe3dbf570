#include "mesos/core.hpp"

#include <algorithm>
#include <utility>

namespace retz::mesos {
namespace {

std::map<std::string, std::string> agents_in(const std::map<std::string, std::string>& known) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : known) {
    if (name.starts_with(agent_state_prefix)) out[name.substr(agent_state_prefix.size())] = value;
  }
  return out;
}

}  // namespace

Core::Core(FrameworkOptions options, std::map<std::string, std::string> known, std::uint64_t seed)
    : options_(std::move(options)),
      roles_(options_.roles.begin(), options_.roles.end()),
      generator_(seed),
      agents_(agents_in(known)) {
  const auto id = known.find(std::string(framework_id_state));
  if (id != known.end()) id_ = id->second;
  id_stored_ = !id_.empty();
}

void Core::notice(int severity, std::string text) {
  out_.notices.push_back({severity, std::move(text)});
}

void Core::call(const char* type, std::string body) {
  if (!subscribed_ || broken_) return;
  out_.calls.push_back({++last_call_, type, std::move(body)});
}

void Core::post(EventBody what, Then then) {
  const Receipt receipt{++last_receipt_};
  pending_.emplace(receipt.value, std::move(then));
  out_.events.push_back({std::move(what), receipt});
}

Duration Core::jittered(Duration pause) {
  const auto spread = static_cast<std::uint64_t>(std::max<std::int64_t>(pause.count() / 4, 1));
  return pause + Duration(static_cast<std::int64_t>(generator_.below(spread)));
}

void Core::record(std::string_view event, Instant now) {
  now_ = now;
  if (ended_) return;
  last_event_ = now;
  auto read = read_event(event, roles_);
  if (!read) {
    notice(1, read.error().message + ": " + std::string(event.substr(0, 300)));
    return;
  }
  if (std::holds_alternative<Subscribed>(*read) || std::holds_alternative<StreamError>(*read) ||
      subscribed_) {
    std::visit([this](auto& what) { on(what); }, *read);
  }
  finish();
}

void Core::carry_out(std::span<const Action> actions, std::span<const Receipt> settled,
                     Instant now) {
  now_ = now;
  std::vector<Then> thens;
  for (const Receipt receipt : settled) {
    const auto at = pending_.find(receipt.value);
    if (at == pending_.end()) continue;
    if (std::holds_alternative<IdStored>(at->second)) id_stored_ = true;
    thens.push_back(std::move(at->second));
    pending_.erase(at);
  }
  Launches launches;  // of one lease together: it is used once
  std::unordered_map<LeaseId, std::size_t> at;
  for (const Action& action : actions) {
    if (const auto* wanted = std::get_if<LeasesWanted>(&action)) want(*wanted);
    const auto* const launch = std::get_if<Launch>(&action);
    if (launch == nullptr) continue;
    const auto [found, added] = at.try_emplace(launch->lease, launches.size());
    if (added) launches.emplace_back(launch->lease, std::vector<const Launch*>{});
    launches[found->second].second.push_back(launch);
  }
  for (const auto& [lease, of_lease] : launches) this->launch(lease, of_lease);
  for (const Action& action : actions) {
    if (const auto* stopping = std::get_if<StopAttempt>(&action)) stop(*stopping);
    if (const auto* returned = std::get_if<ReturnLease>(&action)) give_back(*returned);
  }
  // Last: what the engine has looked at and not used by now is held.
  for (const Then& what : thens) std::visit([this](const auto& w) { then(w); }, what);
  finish();
}

void Core::then(const LookedAt& looked) {
  Holding* const holding = holding_of(looked.lease);
  if (holding == nullptr) return;
  holding->looked_at = true;
  holdings_changed_ = true;
}

void Core::then(const Left& left) {
  Holding* const holding = holding_of(left.lease);
  if (holding == nullptr) return;
  loosen(*holding);
  arrange(*holding);
}

void Core::then(const RunningStored& stored) {
  acknowledge(stored.task, stored.uuid);
}

void Core::then(const EndStored& stored) {
  const auto at = tasks_.find(stored.task_id);
  if (at == tasks_.end()) return;
  const Task& task = at->second;
  for (const std::string& uuid : task.uuids) acknowledge({task.id, task.agent_id}, uuid);
  by_attempt_.erase(task.attempt);
  tasks_.erase(at);
}

void Core::finish() {
  trim();
  flush_declines();
  ask();
}

void Core::pass(Instant now) {
  now_ = now;
  while (const auto what = timers_.take(now)) due(*what);
  finish();
}

void Core::due(const Timers::Due& due) {
  Task* const task = find_task(due.of);
  switch (due.deed) {
    case Deed::hear:
      return hear();
    case Deed::suppress:
      return suppress();
    case Deed::revive:
      revive_wanted_ = true;
      return;
    case Deed::reconcile:
      return rounds_ ? reconcile_round() : start_reconciliation();
    case Deed::expire:
      return expire(due.of);
    case Deed::kill:
      return kill_again(due.of);
    case Deed::give_up:
      if (task != nullptr) give_up(*task);
      return;
    case Deed::settle:
      if (task != nullptr) end_without_words(*task);
      return;
    case Deed::doubt:
      return doubt(due.of);
    case Deed::overdue:
      if (task == nullptr || !task->held_back) return;
      end(*task,
          {OutcomeKind::launch_failed, -1, 0, "its agent took no more launches for too long"});
      return;
  }
}

FrameworkFigures Core::figures() const {
  FrameworkFigures out;
  out.subscribed = subscribed_ && !broken_;
  out.master = master_;
  out.framework_id = id_;
  for (const auto& [id, agent] : agents_.all()) {
    if (!agent.seen && agent.tasks == 0) continue;
    out.agents.push_back(
        {id, agent.node, agent.hostname, agent.address, 0, agent.tasks, agent.unreachable});
  }
  for (const auto& [key, holding] : holdings_) {
    const auto held = static_cast<std::uint32_t>(holding.loose.size() + holding.leased.size());
    out.held_offers += held;
    const auto at = std::lower_bound(
        out.agents.begin(), out.agents.end(), holding.agent_id,
        [](const AgentFigures& figures, const std::string& id) { return figures.id < id; });
    if (at != out.agents.end() && at->id == holding.agent_id) at->held_offers += held;
  }
  for (const auto& [id, agent] : agents_.all()) out.tasks += agent.tasks;
  out.unreconciled = static_cast<std::uint32_t>(unanswered_.size());
  out.suppressed = suppressed_;
  out.last_event = last_event_;
  return out;
}

}  // namespace retz::mesos
