// What the host asked for, checked and taken apart.
#include "mesos/options.hpp"

#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

#include "mesos/agent_answers.hpp"

namespace retz::mesos {
namespace {

tl::unexpected<Error> wrong(const char* key, const std::string& what) {
  return fail(Errc::invalid_argument, std::string(key) + " " + what, key);
}

/// The header's value. The master splits principal and secret at a colon, and wants exactly two.
Result<std::string> authorization_of(const MesosOptions& options) {
  constexpr const char* key = "retz.mesos.secret.file";
  if (options.secret_file.empty()) return std::string{};
  if (options.principal.empty()) {
    return wrong("retz.mesos.principal",
                 "is missing: whose secret is in " + options.secret_file.string() + "?");
  }
  if (options.principal.find(':') != std::string::npos) {
    return wrong("retz.mesos.principal", "cannot have a colon in it");
  }
  std::error_code error;
  const bool readable = std::filesystem::is_regular_file(options.secret_file, error);
  std::ifstream file(options.secret_file, std::ios::binary);
  std::string secret;
  if (readable && file) secret.assign(std::istreambuf_iterator<char>(file), {});
  if (!readable || !file) {
    return fail(Errc::not_found, std::string(key) + ": cannot read " + options.secret_file.string(),
                key);
  }
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.empty()) return wrong(key, "names an empty file: " + options.secret_file.string());
  if (secret.find(':') != std::string::npos) {
    return wrong(key, "names a secret with a colon in it, which no master can check");
  }
  return "Basic " + base64(options.principal + ":" + secret);
}

Result<void> check_role(const std::string& role) {
  const bool relative = role == "." || role == ".." || role.starts_with('-');
  const bool slashes =
      role.starts_with('/') || role.ends_with('/') || role.find("//") != std::string::npos;
  if (role.empty() || relative || slashes ||
      role.find_first_of(" \t\r\n\v\f\b\\") != std::string::npos) {
    return wrong("retz.mesos.role", "is \"" + role +
                                        "\" but must be *, or a name without blanks, for example "
                                        "batch or eng/batch");
  }
  return {};
}

Result<void> check_values(const MesosOptions& options) {
  using std::chrono::seconds;
  if (options.framework_name.empty()) return wrong("retz.mesos.framework", "needs a name");
  if (options.user.empty()) return wrong("retz.user", "needs a unix user");
  if (options.user == "root" && !options.allow_root) {
    return wrong("retz.user", "is root, which must be allowed first");
  }
  if (options.roles.empty()) return wrong("retz.mesos.role", "needs at least one role");
  for (const std::string& role : options.roles) {
    if (auto right = check_role(role); !right) return right;
  }
  if (options.connect_timeout < seconds(1)) {
    return wrong("retz.mesos.connect-timeout", "must be at least a second");
  }
  if (options.failover_timeout < seconds(0)) {
    return wrong("retz.mesos.failover.timeout", "cannot be negative");
  }
  if (options.unreachable_timeout < seconds(0)) {
    return wrong("retz.unreachable.timeout", "cannot be negative");
  }
  if (options.stock_time < seconds(0)) {
    return wrong("retz.max.stock-seconds", "cannot be negative");
  }
  if (options.refuse_time < seconds(0)) return wrong("retz.mesos.refuse", "cannot be negative");
  if (options.launches_per_agent == 0) {
    return wrong("retz.mesos.launches-per-agent", "must be at least 1");
  }
  return {};
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace

Result<Settled> settle(const MesosOptions& options) {
  auto masters = masters_of(options.masters);
  if (!masters) return tl::unexpected(masters.error());
  if (auto right = check_values(options); !right) return tl::unexpected(right.error());
  auto authorization = authorization_of(options);
  if (!authorization) return tl::unexpected(authorization.error());
  Settled out;
  out.masters = std::move(*masters);
  out.access.authorization = std::move(*authorization);
  if (options.tls.enabled) {
    auto tls = http::Tls::make(options.tls.ca_file, options.tls.insecure);
    if (!tls) {
      tls.error().message = "retz.mesos.tls.ca.file: " + tls.error().message;
      tls.error().field = "retz.mesos.tls.ca.file";
      return tl::unexpected(tls.error());
    }
    out.access.tls = std::move(*tls);
  }
  FrameworkOptions& framework = out.framework;
  framework.name = options.framework_name;
  framework.user = options.user;
  framework.allow_root = options.allow_root;
  framework.roles = options.roles;
  framework.principal = options.principal;
  framework.hostname = options.hostname.empty() ? host_name() : options.hostname;
  framework.web_ui = options.web_ui;
  framework.checkpoint = options.checkpoint;
  framework.gpus = options.gpus;
  framework.failover_timeout = options.failover_timeout;
  framework.stock_max = options.stock_max;
  framework.stock_time = options.stock_time;
  framework.refuse_time = options.refuse_time;
  framework.launches_per_agent = options.launches_per_agent;
  framework.unreachable_timeout = options.unreachable_timeout;
  framework.containerizer =
      options.docker_containerizer ? Containerizer::docker : Containerizer::mesos;
  framework.exec_program = options.exec_program;
  return out;
}

}  // namespace retz::mesos
