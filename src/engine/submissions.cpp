// Jobs that are asked for: booked, or refused with what was too much.
#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "engine/core.hpp"
#include "engine/figures.hpp"
#include "model/constraints.hpp"
#include "model/request.hpp"

namespace retz::engine {

namespace {

constexpr std::size_t ahead_max = 16;  // submissions

Result<void> beyond(const std::string& resource, std::int64_t asked, std::int64_t most,
                    const std::string& most_what) {
  return fail(Errc::limit_exceeded,
              resource + ": " + figure(resource, asked) + " asked, " + most_what + " " +
                  figure(resource, most),
              "resources." + resource);
}

}  // namespace

// Jobs of one step may depend on each other in any sequence: where some do, each is booked after
// those that it depends on.
void Core::book(std::span<const Event> events) {
  ended_now_.clear();
  const auto depends = [](const Event& event) {
    const auto* const submitted = std::get_if<JobSubmitted>(&event.what);
    return submitted != nullptr && !submitted->facts.dependencies.empty();
  };
  watches_ends_ = std::any_of(events.begin(), events.end(), depends);
  if (watches_ends_) {
    book_related(events);
  } else {
    book_unrelated(events);
  }
  watches_ends_ = false;
  rank_paths_anew();
  promote();
}

void Core::book(const Event& event) {
  std::visit([this](const auto& what) { on(what); }, event.what);
  if (!untold_.empty()) tell_dependents();
}

// Many submissions in a row: what booking each will read is asked of the memory for several at
// once, so that the waits for it overlap.
void Core::book_unrelated(std::span<const Event> events) {
  std::array<const JobSubmitted*, ahead_max> jobs{};
  std::array<std::uint64_t, ahead_max> hashes{};
  for (std::size_t at = 0; at < events.size();) {
    std::size_t count = 0;
    for (; count < ahead_max && at + count < events.size(); ++count) {
      jobs[count] = std::get_if<JobSubmitted>(&events[at + count].what);
      if (jobs[count] == nullptr) break;
    }
    if (count == 0) {
      book(events[at++]);
      continue;
    }
    look_ahead({jobs.data(), count}, hashes.data());
    for (std::size_t i = 0; i < count; ++i) {
      submit(*jobs[i], hashes[i]);
      if (!untold_.empty()) tell_dependents();
    }
    at += count;
  }
}

void Core::look_ahead(std::span<const JobSubmitted* const> jobs, std::uint64_t* hashes) const {
  std::array<model::ClassId, ahead_max> likely{};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    hashes[i] = model::Classes::hash(jobs[i]->facts, singles_);
    classes_.fetch_hash(hashes[i]);
    by_id_.fetch(jobs[i]->facts.id.value);
  }
  if (jobs.size() == 1) return;
  for (std::size_t i = 0; i < jobs.size(); ++i) likely[i] = classes_.fetch_class(hashes[i]);
  queue_.look_ahead({likely.data(), jobs.size()});
}

void Core::book_related(std::span<const Event> events) {
  std::vector<const JobFacts*> jobs;
  std::vector<const Event*> event_of;
  std::unordered_map<JobId, std::uint32_t> place_of;
  for (const Event& event : events) {
    const auto* const submitted = std::get_if<JobSubmitted>(&event.what);
    if (submitted == nullptr) continue;
    const auto place = static_cast<std::uint32_t>(jobs.size());
    if (!place_of.emplace(submitted->facts.id, place).second) continue;
    jobs.push_back(&submitted->facts);
    event_of.push_back(&event);
  }
  const model::SubmissionOrder sorted = model::order_submissions(jobs);
  std::vector<bool> booked(jobs.size());
  auto next = sorted.order.begin();
  const auto book_next = [&] {
    const std::string& cycle = sorted.cycle_with[*next];
    booked[*next] = true;
    if (cycle.empty() || find(jobs[*next]->id) != none) {
      book(*event_of[*next]);
    } else {
      refuse(jobs[*next]->id,
             {Errc::invalid_argument, "dependencies: " + cycle + " is a cycle", "dependencies"});
    }
    ++next;
  };
  for (const Event& event : events) {
    const auto* const submitted = std::get_if<JobSubmitted>(&event.what);
    if (submitted == nullptr) {
      book(event);
      continue;
    }
    const std::uint32_t place = place_of.at(submitted->facts.id);
    if (booked[place] && event_of[place] != &event) book(event);  // the same id again
    while (!booked[place]) book_next();
  }
}

Result<void> Core::acceptable(const JobSubmitted& event) const {
  const JobFacts& facts = event.facts;
  if (auto good = model::validate(facts); !good) return good;
  if (auto good = model::validate_relations(facts); !good) return good;
  if (auto good = within_limits(facts.request); !good) return good;
  if (auto good = within_machine(facts.request); !good) return good;
  return known_dependencies(event);
}

void Core::on(const JobSubmitted& event) {
  submit(event, model::Classes::hash(event.facts, singles_));
}

void Core::submit(const JobSubmitted& event, std::uint64_t class_hash) {
  const JobFacts& facts = event.facts;
  if (job(facts.id) != nullptr) return;
  const Alike alike{classes_.find(facts, singles_, class_hash), classes_.find_profile(facts)};
  const bool known = alike.class_id != model::unknown && alike.profile != model::unknown &&
                     classes_.approved(alike.class_id, alike.profile);
  // What else may be wrong with a job than its class and profile.
  const bool approved =
      known && facts.id.value != 0 && facts.dependencies.empty() && !options_.limits.closed_cluster;
  if (!approved) {
    if (const auto good = acceptable(event); !good) return refuse(facts.id, good.error());
  }

  JobStatus status;
  status.arrival = Arrival{++last_arrival_.value};
  status.submitted = now_;
  status.eligible_at = now_;
  Job& added = add_job(facts, status, alike);
  if (!known) classes_.approve(added.class_id, added.profile);
  now_lives(facts.id);
  if (facts.dependencies.empty()) {
    admit(added);
    status.state = added.state;
    step_.changes.emplace_back(JobAdded{facts.id, std::move(status)});
    return;
  }
  count_pending(facts.id);
  admit(added);
  status.state = added.state;
  step_.changes.emplace_back(JobAdded{facts.id, std::move(status)});
  for (const Dependency& d : facts.dependencies) {
    const auto ended = ended_state(event, d.job);
    if (!ended || model::meets(*ended, d.when)) continue;
    return dependency_failed(added, d.job, *ended, d.when);
  }
}

Result<void> Core::within_limits(const Request& request) const {
  const Limits& limits = options_.limits;
  const std::string what = "the most allowed is";
  const Amounts& asked = request.amounts;
  if (limits.cpus && asked.cpus > *limits.cpus) {
    return beyond("cpus", asked.cpus, *limits.cpus, what);
  }
  if (limits.mem && asked.mem > *limits.mem) return beyond("mem", asked.mem, *limits.mem, what);
  if (limits.disk && asked.disk > *limits.disk) {
    return beyond("disk", asked.disk, *limits.disk, what);
  }
  const std::int32_t gpus = request.gpus.share > 0 ? 1 : request.gpus.devices;
  if (limits.gpus && gpus > *limits.gpus) return beyond("gpus", gpus, *limits.gpus, what);
  if (limits.ports && request.ports > *limits.ports) {
    return beyond("ports", request.ports, *limits.ports, what);
  }
  return {};
}

// Where the set of nodes is complete, what fits none of them never will.
Result<void> Core::within_machine(const Request& request) const {
  if (!options_.limits.closed_cluster || !pool_.has_nodes()) return {};
  if (pool_.fits_when_empty(request)) return {};
  const auto shortages = pool_.largest(request);
  if (shortages.empty()) {
    const auto unmet = pool_.unmet(request);
    const std::string what = unmet ? "meets " + model::to_text(*unmet) : "is as it asks";
    return fail(Errc::limit_exceeded, "constraints: no node " + what, "constraints");
  }
  const pool::Shortage& largest = shortages.front();
  return beyond(largest.resource, largest.asked, largest.most, "the largest node has");
}

}  // namespace retz::engine
