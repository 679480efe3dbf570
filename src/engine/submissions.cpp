// Jobs that are asked for: booked, or refused with what was too much.
#include <string>

#include "engine/core.hpp"
#include "engine/figures.hpp"
#include "model/request.hpp"

namespace retz::engine {

namespace {

Result<void> beyond(const std::string& resource, std::int64_t asked, std::int64_t most,
                    const std::string& most_what) {
  return fail(Errc::limit_exceeded,
              resource + ": " + figure(resource, asked) + " asked, " + most_what + " " +
                  figure(resource, most),
              "resources." + resource);
}

}  // namespace

void Core::on(const JobSubmitted& event) {
  const JobFacts& facts = event.facts;
  if (job(facts.id) != nullptr) return;
  Result<void> good = model::validate(facts);
  if (good) good = within_limits(facts.request);
  if (good) good = within_machine(facts.request);
  if (!good) return refuse(facts.id, good.error());

  JobStatus status;
  status.arrival = Arrival{++last_arrival_.value};
  status.submitted = now_;
  status.eligible_at = now_;
  enqueue(add_job(facts, status));
  step_.changes.emplace_back(JobAdded{facts.id, std::move(status)});
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
  const pool::Shortage largest = pool_.largest(request).front();
  return beyond(largest.resource, largest.asked, largest.most, "the largest node has");
}

}  // namespace retz::engine
