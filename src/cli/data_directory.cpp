// The directory where a server keeps everything, and the lock that makes it one server's.
#include "cli/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace retz::cli {

namespace {

std::string cause() {
  return std::strerror(errno);
}

bool write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const auto n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

std::filesystem::path default_data_directory() {
  if (::geteuid() == 0) return "/var/lib/retz";
  if (const char* const state = std::getenv("XDG_STATE_HOME"); state && *state) {
    return std::filesystem::path(state) / "retz";
  }
  const char* const home = std::getenv("HOME");
  return std::filesystem::path(home && *home ? home : ".") / ".local/state/retz";
}

Result<DataDirectory> DataDirectory::open(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return fail(Errc::io_error, "cannot create the data directory " + directory.string() + ": " +
                                    error.message() + "; give another with --data DIR");
  }
  const auto path = std::filesystem::canonical(directory, error);
  if (error) {
    return fail(Errc::io_error, directory.string() + ": " + error.message());
  }
  const auto file = path / "lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail(Errc::io_error, "cannot open " + file.string() + ": " + cause() +
                                    "; the data directory must be writable, or give another with "
                                    "--data DIR");
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    char pid[32] = {};
    const auto n = ::pread(fd, pid, sizeof pid - 1, 0);
    const std::string holder(pid, n > 0 ? std::strcspn(pid, "\n") : 0);
    ::close(fd);
    return fail(Errc::conflict,
                "the data directory " + path.string() + " belongs to a running retz-server" +
                    (holder.empty() ? "" : " (pid " + holder + ")") +
                    "; stop that one first, or give another directory with --data DIR");
  }
  if (::ftruncate(fd, 0) != 0 || !write_all(fd, std::to_string(::getpid()) + "\n")) {
    const auto why = cause();
    ::close(fd);
    return fail(Errc::io_error, "cannot write " + file.string() + ": " + why);
  }
  return DataDirectory(path, fd);
}

DataDirectory::DataDirectory(std::filesystem::path path, int lock)
    : path_(std::move(path)), lock_(lock) {}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

Result<void> write_private(const std::filesystem::path& file, const std::string& text) {
  const auto fresh = file.string() + ".new";
  ::unlink(fresh.c_str());
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && write_all(fd, text);
  const auto why = cause();
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0) {
    return fail(Errc::io_error, "cannot write " + file.string() + ": " + (written ? cause() : why));
  }
  return {};
}

}  // namespace retz::cli
