// Policies of one's own, in one file: who comes first, on which node, and who starts.
#include <iostream>
#include <retz/engine.hpp>

using namespace retz;
using namespace std::chrono_literals;

struct ReportsFirst final : Ordering {  // who comes first: the smallest rank
  std::string_view name() const noexcept override { return "reports_first"; }
  Rank rank(const RankedJob& job, Instant) const override {
    return {{job.user == "reports" ? 0.0 : 1.0, double(job.request.amounts.cpus)}};
  }
};

struct MostMemory final : FitRule {  // on which node: the smallest score
  std::string_view name() const noexcept override { return "most_memory"; }
  double score(const Request&, const LeaseView& lease) const override {
    return -double(lease.free.mem);
  }
};

struct OneASecond final : Planner {  // who starts: at most one job a pass
  std::string_view name() const noexcept override { return "one_a_second"; }
  void plan(WaitingView& waiting, PoolDraft& pool, Instant now) const override {
    waiting.wake_at(now + 1s);
    while (const Candidate* next = waiting.candidate()) {
      const auto booking = pool.place(*next->request, next->terms);
      if (booking) return waiting.start(*booking);
      waiting.pass_over();
    }
  }
};

int main() {
  Engine engine({.policy = {.ordering = std::make_shared<ReportsFirst>(),
                            .planner = std::make_shared<OneASecond>(),
                            .fit_rule = std::make_shared<MostMemory>()}});
  const Request small{.amounts = {.cpus = 1'000, .mem = 1'024}};
  const Event happened[] = {
      {LeaseGranted{.lease = {1}, .node = "a", .capacity = {.amounts = {8'000, 16'384}}}},
      {LeaseGranted{.lease = {2}, .node = "b", .capacity = {.amounts = {8'000, 32'768}}}},
      {JobSubmitted{{.id = {1}, .user = "ada", .request = small, .estimate = 1h}}},
      {JobSubmitted{{.id = {2}, .user = "reports", .request = small, .estimate = 1h}}},
  };
  for (auto now = 0s; now < 2s; now += 1s) {
    const auto events = now == 0s ? std::span(happened) : std::span<const Event>();
    for (const Decision& decision : engine.step(events, Instant(now)).decisions)
      if (const auto* start = std::get_if<StartAttempt>(&decision))
        std::cout << now.count() << " s: start job " << start->attempt.job.value << " on "
                  << start->placement.node << '\n';
  }
}
