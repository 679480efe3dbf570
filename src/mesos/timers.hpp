// What is to be done when: each kind of deed has one time for each thing that it is done to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
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
  };

  /// Replaces an earlier time.
  void set(Deed deed, const std::string& of, Instant at) {
    cancel(deed, of);
    times_.emplace(std::pair(deed, of), at);
    order_.emplace(at, deed, of);
  }
  void set_if_none(Deed deed, const std::string& of, Instant at) {
    if (!times_.contains({deed, of})) set(deed, of, at);
  }
  void cancel(Deed deed, const std::string& of) {
    const auto at = times_.find({deed, of});
    if (at == times_.end()) return;
    order_.erase({at->second, deed, of});
    times_.erase(at);
  }
  bool is_set(Deed deed, const std::string& of) const { return times_.contains({deed, of}); }
  std::optional<Instant> next() const {
    if (order_.empty()) return std::nullopt;
    return std::get<Instant>(*order_.begin());
  }
  std::optional<Due> take(Instant now) {
    if (order_.empty() || std::get<Instant>(*order_.begin()) > now) return std::nullopt;
    Due due{std::get<Deed>(*order_.begin()), std::get<std::string>(*order_.begin())};
    cancel(due.deed, due.of);
    return due;
  }

 private:
  std::map<std::pair<Deed, std::string>, Instant> times_;
  std::set<std::tuple<Instant, Deed, std::string>> order_;
};

}  // namespace retz::mesos
