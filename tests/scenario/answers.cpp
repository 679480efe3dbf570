// The questions that a script may ask.
#include <algorithm>
#include <stdexcept>

#include "scenario/values.hpp"
#include "scenario/world.hpp"

namespace retz::scenario {

bool World::is_question(const Words& words) {
  static constexpr const char* questions[] = {"restart",     "explain",  "state", "attempts",
                                              "nodes",       "counts",   "wake",  "passed",
                                              "reservation", "forecast", "usage"};
  return std::find(std::begin(questions), std::end(questions), words[0]) != std::end(questions);
}

void World::answer(const Words& words, std::vector<std::string>& output) {
  const std::string& action = words[0];
  if (action == "restart") return restart(output);
  if (action == "nodes") return list_nodes(output);
  if (action == "usage") return list_usages(output);
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
  if (action == "passed") passed(named, output);
  if (action == "reservation") reservation(named, output);
  if (action == "forecast") forecast(named, output);
  if (action == "state") output.push_back(state(named));
  if (action == "attempts") list_attempts(named, output);
}

Result<Explanation> World::explanation(const Job& known, std::vector<std::string>& output) const {
  auto explanation = engine_->explain(known.facts.id);
  if (!explanation) {
    output.push_back("error " + std::string(to_string(explanation.error().code)) + ": " +
                     explanation.error().message);
  }
  return explanation;
}

void World::explain(const Job& known, std::vector<std::string>& output) {
  const auto explanation = this->explanation(known, output);
  if (!explanation) return;
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
    line += ": " + reason.text;
    if (!reason.remedy.empty()) line += "; remedy: " + reason.remedy;
    output.push_back(line);
  }
}

void World::passed(const Job& known, std::vector<std::string>& output) {
  const auto explanation = this->explanation(known, output);
  if (!explanation) return;
  const auto& passed = explanation->passed_over;
  std::string line = known.name + " was passed over " + std::to_string(passed.times) + " times";
  if (passed.at_least) line += " at least";
  if (passed.last.value != 0) line += ", last by " + name_of(passed.last);
  if (passed.at) line += " at " + show(*passed.at);
  output.push_back(line);
}

void World::reservation(const Job& known, std::vector<std::string>& output) const {
  const auto explanation = this->explanation(known, output);
  if (!explanation) return;
  std::string line = known.name + " is promised ";
  if (const auto& promised = explanation->reservation) {
    output.push_back(line + promised->node + " at " + show(promised->at));
    return;
  }
  line += "nothing";
  if (const auto& earliest = explanation->not_before) line += ", not before " + show(*earliest);
  output.push_back(line);
}

void World::forecast(const Job& known, std::vector<std::string>& output) const {
  const auto outlook = engine_->outlook(known.facts.id);
  if (!outlook) {
    output.push_back("error " + std::string(to_string(outlook.error().code)) + ": " +
                     outlook.error().message);
    return;
  }
  const auto then = retz::forecast(*outlook, [] { return false; });
  output.push_back(known.name + (then ? " would start at " + show(*then) : " would never start"));
}

void World::list_usages(std::vector<std::string>& output) const {
  for (const UsageChanged& usage : engine_->snapshot().usages) {
    output.push_back(usage.user + " used " + show(Duration(usage.usage)) + " of the cluster at " +
                     show(usage.at));
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
    const char* mark = " maintenance=";
    for (const MaintenanceWindow& window : node.maintenance) {
      line += mark + show(window.from) + "-" + show(window.until);
      mark = ",";
    }
    output.push_back(line);
  }
}

}  // namespace retz::scenario
