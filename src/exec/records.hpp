// Exit records on their way to the disk. One that cannot be written, because the disk is full, is
// kept here and tried again: without it, what has ended would count as lost and be run once more.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "launch/record.hpp"
#include "retz/result.hpp"

namespace retz::exec {

/// Atomic towards the death of a process: a rename. Power loss is a reboot, and that is node_lost.
/// `directory`: of the attempt.
Result<void> write_exit_record(int directory, const launch::ExitRecord& record);

/// Threads: one.
class Records {
 public:
  /// `data`: the data directory, borrowed.
  explicit Records(int data) : data_(data) {}

  /// Writes it, or keeps it. `directory`: of the attempt, where it is open, else -1.
  void save(int directory, const launch::ExitRecord& record);
  /// What is kept. Null: nothing.
  const launch::ExitRecord* unsaved(AttemptRef attempt) const;
  bool empty() const { return kept_.empty(); }

  /// Tries again when it is time to.
  void on_time(std::int64_t now);
  /// When that is; microseconds of the monotonic clock.
  std::optional<std::int64_t> wake_at() const;

 private:
  int data_;
  std::map<AttemptRef, launch::ExitRecord> kept_;
  std::int64_t next_try_ = 0;
};

}  // namespace retz::exec
