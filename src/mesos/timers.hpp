// What is to be done when: each kind of deed has one time for each thing that it is done to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "retz/time.hpp"

namespace retz::mesos {

enum class Deed : std::uint8_t {
  hear,       // whether the stream still beats
  suppress,   // no work for a while
  revive,     // offers are wanted, and were asked for a moment ago
  reconcile,  // next round, or next run
  expire,     // of a holding: held for long enough
  kill,       // of a task: once more
  give_up,    // of a task: its agent has been silent for long enough
  settle,     // of a task: its last words do not come
  doubt,      // of a task: it was launched and never heard of
  overdue,    // of a task: it waits for its agent to take launches again
};

class Timers {
 public:
  struct Due {
    Deed deed = Deed::hear;
    std::string of = {};
    friend bool operator==(const Due&, const Due&) = default;
  };

  /// Replaces an earlier time.
  void set(Deed deed, const std::string& of, Instant at) {
    cancel(deed, of);
    const Time time{at, ++last_};
    order_.emplace(time, Due{deed, of});
    times_.emplace(Due{deed, of}, time);
  }
  void set_if_none(Deed deed, const std::string& of, Instant at) {
    if (!is_set(deed, of)) set(deed, of, at);
  }
  void cancel(Deed deed, const std::string& of) {
    const auto at = times_.find({deed, of});
    if (at == times_.end()) return;
    order_.erase(at->second);
    times_.erase(at);
  }
  bool is_set(Deed deed, const std::string& of) const { return times_.contains({deed, of}); }
  std::optional<Instant> next() const {
    if (order_.empty()) return std::nullopt;
    return order_.begin()->first.first;
  }
  std::optional<Due> take(Instant now) {
    if (order_.empty() || order_.begin()->first.first > now) return std::nullopt;
    Due due = std::move(order_.begin()->second);
    order_.erase(order_.begin());
    times_.erase(due);
    return due;
  }

 private:
  using Time =
      std::pair<Instant, std::uint64_t>;  // of two at one instant, the first set comes first
  struct Hash {
    std::size_t operator()(const Due& due) const {
      return std::hash<std::string>{}(due.of) * 31 + static_cast<std::size_t>(due.deed);
    }
  };

  std::unordered_map<Due, Time, Hash> times_;
  std::map<Time, Due> order_;
  std::uint64_t last_ = 0;
};

}  // namespace retz::mesos
