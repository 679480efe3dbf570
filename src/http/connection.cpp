#include "http/connection.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include <boost/beast/http/error.hpp>

namespace retz::http {
namespace {

constexpr std::size_t small_read = 4 * 1024;
constexpr std::size_t body_read = 64 * 1024;
// After a last answer the peer may still be sending; closing at once would reset the connection and
// could take the answer from it.
constexpr auto linger_timeout = std::chrono::seconds(5);

/// Up to 16 pieces for one system call.
struct Pieces {
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;
  const_iterator begin() const { return pieces.data(); }
  const_iterator end() const { return pieces.data() + count; }
  std::array<asio::const_buffer, 16> pieces;
  std::size_t count = 0;
};

}  // namespace

Connection::Connection(std::shared_ptr<Core> core, tcp::socket socket)
    : core_(std::move(core)), socket_(std::move(socket)) {}

void Connection::start() {
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  resume();
}

void Connection::resume() {
  if (processing_ || phase_ == Phase::closed) return;
  const auto self = shared_from_this();
  processing_ = true;
  while (parse_and_handle()) {
    flush();
    if (backlogged() || phase_ == Phase::closed) break;
  }
  if (peer_ended_ && phase_ != Phase::handling && phase_ != Phase::closed && !backlogged()) {
    close_after_ = true;  // nothing more can come
    phase_ = Phase::idle;
  }
  if (phase_ != Phase::closed) flush();
  processing_ = false;
  if (phase_ == Phase::closed) return;
  set_deadline();
  wait_readable();
}

/// Whether it stopped only because too much output waits.
bool Connection::parse_and_handle() {
  while ((phase_ == Phase::idle || phase_ == Phase::receiving) && !close_after_ &&
         in_.size() != 0) {
    if (backlogged()) return true;
    if (parse_some() != Parsed::whole) return false;
    dispatch();
  }
  return false;
}

Connection::Parsed Connection::parse_some() {
  if (phase_ == Phase::idle) {
    // An empty line before a request is tolerated, as RFC 9112 asks.
    while (in_.size() != 0) {
      const char first = *static_cast<const char*>(in_.data().data());
      if (first != '\r' && first != '\n') break;
      in_.consume(1);
    }
    if (in_.size() == 0) return Parsed::partial;
    parser_.emplace(core_->options.header_max, core_->options.body_max);
    phase_ = Phase::receiving;
    receive_timed_ = false;
  }
  error_code error;
  const auto data = in_.data();
  in_.consume(parser_->take(static_cast<const char*>(data.data()), data.size(), error));
  if (error) {
    refuse(error);
    return Parsed::refused;
  }
  if (parser_->is_header_done() && parser_->unknown_coding) {
    refuse(501, "unsupported", "of transfer codings only chunked is understood");
    return Parsed::refused;
  }
  if (parser_->is_done()) return Parsed::whole;
  if (parser_->is_header_done() && !admit()) return Parsed::refused;
  if (parser_->is_header_done() && parser_->wants_continue) {
    parser_->wants_continue = false;
    if (in_.size() == 0) {
      charge(25);
      queue("HTTP/1.1 100 Continue\r\n\r\n");
    }
  }
  return Parsed::partial;
}

bool Connection::admit() {
  if (parser_->admitted || !core_->guard.admit) return true;
  parser_->admitted = true;
  std::optional<Response> refused;
  try {
    refused = core_->guard.admit(parser_->request);
  } catch (const std::exception&) {
    refused = refusal(500, "internal", "the request cannot be answered");
  }
  if (refused) refuse(std::move(*refused));
  return !refused;
}

void Connection::dispatch() {
  if (parser_->http11 && parser_->hosts != 1) {
    return refuse(400, "invalid_argument", "an HTTP/1.1 request needs exactly one Host field");
  }
  if (parser_->unmet_expectation) {
    return refuse(417, "invalid_argument", "of expectations only 100-continue is understood");
  }
  ResponseRules rules;
  rules.keep_alive = parser_->keep_alive() && !core_->stopping();
  rules.http11 = parser_->http11;
  rules.head_only = parser_->request.method == "HEAD";
  Request request = std::move(parser_->request);
  parser_.reset();
  phase_ = Phase::handling;
  streaming_ = false;
  auto exchange = make_exchange(shared_from_this(), rules);
  try {
    core_->handler(std::move(request), std::move(exchange));
  } catch (const std::exception&) {
    // The exchange is gone with the handler's frame, and has answered 500 as it went.
  }
}

void Connection::append(std::string bytes, Tail tail) {
  if (phase_ != Phase::handling) {
    pending_.fetch_sub(bytes.size(), std::memory_order_relaxed);
    return;
  }
  if (tail == Tail::abort || (tail == Tail::stream && peer_ended_)) return close();
  queue(std::move(bytes));
  if (tail == Tail::stream) streaming_ = true;
  if (tail == Tail::done || tail == Tail::close) {
    phase_ = Phase::idle;
    streaming_ = false;
    close_after_ = tail == Tail::close || core_->stopping();
  }
  if (!processing_) core_->ready(shared_from_this());
}

void Connection::queue(std::string bytes) {
  if (!bytes.empty()) out_.push_back(std::move(bytes));
}

void Connection::refuse(const error_code& error) {
  using Cause = boost::beast::http::error;
  const auto is = [&](Cause code) { return error_code(code) == error; };
  if (is(Cause::header_limit)) {
    return refuse(431, "too_large", "the request's header is larger than this server accepts");
  }
  if (is(Cause::body_limit)) {
    return refuse(413, "too_large", "the request's body is larger than this server accepts");
  }
  return refuse(400, "invalid_argument", "this is not a well-formed HTTP/1.1 request");
}

void Connection::refuse(int status, std::string_view code, std::string_view message) {
  Response response = refusal(status, code, message);
  if (core_->guard.fields) response.headers = core_->guard.fields();
  refuse(std::move(response));
}

void Connection::refuse(Response response) {
  std::string bytes =
      head_of(response, {.keep_alive = false}, Framing::length, response.body.size());
  bytes += response.body;
  charge(bytes.size());
  queue(std::move(bytes));
  parser_.reset();
  in_.clear();
  phase_ = Phase::idle;
  close_after_ = true;
}

void Connection::flush() {
  if (waiting_writable_) return;
  while (out_next_ < out_.size()) {
    Pieces pieces;
    std::size_t offset = out_offset_;
    for (std::size_t i = out_next_; i < out_.size() && pieces.count < pieces.pieces.size(); ++i) {
      pieces.pieces[pieces.count++] = asio::buffer(out_[i]) + offset;
      offset = 0;
    }
    error_code error;
    const std::size_t bytes = socket_.write_some(pieces, error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      return wait_writable();
    }
    if (error) return close();
    written(bytes);
  }
  out_.clear();
  out_next_ = 0;
  write_deadline_ = SteadyTime::max();
  if (close_after_ && phase_ == Phase::idle) linger();
}

void Connection::written(std::size_t bytes) {
  pending_.fetch_sub(bytes, std::memory_order_relaxed);
  write_deadline_ = SteadyTime::max();
  while (bytes != 0) {
    const std::size_t rest = out_[out_next_].size() - out_offset_;
    if (bytes < rest) {
      out_offset_ += bytes;
      return;
    }
    bytes -= rest;
    std::string().swap(out_[out_next_++]);
    out_offset_ = 0;
  }
}

void Connection::wait_writable() {
  // A stream's queue never runs empty: what is written must not pile up in front of it.
  out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(out_next_));
  out_next_ = 0;
  waiting_writable_ = true;
  if (write_deadline_ == SteadyTime::max()) {
    write_deadline_ = std::chrono::steady_clock::now() + core_->options.send_timeout;
  }
  socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const error_code& error) {
    self->waiting_writable_ = false;
    if (self->phase_ == Phase::closed) return;
    if (error) return self->close();
    self->resume();
  });
}

void Connection::wait_readable() {
  if (waiting_readable_ || peer_ended_) return;
  const bool ahead = phase_ == Phase::handling || backlogged();
  if (ahead && in_.size() >= ahead_max) return;
  waiting_readable_ = true;
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const error_code& error) {
    self->waiting_readable_ = false;
    if (self->phase_ == Phase::closed) return;
    self->on_readable(error);
  });
}

void Connection::on_readable(const error_code& wait_error) {
  if (wait_error) return close();
  const bool in_body = phase_ == Phase::receiving && parser_ && parser_->is_header_done();
  error_code error;
  try {
    const auto room = in_.prepare(in_body || phase_ == Phase::lingering ? body_read : small_read);
    in_.commit(socket_.read_some(room, error));
  } catch (const std::exception&) {
    return close();  // no memory for it
  }
  if (error == asio::error::would_block || error == asio::error::try_again) {
    return wait_readable();
  }
  if (error == asio::error::eof) return on_input_end();
  if (error) return close();
  if (phase_ == Phase::lingering) {
    in_.clear();
    return wait_readable();
  }
  resume();
  if (in_.size() == 0 && in_.capacity() > ahead_max) in_.shrink_to_fit();
}

void Connection::on_input_end() {
  peer_ended_ = true;
  // Half-closed peers still get the answers to what they asked; streams end with their peer.
  if (streaming_ || phase_ == Phase::lingering) return close();
  resume();
}

void Connection::linger() {
  phase_ = Phase::lingering;
  if (peer_ended_) return close();
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  in_.clear();
  read_deadline_ = std::chrono::steady_clock::now() + linger_timeout;
}

void Connection::set_deadline() {
  const auto& options = core_->options;
  if (phase_ == Phase::handling) {
    read_deadline_ = SteadyTime::max();
  } else if (phase_ == Phase::idle) {
    read_deadline_ = std::chrono::steady_clock::now() + options.idle_timeout;
  } else if (phase_ == Phase::receiving && !receive_timed_) {
    receive_timed_ = true;
    read_deadline_ = std::chrono::steady_clock::now() + options.receive_timeout;
  }
  deadline_ = std::min(read_deadline_, write_deadline_);
  core_->deadline_set(deadline_);
}

void Connection::expire(SteadyTime now) {
  if (write_deadline_ <= now || phase_ != Phase::receiving) return close();
  refuse(408, "unavailable", "the request did not arrive in time");
  resume();
}

void Connection::wind_down() {
  if (out_.empty() || phase_ == Phase::handling || phase_ == Phase::lingering) return close();
  close_after_ = true;
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  gone_ = true;
  error_code ignored;
  socket_.close(ignored);
  core_->closed(this);
}

}  // namespace retz::http
