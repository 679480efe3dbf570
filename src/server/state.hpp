// What the routes share.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "server/api.hpp"
#include "server/authentication.hpp"
#include "server/events.hpp"
#include "server/follow.hpp"
#include "server/forecasts.hpp"

namespace retz::server {

struct PendingReply;

struct State : std::enable_shared_from_this<State> {
  State(ApiOptions given, const Store& store_, LiveMailbox& mailbox_, Sandboxes& sandboxes_,
        std::function<RuntimeStatus()> status_, Clock& clock_);

  ApiOptions options;
  const Store& store;
  LiveMailbox& mailbox;
  Sandboxes& sandboxes;
  std::function<RuntimeStatus()> status;
  Clock& clock;
  const Duration started;          // on the steady clock
  const std::string server_field;  // "retz-server-0.6.0"

  Users users;
  Subscribers subscribers;
  Followers followers;
  std::deque<std::shared_ptr<PendingReply>> replies;  // the oldest first; I/O thread
  bool replies_watched = false;
  Forecasts forecasts;

  /// On the server's thread, after `delay`. Any thread; nothing happens once the server is gone.
  void after(std::chrono::milliseconds delay, std::function<void()> task);
  bool attached();

  std::mutex server_mutex;
  http::Server* server = nullptr;  // under the mutex
};

}  // namespace retz::server
