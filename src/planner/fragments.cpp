#include "planner/fragments.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "model/constraints.hpp"
#include "model/gpus.hpp"

namespace retz::planner {

namespace {

constexpr std::int32_t whole = 1000;
constexpr std::size_t ways_max = 32;

/// One way to place the request: devices first..last-1 of `taken` lose `amount` each.
struct Way {
  std::uint32_t device = 0;
  double after = 0;
};

struct Left {
  std::int64_t cpus = 0, mem = 0, disk = 0;
};

bool has(const Left& left, const Amounts& asked) {
  return asked.cpus <= left.cpus && asked.mem <= left.mem && asked.disk <= left.disk;
}

/// The devices of a lease, as one typical request sees them.
struct Able {
  std::int64_t devices = 0;  // with as much free as it asks for, of a model that it may use
  std::int64_t free = 0;     // on them
};

class Measure {
 public:
  Measure(const Request& request, const LeaseView& lease) : request_(request), lease_(lease) {
    const Amounts& asked = request.amounts;
    before_ = {lease.free.cpus, lease.free.mem, lease.free.disk};
    after_ = {before_.cpus - asked.cpus, before_.mem - asked.mem, before_.disk - asked.disk};
    idle_ = std::accumulate(lease.gpu_free.begin(), lease.gpu_free.end(), std::int64_t{0});
    if (request.gpus.share > 0) {
      find_ways();
    } else if (model::asks(request.gpus)) {
      take_whole();
    }
  }

  Gradient run(std::span<const TypicalRequest> typical, Wishes wishes) {
    for (const TypicalRequest& t : typical) {
      const bool may = wishes == Wishes::models || may_use(t.request);
      if (lease_.gpus.empty()) {
        add_cpus(t, may);
      } else {
        add(t, may);
      }
    }
    Gradient best{after_whole_ - now_, {}};
    for (std::size_t w = 0; w < ways_count_; ++w) {
      const double change = ways_[w].after - now_;
      if (best.device && change >= best.change) continue;
      best = {change, ways_[w].device};
    }
    return best;
  }

 private:
  // Devices that have equally much free and are of one model are alike: the first stands for all.
  void find_ways() {
    for (std::uint32_t d = 0; d < lease_.gpus.size() && ways_count_ < ways_max; ++d) {
      if (lease_.gpu_free[d] < request_.gpus.share) continue;
      if (!model::model_fits(request_.gpus, lease_.gpus[d])) continue;
      const auto alike = [this, d](const Way& w) {
        return lease_.gpu_free[w.device] == lease_.gpu_free[d] &&
               lease_.gpus[w.device].model == lease_.gpus[d].model;
      };
      const auto end = ways_.begin() + static_cast<std::ptrdiff_t>(ways_count_);
      if (std::none_of(ways_.begin(), end, alike)) ways_[ways_count_++] = {d, 0};
    }
  }

  // As model::choose takes them.
  void take_whole() {
    const std::int32_t wanted = model::whole_devices(request_.gpus);
    for (std::size_t d = 0; d < lease_.gpus.size(); ++d) {
      if (!request_.gpus.all && taken_ == wanted) break;
      if (lease_.gpu_free[d] < whole || !model::model_fits(request_.gpus, lease_.gpus[d])) continue;
      ++taken_;
      taken_end_ = d + 1;
    }
  }
  bool is_taken(std::size_t d) const {
    return d < taken_end_ && lease_.gpu_free[d] == whole &&
           model::model_fits(request_.gpus, lease_.gpus[d]);
  }

  bool may_use(const Request& typical) const {
    if (typical.constraints.empty()) return true;
    const std::string node(lease_.node);
    return model::meets_all(typical.constraints, node, lease_.attributes);
  }

  // No GPU to break up: what counts is whether it could still run here at all.
  void add_cpus(const TypicalRequest& t, bool may) {
    may = may && !model::asks(t.request.gpus);
    if (!may || !has(before_, t.request.amounts)) {
      now_ += t.weight * static_cast<double>(before_.cpus);
    }
    if (!may || !has(after_, t.request.amounts)) {
      after_whole_ += t.weight * static_cast<double>(after_.cpus);
    }
  }

  void add(const TypicalRequest& t, bool may) {
    const GpuRequest& gpus = t.request.gpus;
    const std::int32_t share = gpus.share > 0 ? gpus.share : whole;
    const std::int64_t devices = gpus.share > 0 ? 1 : model::whole_devices(gpus);
    const bool any = may && devices > 0;
    Able able;
    std::int64_t gone = 0;  // of the devices that are taken whole
    for (std::size_t d = 0; any && d < lease_.gpus.size(); ++d) {
      if (lease_.gpu_free[d] < share || !model::model_fits(gpus, lease_.gpus[d])) continue;
      ++able.devices;
      able.free += lease_.gpu_free[d];
      if (taken_ > 0 && is_taken(d)) ++gone;
    }
    const auto lost = [&](bool room, const Able& a, std::int64_t idle) {
      const bool usable = any && room && a.devices >= devices;
      return t.weight * static_cast<double>(usable ? idle - a.free : idle);
    };
    now_ += lost(has(before_, t.request.amounts), able, idle_);
    const bool room = has(after_, t.request.amounts);
    if (ways_count_ == 0) {
      const Able left{able.devices - gone, able.free - gone * whole};
      after_whole_ += lost(room, left, idle_ - taken_ * std::int64_t{whole});
      return;
    }
    for (std::size_t w = 0; w < ways_count_; ++w) {
      const std::int32_t free = lease_.gpu_free[ways_[w].device];
      const std::int32_t left = free - request_.gpus.share;
      Able then = able;
      if (free >= share && model::model_fits(gpus, lease_.gpus[ways_[w].device])) {
        then.devices -= left >= share ? 0 : 1;
        then.free += left >= share ? left - free : -free;
      }
      ways_[w].after += lost(room, then, idle_ - request_.gpus.share);
    }
  }

  const Request& request_;
  const LeaseView& lease_;
  Left before_, after_;
  std::int64_t idle_ = 0;  // thousandths of GPUs
  std::array<Way, ways_max> ways_{};
  std::size_t ways_count_ = 0;
  std::int32_t taken_ = 0;  // whole devices
  std::size_t taken_end_ = 0;
  double now_ = 0, after_whole_ = 0;
};

}  // namespace

Gradient gradient(const Request& request, const LeaseView& lease,
                  std::span<const TypicalRequest> typical, Wishes wishes) {
  return Measure(request, lease).run(typical, wishes);
}

double left_over(const Request& request, const LeaseView& lease) {
  const auto gpus = std::accumulate(lease.gpu_free.begin(), lease.gpu_free.end(), std::int64_t{0});
  const auto cpus = static_cast<double>(lease.free.cpus - request.amounts.cpus);
  return 0.02 * static_cast<double>(gpus) + 0.001 * cpus;
}

}  // namespace retz::planner
