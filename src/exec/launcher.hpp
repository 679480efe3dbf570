// Starts children beside the supervisor: who calls vfork stands still until the child has become
// its command, and a child that has the job's user by then can be held up by others of that user.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "exec/child.hpp"
#include "launch/descriptor.hpp"
#include "retz/result.hpp"

namespace retz::exec {

/// As many threads as there are starts at one time. They stay until the end: what a thread started
/// dies with it (PR_SET_PDEATHSIG). All waiting for children is left to the caller. Threads: one.
class Launcher {
 public:
  Launcher();
  ~Launcher();  // waits for starts that are under way
  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;

  /// Requires: `start` stays until take() has given it back. Error: io_error (no further thread).
  Result<void> begin(Start& start);
  /// Those that are over.
  std::vector<Start*> take();
  /// Readable when take() has some.
  int news() const { return news_.get(); }

 private:
  void work();

  launch::Descriptor news_;
  std::mutex mutex_;  // guards the next four
  std::condition_variable given_;
  std::deque<Start*> waiting_;
  std::vector<Start*> over_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace retz::exec
