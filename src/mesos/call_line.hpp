// The second connection: calls go over it in order, many before the first is answered. After one
// that could not be sent, or that the master had no answer to, the next ones wait for a moment.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mesos/event_stream.hpp"
#include "mesos/framework.hpp"

namespace retz::mesos {

/// Threads: the loop's.
class CallLine {
 public:
  /// What was not answered by 2xx; see Framework::answered for `status`.
  using Answered = std::function<void(const Call& call, int status, std::string_view body)>;

  CallLine(http::Loop& loop, MasterAccess access, Answered answered);
  ~CallLine();

  /// A stream was opened: its calls go there.
  void begin(const Address& master, const std::string& stream_id);
  /// Without a stream: answered as not sent.
  void send(std::vector<Call> calls);
  /// The stream ended: what has not been answered will not be.
  void end();

 private:
  void send(Call call);
  void send_now(Call call);
  void hold_on();
  void go_on();

  http::Loop& loop_;
  MasterAccess access_;
  Answered answered_;
  Address master_;
  http::Headers headers_;
  bool begun_ = false;
  http::Timer timer_;
  bool holding_ = false;
  int failures_ = 0;        // since the last answer
  std::vector<Call> held_;  // meanwhile, in order
  std::shared_ptr<http::Outgoing> line_;
  struct Pending;
  std::shared_ptr<Pending> pending_;
};

}  // namespace retz::mesos
