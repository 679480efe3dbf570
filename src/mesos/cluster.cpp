// A Mesos cluster at work: one thread owns the framework, the stream, the calls and the files.
#include <atomic>
#include <future>
#include <random>
#include <thread>

#include <nlohmann/json.hpp>

#include "mesos/agent_files.hpp"
#include "mesos/call_line.hpp"
#include "mesos/json_members.hpp"
#include "mesos/options.hpp"
#include "retz/mesos.hpp"

namespace retz::mesos {
namespace {

/// From the wall clock once, then steady.
class Times {
 public:
  Instant now() const {
    const auto passed = std::chrono::steady_clock::now() - started_;
    return start_ + std::chrono::duration_cast<Duration>(passed);
  }

 private:
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  Instant start_ = Instant(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
};

std::uint64_t seed_of(const MesosOptions& options) {
  if (options.seed != 0) return options.seed;
  std::random_device device;
  return std::uint64_t{device()} << 32U | device();
}

/// The words of an ERROR event; empty for all others.
std::string words_of_error(std::string_view record) {
  if (record.find("\"ERROR\"") == std::string_view::npos) return {};
  const auto event = nlohmann::json::parse(record, nullptr, false);
  if (text(event, "type") != "ERROR") return {};
  const std::string words = text(member(event, "error"), "message");
  return words.empty() ? "no reason given" : words;
}

/// Who asks for a file may hold up others meanwhile: an agent that is gone is soon given up.
MasterAccess of_agents(MasterAccess access) {
  access.connect_timeout = std::chrono::seconds(1);
  access.answer_timeout = std::chrono::seconds(4);
  return access;
}

class LiveCluster final : public MesosCluster {
 public:
  LiveCluster(MesosOptions options, Settled settled);
  ~LiveCluster() override;

  Result<void> open(Inbox& inbox) override;
  void carry_out(std::span<const Action> actions, std::span<const Receipt> settled) override;
  void reconcile(std::span<const AttemptRecord> believed_live) override;
  Sandboxes& sandboxes() override { return files_; }
  MesosStatus status() const override;

 private:
  StreamEvents events();
  std::unique_ptr<Detector> detector();
  void first_is(Result<void> result);
  void first_is_late();
  void opened(const Address& master, const std::string& stream_id);
  void record(std::string_view event);
  void ended(const std::string& cause);
  void refused(const Refusal& refusal);
  void answered(const Call& call, int status, std::string_view body);
  void pump_soon();
  void pump();
  void note_state(const Event& event);
  void follow_wishes();
  void set_wake();
  void close();
  MesosStatus status_now() const;
  void log(int severity, const std::string& text) const {
    if (options_.log) options_.log(severity, text);
  }

  MesosOptions options_;
  Settled settled_;
  std::uint64_t seed_;
  Times times_;
  mutable http::Loop loop_;
  AgentFiles files_;
  Inbox* inbox_ = nullptr;
  std::thread thread_;
  std::promise<Result<void>> first_;  // what became of the first subscription

  // Of the loop's thread.
  Framework framework_;
  CallLine calls_;
  EventStream subscription_;
  http::Timer wake_, patience_;
  bool first_told_ = false, pumping_ = false, reconciled_ = false, over_ = false;
  bool streaming_ = false;
  std::vector<std::string> early_;  // records that came before reconcile()
  std::optional<Address> master_;
  std::optional<Error> trouble_;
};

LiveCluster::LiveCluster(MesosOptions options, Settled settled)
    : options_(std::move(options)),
      settled_(std::move(settled)),
      seed_(seed_of(options_)),
      files_(loop_, {.access = of_agents(settled_.access), .attempt = options_.attempt}),
      framework_(settled_.framework, options_.known, seed_),
      calls_(loop_, settled_.access,
             [this](const Call& call, int status, std::string_view body) {
               answered(call, status, body);
             }),
      subscription_(loop_, detector(), settled_.access, events(), seed_ ^ 0x5eedULL),
      wake_(loop_),
      patience_(loop_) {
  for (const auto& [name, value] : options_.known) {
    note_state({StateReported{name, value}, {}});
  }
}

LiveCluster::~LiveCluster() {
  if (!thread_.joinable()) return;
  loop_.post([this] {
    close();
    loop_.stop();
  });
  thread_.join();
}

std::unique_ptr<Detector> LiveCluster::detector() {
  auto& masters = settled_.masters;
  if (!masters.zookeeper) return list_detector(masters.list);
  return zookeeper_detector(loop_, *masters.zookeeper, options_.tls.enabled);
}

StreamEvents LiveCluster::events() {
  StreamEvents out;
  out.body = [this] { return framework_.subscribe(); };
  out.opened = [this](const Address& master, const std::string& id) { opened(master, id); };
  out.record = [this](std::string_view event) { record(event); };
  out.read = [this] { pump(); };
  out.ended = [this](const std::string& cause) { ended(cause); };
  out.refused = [this](const Refusal& refusal) { refused(refusal); };
  return out;
}

Result<void> LiveCluster::open(Inbox& inbox) {
  inbox_ = &inbox;
  auto first = first_.get_future();
  loop_.post([this] {
    patience_.set(options_.connect_timeout, [this] { first_is_late(); });
    subscription_.start();
  });
  thread_ = std::thread([this] { loop_.run(); });
  return first.get();
}

void LiveCluster::first_is(Result<void> result) {
  if (std::exchange(first_told_, true)) return;
  patience_.cancel();
  if (!result) subscription_.stop();
  first_.set_value(std::move(result));
}

void LiveCluster::first_is_late() {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options_.connect_timeout);
  first_is(fail(
      Errc::unavailable,
      "retz.mesos: no subscription within " + std::to_string(seconds.count()) +
          " s (retz.mesos.connect-timeout): " + (trouble_ ? trouble_->message : "nobody answers"),
      "retz.mesos"));
}

void LiveCluster::opened(const Address& master, const std::string& stream_id) {
  master_ = master;
  streaming_ = true;
  files_.master(master);
  calls_.begin(master, stream_id);
}

void LiveCluster::record(std::string_view event) {
  if (!first_told_) {
    const std::string refusal = words_of_error(event);
    if (!refusal.empty()) {
      const bool removed = refusal.find("has been removed") != std::string::npos;
      return first_is(fail(Errc::forbidden,
                           "retz.mesos: the Mesos master at " + master_->text() +
                               " refuses the subscription: " + refusal +
                               (removed ? "; what ran under that id has been killed. To go on as a "
                                          "new framework start retz-server with --new-framework"
                                        : ""),
                           "retz.mesos"));
    }
    first_is({});
  }
  trouble_.reset();
  if (reconciled_) {
    framework_.record(event, times_.now());
  } else {
    early_.emplace_back(event);
  }
}

void LiveCluster::ended(const std::string& cause) {
  streaming_ = false;
  calls_.end();
  early_.clear();
  trouble_ = Error{Errc::unavailable, "the stream of events ended: " + cause, "retz.mesos"};
  if (!reconciled_) return;
  framework_.lost(cause, times_.now());
  pump_soon();
}

void LiveCluster::refused(const Refusal& refusal) {
  const bool news = !trouble_ || trouble_->message != refusal.error.message;
  trouble_ = refusal.error;
  if (first_told_ && news) log(1, refusal.error.message);
  if (refusal.final_ && !first_told_) {
    first_is(fail(refusal.error.code, "retz.mesos: " + refusal.error.message, refusal.error.field));
  }
}

void LiveCluster::answered(const Call& call, int status, std::string_view body) {
  framework_.answered(call, status, body, times_.now());
  pump_soon();
}

void LiveCluster::carry_out(std::span<const Action> actions, std::span<const Receipt> settled) {
  loop_.post([this, todo = std::vector<Action>(actions.begin(), actions.end()),
              done = std::vector<Receipt>(settled.begin(), settled.end())] {
    framework_.carry_out(todo, done, times_.now());
    pump_soon();
  });
}

void LiveCluster::reconcile(std::span<const AttemptRecord> believed_live) {
  loop_.post([this, live = std::vector<AttemptRecord>(believed_live.begin(), believed_live.end())] {
    framework_.reconcile(live, times_.now());
    reconciled_ = true;
    for (const std::string& event : std::exchange(early_, {})) {
      framework_.record(event, times_.now());
    }
    pump_soon();
  });
}

/// Once after all that comes together.
void LiveCluster::pump_soon() {
  if (std::exchange(pumping_, true)) return;
  loop_.post([this] {
    pumping_ = false;
    pump();
  });
}

void LiveCluster::pump() {
  if (!reconciled_ || over_) return;
  Outbox out = framework_.take();
  for (const Notice& notice : out.notices) log(notice.severity, notice.text);
  for (Place& place : out.places) files_.learn(std::move(place));
  for (const Event& event : out.events) note_state(event);
  if (!out.calls.empty()) calls_.send(std::move(out.calls));
  if (!out.events.empty()) inbox_->post(std::move(out.events));
  follow_wishes();
  set_wake();
}

void LiveCluster::note_state(const Event& event) {
  const auto* state = std::get_if<StateReported>(&event.what);
  if (state == nullptr) return;
  if (state->name == framework_id_state) files_.framework(state->value);
  if (state->name.starts_with(agent_state_prefix)) {
    files_.node(state->name.substr(agent_state_prefix.size()), state->value);
  }
}

void LiveCluster::follow_wishes() {
  if (const auto& end = framework_.ended()) {
    over_ = true;
    const std::string what = end->superseded ? "another server has taken over this framework: "
                                             : "the Mesos master no longer takes this framework: ";
    trouble_ = Error{Errc::forbidden, what + end->cause, "retz.mesos"};
    log(2, trouble_->message + "; nothing is launched any more");
    subscription_.stop();
    streaming_ = false;
    calls_.end();
    return;
  }
  if (streaming_ && !framework_.wants_connection()) {
    subscription_.renew("the master was silent, or no longer takes our calls");
  }
}

void LiveCluster::set_wake() {
  const auto at = framework_.wake_at();
  if (!at || over_) return wake_.cancel();
  const Duration rest = std::max(Duration{0}, *at - times_.now());
  wake_.set(rest, [this] {
    framework_.pass(times_.now());
    pump();
  });
}

void LiveCluster::close() {
  over_ = true;
  patience_.cancel();
  wake_.cancel();
  subscription_.stop();
  calls_.end();
  files_.close();
}

MesosStatus LiveCluster::status_now() const {
  const FrameworkFigures figures = framework_.figures();
  MesosStatus out;
  out.subscribed = figures.subscribed && streaming_;
  out.master = master_ ? master_->text() : std::string{};
  out.framework_id = figures.framework_id;
  for (const AgentFigures& agent : figures.agents) {
    out.agents.push_back({.id = agent.id,
                          .node = agent.node,
                          .hostname = agent.hostname,
                          .address = agent.address,
                          .held_offers = agent.held_offers,
                          .tasks = agent.tasks,
                          .unreachable = agent.unreachable});
  }
  out.held_offers = figures.held_offers;
  out.tasks = figures.tasks;
  out.unreconciled = figures.unreconciled;
  out.suppressed = figures.suppressed;
  if (figures.last_event) out.last_event_age = times_.now() - *figures.last_event;
  out.trouble = trouble_;
  out.ended = framework_.ended().has_value();
  return out;
}

MesosStatus LiveCluster::status() const {
  auto promise = std::make_shared<std::promise<MesosStatus>>();
  auto told = promise->get_future();
  loop_.post([this, promise] { promise->set_value(status_now()); });
  if (told.wait_for(std::chrono::seconds(2)) == std::future_status::ready) return told.get();
  MesosStatus busy;
  busy.trouble = Error{Errc::unavailable, "the connection to Mesos is busy", "retz.mesos"};
  return busy;
}

}  // namespace
}  // namespace retz::mesos

namespace retz {

static_assert(std::string_view(mesos_framework_id_state) == mesos::framework_id_state);

Result<void> check(const MesosOptions& options) {
  auto settled = mesos::settle(options);
  if (!settled) return tl::unexpected(settled.error());
  return {};
}

Result<std::unique_ptr<MesosCluster>> mesos_cluster(MesosOptions options) {
  auto settled = mesos::settle(options);
  if (!settled) return tl::unexpected(settled.error());
  return std::make_unique<mesos::LiveCluster>(std::move(options), std::move(*settled));
}

}  // namespace retz
