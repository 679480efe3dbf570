#include "property/mesos_world.hpp"

#include <algorithm>
#include <sstream>

namespace retz::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class World {
 public:
  explicit World(const Schedule& schedule)
      : schedule_(schedule),
        dice_(schedule.seed),
        master_(options_of(schedule.seed), schedule.seed + 1),
        executors_(schedule.seed + 2) {
    clock_.wall_now = at_micros(1'700'000'000'000'000);
    for (std::size_t i = 0; i < schedule.agents; ++i) {
      mesos::AgentSpec spec;
      spec.hostname = "host" + std::to_string(i);
      spec.resources = "cpus:4;mem:4096;disk:10000;ports:[31000-31010]";
      master_.add_agent(spec, now());
    }
    options_.hooks.committed = [this](BatchNumber, Instant, std::span<const Write> writes) {
      for (const Write& write : writes) note(write);
    };
    start();
    mailbox_.post(StoreUser{{"alice", "secret", true, false, ""}}, [](auto) {});
    Application app;
    app.name = "app";
    app.owner = "alice";
    app.grace_period = seconds(2);
    mailbox_.post(StoreApplication{"alice", app}, [](auto) {});
    turn();
  }

  std::vector<std::string> run() {
    plan();
    const Instant quiet = now() + minutes(30), end = now() + hours(4);
    while (now() < end && wrong_.empty() && !(now() >= quiet && settled())) step(end);
    finish();
    return std::move(wrong_);
  }

 private:
  static mesos::MasterOptions options_of(std::uint64_t seed) {
    mesos::MasterOptions options;
    if (seed % 5 == 0) options.offer_timeout = seconds(7);
    return options;
  }

  Instant now() const { return clock_.wall_now; }

  void start() {
    std::map<std::string, std::string> known;
    const auto kept = store_->states("mesos.");
    for (const SetState& state : *kept) known[state.name] = state.value;
    wire_ = std::make_unique<MesosWire>(master_, clock_, dice_.next(), std::move(known));
    wire_->stored = [this](AttemptRef attempt) { return stored_.count(attempt) != 0; };
    auto opened = Runtime::open(options_, mailbox_, clock_, *store_, *wire_);
    if (!opened) {
      wrong_.push_back("open: " + opened.error().message);
      return;
    }
    runtime_ = std::move(*opened);
  }

  void crash() {
    collect();
    runtime_.reset();
    wire_.reset();
    mailbox_.inflow.events.clear();
    start();
  }

  void collect() {
    for (const std::string& complaint : wire_->complaints) wrong_.push_back(complaint);
    wire_->complaints.clear();
    if (wire_->framework().ended()) wrong_.push_back("ended: " + wire_->framework().ended()->cause);
  }

  void note(const Write& write) {
    JobId job{};
    JobState state{};
    if (const auto* added = std::get_if<AddJob>(&write)) {
      job = added->job.id;
      fails_[job] = added->job.spec->command.ends_with("exit 3");
      state = added->job.status.state;
    } else if (const auto* changed = std::get_if<UpdateJob>(&write)) {
      job = changed->job;
      state = changed->status.state;
      if (is_terminal(state)) judge(changed->job, changed->status);
    } else {
      const auto* put = std::get_if<PutAttempt>(&write);
      if (put != nullptr && put->attempt.state == AttemptState::ended) {
        stored_.insert(put->attempt.ref);
      }
      return;
    }
    if (!is_terminal(state)) {
      if (ends_[job] > 0) wrong_.push_back("job " + std::to_string(job.value) + " lives again");
    } else if (++ends_[job] > 1) {
      wrong_.push_back("job " + std::to_string(job.value) + " ended twice");
    }
    states_[job] = state;
  }

  /// What the user sees is what the command did, unless the user killed it.
  void judge(JobId job, const JobStatus& status) {
    if (status.state == JobState::killed) {
      if (killed_.count(job) == 0) wrong_.push_back("killed, but not by its user");
      return;
    }
    const bool failed = status.state == JobState::failed;
    const auto& outcome = status.outcome;
    // The code is not known where the agent that knew it was away for longer than one waits.
    const bool wordless =
        outcome && outcome->reason.find("(REASON_RECONCILIATION)") != std::string::npos;
    const bool told = outcome && (outcome->exit_code == 3 || wordless);
    if (failed != fails_[job] || (failed && !told)) {
      wrong_.push_back(
          "job " + std::to_string(job.value) + " ended as " + std::string(to_string(status.state)) +
          ": " +
          (outcome ? std::string(to_string(outcome->kind)) + ' ' + outcome->reason : "no outcome"));
    }
  }

  void plan() {
    for (std::size_t i = 0; i < schedule_.jobs; ++i) at(dice_.below(600), [this] { submit(); });
    for (std::size_t i = 0; i < schedule_.faults; ++i) at(dice_.below(900), [this] { fault(); });
    for (std::size_t i = 0; i < schedule_.jobs / 5; ++i) {
      at(dice_.below(900), [this] {
        if (states_.empty()) return;
        auto it = states_.begin();
        std::advance(it, static_cast<std::ptrdiff_t>(dice_.below(states_.size())));
        KillJobs kill;
        kill.jobs = {it->first};
        killed_.insert(it->first);
        mailbox_.post(kill, [](auto) {});
      });
    }
    for (std::size_t i = 0; i < schedule_.jobs / 10; ++i) {
      at(dice_.below(300), [this] { submit(true); });
    }
    at(1600, [this] { heal(); });
    at(1650, [this] {
      KillJobs kill;
      for (const auto& [job, state] : states_) {
        if (!is_terminal(state)) kill.jobs.push_back(job);
      }
      killed_.insert(kill.jobs.begin(), kill.jobs.end());
      if (!kill.jobs.empty()) mailbox_.post(kill, [](auto) {});
    });
  }

  void at(std::uint64_t second, std::function<void()> what) {
    const auto extra = static_cast<std::int64_t>(dice_.below(1'000'000));
    plan_.emplace(now() + seconds(second) + Duration(extra), std::move(what));
  }

  /// `endless`: until its user kills it; a forgotten twin of it would be found.
  void submit(bool endless = false) {
    JobSpec spec;
    spec.application = "app";
    spec.user = "alice";
    const std::uint64_t length = endless               ? 100'000
                                 : dice_.below(2) == 0 ? dice_.below(400)
                                                       : dice_.below(20);
    spec.command =
        "sleep " + std::to_string(length) + "; exit " + (dice_.below(5) == 0 ? "3" : "0");
    spec.name = "job";
    spec.request.amounts.cpus = 100 + static_cast<std::int64_t>(dice_.below(2900));
    spec.request.amounts.mem = 32 + static_cast<std::int64_t>(dice_.below(1000));
    spec.request.amounts.disk = 1;
    SubmitJobs jobs;
    jobs.user = "alice";
    jobs.jobs = {spec};
    mailbox_.post(jobs, [this](auto answer) {
      if (!answer) {
        wrong_.push_back("refused: " + answer.error().message);
      } else {
        accepted_ += answer->jobs.size();
      }
    });
  }

  std::size_t any_agent() { return dice_.below(master_.agents()); }

  void fault() {
    switch (dice_.below(14)) {
      case 0:
        return wire_->cut_stream();
      case 1:
        return wire_->cut_calls(dice_);
      case 2:
        return wire_->stall(seconds(dice_.below(200)));
      case 3:
        return wire_->slow(milliseconds(1U << dice_.below(12)));
      case 4:
        return master_.rescind_all(now());
      case 5:
        return agent_away(false);
      case 6:
        return agent_away(true);
      case 7:
        return fail_over();
      case 8:
      case 9:
        return crash();
      case 10:
        return gone();
      case 11:
        wire_->refuse_connections(true);
        plan_.emplace(now() + seconds(dice_.below(100)),
                      [this] { wire_->refuse_connections(false); });
        return wire_->cut_stream();
      case 12:
        stuck_until_ = now() + seconds(dice_.below(20));
        return;
      default:
        master_.recovering(true);
        plan_.emplace(now() + seconds(dice_.below(60)), [this] { master_.recovering(false); });
        return wire_->cut_stream();
    }
  }

  void agent_away(bool frozen) {
    const std::size_t agent = any_agent();
    if (frozen) {
      master_.freeze_agent(agent, now());
    } else {
      master_.kill_agent(agent, now());
    }
    const std::uint64_t away = dice_.below(3) == 0 ? dice_.below(2000) : dice_.below(150);
    plan_.emplace(now() + seconds(away), [this, agent, frozen] {
      if (frozen) {
        master_.thaw_agent(agent, now());
      } else if (!lost_.count(agent)) {
        master_.start_agent(agent, now());
      }
    });
  }

  void fail_over() {
    std::ostringstream id;
    id << "00000000-0000-4000-8000-" << std::hex << (0x100000000000U + ++masters_);
    master_.fail_over(id.str(), dice_.below(2) == 0, seconds(1 + dice_.below(75)), now());
    wire_->cut_stream();
  }

  void gone() {
    if (lost_.size() + 1 >= schedule_.agents) return;  // somewhere the jobs must run
    const std::size_t agent = any_agent();
    if (!lost_.insert(agent).second) return;
    if (dice_.below(2) == 0) {
      master_.mark_gone(agent, now());
    } else {
      master_.unregister_agent(agent, now());
    }
  }

  void heal() {
    wire_->slow(milliseconds(5));
    wire_->refuse_connections(false);
    master_.recovering(false);
    for (std::size_t i = 0; i < master_.agents(); ++i) {
      if (lost_.count(i) != 0) continue;
      master_.thaw_agent(i, now());
      master_.start_agent(i, now());
    }
    healed_ = true;
  }

  bool settled() const {
    return accepted_ == states_.size() &&
           std::all_of(states_.begin(), states_.end(),
                       [](const auto& s) { return is_terminal(s.second); });
  }

  std::optional<Instant> earliest() {
    std::optional<Instant> next = master_.wake_at();
    const auto earlier = [&](std::optional<Instant> time) {
      if (time && (!next || *time < *next)) next = time;
    };
    earlier(executors_.next());
    earlier(wire_->next());
    earlier(now() < stuck_until_ ? stuck_until_ : timer_);
    if (!plan_.empty()) earlier(plan_.begin()->first);
    return next;
  }

  void turn() {
    for (int i = 0; i < 100; ++i) {
      const Runtime::Turn turn = runtime_->turn();
      timer_.reset();
      if (turn.sleep) timer_ = now() + *turn.sleep;
      if (!turn.worked && turn.sleep != Duration{0}) return;
    }
    wrong_.push_back("the runtime does not come to rest");
  }

  void step(Instant end) {
    const Instant next = std::min(earliest().value_or(end), end);
    clock_.pass(std::max(next - now(), Duration{0}));
    if (next == last_ && ++still_ > 5000) {
      wrong_.push_back("time stands still");
      return;
    }
    if (next != last_) still_ = 0;
    last_ = next;
    while (!plan_.empty() && plan_.begin()->first <= now()) {
      auto what = std::move(plan_.begin()->second);
      plan_.erase(plan_.begin());
      what();
    }
    if (!runtime_) return;
    master_.pass(now());
    executors_.take(master_.take_orders(), now());
    executors_.pass(master_, now());
    wire_->pass();
    if (now() >= stuck_until_) turn();
    executors_.take(master_.take_orders(), now());
    collect();
    check_offers();
  }

  /// While nothing is disturbed, no offer stays unanswered.
  void check_offers() {
    const Duration most = seconds(10 + 5);
    for (const mesos::OfferView& offer : master_.offers()) {
      const Instant from = std::max({offer.made, wire_->undisturbed_since(), stuck_until_});
      if (now() - from > most && !offer.framework.empty()) {
        wrong_.push_back("offer " + offer.id + " unanswered for " +
                         std::to_string((now() - from) / seconds(1)) + " s");
        return;
      }
    }
  }

  void finish() {
    if (!runtime_ || !wrong_.empty()) return;
    for (const auto& [job, state] : states_) {
      if (!is_terminal(state)) {
        wrong_.push_back("job " + std::to_string(job.value) + " is still " +
                         std::string(to_string(state)));
      }
    }
    if (accepted_ != states_.size()) wrong_.push_back("accepted and known jobs differ");
    for (const auto& [task, times] : master_.task_ids()) {
      if (times != 1) wrong_.push_back("task id " + task + " used twice");
    }
    for (const std::string& field : master_.unknown_fields()) {
      wrong_.push_back("no such field: " + field);
    }
    if (!wrong_.empty()) return;
    for (int i = 0; i < 20'000 && !master_.living(wire_->framework_id()).empty(); ++i) {
      step(now() + hours(1));
    }
    for (const auto& [agent, task] : master_.living(wire_->framework_id())) {
      wrong_.push_back("left running: " + task);
    }
    const auto figures = wire_->framework().figures();
    if (figures.tasks != 0) wrong_.push_back(std::to_string(figures.tasks) + " believed to live");
  }

  Schedule schedule_;
  base::Generator dice_;
  FakeClock clock_;
  FakeMailbox mailbox_;
  mesos::ScriptedMaster master_;
  mesos::ModelledExecutors executors_;
  std::unique_ptr<Store> store_ = memory_store();
  RuntimeOptions options_;
  std::unique_ptr<MesosWire> wire_;
  std::unique_ptr<Runtime> runtime_;
  std::multimap<Instant, std::function<void()>> plan_;
  std::optional<Instant> timer_;
  std::map<JobId, int> ends_;
  std::map<JobId, JobState> states_;
  std::map<JobId, bool> fails_;  // whether its command does
  std::set<JobId> killed_;
  std::set<AttemptRef> stored_;  // those whose end is
  Instant stuck_until_ = {};     // the store is slow
  std::set<std::size_t> lost_;
  std::size_t accepted_ = 0;
  std::uint64_t masters_ = 0;
  Instant last_ = {};
  int still_ = 0;
  bool healed_ = false;
  std::vector<std::string> wrong_;
};

}  // namespace

std::vector<std::string> play(const Schedule& schedule) {
  return World(schedule).run();
}

}  // namespace retz::testing
