#include "exec/janitor.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace retz::exec {

Janitor::Janitor() {
  // Signals are the main thread's business: this one is born with all of them blocked.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { work(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Janitor::~Janitor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  given_.notify_one();
  thread_.join();
}

void Janitor::remove(std::string directory) {
  {
    const std::lock_guard lock(mutex_);
    directories_.push_back(std::move(directory));
  }
  given_.notify_one();
}

void Janitor::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    given_.wait(lock, [this] { return stopping_ || !directories_.empty(); });
    if (directories_.empty()) return;
    const std::string directory = std::move(directories_.front());
    directories_.pop_front();
    lock.unlock();
    // A group is busy for a moment after its last process was reaped.
    for (int i = 0; i < 200 && rmdir(directory.c_str()) != 0 && errno == EBUSY; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    lock.lock();
  }
}

}  // namespace retz::exec
