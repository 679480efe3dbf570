#include "planner/fill_waste.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "model/gpus.hpp"

namespace retz::planner {

namespace {

constexpr std::int32_t whole = 1000;
// The tables' grid: 10 thousandths of a device; half a cpu, up to 130 of them a device.
constexpr std::int32_t device_step = 10;
constexpr std::int64_t cpu_step = 500;
constexpr std::size_t device_steps = whole / device_step + 1;
constexpr std::size_t cpu_steps = 260;

// How the future is seen. Found by a search over nine of the traces of Weng et al. with one order
// of arrival (seed 1); they are the same for all traces.
constexpr double no_more = 0.004;  // how likely nothing more comes, against a request
constexpr double tightness = 1.7;  // of two requests the tighter fit comes sooner: part ^ 1.7
constexpr double cpu_part = 1.25;  // a device may use more cpus than its even part of them
constexpr double cpu_only = 0.8;   // requests for no GPU take from the cpus of eight devices
constexpr double cpu_devices = 8;

std::size_t cpu_slots(double cpus) {
  return static_cast<std::size_t>(std::ceil(cpus / cpu_step));
}

}  // namespace

/// A request as one device sees it: what it takes, and how often it comes.
struct FillWaste::Draw {
  std::size_t device = 0, cpus = 0;  // in steps
  std::int32_t devices = 0;          // whole ones that it needs on one node
  double rate = 0;
};

/// Requests that a device cannot tell apart are one.
std::vector<FillWaste::Draw> FillWaste::merged(std::vector<Draw> draws) {
  const auto key = [](const Draw& d) { return std::tie(d.device, d.cpus, d.devices); };
  std::stable_sort(draws.begin(), draws.end(),
                   [&](const Draw& a, const Draw& b) { return key(a) < key(b); });
  std::vector<Draw> kept;
  for (const Draw& d : draws) {
    if (!kept.empty() && key(kept.back()) == key(d)) {
      kept.back().rate += d.rate;
    } else {
      kept.push_back(d);
    }
  }
  return kept;
}

FillWaste::FillWaste(std::span<const TypicalRequest> typical) {
  double asked = 0;
  for (const TypicalRequest& t : typical) {
    for (const std::string& model : t.request.gpus.models) models_.try_emplace(model);
    const double gpus = t.request.gpus.share + 1000.0 * model::whole_devices(t.request.gpus);
    asked += t.weight * (model::asks(t.request.gpus) ? gpus : 0);
  }
  const auto draws_for = [&](const Gpu& gpu) {
    std::vector<Draw> draws;
    for (const TypicalRequest& t : typical) {
      const GpuRequest& gpus = t.request.gpus;
      const auto cpus = static_cast<double>(t.request.amounts.cpus);
      if (!model::asks(gpus)) {
        const std::size_t part = std::max<std::size_t>(1, cpu_slots(cpus / cpu_devices));
        draws.push_back({0, part, 0, cpu_only * t.weight});
      } else if (model::model_fits(gpus, gpu)) {
        const std::int32_t devices = gpus.share > 0 ? 0 : std::max(1, model::whole_devices(gpus));
        const double taken = gpus.share > 0 ? gpus.share : whole;
        const double times = std::max(devices, 1);
        draws.push_back({static_cast<std::size_t>(std::ceil(taken / device_step)),
                         cpu_slots(cpus / times), devices, t.weight * times});
      }
    }
    return merged(std::move(draws));
  };
  for (auto& [name, model] : models_) {
    const Gpu gpu{.model = name};
    tabulate(model, draws_for(gpu));
    double needed = 0;  // of each of its devices, by those that may not use all models
    for (const TypicalRequest& t : typical) {
      const GpuRequest& gpus = t.request.gpus;
      if (gpus.models.empty() || !model::model_fits(gpus, gpu)) continue;
      needed += t.weight * (gpus.share + 1000.0 * model::whole_devices(gpus)) / t.reach;
    }
    const double part = asked > 0 ? std::min(needed / asked, 1.0) : 0;
    model.scarcity = part * part * part;
  }
  tabulate(other_, draws_for(Gpu{}));
}

void FillWaste::tabulate(Model& model, const std::vector<Draw>& draws) const {
  std::vector<double> fits(device_steps * device_steps);  // rate factor by taken and free
  for (std::size_t free = 1; free < device_steps; ++free) {
    for (std::size_t taken = 1; taken <= free; ++taken) {
      fits[taken * device_steps + free] =
          std::pow(static_cast<double>(taken) / static_cast<double>(free), tightness);
    }
  }
  for (std::size_t w = 0; w < whole_classes.size(); ++w) {
    auto& waste = model.waste[w];
    waste.assign(device_steps * cpu_steps, 0);
    for (std::size_t free = 1; free < device_steps; ++free) {
      for (std::size_t cpus = 0; cpus < cpu_steps; ++cpus) {
        double rates = no_more;
        double sum = no_more * static_cast<double>(free) * device_step;
        for (const Draw& d : draws) {
          if (d.device > free || d.cpus > cpus || d.devices > whole_classes[w]) continue;
          if (d.device == 0 && d.cpus == 0) continue;
          const double rate = d.rate * (d.device > 0 ? fits[d.device * device_steps + free] : 1);
          rates += rate;
          sum += rate * waste[(free - d.device) * cpu_steps + cpus - d.cpus];
        }
        waste[free * cpu_steps + cpus] = static_cast<float>(sum / rates);
      }
    }
  }
}

const FillWaste::Model& FillWaste::of(const std::string& name) const {
  const auto found = models_.find(name);
  return found != models_.end() ? found->second : other_;
}

double FillWaste::scarcity(const std::string& model) const {
  return of(model).scarcity;
}

// Between the steps of cpus it is linear.
double FillWaste::waste(const LeaseView& lease, std::span<const std::int32_t> free,
                        std::int64_t cpus) const {
  const auto all = std::accumulate(free.begin(), free.end(), std::int64_t{0});
  if (all == 0) return 0;
  const auto wholes = static_cast<std::int32_t>(std::count(free.begin(), free.end(), whole));
  std::size_t w = whole_classes.size() - 1;
  while (whole_classes[w] > wholes) --w;
  double sum = 0;
  const std::string* name = nullptr;
  const Model* model = nullptr;
  for (std::size_t d = 0; d < free.size(); ++d) {
    if (free[d] == 0) continue;
    if (name == nullptr || *name != lease.gpus[d].model) {
      name = &lease.gpus[d].model;
      model = &of(*name);
    }
    const double even = static_cast<double>(cpus) * free[d] / static_cast<double>(all);
    const double part = std::min(even * cpu_part, static_cast<double>(cpus)) / cpu_step;
    const float* row =
        &model->waste[w][static_cast<std::size_t>(free[d] / device_step) * cpu_steps];
    const double at = std::clamp(part, 0.0, static_cast<double>(cpu_steps - 1));
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, cpu_steps - 1);
    sum += row[below] + (row[above] - row[below]) * (at - static_cast<double>(below));
  }
  return sum;
}

FillWaste::Effect FillWaste::effect(const Request& request, const LeaseView& lease) const {
  const double before = waste(lease, lease.gpu_free, lease.free.cpus);
  const std::int64_t cpus = lease.free.cpus - request.amounts.cpus;
  std::vector<std::int32_t> free(lease.gpu_free.begin(), lease.gpu_free.end());
  if (request.gpus.share == 0) {
    std::int32_t wanted = model::asks(request.gpus) ? model::whole_devices(request.gpus) : 0;
    for (std::size_t d = 0; d < free.size() && (wanted > 0 || request.gpus.all); ++d) {
      if (free[d] < whole || !model::model_fits(request.gpus, lease.gpus[d])) continue;
      free[d] = 0;
      --wanted;
    }
    return {waste(lease, free, cpus) - before, {}};
  }
  Effect best;
  for (std::uint32_t d = 0; d < free.size(); ++d) {
    if (free[d] < request.gpus.share || !model::model_fits(request.gpus, lease.gpus[d])) continue;
    // Devices of a node that have equally much free are alike: the first stands for all.
    const auto alike = [&](std::size_t e) {
      return lease.gpu_free[e] == lease.gpu_free[d] && lease.gpus[e].model == lease.gpus[d].model;
    };
    bool seen = false;
    for (std::uint32_t e = 0; e < d && !seen; ++e) seen = alike(e);
    if (seen) continue;
    free[d] -= request.gpus.share;
    const double added = waste(lease, free, cpus) - before;
    free[d] += request.gpus.share;
    if (!best.device || added < best.waste) best = {added, d};
  }
  return best;
}

}  // namespace retz::planner
