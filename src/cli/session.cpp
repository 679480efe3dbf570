// One retz-client invocation's conversation with the server.
#include "cli/session.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include <nlohmann/json.hpp>

#include "cli/data_directory.hpp"
#include "cli/properties.hpp"

namespace retz::cli {

namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

const std::vector<std::string>& client_keys() {
  static const std::vector<std::string> keys{"retz.server.uri",          "retz.authentication",
                                             "retz.access.key",          "retz.access.secret",
                                             "retz.tls.keystore.file",   "retz.tls.keystore.pass",
                                             "retz.tls.truststore.file", "retz.tls.truststore.pass",
                                             "retz.tls.insecure",        "retz.jmx.port"};
  return keys;
}

std::vector<std::filesystem::path> usual_places() {
  std::vector<std::filesystem::path> places;
  const char* const home = std::getenv("HOME");
  if (const char* const config = std::getenv("XDG_CONFIG_HOME"); config && *config) {
    places.emplace_back(std::filesystem::path(config) / "retz/retz.properties");
  } else if (home && *home) {
    places.emplace_back(std::filesystem::path(home) / ".config/retz/retz.properties");
  }
  places.emplace_back("/opt/retz-client/etc/retz.properties");
  places.emplace_back(default_data_directory() / "client.properties");
  return places;
}

Result<std::filesystem::path> find_config(const std::string& given) {
  if (!given.empty()) return std::filesystem::path(given);
  if (const char* const named = std::getenv("RETZ_CONFIG"); named && *named) {
    return std::filesystem::path(named);
  }
  std::string looked;
  for (const auto& place : usual_places()) {
    std::error_code ignored;
    if (std::filesystem::exists(place, ignored)) return place;
    looked += "\n  " + place.string();
  }
  return fail(Errc::not_found,
              "no configuration: give one with -C FILE or $RETZ_CONFIG, or start a server on this "
              "machine with `retz-server`. Looked for:" +
                  looked);
}

Errc errc_of(std::string_view name, int status) {
  for (int i = 0; i <= static_cast<int>(Errc::internal); ++i) {
    if (to_string(static_cast<Errc>(i)) == name) return static_cast<Errc>(i);
  }
  switch (status) {
    case 400:
      return Errc::invalid_argument;
    case 401:
      return Errc::unauthenticated;
    case 403:
      return Errc::forbidden;
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    case 413:
    case 431:
      return Errc::too_large;
    case 422:
      return Errc::limit_exceeded;
    case 503:
      return Errc::unavailable;
    default:
      return Errc::internal;
  }
}

}  // namespace

bool may_pass(const Error& error) {
  return error.code == Errc::unavailable || error.code == Errc::io_error ||
         error.code == Errc::storage_full || error.code == Errc::storage_busy ||
         error.code == Errc::storage_failed;
}

Result<ClientConfig> client_config(const std::string& given) {
  const auto file = find_config(given);
  if (!file) return tl::unexpected(file.error());
  const auto properties = Properties::read(*file);
  if (!properties) return tl::unexpected(properties.error());
  ClientConfig config;
  config.file = file->string();
  config.url = properties->get("retz.server.uri").value_or("");
  config.key = properties->get("retz.access.key").value_or("");
  config.secret = properties->get("retz.access.secret").value_or("");
  const auto authentication = properties->get("retz.authentication").value_or("true");
  if (config.url.empty()) {
    const auto near = properties->unknown(client_keys());
    return fail(Errc::invalid_argument,
                config.file + ": retz.server.uri is missing, for example " +
                    "`retz.server.uri = http://127.0.0.1:9090`" +
                    (near.empty() ? "" : "; " + near.front()),
                "retz.server.uri");
  }
  while (config.url.ends_with('/')) config.url.pop_back();
  if (authentication != "true" && authentication != "false") {
    return fail(Errc::invalid_argument,
                properties->place("retz.authentication") +
                    ": retz.authentication must be true or false, not \"" + authentication + "\"",
                "retz.authentication");
  }
  config.authentication = authentication == "true";
  if (config.authentication && (config.key.empty() || config.secret.empty())) {
    return fail(
        Errc::invalid_argument,
        config.file + ": retz.access.key and retz.access.secret are needed to sign requests",
        config.key.empty() ? "retz.access.key" : "retz.access.secret");
  }
  return config;
}

Session::Session(ClientConfig config, bool json, std::optional<std::chrono::milliseconds> patience)
    : config_(std::move(config)), json_(json), patience_(patience) {}

Result<http::Client*> Session::client() {
  if (!client_) {
    http::ClientOptions options;
    options.url = config_.url;
    options.key_id = config_.key;
    options.secret = config_.secret;
    auto made = http::connect(std::move(options));
    if (!made) return tl::unexpected(made.error());
    client_ = std::move(*made);
  }
  return client_.get();
}

Result<Json> Session::call(std::string_view method, const std::string& target, const Json* body,
                           const http::Headers& headers) {
  auto connection = client();
  if (!connection) return tl::unexpected(connection.error());
  auto response = (*connection)->call(method, target, body ? body->dump() : "", headers);
  if (!response) return tl::unexpected(response.error());
  reached_ = true;
  if (response->status < 200 || response->status > 299) return tl::unexpected(error_of(*response));
  if (response->body.empty()) return Json(nullptr);
  auto answer = Json::parse(response->body, nullptr, false);
  if (answer.is_discarded()) return Json(response->body);  // /v1/ping answers in plain text
  return answer;
}

Result<Json> Session::insist(std::string_view method, const std::string& target, const Json* body,
                             const http::Headers& headers) {
  const auto begin = std::chrono::steady_clock::now();
  auto pause = 50ms;
  for (;;) {
    auto answer = call(method, target, body, headers);
    if (answer || !may_pass(answer.error())) return answer;
    // Refused before anything was ever sent: there is no server, and nothing is in doubt.
    const bool lost = reached_ || answer.error().code == Errc::io_error;
    const auto patience = patience_.value_or(lost ? 30s : 0s);
    if (std::chrono::steady_clock::now() - begin + pause > patience) return answer;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(1000));
  }
}

Result<http::Response> Session::stream(const std::string& target,
                                       const std::function<bool(std::string_view)>& piece) {
  auto connection = client();
  if (!connection) return tl::unexpected(connection.error());
  auto response = (*connection)->stream("GET", target, piece);
  if (!response) return response;
  reached_ = true;
  if (response->status < 200 || response->status > 299) return tl::unexpected(error_of(*response));
  return response;
}

std::string encoded(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return out;
}

Error error_of(const http::Response& response) {
  const auto body = Json::parse(response.body, nullptr, false);
  if (body.is_object() && body.contains("error") && body["error"].is_object()) {
    const auto& error = body["error"];
    const auto text = [&](const char* name) {
      return error.contains(name) && error[name].is_string() ? error[name].get<std::string>() : "";
    };
    return {errc_of(text("code"), response.status), text("message"), text("field")};
  }
  return {errc_of("", response.status),
          "the server answered " + std::to_string(response.status) +
              (response.body.empty() ? "" : ": " + response.body.substr(0, 300)),
          ""};
}

}  // namespace retz::cli
