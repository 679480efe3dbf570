// Plays a history on both and compares what they say after each step.
#include <algorithm>
#include <exception>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>
#include <variant>

#include "property/describe.hpp"
#include "property/history.hpp"

namespace retz::property {
namespace {

[[noreturn]] void differ(const std::string& what) {
  throw std::runtime_error(what);
}

std::string name(JobId job) {
  return "job " + std::to_string(job.value);
}

class Game {
 public:
  explicit Game(const Setting& setting)
      : setting_(setting), engine_(setting.options), reference_(setting.model) {}

  void play(const Action& action) {
    // A restart falls between two steps; what was collected for one step stays together.
    if (action.choice == Choice::restart) {
      if (events_.empty()) restart();
      return;
    }
    if (events_.empty()) now_ += std::chrono::milliseconds(500) * action.after;
    if (action.choice == Choice::book_only) book_only_ = true;
    reference_.set_time(now_);
    if (action.choice == Choice::submit) {
      submit(action);
    } else if (auto event = make_event(action)) {
      book(std::move(*event));
    }
    if (!action.with_next) step();
  }

  void finish() { step(); }
  /// In words, what happened and what the engine decided. Kept where it is wanted.
  std::string log;
  bool keeps_log = false;

 private:
  void tell(const std::string& line) {
    if (keeps_log) log += line + "\n";
  }
  void book(Event event);
  void submit(const Action& action);
  std::optional<Event> make_event(const Action& action);
  std::optional<Event> attempt_event(Choice choice, base::Generator& chance);
  std::optional<Event> node_event(Choice choice, base::Generator& chance);
  std::optional<Event> offer_event(Choice choice, const std::string& node, base::Generator& chance);
  std::optional<Event> rerun_event(base::Generator& chance);
  std::optional<JobId> any_job(base::Generator& chance) const;
  void step();
  void restart();
  void book(const Step& step, Demands& demands, std::vector<StartAttempt>& starts);
  void book(const Change& change);
  void compare_jobs() const;
  void compare_explanations() const;

  const Setting& setting_;
  Engine engine_;
  std::optional<Engine> original_;  // that was not restarted: it must go on in the same way
  bool reran_ = false;
  bool book_only_ = false;  // the next step makes no pass
  Reference reference_;
  Instant now_{std::chrono::hours(24)};
  std::vector<Event> events_;
  std::uint64_t last_job_ = 0;
  std::uint64_t last_lease_ = 0;
  std::string refusals_;                 // of this step, for people
  std::map<JobId, JobStatus> statuses_;  // as a store would hold them
  std::map<AttemptRef, AttemptRecord> attempts_;
};

std::optional<JobId> Game::any_job(base::Generator& chance) const {
  if (reference_.jobs().empty()) return std::nullopt;
  auto chosen = reference_.jobs().begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(chance.below(reference_.jobs().size())));
  return chosen->first;
}

void Game::book(Event event) {
  tell("  " + describe(event));
  reference_.apply(event);
  events_.push_back(std::move(event));
}

// One job, which may depend on others, or now and then an array.
void Game::submit(const Action& action) {
  base::Generator chance(action.seed);
  JobFacts facts = make_facts(JobId{++last_job_}, setting_.plain, setting_.offers, chance);
  JobSubmitted event;
  for (std::uint64_t i = chance.below(4) == 0 ? 1 + chance.below(2) : 0; i > 0; --i) {
    const auto other = any_job(chance);
    if (!other) break;
    facts.dependencies.push_back({*other, static_cast<Dependency::When>(chance.below(3))});
    const auto known = statuses_.find(*other);
    if (known != statuses_.end() && is_terminal(known->second.state)) {
      event.ended.push_back({*other, known->second.state});
    }
  }
  std::sort(facts.dependencies.begin(), facts.dependencies.end());
  const auto twice = std::unique(facts.dependencies.begin(), facts.dependencies.end(),
                                 [](const auto& a, const auto& b) { return a.job == b.job; });
  facts.dependencies.erase(twice, facts.dependencies.end());
  std::sort(event.ended.begin(), event.ended.end());
  event.ended.erase(std::unique(event.ended.begin(), event.ended.end()), event.ended.end());
  const std::uint64_t more = chance.below(10) == 0 ? 1 + chance.below(3) : 0;
  if (more > 0) {
    facts.array = ArrayPlace{facts.id, 0, static_cast<std::int64_t>(more), 0,
                             static_cast<std::uint32_t>(chance.below(3))};
  }
  event.facts = facts;
  book({event});
  for (std::uint64_t i = 1; i <= more; ++i) {
    event.facts.id = JobId{++last_job_};
    event.facts.array->index = static_cast<std::int64_t>(i);
    book({event});
  }
}

std::optional<Event> Game::make_event(const Action& action) {
  base::Generator chance(action.seed);
  switch (action.choice) {
    case Choice::maintain: {
      const std::string node = "n" + std::to_string(chance.below(4));
      return Event{MaintenancePlanned{node, make_windows(now_, chance)}};
    }
    case Choice::change_policy: {
      return Event{PolicyChanged{make_policy(chance, setting_.plain, setting_.offers)}};
    }
    case Choice::cancel:
      if (const auto job = any_job(chance)) return Event{JobCancelled{*job, "not wanted"}};
      return std::nullopt;
    case Choice::rerun:
      return rerun_event(chance);
    case Choice::grant:
    case Choice::lose:
    case Choice::revoke:
    case Choice::drain:
      return node_event(action.choice, chance);
    case Choice::book_only:
      return std::nullopt;
    default:
      return attempt_event(action.choice, chance);
  }
}

std::optional<Event> Game::rerun_event(base::Generator& chance) {
  const auto id = any_job(chance);
  if (!id) return std::nullopt;
  const ModelJob& job = reference_.jobs().at(*id);
  JobRerun event{*id, chance.below(2) == 0, std::nullopt};
  reran_ = true;
  if (is_terminal(job.status.state)) {
    // The host knows what was committed: a job that ended in this very step is not re-run in it.
    const auto known = statuses_.find(*id);
    if (known == statuses_.end() || !is_terminal(known->second.state)) return std::nullopt;
    event.ended = KnownJob{job.facts, known->second};
  }
  return Event{std::move(event)};
}

std::optional<Event> Game::attempt_event(Choice choice, base::Generator& chance) {
  if (choice == Choice::late_report) {
    const auto id = any_job(chance);
    if (!id) return std::nullopt;
    const AttemptRef ref{*id, static_cast<std::uint32_t>(1 + chance.below(3))};
    const auto& live = reference_.jobs().at(*id).live;
    if (live && live->ref == ref) return std::nullopt;
    if (chance.below(2) == 0) return Event{AttemptRunning{ref, "none"}};
    return Event{AttemptEnded{ref, make_outcome(chance), {}}};
  }
  std::vector<AttemptRef> live;
  for (const auto& [id, job] : reference_.jobs()) {
    if (job.live) live.push_back(job.live->ref);
  }
  if (live.empty()) return std::nullopt;
  const AttemptRef ref = live[static_cast<std::size_t>(chance.below(live.size()))];
  if (choice == Choice::running) return Event{AttemptRunning{ref, "none"}};
  if (choice == Choice::unreachable) return Event{AttemptUnreachable{ref}};
  return Event{AttemptEnded{ref, make_outcome(chance), {}}};
}

std::optional<Event> Game::node_event(Choice choice, base::Generator& chance) {
  const std::string node = "n" + std::to_string(chance.below(4));
  const auto known = reference_.nodes().find(node);
  const bool granted = known != reference_.nodes().end() && known->second.capacity.has_value();
  if (choice == Choice::drain) return Event{NodeDrained{node, chance.below(2) == 0}};
  if (choice == Choice::lose) return Event{NodeLost{node}};
  if (setting_.offers) return offer_event(choice, node, chance);
  if (choice == Choice::revoke) {
    if (!granted) return std::nullopt;
    return Event{LeaseRevoked{known->second.lease}};
  }
  Capacity capacity = make_capacity(node, chance);
  LeaseId lease{granted ? known->second.lease.value : ++last_lease_};
  // Devices are named by their index: a node that is still there keeps those it has.
  if (granted) capacity.gpus = known->second.capacity->gpus;
  return Event{LeaseGranted{lease, node, LeaseKind::standing, std::move(capacity)}};
}

// Open offers are withdrawn, and now and then made again with other amounts.
std::optional<Event> Game::offer_event(Choice choice, const std::string& node,
                                       base::Generator& chance) {
  const auto known = reference_.nodes().find(node);
  const bool open = known != reference_.nodes().end() && !known->second.offers.empty();
  if (choice == Choice::revoke) {
    if (!open) return std::nullopt;
    return Event{LeaseRevoked{known->second.offers.begin()->first}};
  }
  const bool again = open && chance.below(4) == 0;
  const LeaseId lease = again ? known->second.offers.begin()->first : LeaseId{++last_lease_};
  // Several offers of one node speak of one node, with the devices that it has.
  Capacity capacity = make_capacity(node, chance);
  std::erase_if(capacity.attributes, [](const Attribute& has) { return has.name == "zone"; });
  if (!capacity.gpus.empty()) capacity.gpus = {{"gpu0", node < "n2" ? "A" : "B", -1}};
  return Event{LeaseGranted{lease, node, LeaseKind::once, std::move(capacity)}};
}

void Game::step() {
  if (events_.empty()) events_.push_back({TimePassed{}});
  const Pass pass = book_only_ ? Pass::none : Pass::once;
  const Step step = engine_.step(events_, now_, pass);
  if (original_) {
    const std::string restarted = describe(step);
    const std::string original = describe(original_->step(events_, now_, pass));
    if (restarted != original) {
      differ("after a restart:" + restarted + "; without it:" + original);
    }
  }
  events_.clear();
  tell(std::to_string(micros(now_) / 500'000) + " half seconds" +
       (book_only_ ? ", no pass:" : ":") + describe(step));
  engine_.check_invariants();
  reference_.set_time(now_);
  Demands said;
  refusals_.clear();
  std::vector<StartAttempt> starts;
  book(step, said, starts);
  const std::string wrong =
      book_only_ ? reference_.skip_pass(starts) : reference_.follow_pass(starts);
  if (!wrong.empty()) differ(wrong);
  const Demands wanted = reference_.take_demands();
  if (said.refused != wanted.refused) {
    differ(std::to_string(wanted.refused.size()) + " refusals wanted, " +
           std::to_string(said.refused.size()) + " made" + refusals_);
  }
  if (said.stopped != wanted.stopped) differ("other stops");
  if (said.returned != wanted.returned) differ("other offers were returned");
  if (const auto then = reference_.wake_at(); then && (!step.wake_at || *step.wake_at > *then)) {
    differ("the engine wants to be woken too late");
  }
  if (!book_only_ && step.wake_at && *step.wake_at <= now_) differ("a wake-up in the past");
  compare_jobs();
  // Who steps aside is found out by a pass: places are told from there on.
  if (!book_only_) compare_explanations();
  book_only_ = false;
}

void Game::book(const Step& step, Demands& demands, std::vector<StartAttempt>& starts) {
  for (const auto& change : step.changes) book(change);
  for (const auto& decision : step.decisions) {
    if (const auto* start = std::get_if<StartAttempt>(&decision)) {
      starts.push_back(*start);
    } else if (const auto* stop = std::get_if<StopAttempt>(&decision)) {
      demands.stopped.insert(stop->attempt);
    } else if (const auto* refusal = std::get_if<Refuse>(&decision)) {
      demands.refused.insert(refusal->job);
      refusals_ += "; " + name(refusal->job) + ": " + refusal->error.message;
    } else {
      demands.returned.insert(std::get<ReturnLease>(decision).lease);
    }
  }
}

void Game::book(const Change& change) {
  if (const auto* added = std::get_if<JobAdded>(&change)) {
    if (!statuses_.emplace(added->job, added->status).second) differ("a job was added twice");
  } else if (const auto* changed = std::get_if<JobChanged>(&change)) {
    if (!statuses_.contains(changed->job)) differ("a job changed that was never added");
    statuses_[changed->job] = changed->status;
  } else if (const auto* attempt = std::get_if<AttemptChanged>(&change)) {
    const AttemptRecord& record = attempt->attempt;
    const auto [known, fresh] = attempts_.emplace(record.ref, record);
    if (fresh && record.state != AttemptState::starting) differ("an attempt that never started");
    if (!fresh && record.state == AttemptState::starting) differ("an attempt number came twice");
    if (!fresh && known->second.state == AttemptState::ended) differ("an attempt ended twice");
    known->second = record;
  }
}

void Game::compare_jobs() const {
  if (statuses_.size() != reference_.jobs().size()) differ("another number of jobs");
  std::map<Arrival, Arrival> order;
  for (const auto& [id, job] : reference_.jobs()) {
    const JobStatus& mine = job.status;
    const JobStatus& theirs = statuses_.at(id);
    const auto check = [&](bool same, const char* what) {
      if (!same) differ(name(id) + ": another " + what);
    };
    check(mine.state == theirs.state, "state");
    check(mine.attempts == theirs.attempts, "number of attempts");
    check(mine.tries == theirs.tries, "number of tries");
    check(mine.system_failures == theirs.system_failures, "number of system failures");
    check(mine.wish == theirs.wish, "wish");
    check(mine.submitted == theirs.submitted, "time of submission");
    check(mine.started == theirs.started, "time of start");
    check(mine.finished == theirs.finished, "time of end");
    if (mine.state == JobState::blocked && job.unmet.empty() && !job.held) {
      check(mine.eligible_at == theirs.eligible_at, "end of its back-off");
    }
    if (job.live) {
      const AttemptRecord& record = attempts_.at(job.live->ref);
      check(record.state == job.live->state, "state of its attempt");
      check(record.placement == job.live->placement, "placement");
    }
    check(order.emplace(theirs.arrival, mine.arrival).second, "arrival: one came twice");
  }
  const bool ordered = std::is_sorted(
      order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (!ordered) differ("another order of arrival");
  const EngineCounts mine = reference_.counts();
  const EngineCounts theirs = engine_.counts();
  if (mine.blocked != theirs.blocked || mine.queued != theirs.queued ||
      mine.active != theirs.active) {
    differ("other counts");
  }
}

void Game::compare_explanations() const {
  std::map<JobId, std::uint64_t> positions;
  for (const ModelJob* job : reference_.waiting()) {
    positions.emplace(job->facts.id, positions.size() + 1);
  }
  // A job that runs again comes later than its submission says: where ranks are made of that, its
  // class is in order all the same, but its place in it is told by its own rank.
  const std::string_view ordering = reference_.policy().ordering->name();
  const bool by_submission = ordering.front() == 'f' ? ordering != "fifo"
                                                     : ordering == "wfp3" || ordering == "unicef" ||
                                                           ordering == "largest_expansion";
  if (by_submission && reran_) positions.clear();
  for (const auto& [id, job] : reference_.jobs()) {
    if (job.status.state != JobState::queued) continue;
    const auto explanation = engine_.explain(id);
    if (!explanation) differ(name(id) + " cannot be explained");
    const auto position = positions.find(id);
    if (position != positions.end() && explanation->position != position->second) {
      differ(name(id) + " is at " + std::to_string(position->second) + ", explain says " +
             std::to_string(explanation->position));
    }
  }
}

void Game::restart() {
  tell("  restart");
  const std::uint64_t digest = engine_.digest();
  const Snapshot snapshot = engine_.snapshot();
  if (snapshot.last_uses != reference_.last_uses()) differ("other last uses");
  auto restored = Engine::restore(engine_.options(), snapshot);
  if (!restored) differ("no restart: " + restored.error().message);
  if (restored->digest() != digest) differ("a restart changed the digest");
  restored->check_invariants();
  // What was seen of a node in earlier offers is forgotten: the two may go on in other ways.
  if (!setting_.offers) original_.emplace(std::move(engine_));
  engine_ = std::move(*restored);
  const auto nodes = reference_.nodes();
  if (setting_.offers) reference_.forget_offers();
  for (const auto& [name, node] : nodes) {
    if (node.lease.value != 0 && node.capacity) {
      events_.push_back({LeaseGranted{node.lease, name, LeaseKind::standing, *node.capacity}});
    }
    for (const auto& [lease, offer] : node.offers) {
      events_.push_back({LeaseGranted{lease, name, LeaseKind::once, offer.left}});
      reference_.apply(events_.back());
    }
  }
  step();
}

}  // namespace

std::string play(const Setting& setting, const History& history, std::string* log) {
  Game game(setting);
  game.keeps_log = log != nullptr;
  std::string problem;
  for (std::size_t i = 0; i < history.size() && problem.empty(); ++i) {
    try {
      game.play(history[i]);
      if (i + 1 == history.size()) game.finish();
    } catch (const std::exception& error) {
      problem = "action " + std::to_string(i) + ": " + error.what();
    }
  }
  if (log != nullptr) *log = game.log;
  return problem;
}

}  // namespace retz::property
