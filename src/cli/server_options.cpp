// What retz-server is told: options first, then the properties file, then what needs no telling.
#include "cli/server_options.hpp"

#include <pwd.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <functional>

#include "cli/data_directory.hpp"
#include "cli/policy_options.hpp"
#include "cli/properties.hpp"
#include "retz/json.hpp"

namespace retz::cli {

namespace {

/// Reads one value after the other; the first error wins.
class Reader {
 public:
  Reader(const Properties* file, ServerSettings& settings) : file_(file), settings_(settings) {}

  std::string text(const char* key, const std::string& option = {}, const char* flag = "") {
    known_.emplace_back(key);
    place_ = option.empty() && file_ != nullptr ? file_->place(key) + ": " + key : flag;
    if (!option.empty()) return option;
    return file_ != nullptr ? file_->get(key).value_or("") : "";
  }

  void whole(const char* key, std::int64_t low, std::int64_t high,
             const std::function<void(std::int64_t)>& set) {
    const auto value = text(key);
    if (value.empty()) return;
    std::int64_t parsed = 0;
    const auto end = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (end.ec != std::errc{} || end.ptr != value.data() + value.size() || parsed < low ||
        parsed > high) {
      return wrong(value,
                   "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    }
    set(parsed);
  }

  void thousandths(const char* key, std::optional<std::int64_t>& target,
                   const std::string& option = {}, const char* flag = "") {
    const auto value = text(key, option, flag);
    if (value.empty()) return;
    double parsed = 0;
    const auto end = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (end.ec != std::errc{} || end.ptr != value.data() + value.size() || !(parsed >= 0) ||
        parsed > 1e6) {
      return wrong(value, "a number of cpus, 2 or 1.5");
    }
    target = std::llround(parsed * 1000);
  }

  void mebibytes(const char* key, std::optional<std::int64_t>& target,
                 const std::string& option = {}, const char* flag = "") {
    const auto value = text(key, option, flag);
    if (value.empty()) return;
    const auto parsed = mebibytes_from_text(value);
    if (!parsed) return wrong(value, "MiB or a size, 2048 or 2GiB");
    target = *parsed;
  }

  void duration(const char* key, Duration& target) {
    const auto value = text(key);
    if (value.empty()) return;
    const auto parsed = duration_from_text(value);
    if (!parsed) return wrong(value, "a duration, 3600, 12h or 7d");
    target = *parsed;
  }

  void flag(const char* key, bool& target) {
    const auto value = text(key);
    if (value.empty()) return;
    if (value != "true" && value != "false") return wrong(value, "true or false");
    target = value == "true";
  }

  /// `expected` completes "must be ...".
  void wrong(const std::string& value, const std::string& expected) {
    if (error) return;
    error = Error{Errc::invalid_argument, place_ + " is \"" + value + "\" but must be " + expected,
                  place_};
  }
  /// `field` is the key, the message goes on behind it.
  void wrong_key(const Error& cause) {
    if (error) return;
    const auto place = (file_ != nullptr ? file_->place(cause.field) + ": " : "") + cause.field;
    const bool sentence = cause.message.starts_with(':');
    error = Error{cause.code, place + (sentence ? "" : " ") + cause.message, place};
  }

  ServerSettings& settings() { return settings_; }
  const std::vector<std::string>& known() const { return known_; }
  std::optional<Error> error;

 private:
  const Properties* file_;
  ServerSettings& settings_;
  std::vector<std::string> known_;
  std::string place_;
};

void read_address(Reader& in, const ServerArguments& arguments) {
  const auto bind = in.text("retz.bind", arguments.bind, "--bind");
  if (bind.empty()) return;
  const auto address = host_and_port(bind);
  if (!address) return in.wrong(bind, "http://HOST:PORT, for example http://127.0.0.1:9090");
  in.settings().host = address->first;
  in.settings().port = address->second;
}

void read_limits(Reader& in) {
  auto& limits = in.settings().engine.limits;
  constexpr std::int64_t many = 1'000'000'000;
  in.thousandths("retz.max.cpus", limits.cpus);
  in.mebibytes("retz.max.mem", limits.mem);
  in.mebibytes("retz.max.disk", limits.disk);
  in.whole("retz.max.gpus", 0, many,
           [&](std::int64_t n) { limits.gpus = static_cast<std::int32_t>(n); });
  in.whole("retz.max.ports", 0, 65535,
           [&](std::int64_t n) { limits.ports = static_cast<std::int32_t>(n); });
  in.whole("retz.max.running", 1, many,
           [&](std::int64_t n) { limits.running = static_cast<std::uint32_t>(n); });
  in.whole("retz.max.list-jobs", 1, 65536,
           [&](std::int64_t n) { in.settings().list_max = static_cast<std::uint32_t>(n); });
  in.whole("retz.max.file-size", -1, std::int64_t{1} << 50,
           [&](std::int64_t n) { in.settings().file_max = n; });
  limits.closed_cluster = true;  // one machine: what does not fit it never will
}

void read_policy(Reader& in, const Properties* file) {
  auto policy = policy_from_properties([&](const char* key) { return in.text(key); }, file);
  if (policy) {
    in.settings().engine.policy = std::move(*policy);
  } else {
    in.wrong_key(policy.error());
  }
}

void read_ports(Reader& in) {
  const auto value = in.text("retz.local.ports");
  if (value.empty()) return;
  const auto dash = value.find('-');
  std::uint16_t first = 0, last = 0;
  const char* const end = value.data() + value.size();
  const char* const middle = value.data() + std::min(dash, value.size());
  const auto a = std::from_chars(value.data(), middle, first);
  const bool two = dash != std::string::npos && a.ec == std::errc{} && a.ptr == middle;
  const auto b = two ? std::from_chars(middle + 1, end, last) : a;
  if (!two || b.ec != std::errc{} || b.ptr != end || first == 0 || first > last) {
    return in.wrong(value, "FIRST-LAST, for example 31000-31999");
  }
  in.settings().local.ports = {first, last};
}

void read_machine(Reader& in, const ServerArguments& arguments) {
  auto& local = in.settings().local;
  in.thousandths("retz.local.cpus", local.cpus, arguments.cpus, "--cpus");
  in.mebibytes("retz.local.mem", local.mem, arguments.mem, "--mem");
  in.mebibytes("retz.local.disk", local.disk);
  std::optional<std::int64_t> reserve;
  in.thousandths("retz.local.reserve.cpus", reserve);
  if (reserve) local.reserve_cpus = *reserve;
  reserve.reset();
  in.mebibytes("retz.local.reserve.mem", reserve);
  if (reserve) local.reserve_mem = *reserve;
  reserve.reset();
  in.mebibytes("retz.local.cache.max", reserve);
  if (reserve) local.cache_max = *reserve;
  reserve.reset();
  in.mebibytes("retz.local.fetch.max", reserve);
  if (reserve) local.fetch_max = *reserve;
  in.flag("retz.local.allow.root", local.allow_root);
  read_ports(in);
  local.exec_program = in.text("retz.local.exec");
  if (const auto given = in.text("retz.node.attributes"); !given.empty()) {
    auto attributes = attributes_from_text(given);
    if (!attributes) return in.wrong(given, "as rack=r1,zone=z2: " + attributes.error().message);
    local.attributes = std::move(*attributes);
  }
  in.duration("retz.local.sandbox.max.age", local.sandbox_max_age);
  in.duration("retz.local.fetch.time.max", local.fetch_time_max);
  if (const auto user = in.text("retz.user"); !user.empty()) {
    local.unix_user = user;
    if (user == "root" && !local.allow_root) {
      return in.wrong(user, "a user other than root (or set retz.local.allow.root = true)");
    }
    if (::getpwnam(user.c_str()) == nullptr) in.wrong(user, "a unix user of this machine");
  } else if (const auto* me = ::geteuid() == 0 ? nullptr : ::getpwuid(::geteuid())) {
    local.unix_user = me->pw_name;  // who is not root can run jobs as nobody else
  }
}

/// Keys of Retz 0.5 that this build reads past, knowing them.
const std::vector<std::string>& idle_keys() {
  static const std::vector<std::string> keys{"retz.mesos",
                                             "retz.mesos.role",
                                             "retz.mesos.principal",
                                             "retz.mesos.secret.file",
                                             "retz.mesos.refuse",
                                             "retz.mesos.failover.timeout",
                                             "retz.max.stock",
                                             "retz.database.url",
                                             "retz.database.driver",
                                             "retz.database.user",
                                             "retz.database.pass",
                                             "retz.classpath",
                                             "retz.job-queue.type",
                                             "retz.job-queue.all.limit",
                                             "retz.gc",
                                             "retz.gc.leeway",
                                             "retz.gc.interval",
                                             "retz.jmx.port",
                                             "retz.access.key",
                                             "retz.access.secret",
                                             "retz.tls.keystore.file",
                                             "retz.tls.keystore.pass",
                                             "retz.tls.truststore.file",
                                             "retz.tls.truststore.pass",
                                             "retz.tls.insecure"};
  return keys;
}

void warn_about_keys(const Properties& file, Reader& in) {
  auto known = in.known();
  for (const auto& key : idle_keys()) {
    if (file.get(key)) {
      in.settings().warnings.push_back(file.place(key) + ": " + key +
                                       " has no effect in local mode");
    }
    known.push_back(key);
  }
  for (const auto& key : file.keys()) {
    if (is_user_key(key)) known.push_back(key);
  }
  for (auto& sentence : file.unknown(known)) in.settings().warnings.push_back(std::move(sentence));
}

}  // namespace

Result<std::pair<std::string, std::uint16_t>> host_and_port(const std::string& text) {
  std::string rest = text.starts_with("http://") ? text.substr(7) : text;
  if (rest.ends_with('/')) rest.pop_back();
  const auto colon = rest.rfind(':');
  std::uint16_t port = 0;
  const char* const end = rest.data() + rest.size();
  if (colon != std::string::npos && colon > 0) {
    const auto parsed = std::from_chars(rest.data() + colon + 1, end, port);
    auto host = rest.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const bool named = host.find_first_of("/@ ") == std::string::npos;
    if (parsed.ec == std::errc{} && parsed.ptr == end && named && !host.empty()) {
      return std::pair(host, port);
    }
  }
  return fail(Errc::invalid_argument, "expected HOST:PORT, found \"" + text + "\"");
}

Result<ServerSettings> server_settings(const ServerArguments& arguments) {
  ServerSettings settings;
  std::optional<Properties> file;
  if (!arguments.config.empty()) {
    auto read = Properties::read(arguments.config);
    if (!read) return tl::unexpected(read.error());
    file = std::move(*read);
  }
  Reader in(file ? &*file : nullptr, settings);
  const auto mode = in.text("retz.mode", arguments.mode, "--mode");
  if (mode == "mesos") {
    return fail(Errc::unsupported,
                "mode mesos is not in this build; start with --mode local to run jobs on this "
                "machine",
                "--mode");
  }
  if (!mode.empty() && mode != "local") in.wrong(mode, "local or mesos");
  const auto data = in.text("retz.data", arguments.data, "--data");
  settings.data = data.empty() ? default_data_directory() : std::filesystem::path(data);
  read_address(in, arguments);
  in.flag("retz.authentication", settings.authentication);
  read_limits(in);
  read_policy(in, file ? &*file : nullptr);
  read_machine(in, arguments);
  if (file) warn_about_keys(*file, in);
  if (in.error) return tl::unexpected(*in.error);
  return settings;
}

}  // namespace retz::cli
