#include "local/transfer.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "local/beneath.hpp"
#include "local/identity.hpp"
#include "local/spawn.hpp"

namespace retz::local {
namespace {

std::string unescape(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
        digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  const auto at = text.rfind('\n');
  return at == std::string::npos ? text : text.substr(at + 1);
}

/// curl's own limit gives the better message; ours holds in any case.
std::int64_t seconds_left(const Allowance& allowance) {
  const auto left =
      std::chrono::duration_cast<std::chrono::seconds>(allowance.until - Allowance::Clock::now());
  return std::clamp<std::int64_t>(left.count() + 1, 1, 1'000'000);
}

Result<Remote> run_curl(const Source& source, int to, const Allowance& allowance,
                        const std::string& etag_file, const std::string& copy) {
  std::vector<std::string> argv = {"curl",
                                   "-q",
                                   "--silent",
                                   "--show-error",
                                   "--fail",
                                   "--location",
                                   "--globoff",
                                   "--max-redirs",
                                   "10",
                                   "--proto",
                                   "=http,https",
                                   "--proto-redir",
                                   "=http,https",
                                   "--connect-timeout",
                                   "20",
                                   "--speed-limit",
                                   "1",
                                   "--speed-time",
                                   "60",
                                   "--max-time",
                                   std::to_string(seconds_left(allowance)),
                                   "--write-out",
                                   "%{stderr}\n%{http_code}",
                                   "--output",
                                   "-"};
  if (!etag_file.empty()) argv.insert(argv.end(), {"--etag-save", etag_file + ".new"});
  if (!copy.empty()) {
    argv.insert(argv.end(), {"--time-cond", copy});
    if (access(etag_file.c_str(), R_OK) == 0) {
      argv.insert(argv.end(), {"--etag-compare", etag_file});
    }
  }
  argv.insert(argv.end(), {"--url", source.uri});
  const auto done = run_tool(argv, allowance, to);
  if (!done) return tl::unexpected(done.error());
  const std::string code = last_line(done->output);
  if (done->status != 0) {
    const std::string text = done->output.substr(0, done->output.rfind('\n'));
    return fail(Errc::io_error, last_line(text));
  }
  return Remote{.unchanged = code == "304"};
}

Result<Remote> run_hadoop(const Source& source, int to, const Allowance& allowance) {
  const auto done = run_tool({"hadoop", "fs", "-cat", source.uri}, allowance, to);
  if (!done && done.error().code == Errc::not_found) {
    return fail(Errc::unsupported, "no hadoop client is installed on this machine");
  }
  if (!done) return tl::unexpected(done.error());
  if (done->status != 0) return fail(Errc::io_error, last_line(done->output));
  return Remote{};
}

}  // namespace

Result<Source> parse_uri(const std::string& uri) {
  Source out{.uri = uri, .scheme = Scheme::local, .path = {}, .name = {}};
  std::string path = uri;
  if (uri.starts_with("http://") || uri.starts_with("https://")) {
    out.scheme = Scheme::http;
    path = uri.substr(uri.find("//") + 2);
    path = path.substr(0, path.find_first_of("?#"));
    const auto slash = path.find('/');
    path = slash == std::string::npos ? "" : unescape(path.substr(slash));
  } else if (uri.starts_with("hdfs://")) {
    out.scheme = Scheme::hdfs;
  } else if (uri.starts_with("file://")) {
    path = uri.substr(7);
    if (path.starts_with("localhost/")) path = path.substr(9);
    path = unescape(path);
    out.path = path;
  } else {
    out.path = path;
  }
  if (out.scheme == Scheme::local && !out.path.starts_with('/')) {
    return fail(Errc::unsupported,
                "understood are absolute paths, file://, http://, https:// and hdfs://", "uri");
  }
  out.name = path.substr(path.rfind('/') + 1);
  if (out.name.empty() || out.name == "." || out.name == ".." ||
      out.name.find('\0') != std::string::npos || out.name.find('/') != std::string::npos) {
    return fail(Errc::invalid_argument, "it does not end in the name of a file", "uri");
  }
  return out;
}

Result<launch::Descriptor> open_local(const Source& source, const UnixUser& user) {
  const ActAs identity(user);
  if (!identity.ok()) return fail(Errc::io_error, "cannot act as " + user.name);
  launch::Descriptor fd(open_of_user(source.path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    const int error = errno;
    std::string why = std::strerror(error);
    if (error == EACCES) why = "unix user " + user.name + " may not read it";
    if (error == ELOOP) why = "its links lead into a running process, or in a circle";
    if (error == EPERM) why = "it is no file on a disk: the kernel makes it up";
    if (error == EACCES || error == ELOOP || error == EPERM) {
      return fail(Errc::forbidden, std::move(why));
    }
    return fail(error == ENOENT ? Errc::not_found : Errc::io_error, std::move(why));
  }
  struct stat file = {};
  if (fstat(fd.get(), &file) != 0 || !S_ISREG(file.st_mode)) {
    return fail(Errc::invalid_argument, "it is not a regular file");
  }
  return fd;
}

Result<Remote> download(const Source& source, int to, const Allowance& allowance,
                        const std::string& etag_file, const std::string& copy) {
  if (source.scheme == Scheme::hdfs) return run_hadoop(source, to, allowance);
  return run_curl(source, to, allowance, etag_file, copy);
}

std::string stamp(const struct stat& file) {
  return std::to_string(file.st_ino) + "." + std::to_string(file.st_size) + "." +
         std::to_string(file.st_mtim.tv_sec) + "." + std::to_string(file.st_mtim.tv_nsec);
}

Result<std::int64_t> copy_file(int from, int to, const Allowance& allowance) {
  constexpr std::int64_t step = std::int64_t{1} << 22U;
  std::int64_t copied = 0;
  while (true) {
    if (auto allowed = allowance.check(); !allowed) return tl::unexpected(allowed.error());
    // One byte more than is allowed tells a file that is too large from one that just fits.
    const auto most = std::min(allowance.bytes - copied, step - 1) + 1;
    const ssize_t n = sendfile(to, from, nullptr, static_cast<std::size_t>(most));
    if (n == 0) return copied;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(Errc::io_error, std::strerror(errno));
    copied += n;
    if (copied > allowance.bytes) return too_large();
  }
}

}  // namespace retz::local
