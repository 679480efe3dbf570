// A cluster of one node whose attempts run until they are told to end. It outlives the runtimes
// that use it, as real jobs outlive a server.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "retz/cluster.hpp"
#include "unit/runtime/fake_store.hpp"

namespace retz::testing {

class FakeCluster final : public Cluster, public Sandboxes {
 public:
  explicit FakeCluster(Trace& trace) : trace_(&trace) {}

  enum class Stage { running, ended, fenced };
  struct Attempt {
    Stage stage = Stage::running;
    std::string name;  // of the job
    Outcome outcome = {};
    bool stopped = false;
  };

  std::int64_t cpus = 4000;
  std::map<AttemptRef, Attempt> attempts;
  std::map<std::string, int> runs;  // how often a job of this name was really run
  std::vector<Launch> launches;
  std::vector<Receipt> settled;
  std::function<void(const Action&)> before_action;  // may throw: a crash between two actions
  Inbox* inbox = nullptr;

  Result<void> open(Inbox& to) override {
    inbox = &to;
    Capacity capacity;
    capacity.amounts = {cpus, 1 << 20, 1 << 20, {}};
    inbox->post({{LeaseGranted{LeaseId{1}, "local", LeaseKind::standing, capacity}}});
    return {};
  }

  void carry_out(std::span<const Action> actions, std::span<const Receipt> receipts) override {
    trace_->push_back("carry out " + std::to_string(actions.size()));
    settled.insert(settled.end(), receipts.begin(), receipts.end());
    for (const Action& action : actions) {
      if (before_action) before_action(action);
      if (const auto* launch = std::get_if<Launch>(&action)) start(*launch);
      if (const auto* stop = std::get_if<StopAttempt>(&action)) {
        const auto found = attempts.find(stop->attempt);
        if (found != attempts.end()) found->second.stopped = true;
      }
    }
    if (before_action) before_action(ReturnLease{});
  }

  void reconcile(std::span<const AttemptRecord> believed_live) override {
    for (const AttemptRecord& record : believed_live) {
      const auto [found, never_came] = attempts.try_emplace(record.ref, Attempt{Stage::fenced, {}});
      if (never_came) {
        found->second.outcome = {OutcomeKind::launch_failed, -1, 0, "it was never launched"};
      }
      if (found->second.stage == Stage::running) {
        inbox->post({{AttemptRunning{record.ref, "none"}}});
      } else {
        inbox->post({{AttemptEnded{record.ref, found->second.outcome, {}}}});
      }
    }
    // What nobody believes in is cleared away.
    std::erase_if(attempts, [&](const auto& attempt) {
      return attempt.second.stage == Stage::running &&
             std::none_of(believed_live.begin(), believed_live.end(),
                          [&](const AttemptRecord& record) { return record.ref == attempt.first; });
    });
  }

  void end(AttemptRef ref, Outcome outcome = {}, Receipt receipt = {}) {
    Attempt& attempt = attempts.at(ref);
    attempt.stage = Stage::ended;
    attempt.outcome = outcome;
    inbox->post({{AttemptEnded{ref, std::move(outcome), {}}, receipt}});
  }

  std::vector<AttemptRef> running() const {
    std::vector<AttemptRef> out;
    for (const auto& [ref, attempt] : attempts) {
      if (attempt.stage == Stage::running) out.push_back(ref);
    }
    return out;
  }

  Sandboxes& sandboxes() override { return *this; }
  Result<std::vector<FileEntry>> list(AttemptRef, const std::string&) override {
    return fail(Errc::not_found, "no files here");
  }
  Result<FileChunk> read(AttemptRef, const std::string&, std::int64_t, std::int64_t) override {
    return fail(Errc::not_found, "no files here");
  }

 private:
  void start(const Launch& launch) {
    if (!attempts.try_emplace(launch.attempt, Attempt{Stage::running, launch.job->name}).second) {
      return;
    }
    ++runs[launch.job->name];
    launches.push_back(launch);
  }

  Trace* trace_;
};

}  // namespace retz::testing
