// Where a job fits, by looking at every node.
#include <algorithm>
#include <set>

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

bool matches(const char* pattern, const char* value) {
  if (*pattern == '\0') return *value == '\0';
  if (*pattern == '*') {
    return matches(pattern + 1, value) || (*value != '\0' && matches(pattern, value + 1));
  }
  if (*value == '\0') return false;
  if (*pattern == '?') return matches(pattern + 1, value + 1);
  if (*pattern == '[') {  // [x-y], which is all that the histories write
    return pattern[1] <= *value && *value <= pattern[3] && matches(pattern + 5, value + 1);
  }
  return *pattern == *value && matches(pattern + 1, value + 1);
}

std::optional<std::string> attribute(const std::string& name, const std::string& node,
                                     const Capacity& there) {
  if (name == "node") return node;
  for (const auto& known : there.attributes) {
    if (known.name == name) return known.value;
  }
  return std::nullopt;
}

bool meets(const Constraint& constraint, const std::string& node, const Capacity& there) {
  const auto value = attribute(constraint.attribute, node, there);
  const std::string& wanted = constraint.values.front();
  switch (constraint.kind) {
    case Constraint::Kind::equals:
      return value == wanted;
    case Constraint::Kind::not_equals:
      return value != wanted;
    case Constraint::Kind::matches:
      return value && matches(wanted.c_str(), value->c_str());
    default:
      return value && std::find(constraint.values.begin(), constraint.values.end(), *value) !=
                          constraint.values.end();
  }
}

bool meets(const std::vector<Constraint>& constraints, const std::string& node,
           const Capacity& there) {
  return std::all_of(constraints.begin(), constraints.end(),
                     [&](const Constraint& constraint) { return meets(constraint, node, there); });
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
  if (request.all) {
    const auto count = static_cast<std::int32_t>(gpus.size());
    return whole == count && count >= std::max(request.devices, 1);
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
  return fits(request, room.left, room.gpus) && meets(request.constraints, room.node, room.left);
}

}  // namespace

void Reference::take_from_offer(ModelNode& node, const StartAttempt& start) {
  const auto offer = node.offers.find(start.lease);
  if (offer == node.offers.end()) return;
  take(offer->second, start.placement);
  node.used.insert(start.lease);
}

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

bool Reference::fits_when_empty(const Request& request, const std::string& name) const {
  const ModelNode& node = nodes_.at(name);
  if (!node.capacity) return false;
  const std::vector<std::int32_t> whole(node.capacity->gpus.size(), 1000);
  return fits(request, *node.capacity, whole) && meets(request.constraints, name, *node.capacity) &&
         (!request.spread || attribute(request.spread->attribute, name, *node.capacity));
}

bool Reference::fits_some_node(const Request& request, Draining draining) const {
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
    if (draining == Draining::left_out && node.second.draining) return false;
    return fits_when_empty(request, node.first);
  });
}

bool Reference::maintained(const std::string& node, Duration stay) const {
  const auto& windows = nodes_.at(node).windows;
  return std::any_of(windows.begin(), windows.end(), [&](const MaintenanceWindow& window) {
    return now_ + stay > window.from && now_ < window.until;
  });
}

// Live attempts of the group, by value; who has the fewest is found among the nodes that could
// take the job when empty.
bool Reference::spreads(const ModelJob& job, const std::string& node) const {
  const auto& spread = job.facts.request.spread;
  if (!spread) return true;
  std::map<std::string, std::int64_t> counts;
  for (const auto& [name, known] : nodes_) {
    if (known.draining || !fits_when_empty(job.facts.request, name)) continue;
    counts[*attribute(spread->attribute, name, *known.capacity)] = 0;
  }
  for (const auto& [id, other] : jobs_) {
    const auto& theirs = other.facts.request.spread;
    if (!other.live || !theirs || theirs->group != spread->group ||
        theirs->attribute != spread->attribute || other.facts.user != job.facts.user) {
      continue;
    }
    const auto& there = nodes_.at(other.live->placement.node);
    if (!there.capacity) continue;
    const auto value = attribute(spread->attribute, other.live->placement.node, *there.capacity);
    if (value && counts.contains(*value)) ++counts[*value];
  }
  const auto value = attribute(spread->attribute, node, *nodes_.at(node).capacity);
  if (!value || !counts.contains(*value)) return false;
  std::int64_t fewest = counts.at(*value);
  for (const auto& [other, count] : counts) fewest = std::min(fewest, count);
  return counts.at(*value) + 1 - fewest <= spread->skew;
}

// With a preference: preferred nodes alone, as long as there is patience or there are such.
std::vector<Room> Reference::choices(const ModelJob& job) const {
  const Request& request = job.facts.request;
  std::vector<Room> all;
  for (Room& room : rooms()) {
    if (fits(request, room) && !closed_.contains(room.node) &&
        !maintained(room.node, longest_stay(job.facts)) && spreads(job, room.node) &&
        keeps_promise(job, room)) {
      all.push_back(std::move(room));
    }
  }
  if (!request.preference) return all;
  std::vector<Room> preferred;
  for (const Room& room : all) {
    if (meets(request.preference->constraints, room.node, room.left)) preferred.push_back(room);
  }
  return preferred.empty() && relaxed(job) ? all : preferred;
}

// What is free on a node when those have ended who are taken to end until `then`.
Room Reference::room_at(const std::string& name, Instant then) const {
  const ModelNode& node = nodes_.at(name);
  Room room{node.lease, name, node.capacity->amounts, *node.capacity, {}};
  room.gpus.assign(room.left.gpus.size(), 1000);
  for (const auto& [id, job] : jobs_) {
    if (!job.live || job.live->placement.node != name) continue;
    Duration estimate = job.facts.estimate;
    while (job.live->started + estimate <= now_) estimate *= 2;
    if (job.live->started + estimate > then) take(room, job.live->placement);
  }
  return room;
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
  std::size_t devices = request.gpus.share > 0 ? 1 : static_cast<std::size_t>(request.gpus.devices);
  if (request.gpus.all) devices = room.left.gpus.size();
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

}  // namespace retz::property
