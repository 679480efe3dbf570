// Executors that really run their commands: a sandbox, fetched files, a process group, its end.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>

#include "support/mesos/scripted_master.hpp"

namespace retz::testing::mesos {

class ProcessExecutors {
 public:
  /// Sandboxes lie below `work`/agent<number>.
  explicit ProcessExecutors(std::filesystem::path work) : work_(std::move(work)) {}
  /// Kills what still runs.
  ~ProcessExecutors();
  ProcessExecutors(const ProcessExecutors&) = delete;
  ProcessExecutors& operator=(const ProcessExecutors&) = delete;

  void take(ScriptedMaster& master, std::vector<Order> orders, Instant now);
  /// Reaps what ended, kills what is overdue.
  void pass(ScriptedMaster& master, Instant now);
  std::filesystem::path work_of(std::size_t agent) const;

 private:
  struct Key {
    std::size_t agent = 0;
    std::string framework, task;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Process {
    pid_t pid = 0;
    bool killed = false, timed_out = false, silent = false;
    std::optional<Instant> kill_at = {}, end_by = {};
  };

  void launch(ScriptedMaster& master, const Key& key, const Order& order, Instant now);

  std::filesystem::path work_;
  std::map<Key, Process> processes_;
};

}  // namespace retz::testing::mesos
