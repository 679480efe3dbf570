#include "cli/snapshots.hpp"

#include <sstream>
#include <utility>

#include "retz/signature.hpp"

namespace retz::cli {

namespace {

Lineage lineage_of(const std::string& text) {
  Lineage out;
  std::istringstream(text) >> out.id >> out.generation >> out.start;
  return out;
}

}  // namespace

Result<void> restore_snapshot(const std::filesystem::path& snapshot, const DataDirectory& data,
                              Log& log) {
  const auto store = data.path() / "retz.db";
  if (std::filesystem::exists(store)) {
    log.say(Severity::info, store.string() + " is there: --restore " + snapshot.string() +
                                " is for an empty data directory and has no effect");
    return {};
  }
  // SQLite would play it back into what is restored.
  for (const char* part : {"-wal", "-journal", "-shm"}) {
    const auto rest = store.string() + part;
    if (!std::filesystem::exists(rest)) continue;
    return fail(Errc::conflict, rest + " is left of a store that is gone: put its " +
                                    store.filename().string() +
                                    " back, or move both away before --restore");
  }
  auto copied = copy_sqlite_store(snapshot, store);
  if (copied) log.say(Severity::info, "restored from the snapshot " + snapshot.string());
  return copied;
}

Lineage Lineage::after(const std::optional<std::string>& state) {
  Lineage next = lineage_of(state.value_or(""));
  if (next.id.empty()) next.id = random_key();
  ++next.generation;
  next.start = random_key();
  return next;
}

std::string Lineage::text() const {
  return id + " " + std::to_string(generation) + " " + start;
}

bool Lineage::may_replace(const std::optional<std::string>& state) const {
  const Lineage there = lineage_of(state.value_or(""));
  return there.id == id && (there.generation < generation ||
                            (there.generation == generation && there.start == start));
}

Snapshots::Snapshots(std::filesystem::path store, std::filesystem::path into, Duration interval,
                     Log& log)
    : store_(std::move(store)), into_(std::move(into)), interval_(interval), log_(log) {}

Snapshots::~Snapshots() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  ending_.notify_one();
  thread_.join();
  copy();
}

void Snapshots::begin(Lineage lineage) {
  lineage_ = std::move(lineage);
  thread_ = std::thread([this] { run(); });
}

void Snapshots::run() {
  std::unique_lock lock(mutex_);
  while (!ending_.wait_for(lock, interval_, [this] { return over_; })) {
    lock.unlock();
    copy();
    lock.lock();
  }
}

// A share that was not mounted at the start, or a successor elsewhere: its copy is the better one.
Result<void> Snapshots::replaceable() const {
  std::error_code none;
  if (!std::filesystem::exists(into_) || std::filesystem::file_size(into_, none) == 0) return {};
  const auto state = state_in_sqlite_store(into_, lineage_state);
  if (!state) return tl::unexpected(state.error());
  if (lineage_.may_replace(*state)) return {};
  return fail(Errc::conflict, into_.string() +
                                  " is of another server, or of one that went on from this one's: "
                                  "begin with it (--restore, an empty data directory), move it "
                                  "away, or name another file (retz.snapshot.file)");
}

// A failure is told once, until it is over: each later one says the same.
void Snapshots::copy() {
  const std::uint64_t now = changes_;
  if (now == copied_) return;
  auto copied = replaceable();
  if (copied) copied = copy_sqlite_store(store_, into_);
  if (copied) {
    copied_ = now;
    if (failing_) log_.say(Severity::info, "snapshots are written again to " + into_.string());
  } else if (!failing_) {
    log_.say(Severity::error, "no snapshot: " + copied.error().message);
  }
  failing_ = !copied;
}

}  // namespace retz::cli
