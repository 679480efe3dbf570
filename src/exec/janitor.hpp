// Removes empty control groups beside the supervisor: rmdir waits for the kernel.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace retz::exec {

class Janitor {
 public:
  Janitor();
  ~Janitor();  // finishes what it was given
  Janitor(const Janitor&) = delete;
  Janitor& operator=(const Janitor&) = delete;
  void remove(std::string directory);

 private:
  void work();
  std::mutex mutex_;
  std::condition_variable given_;
  std::deque<std::string> directories_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace retz::exec
