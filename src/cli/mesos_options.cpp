// What retz-server is told of Mesos. Names and defaults are those of Retz 0.5, where it had them.
#include "cli/mesos_options.hpp"

namespace retz::cli {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    std::string word = text.substr(at, comma - at);
    word.erase(0, word.find_first_not_of(' '));
    word.erase(word.find_last_not_of(' ') + 1);
    out.push_back(std::move(word));
    at = comma + 1;
  }
  return out;
}

void text(Reader& in, const char* key, std::string& target) {
  if (const auto value = in.text(key); !value.empty()) target = value;
}

void read_identity(Reader& in, MesosOptions& mesos) {
  text(in, "retz.mesos.framework", mesos.framework_name);
  if (const auto roles = in.text("retz.mesos.role"); !roles.empty()) {
    mesos.roles = words_of(roles);
  }
  mesos.principal = "retz";
  text(in, "retz.mesos.principal", mesos.principal);
  mesos.secret_file = in.text("retz.mesos.secret.file");
  in.flag("retz.mesos.tls", mesos.tls.enabled);
  mesos.tls.ca_file = in.text("retz.mesos.tls.ca.file");
  in.flag("retz.mesos.tls.insecure", mesos.tls.insecure);
}

void read_times(Reader& in, MesosOptions& mesos) {
  in.duration("retz.mesos.connect-timeout", mesos.connect_timeout);
  in.duration("retz.mesos.failover.timeout", mesos.failover_timeout);
  in.duration("retz.unreachable.timeout", mesos.unreachable_timeout);
  in.duration("retz.mesos.refuse", mesos.refuse_time);
  in.duration("retz.max.stock-seconds", mesos.stock_time);
  in.whole("retz.max.stock", 0, 100'000,
           [&](std::int64_t n) { mesos.stock_max = static_cast<std::uint32_t>(n); });
  in.whole("retz.mesos.launches-per-agent", 1, 100'000,
           [&](std::int64_t n) { mesos.launches_per_agent = static_cast<std::uint32_t>(n); });
}

}  // namespace

const std::vector<std::string>& mesos_keys() {
  static const std::vector<std::string> keys{"retz.mesos.framework",
                                             "retz.mesos.role",
                                             "retz.mesos.principal",
                                             "retz.mesos.secret.file",
                                             "retz.mesos.tls",
                                             "retz.mesos.tls.ca.file",
                                             "retz.mesos.tls.insecure",
                                             "retz.mesos.connect-timeout",
                                             "retz.mesos.failover.timeout",
                                             "retz.unreachable.timeout",
                                             "retz.mesos.refuse",
                                             "retz.max.stock",
                                             "retz.max.stock-seconds",
                                             "retz.mesos.launches-per-agent",
                                             "retz.mesos.containerizer",
                                             "retz.mesos.exec"};
  return keys;
}

void read_mesos(Reader& in, const ServerArguments& arguments) {
  MesosOptions& mesos = *in.settings().mesos;
  mesos.masters = in.text("retz.mesos", arguments.mesos, "--mesos");
  mesos.user = in.settings().local.unix_user;
  mesos.allow_root = in.settings().local.allow_root;
  read_identity(in, mesos);
  read_times(in, mesos);
  in.settings().new_framework = arguments.new_framework;
  mesos.exec_program = in.text("retz.mesos.exec");
  if (const auto kind = in.text("retz.mesos.containerizer"); !kind.empty()) {
    if (kind != "mesos" && kind != "docker") return in.wrong(kind, "mesos or docker");
    mesos.docker_containerizer = kind == "docker";
  }
  if (in.error) return;
  if (const auto right = check(mesos); !right) in.wrong_sentence(right.error());
}

}  // namespace retz::cli
