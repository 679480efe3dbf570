// A file of a running attempt, handed over as it grows.
#include "cli/follow.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace retz::cli {

namespace {

using namespace std::chrono_literals;
constexpr auto patience = 60s;  // for a server that went away, from the last byte it sent

}  // namespace

bool write_out(int out, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(out, bytes.data(), bytes.size());
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (n < 0 && errno == EAGAIN) {
      pollfd waiting{out, POLLOUT, 0};
      ::poll(&waiting, 1, -1);
    } else if (n == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

Result<void> follow(Session& session, const Followed& file, std::int64_t offset, int out,
                    const std::atomic<bool>& stop) {
  auto heard = std::chrono::steady_clock::now();
  bool writable = true;
  int cannot_write = 0;
  for (;;) {
    const auto begin = std::chrono::steady_clock::now();
    const auto response = session.stream("/v1/jobs/" + std::to_string(file.job) +
                                             "/files/content?path=" + encoded(file.path) +
                                             "&attempt=" + std::to_string(file.attempt) +
                                             "&offset=" + std::to_string(offset) + "&follow=true",
                                         [&](std::string_view piece) {
                                           heard = std::chrono::steady_clock::now();
                                           writable = write_out(out, piece);
                                           if (!writable) cannot_write = errno;
                                           offset += static_cast<std::int64_t>(piece.size());
                                           return writable && !stop;
                                         });
    if (!writable && !stop && cannot_write != EPIPE) {
      return fail(Errc::io_error,
                  "the output cannot be written: " + std::string(std::strerror(cannot_write)),
                  "output");
    }
    if (response || stop || !writable) return {};
    // A silent job is no lost server: the call stood for a while before it timed out.
    if (std::chrono::steady_clock::now() - begin > 5s) heard = std::chrono::steady_clock::now();
    if (!may_pass(response.error())) {
      return tl::unexpected(response.error());
    }
    if (std::chrono::steady_clock::now() - heard > patience) {
      return tl::unexpected(response.error());
    }
    std::this_thread::sleep_for(100ms);
  }
}

}  // namespace retz::cli
