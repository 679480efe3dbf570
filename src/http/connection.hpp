// One connection of the server: reads requests one after the other, hands each to the handler, and
// writes what the exchange gives it. All but the atomics belongs to the I/O thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/beast/core/flat_buffer.hpp>

#include "http/core.hpp"
#include "http/request_parser.hpp"
#include "http/wire.hpp"

namespace retz::http {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Core> core, tcp::socket socket);

  void start();
  /// Does what can be done now: parse, handle, write, read.
  void resume();
  /// Queues output of the exchange in progress.
  void append(std::string bytes, Tail tail);
  void expire(SteadyTime now);
  SteadyTime deadline() const { return deadline_; }
  /// The server stops: close now, or after what is queued.
  void wind_down();
  void close();

  Core& core() const { return *core_; }
  /// Any thread.
  void charge(std::size_t bytes) { pending_.fetch_add(bytes, std::memory_order_relaxed); }
  std::size_t pending() const { return pending_.load(std::memory_order_relaxed); }
  bool gone() const { return gone_.load(std::memory_order_relaxed); }

  bool queued_ready = false;  // Core's mark

 private:
  enum class Phase : std::uint8_t { idle, receiving, handling, lingering, closed };

  enum class Parsed : std::uint8_t { whole, partial, refused };
  bool parse_and_handle();
  Parsed parse_some();
  void dispatch();
  /// Of a request whose body is still to come: whether it is worth reading.
  bool admit();
  void refuse(Response response);
  void refuse(int status, std::string_view code, std::string_view message);
  void refuse(const error_code& error);
  void flush();
  void written(std::size_t bytes);
  void wait_writable();
  void wait_readable();
  void on_readable(const error_code& error);
  void on_input_end();
  void linger();
  void queue(std::string bytes);
  bool backlogged() const { return pending() > backlog_max; }
  void set_deadline();

  static constexpr std::size_t backlog_max = 256 * 1024;  // unwritten bytes that stop parsing
  static constexpr std::size_t ahead_max = 64 * 1024;     // bytes read beyond the present request

  std::shared_ptr<Core> core_;
  tcp::socket socket_;
  boost::beast::flat_buffer in_;
  std::optional<RequestParser> parser_;
  Phase phase_ = Phase::idle;
  bool waiting_readable_ = false;
  bool waiting_writable_ = false;
  bool processing_ = false;
  bool peer_ended_ = false;   // end of input seen
  bool close_after_ = false;  // once the queue is written
  bool streaming_ = false;    // a stream's peer must stay to its end
  bool receive_timed_ = false;
  std::vector<std::string> out_;
  std::size_t out_next_ = 0;    // index of the first unwritten string
  std::size_t out_offset_ = 0;  // written bytes of it
  SteadyTime read_deadline_ = SteadyTime::max();
  SteadyTime write_deadline_ = SteadyTime::max();
  SteadyTime deadline_ = SteadyTime::max();
  std::atomic<std::size_t> pending_{0};
  std::atomic<bool> gone_{false};
};

/// The exchange for the connection's present request.
std::shared_ptr<Exchange> make_exchange(std::shared_ptr<Connection> connection,
                                        ResponseRules rules);

}  // namespace retz::http
