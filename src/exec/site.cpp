#include "exec/site.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "launch/layout.hpp"

namespace retz::exec {
namespace {

using launch::Descriptor;

tl::unexpected<Error> cannot(const std::string& what, const std::string& path) {
  return fail(Errc::io_error, "cannot " + what + " " + path + ": " + std::strerror(errno));
}

bool make(int parent, const std::string& path, mode_t mode) {
  return mkdirat(parent, path.c_str(), mode) == 0 || errno == EEXIST;
}

bool make_attempt(int data, Nursery& nursery, const std::string& path) {
  if (make(data, path, 0711)) return true;
  if (errno != ENOENT) return false;
  return nursery.make(path.substr(0, path.rfind('/'))) && make(data, path, 0711);
}

bool write_all(int fd, const std::string& text) {
  return write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::string read_small(int directory, const char* name) {
  const Descriptor fd(openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  std::string out(16384, '\0');
  const ssize_t n = fd ? read(fd.get(), out.data(), out.size()) : 0;
  out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return out;
}

/// A stream file of the job. What a fetched archive left under that name goes first.
Descriptor open_stream(int box, const char* name) {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
  Descriptor fd(openat(box, name, flags, 0644));
  if (!fd && errno == EEXIST && unlinkat(box, name, 0) == 0) {
    fd.reset(openat(box, name, flags, 0644));
  }
  return fd;
}

tl::unexpected<Error> no_stream(const char* name) {
  if (errno != EISDIR) return cannot("open", name);
  return fail(Errc::invalid_argument, "its files hold a directory \"" + std::string(name) +
                                          "\", where the " + name +
                                          " of the command goes: name it otherwise");
}

}  // namespace

Result<std::optional<Site>> claim_site(int data, Nursery& nursery, AttemptRef attempt,
                                       const std::string& boot_id) {
  const std::string path = launch::attempt_path(attempt);
  if (!make_attempt(data, nursery, path)) return cannot("make", path);
  Site site;
  site.directory.reset(openat(data, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!site.directory) return cannot("open", path);
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  site.claim.reset(openat(site.directory.get(), launch::claim_name, flags, 0600));
  if (!site.claim) {
    if (errno == EEXIST) return std::optional<Site>();
    return cannot("claim", path);
  }
  const launch::Claim claim{attempt, boot_id, getpid()};
  if (flock(site.claim.get(), LOCK_EX | LOCK_NB) != 0 ||
      !write_all(site.claim.get(), to_text(claim))) {
    return cannot("write the claim of", path);
  }
  return std::optional<Site>(std::move(site));
}

Result<void> furnish(Site& site, uid_t uid, gid_t gid, bool change_owner) {
  const int directory = site.directory.get();
  if (!make(directory, launch::box_name, 0700)) return cannot("make", launch::box_name);
  site.box.reset(
      openat(directory, launch::box_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!site.box) return cannot("open", launch::box_name);
  site.in.reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!site.in) return cannot("open", "/dev/null");
  site.out = open_stream(site.box.get(), "stdout");
  if (!site.out) return no_stream("stdout");
  site.err = open_stream(site.box.get(), "stderr");
  if (!site.err) return no_stream("stderr");
  if (!change_owner) return {};
  for (const auto* fd : {&site.box, &site.out, &site.err}) {
    if (fchown(fd->get(), uid, gid) != 0) return cannot("give the sandbox", "to its user");
  }
  return {};
}

Trace find_trace(int data, AttemptRef attempt) {
  Trace trace;
  const std::string path = launch::attempt_path(attempt);
  trace.directory.reset(openat(data, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!trace.directory) return trace;
  auto claim = launch::claim_from_text(read_small(trace.directory.get(), launch::claim_name));
  if (claim) trace.claim = std::move(*claim);
  auto ended = launch::exit_record_from_text(read_small(trace.directory.get(), launch::exit_name));
  if (ended) trace.ended = std::move(*ended);
  return trace;
}

}  // namespace retz::exec
