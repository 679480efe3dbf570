// A Mesos cluster, through the v1 HTTP scheduler API of its leading master.
//
// Leases are made of the offers of its agents, attempts run as Mesos tasks. What the connection
// must know after a restart (the framework's id before all) it reports as StateReported under names
// that begin with "mesos."; the host hands it back in `known`.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "retz/cluster.hpp"
#include "retz/result.hpp"
#include "retz/time.hpp"

namespace retz {

struct MesosTls {
  bool enabled = false;                // speak https to master and agents
  bool insecure = false;               // do not check certificates: for a first try alone
  std::filesystem::path ca_file = {};  // PEM; empty: those of this system
};

struct MesosOptions {
  /// "host:port", "h1:p1,h2:p2" or "zk://[user:pass@]h1:p1,h2:p2/path".
  std::string masters = {};
  std::string framework_name = "retz";
  std::string user = "nobody";  // unix user of tasks whose application names none
  bool allow_root = false;
  std::vector<std::string> roles = {"*"};
  std::string principal = {};              // empty: no authentication
  std::filesystem::path secret_file = {};  // of the principal; its one trailing newline is no part
  std::string hostname = {};               // shown by the master; empty: this machine's
  std::string web_ui = {};                 // URL shown by the master
  bool checkpoint = true;                  // tasks survive a restart of their agent
  bool gpus = true;                        // see agents that have some
  Duration failover_timeout = std::chrono::hours(24 * 7);  // how long tasks outlive a silent server
  Duration connect_timeout = std::chrono::seconds(30);  // for the first subscription of this life
  Duration unreachable_timeout = std::chrono::minutes(15);  // then a silent agent's jobs run anew
  std::uint32_t stock_max = 16;                             // offers held while nobody waits
  Duration stock_time = std::chrono::seconds(10);           // how long each is held
  Duration refuse_time = std::chrono::seconds(5);  // before an offer that fits nobody comes again
  std::uint32_t launches_per_agent = 64;           // in flight at once
  /// The wrapper on the agents (pins, tells true exit codes); empty: the command runs as it is.
  std::string exec_program = {};
  MesosTls tls = {};
  /// Of applications with an image: the Docker containerizer, not that of Mesos.
  bool docker_containerizer = false;
  /// What is stored of an attempt, for the sandboxes of those that ended in an earlier life; may be
  /// absent. Called on the threads that read files.
  std::function<std::optional<AttemptRecord>(AttemptRef)> attempt = {};
  /// What was reported before this start: all stored state whose name begins with "mesos.".
  std::map<std::string, std::string> known = {};
  /// Of back-off and of what makes task ids unique; 0: drawn anew.
  std::uint64_t seed = 0;
  /// For the host's log: severity 0 info, 1 warning, 2 error. Called on the cluster's own thread.
  std::function<void(int severity, const std::string& message)> log = {};
};

struct MesosAgent {
  std::string id = {};
  std::string node = {};  // its name above
  std::string hostname = {};
  std::string address = {};  // host:port of its HTTP endpoints; empty: not known (yet)
  std::uint32_t held_offers = 0;
  std::uint32_t tasks = 0;  // of ours that have not ended
  bool unreachable = false;
};

struct MesosStatus {
  bool subscribed = false;
  std::string master = {};  // host:port of the master subscribed to, else of the last one tried
  std::string framework_id = {};        // empty: never subscribed
  std::vector<MesosAgent> agents = {};  // that made an offer or run a task of ours; by id
  std::uint32_t held_offers = 0;
  std::uint32_t tasks = 0;                      // of ours that have not ended
  std::uint32_t unreconciled = 0;               // tasks of which the master has not told yet
  bool suppressed = false;                      // no offers are asked for
  std::optional<Duration> last_event_age = {};  // since the stream said anything at all
  /// Why there is no subscription at present; after the last words of a master, for good.
  std::optional<Error> trouble = {};
  bool ended = false;  // superseded or removed: it will not subscribe again
};

/// The name of the stored state that holds the framework's id. Not handed back in `known`, the
/// cluster subscribes as a new framework, and what ran under the old id is lost to it.
inline constexpr const char* mesos_framework_id_state = "mesos.framework-id";

/// Whether mesos_cluster() would take them. Reads the files that they name; asks no master.
Result<void> check(const MesosOptions& options);

class MesosCluster : public Cluster {
 public:
  /// Threads: any.
  virtual MesosStatus status() const = 0;
};

/// open() subscribes: it returns when the master has answered, or after connect_timeout with the
/// error `unavailable` whose field is "retz.mesos". After it the connection is taken up again for
/// ever. Error: invalid_argument naming the option (field: the property of retz-server); not_found
/// for the files.
Result<std::unique_ptr<MesosCluster>> mesos_cluster(MesosOptions options);

}  // namespace retz
