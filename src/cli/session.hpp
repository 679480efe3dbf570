// One retz-client invocation's conversation with the server.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "retz/http.hpp"
#include "retz/result.hpp"

namespace retz::cli {

struct ClientConfig {
  std::string file;  // where it came from
  std::string url;
  bool authentication = true;
  std::string key, secret;
};

/// The first of: `given`, $RETZ_CONFIG, ~/.config/retz/retz.properties,
/// /opt/retz-client/etc/retz.properties, and what a retz-server on this machine wrote into its
/// default data directory. Error: not_found listing where it looked; invalid_argument.
Result<ClientConfig> client_config(const std::string& given);

/// The same call may succeed later: no answer, or a store that is full or busy.
bool may_pass(const Error& error);

/// Threads: one at a time; `another()` makes one for a second thread.
class Session {
 public:
  Session(ClientConfig config, bool json, std::optional<std::chrono::milliseconds> patience);

  /// Error: what the server answered, or why it could not be reached.
  Result<nlohmann::json> call(std::string_view method, const std::string& target,
                              const nlohmann::json* body = nullptr,
                              const http::Headers& headers = {});
  /// The same, repeated while the server cannot be reached or is not ready: for calls that may be
  /// repeated. A server that was never reached is given up at once unless --patience was given.
  Result<nlohmann::json> insist(std::string_view method, const std::string& target,
                                const nlohmann::json* body = nullptr,
                                const http::Headers& headers = {});
  /// A GET whose body is handed over as it comes; `piece` returns false to stop.
  Result<http::Response> stream(const std::string& target,
                                const std::function<bool(std::string_view)>& piece);

  Session another() const { return {config_, json_, patience_}; }
  const ClientConfig& config() const { return config_; }
  bool json() const { return json_; }

 private:
  Result<http::Client*> client();

  ClientConfig config_;
  bool json_;
  std::optional<std::chrono::milliseconds> patience_;
  std::unique_ptr<http::Client> client_;
  bool reached_ = false;
};

/// Percent-encoded for a path or a query value.
std::string encoded(std::string_view text);
/// What a response that is not 2xx says.
Error error_of(const http::Response& response);

}  // namespace retz::cli
