// This machine as a cluster: joins the line to retz-exec, the fetcher, the sandboxes and the
// cleaner.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>

#include "launch/layout.hpp"
#include "local/cleaner.hpp"
#include "local/connection.hpp"
#include "local/fetcher.hpp"
#include "local/files.hpp"
#include "local/order.hpp"
#include "local/users.hpp"
#include "retz/local.hpp"
#include "topology/capacity.hpp"

namespace retz {
namespace local {
namespace {

constexpr LeaseId lease{1};

/// What is known of an attempt until its end has been settled.
struct Live {
  enum class Phase : std::uint8_t { fetching, ordered, ended };
  Phase phase = Phase::ordered;
  std::optional<Duration> stop;  // asked for, with this grace period
};

Outcome no_launch(OutcomeKind kind, std::string reason) {
  return {.kind = kind, .exit_code = -1, .signal = 0, .reason = std::move(reason)};
}

class LocalCluster : public Cluster {
 public:
  LocalCluster(LocalOptions options, Capacity capacity)
      : options_(std::move(options)),
        capacity_(std::move(capacity)),
        users_(options_.unix_user, options_.allow_root),
        files_(options_.data) {}

  ~LocalCluster() override {
    // Those that call back into this object end first.
    cleaner_.reset();
    fetcher_.reset();
    connection_.reset();
  }

  Result<void> open(Inbox& inbox) override;
  void carry_out(std::span<const Action> actions, std::span<const Receipt> settled) override;
  void reconcile(std::span<const AttemptRecord> believed_live) override;
  Sandboxes& sandboxes() override { return files_; }

 private:
  using Messages = std::vector<launch::Message>;

  void launch(const Launch& launch, Messages& orders, std::vector<Event>& events);
  void fetch_first(const Launch& launch, const UnixUser& user);
  void fetched(const Launch& launch, const UnixUser& user, const Result<void>& result);
  void stop(const StopAttempt& stop, Messages& orders, std::vector<Event>& events);
  void heard(Messages messages);
  void ask_again();
  Event end_event(AttemptRef attempt, Outcome outcome, Usage usage);  // Requires: mutex_ held
  void post(std::vector<Event> events) {
    if (!events.empty()) inbox_->post(std::move(events));
  }
  bool is_live(AttemptRef attempt) {
    const std::lock_guard lock(mutex_);
    return live_.contains(attempt);
  }

  LocalOptions options_;
  Capacity capacity_;
  Users users_;
  Files files_;
  Inbox* inbox_ = nullptr;
  std::mutex mutex_;  // guards the next three
  std::map<AttemptRef, Live> live_;
  std::map<std::uint64_t, AttemptRef> receipts_;
  std::uint64_t last_receipt_ = 0;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Fetcher> fetcher_;
  std::unique_ptr<Cleaner> cleaner_;
};

Result<void> LocalCluster::open(Inbox& inbox) {
  inbox_ = &inbox;
  auto connection = Connection::open(
      {.data = options_.data, .program = options_.exec_program, .allow_root = options_.allow_root},
      {.heard = [this](Messages messages) { heard(std::move(messages)); },
       .restored = [this] { ask_again(); }});
  if (!connection) return tl::unexpected(connection.error());
  {
    const std::lock_guard lock(mutex_);
    connection_ = std::move(*connection);
  }
  fetcher_ = std::make_unique<Fetcher>(FetcherOptions{.data = options_.data,
                                                      .cache_max = options_.cache_max,
                                                      .size_max = options_.fetch_max,
                                                      .time_max = options_.fetch_time_max});
  cleaner_ = std::make_unique<Cleaner>(
      CleanerOptions{.data = options_.data,
                     .age_max = options_.sandbox_max_age,
                     .disk_pressure = options_.disk_pressure,
                     .is_live = [this](AttemptRef attempt) { return is_live(attempt); },
                     .used_share = {}});
  post({Event{.what = LeaseGranted{.lease = lease,
                                   .node = options_.node,
                                   .kind = LeaseKind::standing,
                                   .capacity = capacity_}}});
  return {};
}

Event LocalCluster::end_event(AttemptRef attempt, Outcome outcome, Usage usage) {
  live_[attempt].phase = Live::Phase::ended;
  receipts_[++last_receipt_] = attempt;
  return {.what = AttemptEnded{attempt, std::move(outcome), usage},
          .receipt = Receipt{last_receipt_}};
}

void LocalCluster::carry_out(std::span<const Action> actions, std::span<const Receipt> settled) {
  Messages orders;
  std::vector<Event> events;
  {
    const std::lock_guard lock(mutex_);
    for (const auto receipt : settled) {
      const auto at = receipts_.find(receipt.value);
      if (at == receipts_.end()) continue;
      live_.erase(at->second);
      receipts_.erase(at);
    }
    for (const auto& action : actions) {
      if (const auto* order = std::get_if<Launch>(&action)) launch(*order, orders, events);
      if (const auto* order = std::get_if<StopAttempt>(&action)) stop(*order, orders, events);
    }
  }
  if (!orders.empty()) connection_->send(orders);
  post(std::move(events));
}

void LocalCluster::launch(const Launch& launch, Messages& orders, std::vector<Event>& events) {
  if (live_.contains(launch.attempt)) return;
  const auto refuse = [&](OutcomeKind kind, std::string reason) {
    events.push_back(end_event(launch.attempt, no_launch(kind, std::move(reason)), {}));
  };
  const Application none;
  const Application& application = launch.application ? *launch.application : none;
  if (!application.container_image.empty()) {
    return refuse(OutcomeKind::cannot_launch, "the application runs in the container image " +
                                                  application.container_image +
                                                  ", and this build launches no containers");
  }
  const auto user = users_.find(application.unix_user);
  if (!user) return refuse(OutcomeKind::cannot_launch, user.error().message);
  if (application.files.empty()) {
    live_[launch.attempt];
    orders.emplace_back(make_order(launch, *user, options_.data, capacity_.gpus));
    return;
  }
  live_[launch.attempt].phase = Live::Phase::fetching;
  fetch_first(launch, *user);
}

void LocalCluster::fetch_first(const Launch& launch, const UnixUser& user) {
  FetchRequest request{.attempt = launch.attempt,
                       .files = launch.application->files,
                       .user = user,
                       .owner = launch.application->owner,
                       .done = {}};
  request.done = [this, launch, user](const Result<void>& result) {
    fetched(launch, user, result);
  };
  fetcher_->fetch(std::move(request));
}

void LocalCluster::fetched(const Launch& launch, const UnixUser& user, const Result<void>& result) {
  std::vector<Event> events;
  {
    const std::lock_guard lock(mutex_);
    const auto at = live_.find(launch.attempt);
    if (at == live_.end() || at->second.phase != Live::Phase::fetching) return;  // stopped
    if (result) {
      at->second.phase = Live::Phase::ordered;
      // Under the lock, so that a stop cannot overtake the order.
      const std::array<launch::Message, 1> order = {
          make_order(launch, user, options_.data, capacity_.gpus)};
      connection_->send(order);
      return;
    }
    events.push_back(end_event(launch.attempt,
                               no_launch(OutcomeKind::fetch_failed, result.error().message), {}));
  }
  post(std::move(events));
}

void LocalCluster::stop(const StopAttempt& stop, Messages& orders, std::vector<Event>& events) {
  Live& live = live_[stop.attempt];
  switch (live.phase) {
    case Live::Phase::fetching:
      fetcher_->cancel(stop.attempt);
      events.push_back(end_event(
          stop.attempt,
          no_launch(OutcomeKind::killed, "stopped on request while its files were fetched"), {}));
      break;
    case Live::Phase::ordered:
      live.stop = stop.grace_period;
      orders.emplace_back(launch::StopOrder{stop.attempt, stop.grace_period});
      break;
    case Live::Phase::ended:
      break;
  }
}

void LocalCluster::heard(Messages messages) {
  std::vector<Event> events;
  {
    const std::lock_guard lock(mutex_);
    for (auto& message : messages) {
      if (auto* started = std::get_if<launch::Started>(&message)) {
        const auto at = live_.find(started->attempt);
        if (at == live_.end() || at->second.phase == Live::Phase::ended) continue;
        events.push_back(
            {.what = AttemptRunning{started->attempt, std::move(started->confinement)}});
      }
      if (auto* ended = std::get_if<launch::Ended>(&message)) {
        auto& record = ended->record;
        const auto at = live_.find(record.attempt);
        if (at == live_.end() || at->second.phase == Live::Phase::ended) continue;
        events.push_back(end_event(record.attempt, std::move(record.outcome), record.usage));
      }
    }
  }
  post(std::move(events));
}

/// Another retz-exec answers now: it knows from claims and exit records what became of each.
void LocalCluster::ask_again() {
  const std::lock_guard lock(mutex_);
  if (!connection_) return;
  Messages questions;
  for (const auto& [attempt, live] : live_) {
    if (live.phase != Live::Phase::ordered) continue;
    if (live.stop) {
      questions.emplace_back(launch::StopOrder{attempt, *live.stop});
    } else {
      questions.emplace_back(launch::Query{attempt});
    }
  }
  connection_->send(questions);
}

void LocalCluster::reconcile(std::span<const AttemptRecord> believed_live) {
  Messages questions;
  const std::lock_guard lock(mutex_);
  for (const auto& record : believed_live) {
    const auto [at, fresh] = live_.try_emplace(record.ref);
    if (!fresh) continue;  // launched in this life, and reported when there is news
    if (record.state == AttemptState::stopping) {
      at->second.stop = launch::own_grace;
      questions.emplace_back(launch::StopOrder{record.ref, launch::own_grace});
    } else {
      questions.emplace_back(launch::Query{record.ref});
    }
  }
  connection_->send(questions);
}

Result<void> make_directories(const std::filesystem::path& data) {
  struct Wanted {
    std::filesystem::path path;
    mode_t mode;
  };
  // Open to pass through, not to look into: jobs of any unix user reach their own sandbox.
  for (const auto& [path, mode] : {Wanted{data, 0711}, Wanted{data / launch::sandboxes_name, 0711},
                                   Wanted{data / launch::cache_name, 0700}}) {
    struct stat now = {};
    if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST) {
      return fail(Errc::io_error, "cannot make " + path.string() + ": " + std::strerror(errno),
                  "data");
    }
    if (stat(path.c_str(), &now) != 0 || !S_ISDIR(now.st_mode) ||
        ((now.st_mode & mode) != mode && chmod(path.c_str(), (now.st_mode & 07777) | mode) != 0)) {
      return fail(Errc::io_error, path.string() + " must be a directory of ours with mode 0711",
                  "data");
    }
  }
  return {};
}

Result<void> check(const LocalOptions& options) {
  if (options.data.empty()) {
    return fail(Errc::invalid_argument, "data: a directory is wanted", "data");
  }
  if (options.node.empty()) return fail(Errc::invalid_argument, "node: a name is wanted", "node");
  if (options.cache_max < 0) {
    return fail(Errc::invalid_argument, "cache_max: cannot be negative", "cache_max");
  }
  constexpr std::int64_t fetch_most = std::int64_t{1} << 40U;  // MiB; its bytes can be counted
  if (options.fetch_max < 0 || options.fetch_max > fetch_most) {
    return fail(Errc::invalid_argument, "fetch_max: 0 to 2^40 MiB are wanted", "fetch_max");
  }
  if (options.fetch_time_max <= Duration{0} ||
      options.fetch_time_max > std::chrono::hours(24 * 365)) {
    return fail(Errc::invalid_argument, "fetch_time_max: more than 0 and at most a year is wanted",
                "fetch_time_max");
  }
  if (!(options.disk_pressure > 0 && options.disk_pressure <= 1)) {
    return fail(Errc::invalid_argument, "disk_pressure: a share above 0 and up to 1 is wanted",
                "disk_pressure");
  }
  return {};
}

}  // namespace
}  // namespace local

Result<std::unique_ptr<Cluster>> local_cluster(LocalOptions options) {
  if (auto right = local::check(options); !right) return tl::unexpected(right.error());
  auto program = local::find_program(options.exec_program);
  if (!program) return tl::unexpected(program.error());
  options.exec_program = std::move(*program);
  if (auto made = local::make_directories(options.data); !made) {
    return tl::unexpected(made.error());
  }
  std::error_code error;
  options.data = std::filesystem::canonical(options.data, error);
  if (error) return fail(Errc::io_error, "data: " + error.message(), "data");
  const auto machine = topology::this_machine(options.data / launch::sandboxes_name);
  if (!machine) return tl::unexpected(machine.error());
  auto capacity = topology::capacity(*machine, {.cpus = options.cpus,
                                                .mem = options.mem,
                                                .disk = options.disk,
                                                .reserve_cpus = options.reserve_cpus,
                                                .reserve_mem = options.reserve_mem,
                                                .ports = options.ports});
  if (!capacity) return tl::unexpected(capacity.error());
  capacity->attributes = options.attributes;
  return std::make_unique<local::LocalCluster>(std::move(options), std::move(*capacity));
}

}  // namespace retz
