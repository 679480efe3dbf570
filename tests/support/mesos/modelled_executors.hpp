// Executors that run nothing: a command says how long it would take and how it would end
// ("sleep 1.5; exit 3"), and time is handed in.
#pragma once

#include <map>
#include <string>

#include "base/generator.hpp"
#include "support/mesos/scripted_master.hpp"

namespace retz::testing::mesos {

class ModelledExecutors {
 public:
  explicit ModelledExecutors(std::uint64_t seed) : random_(seed) {}
  void take(std::vector<Order> orders, Instant now);
  /// What is due by now is said.
  void pass(ScriptedMaster& master, Instant now);
  std::optional<Instant> next() const;
  std::size_t running() const { return tasks_.size(); }
  /// How long until STARTING.
  Duration start_least = std::chrono::milliseconds(50),
           start_spread = std::chrono::milliseconds(250);

 private:
  struct Key {
    std::size_t agent = 0;
    std::string framework, task;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Task {
    std::uint64_t number = 0;
    Duration run{0};
    int exit_code = 0;
    bool killed = false;
  };
  struct Word {
    Key key = {};
    std::uint64_t number = 0;
    TaskStatus status = {};
    bool last = false;
  };

  void say(Instant at, const Key& key, std::uint64_t number, TaskStatus status, bool last);
  void begin(const Key& key, const Order& order, Instant now);

  base::Generator random_;
  std::map<Key, Task> tasks_;
  std::multimap<Instant, Word> words_;
  std::uint64_t count_ = 0;
};

}  // namespace retz::testing::mesos
