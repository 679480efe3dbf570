// One thread's event loop for outgoing connections and timers; no Asio shows.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace retz::http {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// On the thread that becomes the loop's, until stop(). Once.
  void run();
  /// Threads: any, also before run().
  void stop();
  /// Threads: any. Tasks run in the order in which they were posted; not after stop().
  void post(std::function<void()> task);

  struct Parts;
  Parts& parts() { return *parts_; }  // for this folder

 private:
  std::unique_ptr<Parts> parts_;
};

/// Threads: the loop's. Requires: the loop outlives it.
class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Once, after `delay`; replaces what was set before.
  void set(std::chrono::microseconds delay, std::function<void()> task);
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace retz::http
