// A server at work: store, cluster, runtime and API of one data directory. Three kinds of threads:
// this one waits for signals, one turns the runtime, the rest belong to the cluster and to HTTP.
#include "cli/serving.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <future>
#include <thread>

#include "cli/first_user.hpp"
#include "cli/snapshots.hpp"
#include "retz/http.hpp"
#include "retz/runtime.hpp"
#include "server/api.hpp"

namespace retz::cli {

namespace {

constexpr std::size_t descriptors_kept = 256;  // for the store, sandboxes, fetches

/// Connections may not take the descriptors that jobs and the store live on.
std::size_t descriptors_for_clients() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  const auto all = static_cast<std::size_t>(limit.rlim_cur);
  return all > 2 * descriptors_kept ? all - descriptors_kept : descriptors_kept;
}

sigset_t ending_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  return set;
}

Severity severity_of(int level) {
  return level >= 2 ? Severity::error : level == 1 ? Severity::warning : Severity::info;
}

/// The client beside this program, so that the line can be typed as it is shown.
std::string client_program() {
  std::error_code error;
  auto beside =
      std::filesystem::read_symlink("/proc/self/exe", error).replace_filename("retz-client");
  return !error && std::filesystem::exists(beside, error) ? beside.string() : "retz-client";
}

/// The runtime's thread. Destroying it makes one last turn for what was already posted.
class TurningThread {
 public:
  TurningThread(Runtime& runtime, LiveMailbox& mailbox)
      : mailbox_(mailbox), thread_([this, &runtime] {
          while (!over_) {
            const auto turn = runtime.turn();
            if (over_) break;
            mailbox_.wait(turn.sleep);
          }
          runtime.turn();
        }) {}
  ~TurningThread() {
    over_ = true;
    mailbox_.wake();
    thread_.join();
  }

 private:
  LiveMailbox& mailbox_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

/// Everything of one run, in the order in which it is made; destroyed backwards.
class Serving {
 public:
  Serving(const ServerSettings& settings, const DataDirectory& data, Log& log)
      : settings_(settings), data_(data), log_(log), clock_(system_clock()) {}
  ~Serving() {
    http_.reset();  // nothing new comes in while the runtime makes its last turn
    turning_.reset();
    api_at_ = nullptr;
  }

  Result<void> start() {
    if (!settings_.restore.empty()) {
      if (auto restored = restore_snapshot(settings_.restore, data_, log_); !restored) {
        return restored;
      }
    }
    auto store = sqlite_store(data_.path() / "retz.db");
    if (!store) return tl::unexpected(store.error());
    store_ = std::move(*store);
    if (!settings_.snapshot.empty()) {
      if (std::filesystem::weakly_canonical(settings_.snapshot) == data_.path() / "retz.db") {
        return fail(Errc::invalid_argument, "--snapshot " + settings_.snapshot.string() +
                                                " is the store itself: name another file");
      }
      snapshots_ = std::make_unique<Snapshots>(data_.path() / "retz.db", settings_.snapshot,
                                               settings_.snapshot_interval, log_);
    }
    if (auto made = make_cluster(); !made) return made;
    auto runtime = Runtime::open(runtime_options(), mailbox_, *clock_, *store_, *cluster_);
    if (!runtime) return tl::unexpected(runtime.error());
    runtime_ = std::move(*runtime);
    return listen();
  }

  /// Until a signal tells to end; true for a user to be made known, false for an early end.
  Result<bool> know_a_user() {
    turning_ = std::make_unique<TurningThread>(*runtime_, mailbox_);
    const auto users = store_->users();
    if (!users) return tl::unexpected(users.error());
    if (users->empty()) {
      auto promise = std::make_shared<std::promise<Result<Answer>>>();
      auto answered = promise->get_future();
      mailbox_.post(StoreUser{first_user()},
                    [promise](Result<Answer> answer) { promise->set_value(std::move(answer)); });
      const auto set = ending_signals();
      while (answered.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready) {
        const timespec none{};
        if (::sigtimedwait(&set, nullptr, &none) > 0) return false;
      }
      if (const auto answer = answered.get(); !answer) return tl::unexpected(answer.error());
    }
    const auto file = data_.path() / "client.properties";
    const auto user = user_for_properties(*store_, file);
    if (!user) {
      log_.say(Severity::warning, file.string() + " is not written: " + user.error().message);
      return true;
    }
    const auto written =
        write_private(file, client_properties(url(), settings_.authentication, *user));
    if (!written) return tl::unexpected(written.error());
    return true;
  }

  /// Error: the store's state cannot be read.
  Result<void> begin_snapshots() {
    if (!snapshots_) return {};
    const auto state = store_->state(lineage_state);
    if (!state) return tl::unexpected(state.error());
    Lineage lineage = Lineage::after(*state);
    mailbox_.post({Event{StateReported{lineage_state, lineage.text()}, {}}});
    snapshots_->begin(std::move(lineage));
    return {};
  }

  /// From now on requests are answered; before, with 503.
  void open_for_clients() { api_->attach(*http_); }

  std::string url() const {
    const bool any = settings_.host == "0.0.0.0" || settings_.host == "::";
    const auto host = any ? "127.0.0.1" : settings_.host;
    const bool six = host.find(':') != std::string::npos;
    return "http://" + (six ? "[" + host + "]" : host) + ":" + std::to_string(http_->port());
  }

 private:
  Result<void> make_cluster() {
    if (!settings_.mesos) {
      auto local = settings_.local;
      local.data = data_.path();
      auto cluster = local_cluster(std::move(local));
      if (!cluster) return tl::unexpected(cluster.error());
      cluster_ = std::move(*cluster);
      return {};
    }
    auto options = mesos_options();
    if (!options) return tl::unexpected(options.error());
    log_.say(Severity::info, "asks for a subscription with the Mesos masters of retz.mesos");
    auto cluster = mesos_cluster(std::move(*options));
    if (!cluster) return tl::unexpected(cluster.error());
    mesos_ = cluster->get();
    cluster_ = std::move(*cluster);
    return {};
  }

  Result<MesosOptions> mesos_options() {
    MesosOptions options = *settings_.mesos;
    auto known = store_->states("mesos.");
    if (!known) return tl::unexpected(known.error());
    for (auto& state : *known) options.known.emplace(std::move(state.name), std::move(state.value));
    if (settings_.new_framework)
      std::erase_if(options.known,
                    [](const auto& state) { return state.first == mesos_framework_id_state; });
    options.log = [this](int level, const std::string& message) {
      log_.say(severity_of(level), message);
    };
    options.attempt = [this](AttemptRef wanted) -> std::optional<AttemptRecord> {
      const auto attempts = store_->attempts(wanted.job);
      if (!attempts) return std::nullopt;
      for (const AttemptRecord& attempt : *attempts) {
        if (attempt.ref == wanted) return attempt;
      }
      return std::nullopt;
    };
    const bool reachable = settings_.host != "127.0.0.1" && settings_.host != "localhost" &&
                           settings_.host != "0.0.0.0" && settings_.host != "::";
    if (reachable && settings_.port != 0) {
      options.web_ui = "http://" + settings_.host + ":" + std::to_string(settings_.port);
    }
    return options;
  }

  RuntimeOptions runtime_options() {
    RuntimeOptions options;
    options.engine = settings_.engine;
    options.hooks.log = [this](int level, const std::string& message) {
      log_.say(severity_of(level), message);
    };
    options.hooks.committed = [this](BatchNumber number, Instant at,
                                     std::span<const Write> writes) {
      if (snapshots_) snapshots_->changed();
      if (auto* const api = api_at_.load()) api->committed(number, at, writes);
    };
    return options;
  }

  Result<void> listen() {
    server::ApiOptions options;
    options.version = RETZ_VERSION;
    options.mode = settings_.mesos ? "mesos" : "local";
    if (mesos_ != nullptr) options.mesos = [this] { return mesos_->status(); };
    options.authentication = settings_.authentication;
    options.list_max = settings_.list_max;
    options.file_max = settings_.file_max;
    api_ = std::make_unique<server::Api>(
        std::move(options), *store_, mailbox_, cluster_->sandboxes(),
        [this] { return runtime_->status(); }, *clock_);
    api_at_ = api_.get();
    http::ServerOptions address;
    address.address = settings_.host;
    address.port = settings_.port;
    address.connections_max = std::min(address.connections_max, descriptors_for_clients());
    auto http = http::serve(address, api_->handler(), api_->guard());
    if (!http) return tl::unexpected(http.error());
    http_ = std::move(*http);
    return {};
  }

  const ServerSettings& settings_;
  const DataDirectory& data_;
  Log& log_;
  std::unique_ptr<Clock> clock_;
  LiveMailbox mailbox_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Snapshots> snapshots_;
  std::unique_ptr<Cluster> cluster_;
  MesosCluster* mesos_ = nullptr;  // the cluster, in that mode
  std::atomic<server::Api*> api_at_{nullptr};
  std::unique_ptr<Runtime> runtime_;
  std::unique_ptr<server::Api> api_;
  std::unique_ptr<TurningThread> turning_;
  std::unique_ptr<http::Server> http_;
};

}  // namespace

Result<void> serve_until_told(const ServerSettings& settings, const DataDirectory& data, Log& log) {
  Serving serving(settings, data, log);
  if (auto started = serving.start(); !started) return started;
  const auto ready = serving.know_a_user();
  if (!ready) return tl::unexpected(ready.error());
  if (*ready) {
    if (auto begun = serving.begin_snapshots(); !begun) return begun;
    serving.open_for_clients();
    const auto client = client_program() + " -C " + (data.path() / "client.properties").string();
    log.say(Severity::info, "Retz " RETZ_VERSION " listens at " + serving.url());
    log.say(Severity::info, "data directory: " + data.path().string());
    log.say(Severity::info, "try: " + client + " load-app -A test");
    log.say(Severity::info, "     " + client + " run -A test -- echo hello");
    const auto set = ending_signals();
    int signal = 0;
    ::sigwait(&set, &signal);
    log.say(Severity::info, "told to end (" + std::string(signal == SIGINT ? "SIGINT" : "SIGTERM") +
                                "); running jobs go on");
  }
  return {};
}

}  // namespace retz::cli
