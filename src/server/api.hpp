// The HTTP API of the reference server: /v1, and /ping and /status as Retz 0.5 had them. It answers
// from the store and sends what changes something to the runtime's mailbox.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "retz/cluster.hpp"
#include "retz/http.hpp"
#include "retz/mesos.hpp"
#include "retz/runtime.hpp"
#include "retz/store.hpp"

namespace retz::server {

struct ApiOptions {
  std::string version = {};  // "0.6.0"
  std::string mode = "local";
  std::function<MesosStatus()> mesos = {};  // in mesos mode
  /// false: a known key is still needed, its signature is not checked (as in Retz 0.5).
  bool authentication = true;
  std::chrono::seconds signature_window{600};  // how far a Date may be off, both ways
  std::uint32_t list_max = 65536;              // jobs in one list
  std::int64_t file_max = 64 << 20;            // bytes in one read of a file; negative: no limit
  std::size_t jobs_per_submission = 10000;
  std::chrono::milliseconds keep_alive = std::chrono::seconds(15);     // of /v1/events
  std::chrono::milliseconds answer_within = std::chrono::seconds(20);  // else 503
};

struct State;

/// The references must outlive it. The http::Server may end before or after it.
class Api {
 public:
  Api(ApiOptions options, const Store& store, LiveMailbox& mailbox, Sandboxes& sandboxes,
      std::function<RuntimeStatus()> status, Clock& clock);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// For http::serve. Until `attach` it answers 503.
  http::Handler handler();
  /// Likewise: who is unknown, or signed wrongly, sends no body.
  http::Guard guard();
  void attach(http::Server& server);
  /// For RuntimeHooks: what a batch wrote. Threads: the runtime's.
  void committed(BatchNumber number, Instant at, std::span<const Write> writes);

 private:
  std::shared_ptr<State> state_;
};

}  // namespace retz::server
