// What retz-server is told: options first, then the properties file, then what needs no telling.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "retz/engine.hpp"
#include "retz/local.hpp"
#include "retz/mesos.hpp"
#include "retz/result.hpp"

namespace retz::cli {

struct ServerSettings {
  std::filesystem::path data;
  std::string host = "127.0.0.1";
  std::uint16_t port = 9090;
  bool authentication = true;
  std::filesystem::path restore;   // a snapshot to begin with; empty: none
  std::filesystem::path snapshot;  // written now and then; empty: none
  Duration snapshot_interval = std::chrono::minutes(1);
  std::uint32_t list_max = 65536;
  std::int64_t file_max = 64 * 1024 * 1024;  // bytes; negative: no limit
  EngineOptions engine;
  LocalOptions local;
  std::optional<MesosOptions> mesos;  // given: jobs run on that cluster, not here
  bool new_framework = false;         // the stored framework id is not used any more
  std::vector<std::string> warnings;  // for the log
};

/// As given on the command line; empty: not given.
struct ServerArguments {
  std::string config, mode, data, bind, cpus, mem;
  std::string mesos = {};  // the masters
  std::string restore = {}, snapshot = {};
  bool new_framework = false;
};

/// Error: invalid_argument naming key or option, the value and the fix; not_found, io_error for
/// the file.
Result<ServerSettings> server_settings(const ServerArguments& arguments);

/// "HOST:PORT" or "http://HOST:PORT". Error: invalid_argument.
Result<std::pair<std::string, std::uint16_t>> host_and_port(const std::string& text);

}  // namespace retz::cli
