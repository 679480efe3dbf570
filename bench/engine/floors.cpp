#include "floors.hpp"

#include <set>
#include <utility>
#include <variant>

namespace retz::bench {

std::size_t keep_jobs(const std::vector<Event>& events) {
  std::vector<JobFacts> jobs;
  std::set<std::pair<std::size_t, std::uint64_t>> order;
  for (const auto& event : events) {
    const JobFacts& facts = std::get<JobSubmitted>(event.what).facts;
    order.emplace(jobs.size(), facts.id.value);
    jobs.push_back(facts);
  }
  return jobs.size() + order.size();
}

std::size_t place_jobs(std::size_t nodes, std::size_t slots, std::size_t jobs) {
  std::set<std::pair<std::size_t, std::size_t>> free;
  for (std::size_t node = 0; node < nodes; ++node) free.emplace(slots, node);
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < jobs && !free.empty(); ++i) {
    const auto [left, node] = *free.begin();
    free.erase(free.begin());
    if (left > 1) free.emplace(left - 1, node);
    chosen.push_back(node);
  }
  return chosen.size();
}

}  // namespace retz::bench
