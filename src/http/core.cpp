#include "http/core.hpp"

#include <algorithm>
#include <cerrno>

#include "http/connection.hpp"

namespace retz::http {
namespace {

// Deadlines may fire this much late, so that many connections share one wake-up.
constexpr auto deadline_slack = std::chrono::milliseconds(50);
constexpr auto wind_down_timeout = std::chrono::seconds(1);
constexpr auto accept_pause = std::chrono::milliseconds(100);

}  // namespace

Core::Core(ServerOptions given, Handler given_handler, Guard given_guard)
    : options(std::move(given)), handler(std::move(given_handler)), guard(std::move(given_guard)) {}

Result<tcp::endpoint> Core::resolve() {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (!error) return tcp::endpoint(address, options.port);
  tcp::resolver resolver(io_);
  const auto found = resolver.resolve(options.address, std::to_string(options.port), error);
  if (error || found.empty()) {
    return fail(Errc::io_error, "cannot listen on \"" + options.address +
                                    "\": it is neither an address nor a host name known here");
  }
  return found.begin()->endpoint();
}

Result<void> Core::listen() {
  const auto endpoint = resolve();
  if (!endpoint) return tl::unexpected(endpoint.error());
  error_code error;
  acceptor_.open(endpoint->protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(*endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (!error) return {};
  std::string message = "cannot listen on " + options.address + ":" + std::to_string(options.port) +
                        ": " + error.message();
  if (error == asio::error::address_in_use) {
    message += "; stop the program that listens there, or choose another port";
  } else if (error == asio::error::access_denied) {
    message += "; choose a port from 1024 on";
  }
  return fail(Errc::io_error, std::move(message));
}

void Core::run() {
  thread_ = std::this_thread::get_id();
  asio::post(io_, [this] { accept(); });
  io_.run();
  {
    const std::lock_guard lock(outbox_mutex_);
    open_ = false;
    outbox_.clear();
  }
  io_.restart();
  io_.poll();  // what was posted meanwhile is dropped, with the exchanges it holds
  ready_.clear();
  handler = nullptr;
  guard = {};
}

void Core::stop() {
  stopping_ = true;
  asio::post(io_, [this] { wind_down(); });
}

void Core::wind_down() {
  if (closing_) return;
  closing_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  take_outbox();
  drop_tasks();
  for (const auto& connection : all_connections()) connection->wind_down();
  if (connections_.empty()) return finish();
  tasks_.emplace(std::chrono::steady_clock::now() + wind_down_timeout, [this] {
    for (const auto& connection : all_connections()) connection->close();
  });
  arm();
}

std::vector<std::shared_ptr<Connection>> Core::all_connections() const {
  std::vector<std::shared_ptr<Connection>> out;
  for (Connection* connection : connections_) out.push_back(connection->shared_from_this());
  return out;
}

void Core::drop_tasks() {
  // A task may hold the last exchange of a connection: its end comes back here.
  const auto dropped = std::exchange(tasks_, {});
}

void Core::finish() {
  drop_tasks();
  timer_.cancel();
  timer_at_ = SteadyTime::max();
  sweep_at_ = SteadyTime::max();
  work_.reset();
}

void Core::accept() {
  if (accepting_ || closing_ || connections_.size() >= options.connections_max) return;
  accepting_ = true;
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    accepting_ = false;
    accepted(error, std::move(socket));
  });
}

void Core::accepted(const error_code& error, tcp::socket socket) {
  if (closing_) return;
  if (!error) {
    auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket));
    connections_.insert(connection.get());
    connection->start();
    return accept();
  }
  if (error == asio::error::connection_aborted) return accept();
  // Out of descriptors or memory: the peer waits in the listen queue until there is room again.
  tasks_.emplace(std::chrono::steady_clock::now() + accept_pause, [this] { accept(); });
  arm();
}

void Core::closed(Connection* connection) {
  connections_.erase(connection);
  if (closing_) {
    if (connections_.empty()) finish();
  } else {
    accept();
  }
}

void Core::ready(std::shared_ptr<Connection> connection) {
  if (connection->queued_ready) return;
  connection->queued_ready = true;
  ready_.push_back(std::move(connection));
  if (ready_posted_) return;
  ready_posted_ = true;
  asio::post(io_, [this] { resume_ready(); });
}

void Core::resume_ready() {
  ready_posted_ = false;
  const auto list = std::exchange(ready_, {});
  for (const auto& connection : list) {
    connection->queued_ready = false;
    connection->resume();
  }
}

void Core::push(std::shared_ptr<Connection> connection, std::string bytes, Tail tail) {
  if (on_thread()) {
    // What other threads pushed before comes first.
    if (outbox_posted_) take_outbox();
    connection->append(std::move(bytes), tail);
    return;
  }
  const std::lock_guard lock(outbox_mutex_);
  if (!open_) return;
  outbox_.push_back({std::move(connection), std::move(bytes), tail});
  if (outbox_posted_.exchange(true)) return;
  asio::post(io_, [this] {
    ready_posted_ = true;  // this very handler resumes them
    take_outbox();
    resume_ready();
  });
}

void Core::take_outbox() {
  {
    const std::lock_guard lock(outbox_mutex_);
    outbox_posted_ = false;
    taken_.swap(outbox_);
  }
  for (Output& output : taken_) output.connection->append(std::move(output.bytes), output.tail);
  taken_.clear();
}

void Core::after(std::chrono::milliseconds delay, std::function<void()> task) {
  const std::lock_guard lock(outbox_mutex_);
  if (!open_ || stopping()) return;
  asio::post(io_, [this, delay, task = std::move(task)]() mutable {
    if (closing_) return;
    if (delay.count() <= 0) return task();
    tasks_.emplace(std::chrono::steady_clock::now() + delay, std::move(task));
    arm();
  });
}

void Core::deadline_set(SteadyTime deadline) {
  if (deadline == SteadyTime::max()) return;
  sweep_at_ = std::min(sweep_at_, deadline + deadline_slack);
  arm();
}

void Core::arm() {
  const SteadyTime at = tasks_.empty() ? sweep_at_ : std::min(sweep_at_, tasks_.begin()->first);
  if (at >= timer_at_) return;
  timer_at_ = at;
  timer_.expires_at(at);
  timer_.async_wait([this](const error_code& error) {
    if (!error) timer_fired();  // else moved, or cancelled
  });
}

void Core::timer_fired() {
  timer_at_ = SteadyTime::max();
  const SteadyTime now = std::chrono::steady_clock::now();
  while (!tasks_.empty() && tasks_.begin()->first <= now) {
    const auto entry = tasks_.extract(tasks_.begin());
    entry.mapped()();
  }
  if (sweep_at_ <= now) expire_connections(now);
  arm();
}

void Core::expire_connections(SteadyTime now) {
  std::vector<std::shared_ptr<Connection>> due;
  sweep_at_ = SteadyTime::max();
  for (Connection* connection : connections_) {
    if (connection->deadline() <= now) {
      due.push_back(connection->shared_from_this());
    } else if (connection->deadline() != SteadyTime::max()) {
      sweep_at_ = std::min(sweep_at_, connection->deadline() + deadline_slack);
    }
  }
  for (const auto& connection : due) connection->expire(now);
}

}  // namespace retz::http
