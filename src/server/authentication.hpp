// Who is calling: signed requests against the users of the store.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "retz/http.hpp"
#include "retz/store.hpp"

namespace retz::server {

struct State;

/// The store's users, cached. Threads: any.
class Users {
 public:
  void load(const Store& store);
  void put(User user);
  /// Absent: no such user.
  std::shared_ptr<const User> find(const std::string& key_id) const;
  bool loaded() const;

 private:
  mutable std::mutex mutex_;
  bool loaded_ = false;
  std::unordered_map<std::string, std::shared_ptr<const User>> users_;
};

/// Who signed the head; the body may still be to come. Error: unauthenticated (the same for an
/// unknown user and for a wrong signature), forbidden for a disabled user, unavailable while the
/// users cannot be read.
/// A request may be repeated by a third party within the window; what must happen once carries an
/// idempotency key.
Result<std::shared_ptr<const User>> authenticate(State& state, const http::Request& head);
/// Whether the body is the one that was signed. Error: unauthenticated.
Result<void> check_body(const State& state, const http::Request& request);

/// `yyyy-MM-dd'T'HH:mm:ss.SSSXXX` as Retz 0.5, or RFC 1123.
Result<Instant> instant_of_date(std::string_view text);
/// RFC 1123.
std::string date_field(Instant now);

}  // namespace retz::server
