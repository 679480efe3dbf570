#include "runtime/status_board.hpp"

#include <utility>

namespace retz::runtime {
namespace {

constexpr std::size_t few_nodes = 64;
constexpr Duration sample_period = std::chrono::milliseconds(100);

template <class Part>
std::string name_of(const std::shared_ptr<const Part>& part, const char* otherwise) {
  return part ? std::string(part->name()) : otherwise;
}

std::int64_t devices_of(const AttemptRecord& attempt) {
  std::int64_t sum = 0;
  for (const GpuShare& share : attempt.placement.gpus) sum += share.amount;
  return sum;
}

}  // namespace

void StatusBoard::note(const AttemptRecord& attempt) {
  const std::int64_t devices = devices_of(attempt);
  if (devices == 0) return;
  if (attempt.state != AttemptState::ended) {
    if (gpu_attempts_.try_emplace(attempt.ref, devices).second) gpus_used_ += devices;
  } else if (gpu_attempts_.erase(attempt.ref) > 0) {
    gpus_used_ -= devices;
  }
}

void StatusBoard::publish(EngineCounts counts, BatchNumber last_batch,
                          const std::optional<Error>& stalled) {
  const std::lock_guard lock(mutex_);
  published_.counts = counts;
  published_.last_batch = last_batch;
  published_.stalled = stalled;
}

void StatusBoard::publish_policy(const Policy& policy) {
  const std::lock_guard lock(mutex_);
  published_.policy = policy;
  published_.ordering = name_of(policy.ordering, "fifo");
  published_.planner = name_of(policy.planner, "first_fit");
  published_.fit_rule = name_of(policy.fit_rule, "best");
}

std::optional<Duration> StatusBoard::sample(const Engine& engine, Instant now, bool changed) {
  left_out_ = left_out_ || changed;
  if (!left_out_) return std::nullopt;
  const Duration since = now - last_sample_;
  if (node_count_ > few_nodes && since < sample_period) return sample_period - since;
  take(engine.nodes(), now);
  return std::nullopt;
}

void StatusBoard::take(std::vector<NodeStatus> nodes, Instant now) {
  Amounts used, capacity;
  std::int64_t devices = 0;
  for (const NodeStatus& node : nodes) {
    used.cpus += node.used.cpus;
    used.mem += node.used.mem;
    used.disk += node.used.disk;
    capacity.cpus += node.capacity.amounts.cpus;
    capacity.mem += node.capacity.amounts.mem;
    capacity.disk += node.capacity.amounts.disk;
    devices += static_cast<std::int64_t>(node.capacity.gpus.size());
  }
  left_out_ = false;
  last_sample_ = now;
  node_count_ = nodes.size();
  const auto set = [now](Meter& meter, std::int64_t in_use, std::int64_t there) {
    meter.set(now, static_cast<double>(in_use), static_cast<double>(there));
  };
  const std::lock_guard lock(mutex_);
  set(cpus_, used.cpus, capacity.cpus);
  set(mem_, used.mem, capacity.mem);
  set(disk_, used.disk, capacity.disk);
  set(gpus_, gpus_used_, devices * 1000);
  published_.nodes = std::move(nodes);
}

RuntimeStatus StatusBoard::read(Instant now) const {
  const std::lock_guard lock(mutex_);
  RuntimeStatus status = published_;
  status.now = now;
  status.cpus = cpus_.read(now);
  status.mem = mem_.read(now);
  status.disk = disk_.read(now);
  status.gpus = gpus_.read(now);
  return status;
}

}  // namespace retz::runtime
