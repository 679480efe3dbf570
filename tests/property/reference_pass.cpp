// Who must start, by looking at every waiting job and every node.
#include <algorithm>
#include <set>
#include <tuple>

#include "property/reference.hpp"

namespace retz::property {
namespace {

std::int64_t custom_of(const Amounts& amounts, const std::string& name) {
  for (const auto& custom : amounts.custom) {
    if (custom.name == name) return custom.amount;
  }
  return 0;
}

// Where a lease shrank below what runs there, the amount left is negative: nothing more fits.
bool amounts_fit(const Amounts& asked, const Amounts& there) {
  for (const auto& custom : asked.custom) {
    if (custom.amount > custom_of(there, custom.name)) return false;
  }
  for (const auto& custom : there.custom) {
    if (custom.amount < 0) return false;
  }
  return asked.cpus <= there.cpus && asked.mem <= there.mem && asked.disk <= there.disk;
}

std::int64_t port_count(const std::vector<PortRange>& ranges) {
  std::int64_t count = 0;
  for (const auto& range : ranges) count += range.last - range.first + 1;
  return count;
}

bool model_allowed(const GpuRequest& request, const Gpu& gpu) {
  return request.models.empty() ||
         std::find(request.models.begin(), request.models.end(), gpu.model) != request.models.end();
}

// `left`: thousandths of each device.
bool gpus_fit(const GpuRequest& request, const std::vector<Gpu>& gpus,
              const std::vector<std::int32_t>& left) {
  std::int32_t whole = 0;
  bool share = false;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    if (!model_allowed(request, gpus[i])) continue;
    if (left[i] == 1000) ++whole;
    if (left[i] >= request.share) share = true;
  }
  if (request.devices > 0) return whole >= request.devices;
  return request.share == 0 || share;
}

bool fits(const Request& request, const Capacity& there, const std::vector<std::int32_t>& gpus) {
  return amounts_fit(request.amounts, there.amounts) && request.ports <= port_count(there.ports) &&
         gpus_fit(request.gpus, there.gpus, gpus);
}

void remove_port(std::vector<PortRange>& ranges, std::uint16_t port) {
  std::vector<PortRange> rest;
  for (const auto& range : ranges) {
    if (port < range.first || port > range.last) {
      rest.push_back(range);
      continue;
    }
    if (range.first < port) rest.push_back({range.first, static_cast<std::uint16_t>(port - 1)});
    if (port < range.last) rest.push_back({static_cast<std::uint16_t>(port + 1), range.last});
  }
  ranges = rest;
}

bool holds_port(const std::vector<PortRange>& ranges, std::uint16_t port) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const PortRange& range) {
    return range.first <= port && port <= range.last;
  });
}

void take(Room& room, const Placement& placement) {
  Amounts& left = room.left.amounts;
  left.cpus -= placement.amounts.cpus;
  left.mem -= placement.amounts.mem;
  left.disk -= placement.amounts.disk;
  for (const auto& used : placement.amounts.custom) {
    const auto here = std::find_if(left.custom.begin(), left.custom.end(),
                                   [&](const auto& custom) { return custom.name == used.name; });
    if (here == left.custom.end()) {
      left.custom.push_back({used.name, -used.amount});
    } else {
      here->amount -= used.amount;
    }
  }
  for (const auto port : placement.ports) remove_port(room.left.ports, port);
  for (const auto& share : placement.gpus) {
    if (share.device < room.gpus.size()) room.gpus[share.device] -= share.amount;
  }
}

bool fits(const Request& request, const Room& room) {
  return fits(request, room.left, room.gpus);
}

}  // namespace

// What is left of a standing lease.
Room Reference::room_of(const std::string& name) const {
  const ModelNode& node = nodes_.at(name);
  Room room{node.lease, name, node.capacity->amounts, *node.capacity, {}};
  room.gpus.assign(room.left.gpus.size(), 1000);
  for (const auto& [id, job] : jobs_) {
    if (job.live && job.live->placement.node == name) take(room, job.live->placement);
  }
  return room;
}

std::vector<Room> Reference::rooms() const {
  std::vector<Room> all;
  for (const auto& [name, node] : nodes_) {
    if (node.draining) continue;
    for (const auto& [lease, offer] : node.offers) all.push_back(offer);
    if (node.capacity && node.lease.value != 0) all.push_back(room_of(name));
  }
  return all;
}

std::uint64_t Reference::last_use(const std::string& node) const {
  const auto at = last_uses_.find(node);
  return at == last_uses_.end() ? 0 : at->second;
}

bool Reference::fits_some_node(const Request& request, Draining draining) const {
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
    if (!node.second.capacity) return false;
    if (draining == Draining::left_out && node.second.draining) return false;
    const std::vector<std::int32_t> whole(node.second.capacity->gpus.size(), 1000);
    return fits(request, *node.second.capacity, whole);
  });
}

bool Reference::before(const ModelJob& a, const ModelJob& b) const {
  if (policy_.by_priority && a.facts.priority != b.facts.priority) {
    return a.facts.priority < b.facts.priority;
  }
  return a.status.arrival < b.status.arrival;
}

bool Reference::steps_aside(const ModelJob& job) const {
  return !fits_some_node(job.facts.request, Draining::left_out);
}

std::vector<const ModelJob*> Reference::waiting() const {
  std::vector<const ModelJob*> list;
  for (const auto& [id, job] : jobs_) {
    if (job.status.state == JobState::queued && !steps_aside(job)) list.push_back(&job);
  }
  std::sort(list.begin(), list.end(),
            [&](const ModelJob* a, const ModelJob* b) { return before(*a, *b); });
  return list;
}

void Reference::wake() {
  for (auto& [id, job] : jobs_) {
    if (job.status.state == JobState::blocked && job.status.eligible_at <= now_) {
      job.status.state = JobState::queued;
    }
  }
}

std::string Reference::skip_pass(const std::vector<StartAttempt>& starts) {
  wake();
  return starts.empty() ? std::string() : "a job started in a step that makes no pass";
}

std::string Reference::follow_pass(const std::vector<StartAttempt>& starts) {
  wake();
  std::size_t next = 0;
  for (const ModelJob* waiting : this->waiting()) {
    if (limits_.running && counts().active >= *limits_.running) break;
    ModelJob& job = jobs_.at(waiting->facts.id);
    const Request& request = job.facts.request;
    const std::vector<Room> rooms = this->rooms();
    const bool room_somewhere = std::any_of(rooms.begin(), rooms.end(),
                                            [&](const Room& room) { return fits(request, room); });
    if (!room_somewhere) {
      if (policy_.strict) break;
      continue;
    }
    const std::string name = "job " + std::to_string(job.facts.id.value);
    if (next == starts.size()) return name + " had to start and did not";
    const StartAttempt& start = starts[next++];
    if (start.attempt.job != job.facts.id) {
      return name + " had to start before job " + std::to_string(start.attempt.job.value);
    }
    if (start.attempt.attempt != job.status.attempts + 1) return name + ": wrong attempt number";
    const auto chosen = std::find_if(rooms.begin(), rooms.end(), [&](const Room& room) {
      return room.lease == start.lease && room.node == start.placement.node;
    });
    if (chosen == rooms.end()) return name + ": an unknown lease of " + start.placement.node;
    std::string wrong = wrong_placement(request, start.placement, *chosen);
    if (wrong.empty()) wrong = wrong_lease(request, rooms, *chosen);
    if (!wrong.empty()) return name + ": " + wrong;
    use_offer(start);
    last_uses_[start.placement.node] = ++starts_;
    job.live = LiveAttempt{start.attempt, AttemptState::starting, start.placement};
    job.status.state = JobState::active;
    job.status.attempts = start.attempt.attempt;
    job.status.started = now_;
  }
  close_offers();
  if (next == starts.size()) return {};
  return "job " + std::to_string(starts[next].attempt.job.value) + " started and must not";
}

void Reference::use_offer(const StartAttempt& start) {
  ModelNode& node = nodes_.at(start.placement.node);
  const auto offer = node.offers.find(start.lease);
  if (offer == node.offers.end()) return;
  take(offer->second, start.placement);
  node.used.insert(start.lease);
}

// Used ones are closed; the others are kept only where jobs wait and may start.
void Reference::close_offers() {
  const bool wanted = counts().queued > 0;
  for (auto& [name, node] : nodes_) {
    for (const LeaseId lease : node.used) node.offers.erase(lease);
    node.used.clear();
    if (wanted && !node.draining) continue;
    for (const auto& [lease, offer] : node.offers) demands_.returned.insert(lease);
    node.offers.clear();
  }
}

// Of the leases in which it fits, the chosen one must be the first in the order of the rule.
std::string Reference::wrong_lease(const Request& request, const std::vector<Room>& rooms,
                                   const Room& chosen) const {
  const auto place = [&](const Room& room) {
    if (!policy_.fit) return std::tuple(0.0, std::int64_t{0}, std::uint64_t{0}, room.lease);
    const bool most = policy_.fit->order() == FitOrder::most_cpus;
    const Amounts& left = room.left.amounts;
    return std::tuple(policy_.fit->score(request, {left, room.total}), most ? -left.mem : left.mem,
                      last_use(room.node), room.lease);
  };
  for (const Room& room : rooms) {
    if (!fits(request, room) || !(place(room) < place(chosen))) continue;
    return chosen.node + " was chosen, better is " + room.node;
  }
  return {};
}

std::string Reference::wrong_placement(const Request& request, const Placement& placement,
                                       const Room& room) const {
  if (!fits(request, room)) return "a lease with too little room: " + placement.node;
  if (placement.amounts != request.amounts) return "not the amounts that were asked for";
  const std::set<std::uint16_t> ports(placement.ports.begin(), placement.ports.end());
  if (ports.size() != placement.ports.size() ||
      static_cast<std::int64_t>(ports.size()) != request.ports) {
    return "not the number of ports that was asked for";
  }
  for (const auto port : ports) {
    if (!holds_port(room.left.ports, port)) return "a port that is not free";
  }
  const std::size_t devices =
      request.gpus.share > 0 ? 1 : static_cast<std::size_t>(request.gpus.devices);
  if (placement.gpus.size() != devices) return "not the number of gpus that was asked for";
  std::set<std::uint32_t> seen;
  for (const auto& share : placement.gpus) {
    const std::int32_t wanted = request.gpus.share > 0 ? request.gpus.share : 1000;
    if (!seen.insert(share.device).second || share.device >= room.gpus.size()) return "wrong gpu";
    if (share.amount != wanted || room.gpus[share.device] < wanted) return "a gpu that is not free";
    if (!model_allowed(request.gpus, room.left.gpus[share.device])) return "a gpu of another model";
  }
  return {};
}

std::optional<Instant> Reference::wake_at() const {
  std::optional<Instant> next;
  for (const auto& [id, job] : jobs_) {
    if (job.status.state != JobState::blocked || job.status.eligible_at <= now_) continue;
    if (!next || job.status.eligible_at < *next) next = job.status.eligible_at;
  }
  return next;
}

EngineCounts Reference::counts() const {
  EngineCounts counts;
  for (const auto& [id, job] : jobs_) {
    if (job.status.state == JobState::blocked) ++counts.blocked;
    if (job.status.state == JobState::queued) ++counts.queued;
    if (job.status.state == JobState::active) ++counts.active;
  }
  return counts;
}

std::uint64_t Reference::position(JobId id) const {
  const ModelJob& job = jobs_.at(id);
  const auto list = waiting();
  const auto first = std::count_if(list.begin(), list.end(),
                                   [&](const ModelJob* other) { return before(*other, job); });
  return static_cast<std::uint64_t>(first) + 1;
}

}  // namespace retz::property
