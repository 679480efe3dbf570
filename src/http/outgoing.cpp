// An outgoing HTTP/1.1 connection on a Loop.
#include "http/outgoing.hpp"

#include <fcntl.h>

#include <array>
#include <deque>
#include <optional>

#include <openssl/x509v3.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include "http/loop_parts.hpp"
#include "http/response_parser.hpp"
#include "http/tls_parts.hpp"

namespace retz::http {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// A socket, with TLS around it or not.
class Channel {
 public:
  Channel(asio::io_context& io, const std::shared_ptr<Tls>& tls) : socket(io), tls_(tls) {
    if (tls_) secure_.emplace(socket, tls_->parts().context);
  }
  /// Whose certificate is wanted.
  bool name(const std::string& host) {
    if (!secure_ || tls_->parts().insecure) return true;
    SSL* const ssl = secure_->native_handle();
    error_code not_a_number;
    asio::ip::make_address(host, not_a_number);
    if (!not_a_number) {
      return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    }
    SSL_set_tlsext_host_name(ssl, host.c_str());
    return SSL_set1_host(ssl, host.c_str()) == 1;
  }
  template <class Handler>
  void shake_hands(Handler handler) {
    if (!secure_) return handler(error_code{});
    secure_->async_handshake(asio::ssl::stream_base::client, std::move(handler));
  }
  template <class Handler>
  void read(asio::mutable_buffer room, Handler handler) {
    if (secure_) return secure_->async_read_some(room, std::move(handler));
    socket.async_read_some(room, std::move(handler));
  }
  template <class Handler>
  void write(asio::const_buffer bytes, Handler handler) {
    if (secure_) return asio::async_write(*secure_, bytes, std::move(handler));
    asio::async_write(socket, bytes, std::move(handler));
  }

  tcp::socket socket;

 private:
  std::shared_ptr<Tls> tls_;
  std::optional<asio::ssl::stream<tcp::socket&>> secure_;
};

class Connection final : public Outgoing, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, OutgoingOptions options)
      : options_(std::move(options)),
        resolver_(loop.parts().io),
        channel_(loop.parts().io, options_.tls),
        timer_(loop) {
    const bool v6 = options_.host.find(':') != std::string::npos;
    where_ = (v6 ? "[" + options_.host + "]" : options_.host) + ":" + std::to_string(options_.port);
  }

  void connect();
  void send(std::string_view method, std::string_view target, const Headers& headers,
            std::string_view body, Reply reply) override;
  void close() override;
  bool closed() const override { return closed_; }
  std::size_t unsent() const override { return outbox_.size() + writing_.size(); }

 private:
  struct Waiting {
    Reply reply;
    std::uint64_t first_byte;  // of the request, counted over the connection
    bool head_only;
  };

  void connected(const error_code& error);
  void opened(const error_code& error);
  void write_more();
  void read_more();
  void received(const error_code& error, std::size_t size);
  bool take(std::size_t size);
  void begin_answer();
  bool tell_head();
  bool answer_done();
  void ended();
  void watch();
  void fail_all(const std::string& why);
  std::shared_ptr<Connection> self() { return shared_from_this(); }

  OutgoingOptions options_;
  std::string where_;
  tcp::resolver resolver_;
  Channel channel_;
  Timer timer_;
  SteadyClock::time_point progress_{};
  bool open_ = false, closed_ = false, watching_ = false;

  std::string outbox_, writing_;
  std::uint64_t queued_ = 0, started_ = 0;  // bytes ever queued; of them, handed to the socket
  std::deque<Waiting> waiting_;

  std::array<char, 64 * 1024> room_;
  std::string input_;
  std::optional<ResponseParser> parser_;
  Piece piece_;
  bool head_told_ = false;
};

void Connection::connect() {
  timer_.set(options_.connect_timeout, [weak = weak_from_this()] {
    const auto kept = weak.lock();
    if (kept && !kept->open_) {
      kept->fail_all("no connection within " +
                     std::to_string(kept->options_.connect_timeout.count()) + " ms");
    }
  });
  resolver_.async_resolve(
      options_.host, std::to_string(options_.port), tcp::resolver::numeric_service,
      [kept = self()](const error_code& error, const tcp::resolver::results_type& found) {
        if (kept->closed_) return;
        if (error) return kept->fail_all("its name is not known here: " + error.message());
        asio::async_connect(kept->channel_.socket, found,
                            [kept](const error_code& failed, const tcp::endpoint&) {
                              if (!kept->closed_) kept->connected(failed);
                            });
      });
}

void Connection::connected(const error_code& error) {
  if (error) return fail_all(error.message());
  error_code ignored;
  // Not for the programs that this one starts.
  ::fcntl(channel_.socket.native_handle(), F_SETFD, FD_CLOEXEC);
  channel_.socket.set_option(tcp::no_delay(true), ignored);
  channel_.socket.set_option(asio::socket_base::keep_alive(true), ignored);
  if (!channel_.name(options_.host)) return fail_all("its name cannot be that of a certificate");
  channel_.shake_hands([kept = self()](const error_code& failed) {
    if (!kept->closed_) kept->opened(failed);
  });
}

void Connection::opened(const error_code& error) {
  if (error) return fail_all("no TLS with it: " + error.message());
  open_ = true;
  progress_ = SteadyClock::now();
  timer_.cancel();
  watch();
  write_more();
  read_more();
}

void Connection::send(std::string_view method, std::string_view target, const Headers& headers,
                      std::string_view body, Reply reply) {
  if (closed_) {
    if (reply.end) reply.end(fail(Errc::unavailable, where_ + ": the connection is closed"), false);
    return;
  }
  const std::size_t before = outbox_.size();
  const auto field = [&](std::string_view name, std::string_view value) {
    outbox_.append(name).append(": ").append(value).append("\r\n");
  };
  outbox_.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  field("Host", where_);
  for (const auto& [name, value] : headers) field(name, value);
  if (!body.empty() || method == "POST") field("Content-Length", std::to_string(body.size()));
  outbox_.append("\r\n").append(body);
  waiting_.push_back({std::move(reply), queued_, method == "HEAD"});
  queued_ += outbox_.size() - before;
  if (waiting_.size() == 1) progress_ = SteadyClock::now();
  if (!open_) return;
  watch();
  write_more();
}

void Connection::write_more() {
  if (!writing_.empty() || outbox_.empty()) return;
  std::swap(writing_, outbox_);
  started_ += writing_.size();
  channel_.write(asio::buffer(writing_), [kept = self()](const error_code& error, std::size_t) {
    if (kept->closed_) return;
    // Who closes early may have answered before: the reader tells.
    if (error) return;
    kept->writing_.clear();
    kept->progress_ = SteadyClock::now();
    kept->write_more();
  });
}

void Connection::read_more() {
  channel_.read(asio::buffer(room_), [kept = self()](const error_code& error, std::size_t size) {
    if (!kept->closed_) kept->received(error, size);
  });
}

void Connection::received(const error_code& error, std::size_t size) {
  if (error) {
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) return ended();
    return fail_all("the connection broke: " + error.message());
  }
  progress_ = SteadyClock::now();
  if (take(size)) read_more();
}

/// False where the connection was closed over it.
bool Connection::take(std::size_t size) {
  std::string joined;
  std::string_view bytes(room_.data(), size);
  if (!input_.empty()) {
    joined = std::exchange(input_, {});
    joined.append(bytes);
    bytes = joined;
  }
  while (!bytes.empty()) {
    if (waiting_.empty()) {
      fail_all("it sent what nobody asked for");
      return false;
    }
    if (!parser_) begin_answer();
    boost::beast::error_code error;
    const std::size_t used = parser_->put(asio::buffer(bytes.data(), bytes.size()), error);
    if (closed_) return false;
    bytes.remove_prefix(used);
    if (parser_->is_header_done() && !tell_head()) return false;
    if (error == boost::beast::http::error::need_more) {
      if (used == 0 || bytes.empty()) break;
      continue;
    }
    if (error) {
      fail_all("its answer is not HTTP (" + error.message() + ")");
      return false;
    }
    if (parser_->response.body.size() > options_.body_max) {
      fail_all("its answer is larger than " + std::to_string(options_.body_max) + " bytes");
      return false;
    }
    if (parser_->is_done() && !answer_done()) return false;
  }
  input_.assign(bytes);
  return true;
}

void Connection::begin_answer() {
  const Waiting& front = waiting_.front();
  head_told_ = false;
  piece_ = nullptr;
  if (front.reply.piece) {
    piece_ = [this](std::string_view bytes) {
      // The connection may go while it is told.
      const auto kept = self();
      const Reply& reply = waiting_.front().reply;
      if (!tell_head()) return false;
      reply.piece(bytes);
      return !closed_;
    };
  }
  parser_.emplace(front.head_only, piece_ ? &piece_ : nullptr);
}

/// Of a stream. False where the connection was closed over it.
bool Connection::tell_head() {
  if (!piece_ || head_told_ || parser_->response.status / 100 != 2) return true;
  head_told_ = true;
  const auto kept = self();
  const auto& head = waiting_.front().reply.head;
  if (head) head(parser_->response);
  return !closed_;
}

/// False where the connection is closed now.
bool Connection::answer_done() {
  Response answer = std::move(parser_->response);
  const bool goes_on = parser_->keep_alive();
  parser_.reset();
  if (answer.status / 100 == 1) return true;  // interim
  Waiting front = std::move(waiting_.front());
  waiting_.pop_front();
  const auto kept = self();
  if (front.reply.end) front.reply.end(std::move(answer), true);
  if (closed_) return false;
  if (!goes_on) fail_all("it closed the connection");
  return goes_on;
}

void Connection::ended() {
  if (parser_ && parser_->got_some()) {
    boost::beast::error_code error;
    parser_->put_eof(error);
    if (closed_) return;
    if (!error && parser_->is_done() && !answer_done()) return;
  }
  fail_all("it closed the connection");
}

void Connection::watch() {
  if (watching_ || waiting_.empty()) return;
  watching_ = true;
  const auto rest = options_.answer_timeout - (SteadyClock::now() - progress_);
  timer_.set(
      std::max(std::chrono::ceil<std::chrono::microseconds>(rest), std::chrono::microseconds(1000)),
      [weak = weak_from_this()] {
        const auto kept = weak.lock();
        if (!kept || kept->closed_) return;
        kept->watching_ = false;
        const bool streaming = kept->parser_ && kept->head_told_;
        if (streaming) kept->progress_ = SteadyClock::now();
        if (!kept->waiting_.empty() &&
            SteadyClock::now() - kept->progress_ >= kept->options_.answer_timeout) {
          return kept->fail_all("no answer for " +
                                std::to_string(kept->options_.answer_timeout.count()) + " ms");
        }
        kept->watch();
      });
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  timer_.cancel();
  resolver_.cancel();
  error_code ignored;
  channel_.socket.close(ignored);
  // What waits stays until the end: one of its functions may be what closes.
}

void Connection::fail_all(const std::string& why) {
  const auto kept = self();
  auto waiting = std::exchange(waiting_, {});
  close();
  for (const Waiting& each : waiting) {
    if (each.reply.end) {
      each.reply.end(fail(Errc::unavailable, where_ + ": " + why), each.first_byte < started_);
    }
  }
}

}  // namespace

std::shared_ptr<Outgoing> outgoing(Loop& loop, OutgoingOptions options) {
  auto made = std::make_shared<Connection>(loop, std::move(options));
  made->connect();
  return made;
}

}  // namespace retz::http
