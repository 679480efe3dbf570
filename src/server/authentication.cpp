#include "server/authentication.hpp"

#include <array>
#include <cstdio>

#include "retz/json.hpp"
#include "retz/signature.hpp"
#include "server/state.hpp"

namespace retz::server {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct Credentials {
  std::string key_id, signature;
};

/// "Retz-auth-v1 KEY:SIGNATURE", one space and one colon.
Result<Credentials> credentials_of(std::string_view field) {
  constexpr std::string_view scheme = "Retz-auth-v1 ";
  const std::size_t colon = field.find(':');
  if (!field.starts_with(scheme) || colon == std::string_view::npos ||
      field.find(':', colon + 1) != std::string_view::npos ||
      field.find(' ', scheme.size()) != std::string_view::npos) {
    return fail(Errc::unauthenticated,
                "the request needs the field Authorization: Retz-auth-v1 KEY:SIGNATURE",
                "Authorization");
  }
  return Credentials{std::string(field.substr(scheme.size(), colon - scheme.size())),
                     std::string(field.substr(colon + 1))};
}

Result<void> check_date(const State& state, std::string_view date) {
  const auto sent = instant_of_date(date);
  if (!sent) return tl::unexpected(sent.error());
  const Duration off = state.clock.wall() - *sent;
  if (off <= state.options.signature_window && -off <= state.options.signature_window) return {};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(off).count();
  return fail(Errc::unauthenticated,
              "the request's Date is " + std::to_string(seconds < 0 ? -seconds : seconds) + " s " +
                  (seconds < 0 ? "ahead of" : "behind") +
                  " the server's clock: set the client's clock",
              "Date");
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int out = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    out = out * 10 + (text[i] - '0');
  }
  return out;
}

/// "Thu, 31 Aug 2017 08:36:46 GMT".
std::optional<Instant> from_rfc1123(std::string_view text) {
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  int month = 0;
  while (month < 12 && months[static_cast<std::size_t>(month)] != text.substr(8, 3)) ++month;
  const int day = number_at(text, 5, 2), year = number_at(text, 12, 4);
  const int hour = number_at(text, 17, 2), minute = number_at(text, 20, 2);
  const int second = number_at(text, 23, 2);
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month) + 1),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (year < 0 || day < 0 || !date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60) {
    return std::nullopt;
  }
  return Instant(sys_days(date).time_since_epoch() + hours(hour) + minutes(minute) +
                 seconds(second));
}

}  // namespace

void Users::load(const Store& store) {
  auto users = store.users();
  if (!users) return;
  const std::lock_guard lock(mutex_);
  loaded_ = true;
  for (User& user : *users) {
    std::string key = user.key_id;
    users_[std::move(key)] = std::make_shared<const User>(std::move(user));
  }
}

void Users::put(User user) {
  const std::lock_guard lock(mutex_);
  std::string key = user.key_id;
  users_[std::move(key)] = std::make_shared<const User>(std::move(user));
}

std::shared_ptr<const User> Users::find(const std::string& key_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(key_id);
  return found == users_.end() ? nullptr : found->second;
}

bool Users::loaded() const {
  const std::lock_guard lock(mutex_);
  return loaded_;
}

Result<std::shared_ptr<const User>> authenticate(State& state, const http::Request& head) {
  const auto credentials = credentials_of(head.header("Authorization"));
  if (!credentials) return tl::unexpected(credentials.error());
  if (!state.users.loaded()) state.users.load(state.store);
  if (!state.users.loaded()) {
    return fail(Errc::unavailable, "the users cannot be read from the store now: try again");
  }
  const auto user = state.users.find(credentials->key_id);
  bool right = user != nullptr;
  if (state.options.authentication) {
    const auto date = head.header("Date");
    if (auto checked = check_date(state, date); !checked) return tl::unexpected(checked.error());
    // An unknown user costs as much time as a known one.
    static const std::string nobody = random_key();
    const std::string expected = sign(
        user ? user->secret : nobody,
        string_to_sign(head.method, head.header("Content-MD5"), date, resource_of(head.target)));
    right = equal_in_constant_time(expected, credentials->signature) && right;
  }
  if (!right) {
    return fail(Errc::unauthenticated,
                "no such user, or the signature is not that of the user's secret", "Authorization");
  }
  if (!user->enabled) {
    return fail(Errc::forbidden, "the user " + user->key_id + " is disabled: ask an operator");
  }
  return user;
}

Result<void> check_body(const State& state, const http::Request& request) {
  std::string_view digest = request.header("Content-MD5");
  if (!state.options.authentication || (request.body.empty() && digest.empty())) return {};
  while (digest.ends_with('=')) digest.remove_suffix(1);
  const bool right = request.body.empty() ? digest == "1B2M2Y8AsgTpgAmY7PhCfg"
                                          : equal_in_constant_time(digest, body_md5(request.body));
  if (right) return {};
  return fail(Errc::unauthenticated,
              digest.empty() ? "a request with a body needs the field Content-MD5"
                             : "the field Content-MD5 is not the digest of the request's body",
              "Content-MD5");
}

Result<Instant> instant_of_date(std::string_view text) {
  if (const auto classic = from_rfc1123(text)) return *classic;
  if (auto exact = instant_from_text(text)) return *exact;
  return fail(Errc::unauthenticated,
              "the request needs the field Date, as 2017-08-31T08:36:46.431Z or as "
              "Thu, 31 Aug 2017 08:36:46 GMT",
              "Date");
}

std::string date_field(Instant now) {
  using namespace std::chrono;
  const auto since = now.time_since_epoch();
  const auto day = floor<std::chrono::days>(since);
  const year_month_day date{sys_days(day)};
  const hh_mm_ss clock{floor<seconds>(since - day)};
  std::array<char, 40> out{};
  const auto size = std::snprintf(
      out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      days[weekday(sys_days(day)).c_encoding()].data(), static_cast<unsigned>(date.day()),
      months[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {out.data(), static_cast<std::size_t>(size)};
}

}  // namespace retz::server
