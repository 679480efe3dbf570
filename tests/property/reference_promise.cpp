// The reservation of the job at the head of the queue, by trying every time at which a job ends.
#include <algorithm>
#include <set>

#include "property/reference.hpp"

namespace retz::property {
namespace {

bool covers(const Amounts& there, const Amounts& asked) {
  return asked.cpus <= there.cpus && asked.mem <= there.mem && asked.disk <= there.disk;
}

Amounts sum(const Amounts& a, const Amounts& b) {
  return {a.cpus + b.cpus, a.mem + b.mem, a.disk + b.disk, {}};
}

}  // namespace

// Until the head begins, and while it runs beside it: the head must find its room.
bool Reference::keeps_promise(const ModelJob& job, const Room& room) const {
  if (!promised_ || promised_->node != room.node) return true;
  if (now_ + job.facts.estimate <= promised_->at) return true;
  const Amounts there = room_at(room.node, promised_->at).left.amounts;
  return covers(there, sum(promised_->amounts, job.facts.request.amounts));
}

// Running jobs only end: the first time at which there is room, it stays.
std::optional<Instant> Reference::earliest(const ModelJob& head, const std::string& name) const {
  if (nodes_.at(name).draining || !fits_when_empty(head.facts.request, name)) return std::nullopt;
  std::set<Instant> times{now_};
  for (const auto& [id, job] : jobs_) {
    if (!job.live) continue;
    Duration estimate = job.facts.estimate;
    while (job.live->started + estimate <= now_) estimate *= 2;
    times.insert(job.live->started + estimate);
  }
  for (const MaintenanceWindow& window : nodes_.at(name).windows) times.insert(window.until);
  for (const Instant then : times) {
    if (then < now_) continue;
    const auto& windows = nodes_.at(name).windows;
    const bool maintained = std::any_of(windows.begin(), windows.end(), [&](const auto& window) {
      return then + longest_stay(head.facts) > window.from && then < window.until;
    });
    if (!maintained && covers(room_at(name, then).left.amounts, head.facts.request.amounts)) {
      return then;
    }
  }
  return std::nullopt;
}

// The earliest; among equals the node that the rule likes best as it will be then.
void Reference::promise(const ModelJob& head) {
  const Request& request = head.facts.request;
  for (const auto& [name, node] : nodes_) {
    const auto then = earliest(head, name);
    if (!then) continue;
    if (promised_ && promised_->at == *then) {
      const Room other = room_at(promised_->node, *then);
      if (!(liking(request, room_at(name, *then)) < liking(request, other))) continue;
    } else if (promised_ && promised_->at < *then) {
      continue;
    }
    promised_ = Promised{name, *then, head.facts.estimate, request.amounts};
  }
}

}  // namespace retz::property
