#include "local/cleaner.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "launch/descriptor.hpp"
#include "launch/layout.hpp"
#include "local/remove.hpp"

namespace retz::local {
namespace {

namespace fs = std::filesystem;

struct Sandbox {
  std::int64_t ended = 0;  // seconds since the epoch
  fs::path path;
  AttemptRef attempt;
};

template <class Number>
bool whole_number(const std::string& text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// Its claim is locked by the supervisor of a job that lives, whatever anybody believes.
bool is_claimed(const fs::path& attempt) {
  const launch::Descriptor claim(
      open((attempt / launch::claim_name).c_str(), O_RDONLY | O_CLOEXEC));
  return claim && flock(claim.get(), LOCK_SH | LOCK_NB) != 0;
}

std::int64_t changed(const fs::path& path) {
  struct stat file = {};
  return lstat(path.c_str(), &file) == 0 ? file.st_mtim.tv_sec : 0;
}

std::vector<Sandbox> ended_sandboxes(const CleanerOptions& options) {
  std::vector<Sandbox> out;
  std::error_code none;
  for (const auto& job : fs::directory_iterator(options.data / launch::sandboxes_name, none)) {
    Sandbox sandbox;
    if (!whole_number(job.path().filename(), sandbox.attempt.job.value)) continue;
    for (const auto& attempt : fs::directory_iterator(job.path(), none)) {
      if (!whole_number(attempt.path().filename(), sandbox.attempt.attempt)) continue;
      if (options.is_live(sandbox.attempt) || is_claimed(attempt.path())) continue;
      sandbox.path = attempt.path();
      sandbox.ended = changed(attempt.path() / launch::exit_name);
      if (sandbox.ended == 0) sandbox.ended = changed(attempt.path());
      out.push_back(sandbox);
    }
  }
  std::sort(out.begin(), out.end(), [](const Sandbox& a, const Sandbox& b) {
    return std::pair(a.ended, a.attempt) < std::pair(b.ended, b.attempt);
  });
  return out;
}

double ask_file_system(const fs::path& data) {
  struct statvfs disk = {};
  if (statvfs(data.c_str(), &disk) != 0 || disk.f_blocks == 0) return 0;
  const double all = static_cast<double>(disk.f_blocks - disk.f_bfree + disk.f_bavail);
  return static_cast<double>(disk.f_blocks - disk.f_bfree) / all;
}

}  // namespace

std::size_t clean(const CleanerOptions& options) {
  const auto used = [&] {
    return options.used_share ? options.used_share() : ask_file_system(options.data);
  };
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  const std::int64_t age_max =
      std::chrono::duration_cast<std::chrono::seconds>(options.age_max).count();
  std::size_t removed = 0;
  std::error_code none;
  for (const auto& sandbox : ended_sandboxes(options)) {
    const bool old = now - sandbox.ended > age_max;
    if (!old && used() <= options.disk_pressure) break;
    if (options.is_live(sandbox.attempt)) continue;  // asked again: time has passed
    const fs::path job = sandbox.path.parent_path();
    const launch::Descriptor fd(open(job.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (remove_tree(fd.get(), sandbox.path.filename())) ++removed;
    fs::remove(job, none);  // when it was the last attempt
  }
  return removed;
}

Cleaner::Cleaner(CleanerOptions options) : options_(std::move(options)) {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!ending_.wait_for(lock, options_.interval, [this] { return stopping_; })) {
      lock.unlock();
      clean(options_);
      lock.lock();
    }
  });
}

Cleaner::~Cleaner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ending_.notify_one();
  thread_.join();
}

}  // namespace retz::local
