#include "server/forecasts.hpp"

#include <chrono>
#include <utility>

namespace retz::server {
namespace {

constexpr std::size_t waiting_max = 8;  // so that the last of them is answered within ten seconds
constexpr std::chrono::seconds longest(1);

}  // namespace

bool Forecasts::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (over_ || waiting_.size() >= waiting_max) return false;
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  waiting_.push_back(std::move(task));
  changed_.notify_one();
  return true;
}

void Forecasts::stop() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  waiting_.clear();
}

void Forecasts::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return over_ || !waiting_.empty(); });
    if (over_) return;
    {
      const Task task = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      const auto deadline = std::chrono::steady_clock::now() + longest;
      task([&] { return over_ || std::chrono::steady_clock::now() >= deadline; });
    }
    lock.lock();
  }
}

}  // namespace retz::server
