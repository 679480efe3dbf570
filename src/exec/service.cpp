#include "exec/service.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "exec/clock.hpp"

namespace retz::exec {
namespace {

constexpr std::size_t pending_max = std::size_t{64} << 20U;  // bytes a silent peer may let pile up

void complain(const std::string& what) {
  const std::string line = "retz-exec: " + what + "\n";
  static_cast<void>(!write(STDERR_FILENO, line.data(), line.size()));
}

bool is_ours(int socket) {
  ucred peer = {};
  socklen_t size = sizeof peer;
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == geteuid() || peer.uid == 0);
}

}  // namespace

Service::Service(const ServeOptions& options, SupervisorOptions supervisor, Cgroups cgroups,
                 launch::Descriptor listener, launch::Descriptor signals)
    : options_(options),
      boot_id_(supervisor.boot_id),
      data_(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      listener_(std::move(listener)),
      signals_(std::move(signals)),
      poll_(epoll_create1(EPOLL_CLOEXEC)),
      nursery_(data_.get()),
      records_(data_.get()),
      supervisor_(
          std::move(supervisor), std::move(cgroups),
          [this](const launch::Message& message) { broadcast(message); },
          [this](int directory, const launch::ExitRecord& r) { records_.save(directory, r); }),
      idle_since_(monotonic_now()) {
  watch(listener_.get(), EPOLLIN, &listener_);
  watch(signals_.get(), EPOLLIN, &signals_);
  watch(supervisor_.news(), EPOLLIN, &supervisor_);
}

void Service::watch(int fd, std::uint32_t events, void* data, bool change) {
  epoll_event event = {};
  event.events = events;
  event.data.ptr = data;
  epoll_ctl(poll_.get(), change ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
}

int Service::wait_time() const {
  std::int64_t until = INT64_MAX;
  const std::int64_t now = monotonic_now();
  if (const auto wake = supervisor_.wake_at()) until = *wake;
  if (const auto wake = records_.wake_at()) until = std::min(until, *wake);
  if (idle()) {
    until = std::min(until, idle_since_ + std::int64_t{options_.linger} * 1'000'000);
  }
  if (until == INT64_MAX) return -1;
  return static_cast<int>(std::clamp<std::int64_t>((until - now + 999) / 1000, 0, 3'600'000));
}

Result<void> Service::run() {
  if (!data_ || !poll_ || supervisor_.news() < 0) {
    return fail(Errc::io_error, "cannot open the data directory, an epoll or an eventfd");
  }
  std::array<epoll_event, 64> events;
  while (true) {
    const bool was_idle = idle();
    const int n =
        epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), wait_time());
    if (n < 0 && errno != EINTR) return fail(Errc::io_error, std::strerror(errno));
    for (int i = 0; i < n; ++i) {
      const auto& event = events.at(static_cast<std::size_t>(i));
      if (event.data.ptr == &listener_) {
        accept_all();
      } else if (event.data.ptr == &signals_) {
        take_signals();
      } else if (event.data.ptr == &supervisor_) {
        supervisor_.take_starts();
      } else {
        receive(*static_cast<Peer*>(event.data.ptr));
      }
    }
    supervisor_.on_time(monotonic_now());
    records_.on_time(monotonic_now());
    flush();
    part_from_gone();
    if (!was_idle && idle()) idle_since_ = monotonic_now();
    const bool lingered =
        idle() && monotonic_now() - idle_since_ >= std::int64_t{options_.linger} * 1'000'000;
    if (lingered || (ending_ && supervisor_.running() == 0)) break;
  }
  supervisor_.cgroups().sweep(true);
  return {};
}

// To close a socket is not enough: a child that has not yet become its command holds it too, and
// the epoll would go on to tell of a peer that is no more.
void Service::part_from_gone() {
  for (const Peer& peer : peers_) {
    if (peer.gone) epoll_ctl(poll_.get(), EPOLL_CTL_DEL, peer.socket.get(), nullptr);
  }
  peers_.remove_if([](const Peer& peer) { return peer.gone; });
}

void Service::accept_all() {
  while (true) {
    launch::Descriptor socket(
        accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;
    if (!is_ours(socket.get())) {
      complain("refused a connection of another user");
      continue;
    }
    Peer& peer = peers_.emplace_back();
    peer.socket = std::move(socket);
    encode(peer.out, launch::Hello{.boot_id = boot_id_});
    watch(peer.socket.get(), EPOLLIN, &peer);
  }
}

void Service::take_signals() {
  signalfd_siginfo info = {};
  bool children = false;
  while (read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) {
      children = true;
    } else {
      ending_ = true;
      supervisor_.kill_all();
    }
  }
  if (children) supervisor_.reap();
}

void Service::receive(Peer& peer) {
  std::array<char, 65536> buffer;
  while (!peer.gone) {
    const ssize_t n = read(peer.socket.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) {
      // Orders that came before the end still count: what was decided is carried out.
      peer.gone = true;
      break;
    }
    peer.in.append(buffer.data(), static_cast<std::size_t>(n));
    if (static_cast<std::size_t>(n) < buffer.size()) break;
  }
  std::size_t at = 0;
  while (true) {
    auto message = launch::decode(peer.in, at);
    if (!message) {
      complain("hung up on a peer: " + message.error().message);
      peer.gone = true;
      break;
    }
    if (!message->has_value()) break;
    obey(peer, std::move(**message));
  }
  peer.in.erase(0, at);
}

void Service::obey(Peer& peer, launch::Message message) {
  if (const auto* hello = std::get_if<launch::Hello>(&message)) {
    peer.greeted = hello->version == launch::protocol_version;
    if (!peer.greeted) peer.gone = true;
    return;
  }
  if (!peer.greeted) {
    peer.gone = true;
    return;
  }
  if (const auto* order = std::get_if<launch::LaunchOrder>(&message)) launch(*order);
  if (const auto* order = std::get_if<launch::StopOrder>(&message)) {
    if (!supervisor_.stop(order->attempt, order->grace_period)) tell_state(order->attempt);
  }
  if (const auto* query = std::get_if<launch::Query>(&message)) tell_state(query->attempt);
  if (std::holds_alternative<launch::ShutDown>(message)) {
    ending_ = true;
    supervisor_.kill_all();
  }
}

void Service::launch(const launch::LaunchOrder& order) {
  if (supervisor_.confirm(order.attempt)) return;
  if (ending_) return;  // its server asks again, the next one
  if (records_.unsaved(order.attempt) != nullptr) return tell_state(order.attempt);
  auto site = claim_site(data_.get(), nursery_, order.attempt, boot_id_);
  if (site && !site->has_value()) return tell_state(order.attempt);
  if (!site) {
    return tell_failure(order.attempt, OutcomeKind::launch_failed, site.error().message, -1);
  }
  if (auto ready = furnish(**site, order.uid, order.gid, geteuid() == 0); !ready) {
    const bool users_fault = ready.error().code == Errc::invalid_argument;
    const auto kind = users_fault ? OutcomeKind::cannot_launch : OutcomeKind::launch_failed;
    return tell_failure(order.attempt, kind, ready.error().message, (*site)->directory.get());
  }
  supervisor_.launch(order, std::move(**site));
}

void Service::tell_state(AttemptRef attempt) {
  if (supervisor_.confirm(attempt)) return;
  if (const auto* kept = records_.unsaved(attempt)) return broadcast(launch::Ended{*kept});
  // Taking the claim ourselves fences a launch that is still on its way.
  auto site = claim_site(data_.get(), nursery_, attempt, boot_id_);
  if (site && site->has_value()) {
    return tell_failure(attempt, OutcomeKind::launch_failed, "it was never launched",
                        (*site)->directory.get());
  }
  Trace trace = find_trace(data_.get(), attempt);
  const bool now = !trace.claim || trace.claim->boot_id == boot_id_;
  if (now && trace.ended && trace.ended->boot_id == boot_id_ && trace.ended->attempt == attempt) {
    return broadcast(launch::Ended{std::move(*trace.ended)});
  }
  std::string reason = "the supervisor that ran it died";
  if (!now) reason = "the machine was restarted while it ran";
  if (!site) reason = "its sandbox cannot be read: " + site.error().message;
  tell_failure(attempt, OutcomeKind::node_lost, std::move(reason), trace.directory.get());
}

void Service::tell_failure(AttemptRef attempt, OutcomeKind kind, std::string reason,
                           int directory) {
  launch::ExitRecord record{
      .attempt = attempt,
      .boot_id = boot_id_,
      .outcome = {.kind = kind, .exit_code = -1, .signal = 0, .reason = std::move(reason)},
      .usage = {},
      .confinement = {}};
  records_.save(directory, record);
  broadcast(launch::Ended{std::move(record)});
}

void Service::broadcast(const launch::Message& message) {
  for (auto& peer : peers_) {
    if (!peer.gone) encode(peer.out, message);
  }
}

void Service::flush() {
  for (auto& peer : peers_) {
    if (!peer.gone) flush(peer);
  }
}

void Service::flush(Peer& peer) {
  std::size_t sent = 0;
  while (sent < peer.out.size()) {
    const ssize_t n = send(peer.socket.get(), peer.out.data() + sent, peer.out.size() - sent,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      peer.gone = errno != EAGAIN;
      break;
    }
    sent += static_cast<std::size_t>(n);
  }
  peer.out.erase(0, sent);
  // A server that does not listen asks anew when it is back.
  if (peer.out.size() > pending_max) peer.gone = true;
  const bool waits = !peer.out.empty();
  if (waits != peer.waits_to_write) {
    peer.waits_to_write = waits;
    watch(peer.socket.get(), waits ? EPOLLIN | EPOLLOUT : EPOLLIN, &peer, true);
  }
}

}  // namespace retz::exec
