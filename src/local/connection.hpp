// The line to retz-exec: finds or starts it, sends orders, hears reports, and starts another one
// when it dies.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "launch/wire.hpp"
#include "retz/result.hpp"

namespace retz::local {

struct ConnectionOptions {
  std::filesystem::path data;     // canonical
  std::filesystem::path program;  // retz-exec
  bool allow_root = false;
};

/// Called on the connection's own thread.
struct ConnectionHooks {
  std::function<void(std::vector<launch::Message>)> heard;
  /// After a new line was made, the first one excepted: what was under way must be asked for anew.
  std::function<void()> restored;
};

class Connection {
 public:
  /// Error: io_error, with what retz-exec said.
  static Result<std::unique_ptr<Connection>> open(ConnectionOptions options, ConnectionHooks hooks);
  ~Connection();

  /// Sends, or keeps for later what the socket does not take now; never blocks. What was sent to a
  /// retz-exec that dies may be lost: see `restored`. Threads: any.
  void send(std::span<const launch::Message> messages);

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The option, else $RETZ_EXEC, else beside this program, else ../exec/ from there, else on PATH.
/// Error: not_found naming the places.
Result<std::filesystem::path> find_program(const std::filesystem::path& wanted);

}  // namespace retz::local
