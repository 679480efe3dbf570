// What the engine decided and what is to be written down, in words.
#include <algorithm>
#include <stdexcept>
#include <variant>

#include "scenario/values.hpp"
#include "scenario/world.hpp"

namespace retz::scenario {

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
  } else if (const auto* used = std::get_if<NodeUsed>(&change)) {
    last_uses_[used->node] = *used;
  } else if (const auto* usage = std::get_if<UsageChanged>(&change)) {
    usages_[usage->user] = *usage;
  } else if (const auto* plan = std::get_if<MaintenanceChanged>(&change)) {
    maintenance_[plan->node] = *plan;
    if (plan->windows.empty()) maintenance_.erase(plan->node);
  } else {
    const AttemptRecord& record = std::get<AttemptChanged>(change).attempt;
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
    const bool of_policy = refusal.job.value == 0;
    refused_policy_ = refused_policy_ || of_policy;
    std::string line = "refuse " + (of_policy ? "the policy" : name_of(refusal.job)) + " " +
                       std::string(to_string(refusal.error.code));
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

}  // namespace retz::scenario
