#include "cli/snapshots.hpp"

#include <utility>

#include "retz/store.hpp"

namespace retz::cli {

Result<void> restore_snapshot(const std::filesystem::path& snapshot, const DataDirectory& data,
                              Log& log) {
  const auto store = data.path() / "retz.db";
  if (std::filesystem::exists(store)) {
    log.say(Severity::info, store.string() + " is there: --restore " + snapshot.string() +
                                " is for an empty data directory and has no effect");
    return {};
  }
  auto copied = copy_sqlite_store(snapshot, store);
  if (copied) log.say(Severity::info, "restored from the snapshot " + snapshot.string());
  return copied;
}

Snapshots::Snapshots(std::filesystem::path store, std::filesystem::path into, Duration interval,
                     Log& log)
    : store_(std::move(store)),
      into_(std::move(into)),
      interval_(interval),
      log_(log),
      thread_([this] { run(); }) {}

Snapshots::~Snapshots() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  ending_.notify_one();
  thread_.join();
  copy();
}

void Snapshots::run() {
  std::unique_lock lock(mutex_);
  while (!ending_.wait_for(lock, interval_, [this] { return over_; })) {
    lock.unlock();
    copy();
    lock.lock();
  }
}

// A failure is told once, until it is over: each later one says the same.
void Snapshots::copy() {
  const std::uint64_t now = changes_;
  if (now == copied_) return;
  const auto copied = copy_sqlite_store(store_, into_);
  if (copied) {
    copied_ = now;
    if (failing_) log_.say(Severity::info, "snapshots are written again to " + into_.string());
  } else if (!failing_) {
    log_.say(Severity::error, "no snapshot: " + copied.error().message);
  }
  failing_ = !copied;
}

}  // namespace retz::cli
