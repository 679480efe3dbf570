// Copies of the store: one to begin with, and those that are written while the server works.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <thread>

#include "cli/data_directory.hpp"
#include "cli/log.hpp"
#include "retz/time.hpp"

namespace retz::cli {

/// Where the data directory has no store yet, it begins with this one. Error: not_found, storage_*.
Result<void> restore_snapshot(const std::filesystem::path& snapshot, const DataDirectory& data,
                              Log& log);

/// Copies the store after changes, at most once an interval, and at the end. A thread of its own:
/// nobody waits for it.
class Snapshots {
 public:
  Snapshots(std::filesystem::path store, std::filesystem::path into, Duration interval, Log& log);
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  /// Something was written. Threads: any.
  void changed() { ++changes_; }

 private:
  void run();
  void copy();

  std::filesystem::path store_, into_;
  Duration interval_;
  Log& log_;
  std::atomic<std::uint64_t> changes_{1};
  std::uint64_t copied_ = 0;
  bool failing_ = false;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace retz::cli
