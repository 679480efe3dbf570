#include "local/fetcher.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <list>
#include <map>
#include <mutex>
#include <thread>

#include "launch/layout.hpp"
#include "local/cache.hpp"
#include "local/identity.hpp"
#include "local/transfer.hpp"
#include "local/unpack.hpp"

namespace retz::local {
namespace {

using launch::Descriptor;

tl::unexpected<Error> cannot(const std::string& what) {
  return fail(Errc::io_error, "cannot " + what + ": " + std::strerror(errno));
}

/// The attempt's box, made as retz-exec would make it; it becomes this thread's directory.
Result<void> enter_box(const std::filesystem::path& data, const FetchRequest& request) {
  const std::filesystem::path attempt = data / launch::attempt_path(request.attempt);
  const std::filesystem::path box = attempt / launch::box_name;
  mkdir(attempt.parent_path().c_str(), 0711);
  mkdir(attempt.c_str(), 0711);
  if (mkdir(box.c_str(), 0700) != 0 && errno != EEXIST) return cannot("make " + box.string());
  const Descriptor fd(open(box.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd || fchdir(fd.get()) != 0) return cannot("enter " + box.string());
  if (geteuid() == 0 && fchown(fd.get(), request.user.uid, request.user.gid) != 0) {
    return cannot("give " + box.string() + " to its user");
  }
  return {};
}

class Delivery {
 public:
  Delivery(const UnixUser& user, Cache& cache, const std::filesystem::path& scratch,
           Allowance allowance)
      : user_(user), cache_(cache), scratch_(scratch), left_(allowance) {}

  Result<void> deliver(const FetchItem& item) {
    const auto source = parse_uri(item.uri);
    if (!source) return tl::unexpected(source.error());
    Descriptor local;
    if (source->scheme == Scheme::local) {
      auto opened = open_local(*source, user_);
      if (!opened) return tl::unexpected(opened.error());
      local = std::move(*opened);
    }
    if (item.cache) return from_cache(item, *source, local);
    if (local) return place(item, *source, local.get());
    return from_afar(item, *source);
  }

 private:
  bool unpacks(const FetchItem& item, const Source& source) const {
    return item.extract && is_archive(source.name);
  }

  Result<void> from_cache(const FetchItem& item, const Source& source, const Descriptor& local) {
    auto entry = cache_.obtain(source, local ? &local : nullptr, left_);
    if (!entry) return tl::unexpected(entry.error());
    // Root could write to what all share; and a link does not reach over to another file system.
    const bool can_link = !unpacks(item, source) && user_.uid != geteuid();
    if (can_link && link(entry->path.c_str(), source.name.c_str()) == 0) return {};
    return place(item, source, entry->file.get());
  }

  Result<void> from_afar(const FetchItem& item, const Source& source) {
    const Descriptor fd(open(scratch_.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
    if (!fd) return cannot("make a file in " + scratch_.string());
    const auto got = download(source, fd.get(), left_);
    if (!got) return tl::unexpected(got.error());
    lseek(fd.get(), 0, SEEK_SET);
    return place(item, source, fd.get());
  }

  Result<void> place(const FetchItem& item, const Source& source, int from) {
    const ActAs identity(user_);
    if (!identity.ok()) return fail(Errc::io_error, "cannot act as " + user_.name);
    if (unpacks(item, source)) return take(unpack_here(from, left_));
    const mode_t mode = item.executable ? 0755 : 0644;
    const Descriptor to(
        open(source.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!to) return cannot("make " + source.name + " in the sandbox");
    return take(copy_file(from, to.get(), left_));
  }

  Result<void> take(const Result<std::int64_t>& bytes) {
    if (!bytes) return tl::unexpected(bytes.error());
    left_.bytes -= *bytes;
    return {};
  }

  const UnixUser& user_;
  Cache& cache_;
  const std::filesystem::path& scratch_;
  Allowance left_;  // for this file and those that follow
};

}  // namespace

struct Fetcher::State {
  explicit State(FetcherOptions o)
      : options(std::move(o)),
        scratch(options.data / launch::cache_name),
        cache(scratch, options.cache_max) {}

  struct Task {
    FetchRequest request;
    std::atomic<bool> cancelled = false;
  };

  FetcherOptions options;
  std::filesystem::path scratch;
  Cache cache;
  std::mutex mutex;  // guards all that follows
  std::condition_variable given;
  std::list<Task> waiting, running;
  std::map<std::string, unsigned> running_of;  // by owner
  unsigned idle = 0;
  bool stopping = false;
  std::vector<std::thread> threads;

  Result<void> fetch(const Task& task) {
    const FetchRequest& request = task.request;
    if (auto entered = enter_box(options.data, request); !entered) return entered;
    Delivery delivery(request.user, cache, scratch,
                      {.until = Allowance::Clock::now() + options.time_max,
                       .bytes = options.size_max << 20,
                       .cancelled = &task.cancelled});
    for (const auto& item : request.files) {
      if (auto done = delivery.deliver(item); !done) {
        return fail(done.error().code, "fetching " + item.uri + ": " + done.error().message);
      }
    }
    return {};
  }

  /// The one that has waited longest, of those whose owner has a worker left.
  std::list<Task>::iterator next() {
    return std::find_if(waiting.begin(), waiting.end(), [this](const Task& task) {
      const auto at = running_of.find(task.request.owner);
      return at == running_of.end() || at->second < options.workers_each;
    });
  }

  void work() {
    // Working directory and umask become this thread's own: archives are unpacked in them.
    const bool own = unshare(CLONE_FS) == 0;
    if (own) umask(022);
    std::unique_lock lock(mutex);
    while (true) {
      given.wait(lock, [this] { return stopping || next() != waiting.end(); });
      if (stopping) return;
      const auto task = next();
      running.splice(running.end(), waiting, task);
      ++running_of[task->request.owner];
      --idle;
      lock.unlock();
      task->request.done(own ? fetch(*task)
                             : fail(Errc::unsupported,
                                    "this system lets no thread have a working directory of its "
                                    "own (unshare): files cannot be fetched safely"));
      lock.lock();
      ++idle;
      const auto count = running_of.find(task->request.owner);
      if (--count->second == 0) running_of.erase(count);
      running.erase(task);
    }
  }
};

Fetcher::Fetcher(FetcherOptions options) : state_(std::make_unique<State>(std::move(options))) {}

Fetcher::~Fetcher() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    for (auto& task : state_->running) task.cancelled = true;
  }
  state_->given.notify_all();
  for (auto& thread : state_->threads) thread.join();
}

void Fetcher::fetch(FetchRequest request) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->waiting.emplace_back().request = std::move(request);
    // Started when wanted: many hosts never fetch anything.
    if (state_->waiting.size() > state_->idle && state_->threads.size() < state_->options.workers) {
      state_->threads.emplace_back([state = state_.get()] { state->work(); });
      ++state_->idle;
    }
  }
  state_->given.notify_one();
}

void Fetcher::cancel(AttemptRef attempt) {
  const std::lock_guard lock(state_->mutex);
  state_->waiting.remove_if(
      [&](const State::Task& task) { return task.request.attempt == attempt; });
  for (auto& task : state_->running) {
    if (task.request.attempt == attempt) task.cancelled = true;
  }
}

}  // namespace retz::local
