// Copies of the store: one to begin with, and those that are written while the server works.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include "cli/data_directory.hpp"
#include "cli/log.hpp"
#include "retz/store.hpp"
#include "retz/time.hpp"

namespace retz::cli {

/// Where the data directory has no store yet, it begins with this one. Error: not_found, storage_*;
/// conflict where something is left of another store.
Result<void> restore_snapshot(const std::filesystem::path& snapshot, const DataDirectory& data,
                              Log& log);

/// Which store goes on from which: kept in the store, and so in its copies.
struct Lineage {
  std::string id = {};           // of a store and all that began with copies of it
  std::uint64_t generation = 0;  // one more with each start
  std::string start = {};        // of a server, drawn anew

  /// Of the next server on a store with that state; nothing: the first.
  static Lineage after(const std::optional<std::string>& state);
  std::string text() const;
  /// Whether a copy with that state may be replaced: it is no other store's, and nobody's who went
  /// on from it or from ours.
  bool may_replace(const std::optional<std::string>& state) const;
};
inline constexpr const char* lineage_state = "server.lineage";

/// Copies the store after changes, at most once an interval, and at the end. A thread of its own:
/// nobody waits for it.
class Snapshots {
 public:
  Snapshots(std::filesystem::path store, std::filesystem::path into, Duration interval, Log& log);
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  /// From now on; before it nothing is written. Called once.
  void begin(Lineage lineage);
  /// Something was written. Threads: any.
  void changed() { ++changes_; }

 private:
  void run();
  void copy();
  Result<void> replaceable() const;

  std::filesystem::path store_, into_;
  Duration interval_;
  Log& log_;
  Lineage lineage_;
  std::atomic<std::uint64_t> changes_{1};
  std::uint64_t copied_ = 0;
  bool failing_ = false;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace retz::cli
