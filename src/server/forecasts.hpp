// Forecasts of when a job starts: each runs a copy of the engine forward, which takes too long for
// the threads that serve others. One thread of its own, and few at a time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace retz::server {

/// Threads: any.
class Forecasts {
 public:
  /// Is asked now and then; true: the time is over.
  using Enough = std::function<bool()>;
  using Task = std::function<void(const Enough&)>;

  Forecasts() = default;
  ~Forecasts() { stop(); }
  Forecasts(const Forecasts&) = delete;
  Forecasts& operator=(const Forecasts&) = delete;

  /// False: too many wait, or it was stopped.
  bool post(Task task);
  /// Ends the one that runs and drops those that wait. Not from a task.
  void stop();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> waiting_;
  std::atomic<bool> over_{false};
  std::thread thread_;  // begins with the first task
};

}  // namespace retz::server
