// What the engine said, in words; and the questions a script may ask.
#include <algorithm>
#include <stdexcept>
#include <variant>

#include "scenario/values.hpp"
#include "scenario/world.hpp"

namespace retz::scenario {
bool World::is_question(const Words& words) {
  static constexpr const char* questions[] = {"restart", "explain", "state", "attempts",
                                              "nodes",   "counts",  "wake"};
  return std::find(std::begin(questions), std::end(questions), words[0]) != std::end(questions);
}

void World::answer(const Words& words, std::vector<std::string>& output) {
  const std::string& action = words[0];
  if (action == "restart") return restart(output);
  if (action == "nodes") return list_nodes(output);
  if (action == "counts") {
    const EngineCounts counts = engine_->counts();
    output.push_back("blocked=" + std::to_string(counts.blocked) + " queued=" +
                     std::to_string(counts.queued) + " active=" + std::to_string(counts.active));
    return;
  }
  if (action == "wake") {
    output.push_back(wake_at_ ? "wake at " + show(*wake_at_) : "wake when something happens");
    return;
  }
  if (words.size() != 2) throw std::runtime_error(action + " wants the name of a job");
  const Job& named = job(words[1]);
  if (action == "explain") explain(named, output);
  if (action == "state") output.push_back(state(named));
  if (action == "attempts") list_attempts(named, output);
}

void World::book(const Change& change, std::vector<std::string>& output) {
  if (const auto* added = std::get_if<JobAdded>(&change)) {
    Job& known = job(added->job);
    if (known.status) throw std::runtime_error("a job was added twice: " + known.name);
    known.status = added->status;
    if (added->status.state != JobState::queued) {
      output.push_back(std::string(to_string(added->status.state)) + " " + known.name);
    }
  } else if (const auto* changed = std::get_if<JobChanged>(&change)) {
    Job& known = job(changed->job);
    if (!known.status) throw std::runtime_error("a job changed that was not added: " + known.name);
    const JobStatus before = *known.status;
    const JobStatus& after = changed->status;
    known.status = after;
    if (after.state == JobState::active || after.state == JobState::finished) return;
    if (before.state == after.state && before.eligible_at == after.eligible_at) return;
    std::string line = std::string(to_string(after.state)) + " " + known.name;
    if (is_terminal(after.state) && after.outcome) line += " " + show(*after.outcome);
    if (!is_terminal(after.state) && after.eligible_at > now_) {
      line += " until " + show(after.eligible_at);
    }
    if (after.arrival != before.arrival) line += " at a new place";
    output.push_back(line);
  } else if (const auto* attempt = std::get_if<AttemptChanged>(&change)) {
    const AttemptRecord& record = attempt->attempt;
    Job& known = job(record.ref.job);
    const auto before = known.attempts.find(record.ref.attempt);
    if (before != known.attempts.end() && before->second.state == AttemptState::ended) {
      throw std::runtime_error("an attempt changed after its end: " + known.name);
    }
    known.attempts[record.ref.attempt] = record;
  }
}

void World::book(const Decision& decision, std::vector<std::string>& output) {
  if (const auto* start = std::get_if<StartAttempt>(&decision)) {
    check_start(*start);
    output.push_back("start " + name_of(start->attempt.job) + " attempt=" +
                     std::to_string(start->attempt.attempt) + " on " + show(start->placement));
    if (leases_.at(start->lease).kind == LeaseKind::once) closed_.push_back(start->lease);
  } else if (const auto* stop = std::get_if<StopAttempt>(&decision)) {
    std::string line =
        "stop " + name_of(stop->attempt.job) + " attempt=" + std::to_string(stop->attempt.attempt);
    if (stop->grace_period > Duration{0}) line += " grace=" + show(stop->grace_period);
    output.push_back(line);
  } else if (const auto* returned = std::get_if<ReturnLease>(&decision)) {
    output.push_back("return the offer of " + leases_.at(returned->lease).node);
    closed_.push_back(returned->lease);
  } else {
    const auto& refusal = std::get<Refuse>(decision);
    std::string line =
        "refuse " + name_of(refusal.job) + " " + std::string(to_string(refusal.error.code));
    if (!refusal.error.field.empty()) line += " " + refusal.error.field;
    output.push_back(line + ": " + refusal.error.message);
  }
}

// What must hold for each start, whatever the file says: the changes that come with a decision are
// all that the store will know of it.
void World::check_start(const StartAttempt& start) const {
  const Job& known = jobs_.at(static_cast<std::size_t>(start.attempt.job.value - 1));
  const auto record = known.attempts.find(start.attempt.attempt);
  if (!known.status || known.status->state != JobState::active ||
      known.status->attempts != start.attempt.attempt) {
    throw std::runtime_error("a start without its change of the job: " + known.name);
  }
  if (record == known.attempts.end() || record->second.state != AttemptState::starting ||
      record->second.placement != start.placement) {
    throw std::runtime_error("a start without its record of the attempt: " + known.name);
  }
}

void World::explain(const Job& known, std::vector<std::string>& output) {
  const auto explanation = engine_->explain(known.facts.id);
  if (!explanation) {
    output.push_back("error " + std::string(to_string(explanation.error().code)) + ": " +
                     explanation.error().message);
    return;
  }
  std::string line = known.name + " is " + std::string(to_string(explanation->state));
  if (explanation->position > 0) line += ", position " + std::to_string(explanation->position);
  output.push_back(line);
  for (const Reason& reason : explanation->reasons) {
    line = std::string(to_string(reason.code));
    if (!reason.resource.empty()) line += " " + reason.resource;
    if (reason.asked != 0) line += " asked=" + std::to_string(reason.asked);
    if (reason.asked != 0 || reason.most != 0) line += " most=" + std::to_string(reason.most);
    if (!reason.node.empty()) line += " node=" + reason.node;
    if (reason.job.value != 0) line += " job=" + name_of(reason.job);
    if (reason.until) line += " until=" + show(*reason.until);
    output.push_back(line + ": " + reason.text);
  }
}

std::string World::state(const Job& known) const {
  if (!known.status) return known.name + " is unknown";
  const JobStatus& status = *known.status;
  std::string line = known.name + " is " + std::string(to_string(status.state)) +
                     " place=" + std::to_string(status.arrival.value) +
                     " attempts=" + std::to_string(status.attempts) +
                     " tries=" + std::to_string(status.tries) +
                     " system_failures=" + std::to_string(status.system_failures);
  if (status.wish != Wish::none) line += status.wish == Wish::kill ? " wish=kill" : " wish=rerun";
  if (status.started) line += " started=" + show(*status.started);
  if (status.finished) line += " finished=" + show(*status.finished);
  if (status.outcome) line += " outcome=" + show(*status.outcome);
  return line;
}

void World::list_attempts(const Job& known, std::vector<std::string>& output) const {
  for (const auto& [number, record] : known.attempts) {
    std::string line = "attempt " + std::to_string(number) + " is " +
                       std::string(to_string(record.state)) + " on " + record.placement.node +
                       " started=" + show(record.started);
    if (record.ended) line += " ended=" + show(*record.ended);
    if (record.outcome) line += " outcome=" + show(*record.outcome);
    output.push_back(line);
  }
}

void World::list_nodes(std::vector<std::string>& output) const {
  for (const NodeStatus& node : engine_->nodes()) {
    std::string line = node.name + " uses " + show(node.used) + " of " +
                       show(node.capacity.amounts) + " attempts=" + std::to_string(node.attempts);
    if (node.draining) line += " draining";
    output.push_back(line);
  }
}

}  // namespace retz::scenario
