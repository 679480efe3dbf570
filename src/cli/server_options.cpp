// What retz-server is told: options first, then the properties file, then what needs no telling.
#include "cli/server_options.hpp"

#include <pwd.h>
#include <unistd.h>

#include <charconv>

#include "cli/data_directory.hpp"
#include "cli/mesos_options.hpp"
#include "cli/policy_options.hpp"
#include "cli/settings_reader.hpp"
#include "retz/json.hpp"

namespace retz::cli {

namespace {

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
  // One machine: what does not fit it never will. Of agents others may come.
  limits.closed_cluster = !in.settings().mesos;
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
    const bool here = !in.settings().mesos;  // agents have users of their own
    if (here && ::getpwnam(user.c_str()) == nullptr) in.wrong(user, "a unix user of this machine");
  } else if (const auto* me = ::geteuid() == 0 ? nullptr : ::getpwuid(::geteuid())) {
    local.unix_user = me->pw_name;  // who is not root can run jobs as nobody else
  }
}

/// Keys of Retz 0.5 that this build reads past, knowing them.
const std::vector<std::string>& idle_keys() {
  static const std::vector<std::string> keys{"retz.database.url",
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
  const bool mesos = in.settings().mesos.has_value();
  const std::string mode = mesos ? "mesos" : "local";
  const auto warn = [&](const std::string& key) {
    in.settings().warnings.push_back(file.place(key) + ": " + key + " has no effect in " + mode +
                                     " mode");
  };
  for (const auto& key : idle_keys()) {
    if (file.get(key)) warn(key);
    known.push_back(key);
  }
  if (!mesos && file.get("retz.mesos")) warn("retz.mesos");
  for (const auto& key : mesos_keys()) {
    if (!mesos && file.get(key)) warn(key);
    known.push_back(key);
  }
  for (const auto& key : file.keys()) {
    const bool of_local = key.starts_with("retz.local.") && key != "retz.local.allow.root";
    if (mesos && (of_local || key == "retz.node.attributes")) warn(key);
    if (is_user_key(key)) known.push_back(key);
  }
  for (auto& sentence : file.unknown(known)) in.settings().warnings.push_back(std::move(sentence));
}

/// The mode decides; where it is not told, an address of masters means mesos.
void read_mode(Reader& in, const ServerArguments& arguments) {
  const auto masters = in.text("retz.mesos", arguments.mesos, "--mesos");
  const auto mode = in.text("retz.mode", arguments.mode, "--mode");
  if (!mode.empty() && mode != "local" && mode != "mesos") return in.wrong(mode, "local or mesos");
  if (mode == "mesos" || (mode.empty() && !masters.empty())) in.settings().mesos.emplace();
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
  read_mode(in, arguments);
  const auto data = in.text("retz.data", arguments.data, "--data");
  settings.data = data.empty() ? default_data_directory() : std::filesystem::path(data);
  read_address(in, arguments);
  settings.restore = arguments.restore;
  settings.snapshot = in.text("retz.snapshot.file", arguments.snapshot, "--snapshot");
  in.duration("retz.snapshot.interval", settings.snapshot_interval);
  if (settings.snapshot_interval < std::chrono::seconds(1)) {
    in.wrong(in.text("retz.snapshot.interval"), "1s or more");
  }
  in.flag("retz.authentication", settings.authentication);
  read_limits(in);
  read_policy(in, file ? &*file : nullptr);
  read_machine(in, arguments);
  if (settings.mesos) read_mesos(in, arguments);
  if (file) warn_about_keys(*file, in);
  if (in.error) return tl::unexpected(*in.error);
  return settings;
}

}  // namespace retz::cli
