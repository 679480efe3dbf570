#include "local/connection.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "launch/boot.hpp"
#include "launch/descriptor.hpp"
#include "launch/layout.hpp"
#include "local/spawn.hpp"

namespace retz::local {
namespace {

using launch::Descriptor;
using launch::Message;
using std::chrono::milliseconds;

/// Through /proc, because the path of a socket has little room and data directories may lie deep.
Descriptor connect_to(const std::filesystem::path& data) {
  const Descriptor folder(::open(data.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const std::string path =
      "/proc/self/fd/" + std::to_string(folder.get()) + "/" + launch::socket_name;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  Descriptor out(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!out || !folder ||
      connect(out.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return {};
  }
  return out;
}

bool send_all(int socket, const std::string& bytes) {
  return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

bool readable(int fd, milliseconds limit) {
  pollfd p = {.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&p, 1, static_cast<int>(limit.count())) > 0;
}

/// Its Hello. What follows in the same read stays in `rest`.
Result<launch::Hello> greet(int socket, std::string& rest) {
  std::string out;
  launch::encode(out, launch::Hello{.boot_id = launch::boot_id()});
  if (!send_all(socket, out)) return fail(Errc::unavailable, "retz-exec hung up");
  std::array<char, 4096> buffer;
  while (readable(socket, std::chrono::seconds(10))) {
    const ssize_t n = read(socket, buffer.data(), buffer.size());
    if (n <= 0) break;
    rest.append(buffer.data(), static_cast<std::size_t>(n));
    std::size_t at = 0;
    auto message = launch::decode(rest, at);
    if (!message) return tl::unexpected(message.error());
    if (!message->has_value()) continue;
    rest.erase(0, at);
    const auto* hello = std::get_if<launch::Hello>(&**message);
    if (hello == nullptr || hello->version != launch::protocol_version) {
      return fail(Errc::conflict,
                  "the running retz-exec is of another version: end it when its jobs have ended, "
                  "then start the server again");
    }
    return *hello;
  }
  return fail(Errc::unavailable, "retz-exec does not answer");
}

void await_end(int socket) {
  std::array<char, 4096> buffer;
  while (readable(socket, std::chrono::seconds(30)) &&
         read(socket, buffer.data(), buffer.size()) > 0) {
  }
}

}  // namespace

struct Connection::State {
  ConnectionOptions options;
  ConnectionHooks hooks;
  Descriptor wake{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::atomic<bool> stopping = false;
  std::mutex mutex;  // guards the next three
  Descriptor socket;
  std::string out;
  bool connected = false;
  std::string in;  // of the thread alone
  std::thread thread;

  Result<void> make_line();
  Result<void> start_program() const;
  void push_out();  // Requires: the mutex is held
  void nudge() const {
    const std::uint64_t one = 1;
    static_cast<void>(!write(wake.get(), &one, sizeof one));
  }
  bool receive();
  void talk();
  void work();
};

Result<void> Connection::State::start_program() const {
  std::vector<std::string> argv = {options.program, "serve", "--data", options.data, "--detach"};
  if (options.allow_root) argv.emplace_back("--allow-root");
  const auto started =
      run_tool(argv, {.until = Allowance::Clock::now() + std::chrono::seconds(60)});
  if (!started) return tl::unexpected(started.error());
  if (started->status == 0) return {};
  return fail(Errc::io_error, "retz-exec could not start (status " +
                                  std::to_string(started->status) + "): " + started->output);
}

Result<void> Connection::State::make_line() {
  Error last{Errc::unavailable, "retz-exec cannot be reached"};
  for (int i = 0; i < 5 && !stopping; ++i) {
    Descriptor line = connect_to(options.data);
    if (!line) {
      if (auto started = start_program(); !started) last = started.error();
      line = connect_to(options.data);
    }
    if (!line) {
      std::this_thread::sleep_for(milliseconds(50 << i));  // another one may be on its way out
      continue;
    }
    in.clear();
    const auto hello = greet(line.get(), in);
    if (!hello) {
      if (hello.error().code == Errc::conflict) return tl::unexpected(hello.error());
      last = hello.error();
      continue;
    }
    if (hello->boot_id != launch::boot_id()) {
      std::string end;
      launch::encode(end, launch::ShutDown{});
      send_all(line.get(), end);
      await_end(line.get());
      continue;
    }
    const int size = 4 << 20;
    setsockopt(line.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    const std::lock_guard lock(mutex);
    socket = std::move(line);
    connected = true;
    push_out();
    return {};
  }
  return tl::unexpected(last);
}

void Connection::State::push_out() {
  std::size_t sent = 0;
  while (connected && sent < out.size()) {
    const ssize_t n =
        ::send(socket.get(), out.data() + sent, out.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;  // full, or broken: then the reader notices
    sent += static_cast<std::size_t>(n);
  }
  out.erase(0, sent);
}

/// False: the line is broken.
bool Connection::State::receive() {
  std::array<char, 65536> buffer;
  const ssize_t n = recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (n <= 0) return false;
  in.append(buffer.data(), static_cast<std::size_t>(n));
  std::vector<Message> heard;
  std::size_t at = 0;
  while (true) {
    auto message = launch::decode(in, at);
    if (!message) return false;
    if (!message->has_value()) break;
    heard.push_back(std::move(**message));
  }
  in.erase(0, at);
  if (!heard.empty()) hooks.heard(std::move(heard));
  return true;
}

void Connection::State::talk() {
  while (!stopping) {
    short events = POLLIN;
    {
      const std::lock_guard lock(mutex);
      if (!out.empty()) events |= POLLOUT;
    }
    std::array<pollfd, 2> fds = {{{.fd = socket.get(), .events = events, .revents = 0},
                                  {.fd = wake.get(), .events = POLLIN, .revents = 0}}};
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) {
      std::uint64_t count = 0;
      static_cast<void>(!read(wake.get(), &count, sizeof count));
    }
    if ((fds[0].revents & POLLOUT) != 0) {
      const std::lock_guard lock(mutex);
      push_out();
    }
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !receive()) return;
  }
}

void Connection::State::work() {
  while (true) {
    talk();
    {
      const std::lock_guard lock(mutex);
      connected = false;
      socket.reset();
      out.clear();
    }
    while (!stopping && !make_line()) {
      readable(wake.get(), std::chrono::seconds(1));
    }
    if (stopping) return;
    hooks.restored();
  }
}

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Connection>> Connection::open(ConnectionOptions options,
                                                     ConnectionHooks hooks) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  state->hooks = std::move(hooks);
  if (auto made = state->make_line(); !made) return tl::unexpected(made.error());
  auto* running = state.get();
  std::unique_ptr<Connection> out(new Connection(std::move(state)));
  running->thread = std::thread([running] { running->work(); });
  return out;
}

Connection::~Connection() {
  if (!state_->thread.joinable()) return;
  state_->stopping = true;
  state_->nudge();
  state_->thread.join();
}

void Connection::send(std::span<const Message> messages) {
  const std::lock_guard lock(state_->mutex);
  for (const auto& message : messages) launch::encode(state_->out, message);
  state_->push_out();
  if (!state_->out.empty()) state_->nudge();
}

Result<std::filesystem::path> find_program(const std::filesystem::path& wanted) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  std::vector<fs::path> places;
  const char* named = std::getenv("RETZ_EXEC");
  if (!wanted.empty()) {
    places = {wanted};
  } else if (named != nullptr) {
    places = {named};
  } else {
    const fs::path here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    places = {here / "retz-exec", here / "../exec/retz-exec"};
    const char* path = std::getenv("PATH");
    std::string rest = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
    for (std::size_t at = 0; at < rest.size();) {
      const auto end = std::min(rest.find(':', at), rest.size());
      places.emplace_back(fs::path(rest.substr(at, end - at)) / "retz-exec");
      at = end + 1;
    }
  }
  std::string tried;
  for (const auto& place : places) {
    if (access(place.c_str(), X_OK) == 0) return fs::absolute(place, ignored);
    tried += (tried.empty() ? "" : ", ") + place.string();
  }
  return fail(Errc::not_found, "no retz-exec program at " + tried, "exec_program");
}

}  // namespace retz::local
