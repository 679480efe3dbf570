// What the connections of one server share: its I/O thread, its clock of deadlines, and the way in
// for answers that come from other threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "http/asio.hpp"
#include "retz/http.hpp"

namespace retz::http {

class Connection;

using SteadyTime = std::chrono::steady_clock::time_point;

/// What follows a piece of output.
enum class Tail : std::uint8_t {
  stream,  // the head of a response without known length: its peer must stay
  more,    // the same response goes on
  done,    // the response is whole; the connection may be kept
  close,   // the response is whole; close after it
  abort,   // the response cannot be completed: close at once
};

/// Everything but the outbox, `after` and on_thread belongs to the I/O thread.
class Core : public std::enable_shared_from_this<Core> {
 public:
  Core(ServerOptions options, Handler handler, Guard guard);

  Result<void> listen();
  void run();
  /// Any thread: stops accepting, lets what is queued go out for a moment, closes everything; run()
  /// returns then.
  void stop();
  bool on_thread() const { return std::this_thread::get_id() == thread_.load(); }
  std::uint16_t port() const { return port_; }
  /// Any thread.
  void after(std::chrono::milliseconds delay, std::function<void()> task);
  /// Any thread: output for a connection. One wake-up serves all that is pushed before it is
  /// handled.
  void push(std::shared_ptr<Connection> connection, std::string bytes, Tail tail);
  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

  const ServerOptions options;
  // Dropped when run() ends, with what the host keeps in them.
  Handler handler;
  Guard guard;

  // For connections, on the I/O thread.
  void closed(Connection* connection);
  /// Have `resume` called soon.
  void ready(std::shared_ptr<Connection> connection);
  /// A connection's deadline; it may be earlier than what the timer is set to.
  void deadline_set(SteadyTime deadline);

 private:
  struct Output {
    std::shared_ptr<Connection> connection;
    std::string bytes;
    Tail tail;
  };
  Result<tcp::endpoint> resolve();
  void accept();
  void accepted(const error_code& error, tcp::socket socket);
  void take_outbox();
  void resume_ready();
  void arm();
  void timer_fired();
  void expire_connections(SteadyTime now);
  void wind_down();
  void finish();
  void drop_tasks();
  std::vector<std::shared_ptr<Connection>> all_connections() const;

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  tcp::acceptor acceptor_{io_};
  asio::steady_timer timer_{io_};
  SteadyTime timer_at_ = SteadyTime::max();
  SteadyTime sweep_at_ = SteadyTime::max();  // no connection's deadline is earlier
  std::multimap<SteadyTime, std::function<void()>> tasks_;
  std::unordered_set<Connection*> connections_;
  bool accepting_ = false;
  bool closing_ = false;  // stop() has reached the I/O thread
  std::vector<std::shared_ptr<Connection>> ready_;
  bool ready_posted_ = false;
  std::uint16_t port_ = 0;
  std::atomic<std::thread::id> thread_{};
  std::atomic<bool> stopping_{false};

  std::mutex outbox_mutex_;
  bool open_ = true;            // under the mutex: run() has not ended
  std::vector<Output> outbox_;  // under the mutex
  std::vector<Output> taken_;   // kept for its memory
  std::atomic<bool> outbox_posted_{false};
};

}  // namespace retz::http
