// Old sandboxes go: by age, and the oldest first when the disk is nearly full.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

#include "retz/ids.hpp"
#include "retz/time.hpp"

namespace retz::local {

struct CleanerOptions {
  std::filesystem::path data;  // canonical
  Duration age_max{0};
  double disk_pressure = 1.0;               // used share of the file system
  std::function<bool(AttemptRef)> is_live;  // never removed
  std::function<double()> used_share;       // of the file system; absent: ask it
  Duration interval = std::chrono::minutes(5);
};

/// Removes what may go now. A sandbox counts from its exit record on; one without a record (its
/// launch never came) from its last change on. Returns how many went.
std::size_t clean(const CleanerOptions& options);

/// Does that again and again, on a thread of its own; the first time after one interval.
class Cleaner {
 public:
  explicit Cleaner(CleanerOptions options);
  ~Cleaner();
  Cleaner(const Cleaner&) = delete;
  Cleaner& operator=(const Cleaner&) = delete;

 private:
  CleanerOptions options_;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace retz::local
