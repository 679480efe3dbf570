// retz-exec: runs jobs on one machine, for a server (serve) or for whoever calls it (run).
#include <getopt.h>

#include <charconv>
#include <cstring>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "exec/run.hpp"
#include "exec/serve.hpp"

namespace {

constexpr const char* usage =
    R"(retz-exec serve --data DIR [--detach] [--linger SECONDS] [--start-limit SECONDS]
                [--allow-root] [--no-cgroups]
    runs the jobs of the retz-server whose data directory is DIR; a job whose program has not begun
    by the start limit (60) has failed to launch
retz-exec run [--cpus N] [--mem MIB] [--time-limit SECONDS] [--grace SECONDS]
              [--user NAME] [--directory DIR] [--record DIR] [--no-cgroups] -- COMMAND...
    runs one command in the foreground, confined in the same way
    exit status: the command's; 128 + signal; 124 time limit; 137 memory limit; 125 not launched
)";

int complain(const std::string& what) {
  std::cerr << "retz-exec: " << what << "\n";
  return 125;
}

/// A decimal number in thousandths; nothing when it is none, negative, or too large.
std::optional<std::int64_t> thousandths(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(value >= 0 && value <= 1e12)) return std::nullopt;
  return static_cast<std::int64_t>(value * 1000 + 0.5);
}

int serve(int argc, char** argv) {
  const option options[] = {{"data", required_argument, nullptr, 'd'},
                            {"detach", no_argument, nullptr, 'b'},
                            {"linger", required_argument, nullptr, 'l'},
                            {"start-limit", required_argument, nullptr, 's'},
                            {"allow-root", no_argument, nullptr, 'r'},
                            {"no-cgroups", no_argument, nullptr, 'c'},
                            {nullptr, 0, nullptr, 0}};
  retz::exec::ServeOptions out;
  for (int o = 0; (o = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
    if (o == 'd') out.data = optarg;
    if (o == 'b') out.detach = true;
    if (o == 'r') out.allow_root = true;
    if (o == 'c') out.cgroups = false;
    if (o == 'l' || o == 's') {
      const auto value = thousandths(optarg);
      if (!value) return complain("seconds are wanted, not \"" + std::string(optarg) + "\"");
      (o == 'l' ? out.linger : out.start_limit) = static_cast<int>(*value / 1000);
    }
    if (o == '?') return complain(usage);
  }
  if (out.data.empty() || optind != argc) return complain(usage);
  const auto result = retz::exec::serve(out);
  return result ? 0 : complain(result.error().message);
}

int run(int argc, char** argv) {
  const option options[] = {{"cpus", required_argument, nullptr, 'c'},
                            {"mem", required_argument, nullptr, 'm'},
                            {"time-limit", required_argument, nullptr, 't'},
                            {"grace", required_argument, nullptr, 'g'},
                            {"user", required_argument, nullptr, 'u'},
                            {"directory", required_argument, nullptr, 'd'},
                            {"record", required_argument, nullptr, 'r'},
                            {"no-cgroups", no_argument, nullptr, 'n'},
                            {nullptr, 0, nullptr, 0}};
  retz::exec::RunOptions out;
  for (int o = 0; (o = getopt_long(argc, argv, "+", options, nullptr)) != -1;) {
    std::optional<std::int64_t> value = 0;
    if (std::strchr("cmtg", o) != nullptr) value = thousandths(optarg);
    if (!value) return complain("a number is wanted, not \"" + std::string(optarg) + "\"");
    if (o == 'c') out.cpus = *value;
    if (o == 'm') out.mem = *value / 1000;
    if (o == 't') out.time_limit = std::chrono::milliseconds(*value);
    if (o == 'g') out.grace_period = std::chrono::milliseconds(*value);
    if (o == 'u') out.user = optarg;
    if (o == 'd') out.directory = optarg;
    if (o == 'r') out.record = optarg;
    if (o == 'n') out.cgroups = false;
    if (o == '?') return complain(usage);
  }
  if (optind == argc) return complain(usage);
  out.words.assign(argv + optind, argv + argc);
  const auto result = retz::exec::run(out);
  return result ? *result : complain(result.error().message);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view face = argc > 1 ? argv[1] : "";
  if (face == "serve") return serve(argc - 1, argv + 1);
  if (face == "run") return run(argc - 1, argv + 1);
  std::cerr << usage;
  return face == "--help" ? 0 : 125;
}
