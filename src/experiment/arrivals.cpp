// Requests arrive one by one and never leave: the protocol of Weng et al., USENIX ATC 2023, played
// through the engine.
#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "base/generator.hpp"
#include "model/gpus.hpp"
#include "retz/experiment.hpp"

namespace retz {
namespace {

using base::Generator;

std::int64_t gpus_of(const Request& request) {
  if (request.gpus.share > 0) return request.gpus.share;
  return model::whole_devices(request.gpus) * std::int64_t{1000};
}

// Fisher and Yates, as in Knuth, TAOCP 3.4.2, algorithm P.
void shuffle(std::vector<std::uint32_t>& order, Generator& draw) {
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw.below(i)]);
}

std::vector<std::uint32_t> arrivals_of(std::span<const Request> requests, std::int64_t most,
                                       Generator& draw) {
  std::vector<std::uint32_t> order(requests.size());
  std::int64_t asked = 0;
  for (std::uint32_t i = 0; i < requests.size(); ++i) {
    order[i] = i;
    asked += gpus_of(requests[i]);
  }
  shuffle(order, draw);
  while (asked > most) {
    const std::size_t left_out = draw.below(order.size());
    asked -= gpus_of(requests[order[left_out]]);
    order.erase(order.begin() + static_cast<std::ptrdiff_t>(left_out));
  }
  if (order.size() < requests.size()) return order;
  for (;;) {
    const auto drawn = static_cast<std::uint32_t>(draw.below(requests.size()));
    if (asked + gpus_of(requests[drawn]) > most) return order;
    asked += gpus_of(requests[drawn]);
    order.push_back(drawn);
  }
}

class Play {
 public:
  explicit Play(const ArrivalOptions& options)
      : engine_({.policy = options.policy}), distinct_(options.distinct) {
    std::vector<Event> granted;
    for (std::size_t i = 0; i < options.nodes.size(); ++i) {
      const SimulatedNode& node = options.nodes[i];
      granted.push_back(
          {LeaseGranted{LeaseId{i + 1}, node.name, LeaseKind::standing, node.capacity}});
    }
    engine_.step(granted, Instant{});
  }

  bool placed(const Request& request) {
    const JobId job{++last_};
    now_ += std::chrono::seconds(1);
    JobFacts facts;
    facts.id = job;
    facts.request = request;
    if (distinct_) {
      facts.request.constraints = {
          {"arrival", Constraint::Kind::not_equals, {std::to_string(last_)}}};
    }
    facts.estimate = std::chrono::hours(1);
    const Event submitted{JobSubmitted{std::move(facts)}};
    for (const Decision& decision : engine_.step({&submitted, 1}, now_).decisions) {
      const auto* start = std::get_if<StartAttempt>(&decision);
      if (start != nullptr && start->attempt.job == job) return true;
    }
    const Event cancelled{JobCancelled{job, "fits nowhere now"}};
    engine_.step({&cancelled, 1}, now_, Pass::none);
    return false;
  }

 private:
  Engine engine_;
  bool distinct_;
  Instant now_{};
  std::uint64_t last_ = 0;
};

}  // namespace

Result<ArrivalCurve> play_arrivals(std::span<const Request> requests,
                                   const ArrivalOptions& options) {
  std::int64_t there = 0, asked = 0;
  for (const SimulatedNode& node : options.nodes) {
    there += static_cast<std::int64_t>(node.capacity.gpus.size()) * 1000;
  }
  for (const Request& request : requests) asked += gpus_of(request);
  if (there == 0) return fail(Errc::invalid_argument, "no node has a GPU", "nodes");
  if (asked == 0) return fail(Errc::invalid_argument, "no request asks for a GPU", "pods");
  if (!(options.until > 0) || options.until > 1000) {
    return fail(Errc::invalid_argument, "must be more than 0 and at most 1000", "until");
  }
  Generator draw(options.seed);
  const auto order = arrivals_of(
      requests, static_cast<std::int64_t>(options.until * static_cast<double>(there)), draw);
  Play play(options);
  ArrivalCurve curve;
  curve.allocated.push_back(0);
  std::int64_t arrived = 0, given = 0;
  const auto percent_given = [&] {
    return 100 * static_cast<double>(given) / static_cast<double>(there);
  };
  for (const std::uint32_t i : order) {
    const std::int64_t gpus = gpus_of(requests[i]);
    arrived += gpus;
    const bool placed = play.placed(requests[i]);
    given += placed ? gpus : 0;
    (placed ? curve.placed : curve.dropped) += 1;
    while (arrived * 100 >= there * static_cast<std::int64_t>(curve.allocated.size())) {
      curve.allocated.push_back(percent_given());
    }
  }
  // The last request that would have passed the end was not drawn: the end itself counts still.
  const auto last = static_cast<std::size_t>(options.until * 100 + 1e-9);
  while (curve.allocated.size() <= last) curve.allocated.push_back(percent_given());
  return curve;
}

}  // namespace retz
