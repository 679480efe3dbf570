#include "exec/launcher.hpp"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <system_error>
#include <utility>

namespace retz::exec {

Launcher::Launcher() : news_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Launcher::~Launcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  given_.notify_all();
  for (auto& thread : threads_) thread.join();
}

Result<void> Launcher::begin(Start& start) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= idle_) {
      // Signals are the supervisor's: its threads have all of them blocked from their birth on.
      sigset_t all, before;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, &before);
      Result<void> made = {};
      try {
        threads_.emplace_back([this] { work(); });
      } catch (const std::system_error& error) {
        made = fail(Errc::io_error, std::string("cannot make a thread: ") + error.what());
      }
      pthread_sigmask(SIG_SETMASK, &before, nullptr);
      if (!made) return made;
      ++idle_;
    }
    waiting_.push_back(&start);
  }
  given_.notify_one();
  return {};
}

std::vector<Start*> Launcher::take() {
  std::uint64_t count = 0;
  static_cast<void>(read(news_.get(), &count, sizeof count) < 0);
  const std::lock_guard lock(mutex_);
  return std::exchange(over_, {});
}

void Launcher::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    given_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Start* start = waiting_.front();
    waiting_.pop_front();
    --idle_;
    lock.unlock();
    spawn(*start);
    lock.lock();
    ++idle_;
    over_.push_back(start);
    const std::uint64_t one = 1;
    static_cast<void>(write(news_.get(), &one, sizeof one) < 0);
  }
}

}  // namespace retz::exec
