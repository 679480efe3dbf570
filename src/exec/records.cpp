#include "exec/records.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "exec/clock.hpp"
#include "launch/descriptor.hpp"
#include "launch/layout.hpp"

namespace retz::exec {
namespace {

using launch::Descriptor;

constexpr std::int64_t pause = 1'000'000;  // microseconds between tries

Descriptor open_attempt(int data, AttemptRef attempt) {
  const std::string path = launch::attempt_path(attempt);
  return Descriptor(openat(data, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

Result<void> write_exit_record(int directory, const launch::ExitRecord& record) {
  constexpr const char* draft = "exit.draft";
  const std::string text = to_text(record);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  const Descriptor fd(openat(directory, draft, flags, 0600));
  errno = fd ? ENOSPC : errno;  // which a write cut short does not say
  if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      renameat(directory, draft, directory, launch::exit_name) != 0) {
    return fail(Errc::io_error, std::string("cannot write the exit record: ") + strerror(errno));
  }
  return {};
}

void Records::save(int directory, const launch::ExitRecord& record) {
  Descriptor opened;
  if (directory < 0) {
    opened = open_attempt(data_, record.attempt);
    if (!opened && errno == ENOENT) return;  // it was never claimed: there is nothing to fence
    directory = opened.get();
  }
  const auto written = write_exit_record(directory, record);
  if (written) return;
  const std::string line = "retz-exec: job " + std::to_string(record.attempt.job.value) + ": " +
                           written.error().message + "; it is kept and tried again\n";
  static_cast<void>(!write(STDERR_FILENO, line.data(), line.size()));
  if (kept_.empty()) next_try_ = monotonic_now() + pause;
  kept_.insert_or_assign(record.attempt, record);
}

const launch::ExitRecord* Records::unsaved(AttemptRef attempt) const {
  const auto at = kept_.find(attempt);
  return at == kept_.end() ? nullptr : &at->second;
}

void Records::on_time(std::int64_t now) {
  if (kept_.empty() || now < next_try_) return;
  next_try_ = now + pause;
  for (auto at = kept_.begin(); at != kept_.end();) {
    const Descriptor directory = open_attempt(data_, at->first);
    const bool removed = !directory && errno == ENOENT;  // settled long ago, and cleaned up
    if (!removed && !write_exit_record(directory.get(), at->second)) return;
    at = kept_.erase(at);
  }
}

std::optional<std::int64_t> Records::wake_at() const {
  if (kept_.empty()) return std::nullopt;
  return next_try_;
}

}  // namespace retz::exec
