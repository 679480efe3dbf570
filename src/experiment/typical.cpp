// What is typical of a trace (Weng et al., USENIX ATC 2023, section 3).
#include <algorithm>
#include <cstddef>
#include <map>

#include "model/gpus.hpp"
#include "retz/experiment.hpp"

namespace retz {
namespace {

/// The part of all devices that are of a model that the request may use; of the nodes' number
/// where it asks for none.
double reach(const Request& request, std::span<const SimulatedNode> nodes) {
  if (!model::asks(request.gpus) || request.gpus.models.empty()) return 1;
  double all = 0, may = 0;
  for (const SimulatedNode& node : nodes) {
    for (const Gpu& gpu : node.capacity.gpus) {
      all += 1;
      may += model::model_fits(request.gpus, gpu) ? 1 : 0;
    }
  }
  return may > 0 ? may / all : 1;
}

}  // namespace

std::vector<TypicalRequest> typical_requests(std::span<const Request> requests,
                                             std::span<const SimulatedNode> nodes) {
  std::map<Request, std::size_t> counts;
  for (Request request : requests) {
    request.amounts.mem = 0;
    ++counts[std::move(request)];
  }
  std::vector<std::pair<Request, std::size_t>> by_count(counts.begin(), counts.end());
  std::stable_sort(by_count.begin(), by_count.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<TypicalRequest> typical;
  std::size_t sum = 0;
  for (const auto& [request, count] : by_count) {
    if (sum * 100 >= requests.size() * 95) break;
    sum += count;
    typical.push_back({request, static_cast<double>(count), reach(request, nodes)});
  }
  for (TypicalRequest& t : typical) t.weight /= static_cast<double>(sum);
  return typical;
}

}  // namespace retz
