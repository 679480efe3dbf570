// The sending side of one request. Bytes are formed on the caller's thread, so that the I/O thread
// only copies them to the socket.
#include <algorithm>
#include <cstdint>

#include "http/connection.hpp"

namespace retz::http {
namespace {

constexpr std::size_t join_max = 16 * 1024;  // a body up to this size goes out with its head

std::string chunk_of(std::string piece) {
  static constexpr char digits[] = "0123456789abcdef";
  char head[16];
  std::size_t at = sizeof head;
  for (std::size_t size = piece.size(); size != 0; size >>= 4U) head[--at] = digits[size & 15U];
  std::string out;
  out.reserve(piece.size() + 24);
  out.append(head + at, sizeof head - at).append("\r\n").append(piece).append("\r\n");
  return out;
}

class ConnectionExchange final : public Exchange {
 public:
  ConnectionExchange(std::shared_ptr<Connection> connection, ResponseRules rules)
      : connection_(std::move(connection)), rules_(rules) {}

  ~ConnectionExchange() override {
    // A handler that gave the exchange up must not leave the client waiting.
    if (state_ == State::fresh) {
      send(refusal(500, "internal", "the request was dropped unanswered"));
    } else if (state_ == State::begun) {
      push({}, Tail::abort);
    }
  }

  bool send(Response response) override {
    if (!advance(State::fresh, State::ended)) return false;
    std::string head = head_of(response, rules_, Framing::length, response.body.size());
    if (rules_.head_only || response.body.empty()) return push(std::move(head), last());
    if (response.body.size() <= join_max) {
      return push(head.append(response.body), last());
    }
    push(std::move(head), Tail::more);
    return push(std::move(response.body), last());
  }

  bool begin(Response response, std::optional<std::uint64_t> length) override {
    if (!advance(State::fresh, State::begun)) return false;
    if (length) {
      framing_ = Framing::length;
      left_ = *length;
    } else if (rules_.http11) {
      framing_ = Framing::chunked;
    } else {
      framing_ = Framing::until_close;
      rules_.keep_alive = false;
    }
    return push(head_of(response, rules_, framing_, left_),
                framing_ == Framing::length ? Tail::more : Tail::stream);
  }

  bool write(std::string piece) override {
    if (state_ != State::begun || connection_->gone()) return false;
    if (piece.empty() || rules_.head_only) return true;
    if (framing_ == Framing::chunked) return push(chunk_of(std::move(piece)), Tail::more);
    if (framing_ == Framing::length) {
      if (piece.size() > left_) piece.resize(static_cast<std::size_t>(left_));
      left_ -= piece.size();
    }
    return push(std::move(piece), Tail::more);
  }

  void end() override {
    if (!advance(State::begun, State::ended)) return;
    if (rules_.head_only) {
      push({}, last());
    } else if (framing_ == Framing::chunked) {
      push("0\r\n\r\n", last());
    } else {
      // Fewer bytes than announced: only a closed connection tells the client.
      push({}, framing_ == Framing::length && left_ != 0 ? Tail::abort : last());
    }
  }

  std::size_t pending() const override { return connection_->pending(); }
  bool peer_gone() const override { return connection_->gone(); }

 private:
  enum class State : std::uint8_t { fresh, begun, ended };

  bool advance(State from, State to) { return state_.compare_exchange_strong(from, to); }
  Tail last() const { return rules_.keep_alive ? Tail::done : Tail::close; }

  bool push(std::string bytes, Tail tail) {
    if (connection_->gone()) return false;
    connection_->charge(bytes.size());
    connection_->core().push(connection_, std::move(bytes), tail);
    return true;
  }

  std::shared_ptr<Connection> connection_;
  ResponseRules rules_;
  Framing framing_ = Framing::length;
  std::uint64_t left_ = 0;  // of an announced length
  std::atomic<State> state_{State::fresh};
};

}  // namespace

std::shared_ptr<Exchange> make_exchange(std::shared_ptr<Connection> connection,
                                        ResponseRules rules) {
  return std::make_shared<ConnectionExchange>(std::move(connection), rules);
}

}  // namespace retz::http
