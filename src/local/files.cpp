#include "local/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>

#include "launch/descriptor.hpp"
#include "launch/layout.hpp"
#include "local/beneath.hpp"

namespace retz::local {
namespace {

using launch::Descriptor;

constexpr std::int64_t chunk_max = std::int64_t{16} << 20;  // bytes in one answer

/// A user gives "a/b", "/a/b", "." or "": all of them are meant from the sandbox on.
std::string from_box(std::string path) {
  path.erase(0, path.find_first_not_of('/'));
  return path.empty() ? "." : path;
}

/// Follows `path` from the box; the box itself is under a directory the job cannot write to.
Result<Descriptor> open_in_box(const std::filesystem::path& data, AttemptRef attempt,
                               const std::string& path, int flags) {
  const std::string place = data / launch::attempt_path(attempt) / launch::box_name;
  const Descriptor box(open(place.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!box) {
    return fail(Errc::not_found, "attempt " + std::to_string(attempt.attempt) + " of job " +
                                     std::to_string(attempt.job.value) +
                                     " has no sandbox (not started yet, or removed)");
  }
  // Non-blocking: a named pipe that a job made must hold up nobody.
  Descriptor fd(open_beneath(box.get(), path, flags | O_NONBLOCK | O_NOCTTY));
  if (fd) return fd;
  if (errno == EXDEV || errno == ELOOP) {
    return fail(Errc::not_found, "\"" + path + "\" leads out of the sandbox", "path");
  }
  // What is short on our side must not read as the end of a file.
  const bool ours = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO;
  return fail(ours ? Errc::io_error : Errc::not_found,
              "no \"" + path + "\" in the sandbox: " + std::strerror(errno), "path");
}

class Names {
 public:
  const std::string& user(uid_t uid) {
    auto [at, fresh] = users_.try_emplace(uid, std::to_string(uid));
    passwd entry = {};
    passwd* found = nullptr;
    std::array<char, 8192> buffer;
    if (fresh && getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr) {
      at->second = entry.pw_name;
    }
    return at->second;
  }
  const std::string& group(gid_t gid) {
    auto [at, fresh] = groups_.try_emplace(gid, std::to_string(gid));
    ::group entry = {};
    ::group* found = nullptr;
    std::array<char, 8192> buffer;
    if (fresh && getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr) {
      at->second = entry.gr_name;
    }
    return at->second;
  }

 private:
  std::map<uid_t, std::string> users_;
  std::map<gid_t, std::string> groups_;
};

FileEntry describe(std::string path, const struct stat& file, Names& names) {
  return {.path = std::move(path),
          .size = file.st_size,
          .modified = file.st_mtim.tv_sec,
          .mode = file.st_mode,
          .owner = names.user(file.st_uid),
          .group = names.group(file.st_gid)};
}

}  // namespace

Result<std::vector<FileEntry>> Files::list(AttemptRef attempt, const std::string& path) {
  const std::string inside = from_box(path);
  auto fd = open_in_box(data_, attempt, inside, O_RDONLY);
  if (!fd) return tl::unexpected(fd.error());
  std::vector<FileEntry> out;
  Names names;
  struct stat file = {};
  if (fstat(fd->get(), &file) != 0) return fail(Errc::io_error, std::strerror(errno));
  if (!S_ISDIR(file.st_mode)) {
    out.push_back(describe(inside, file, names));
    return out;
  }
  DIR* directory = fdopendir(dup(fd->get()));
  if (directory == nullptr) return fail(Errc::io_error, std::strerror(errno));
  const std::string prefix = inside == "." ? "" : inside + (inside.ends_with('/') ? "" : "/");
  while (const dirent* entry = readdir(directory)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (fstatat(fd->get(), name.c_str(), &file, AT_SYMLINK_NOFOLLOW) != 0) continue;
    out.push_back(describe(prefix + name, file, names));
  }
  closedir(directory);
  std::sort(out.begin(), out.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.path < b.path; });
  return out;
}

Result<FileChunk> Files::read(AttemptRef attempt, const std::string& path, std::int64_t offset,
                              std::int64_t length) {
  if (offset < 0) return fail(Errc::invalid_argument, "offset cannot be negative", "offset");
  if (length < 0) return fail(Errc::invalid_argument, "length cannot be negative", "length");
  auto fd = open_in_box(data_, attempt, from_box(path), O_RDONLY);
  if (!fd) return tl::unexpected(fd.error());
  struct stat file = {};
  if (fstat(fd->get(), &file) != 0) return fail(Errc::io_error, std::strerror(errno));
  if (!S_ISREG(file.st_mode)) {
    return fail(Errc::invalid_argument, "\"" + path + "\" is not a regular file", "path");
  }
  FileChunk out{.data = {}, .offset = offset, .size = file.st_size};
  const auto want = std::min({length, chunk_max, std::max<std::int64_t>(file.st_size - offset, 0)});
  out.data.resize(static_cast<std::size_t>(want));
  std::size_t have = 0;
  while (have < out.data.size()) {
    const ssize_t n = pread(fd->get(), out.data.data() + have, out.data.size() - have,
                            offset + static_cast<off_t>(have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(Errc::io_error, std::strerror(errno));
    if (n == 0) break;  // it was cut short meanwhile
    have += static_cast<std::size_t>(n);
  }
  out.data.resize(have);
  return out;
}

}  // namespace retz::local
