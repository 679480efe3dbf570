// A scheduler on a Mesos cluster, all in one thread and in virtual time: the real runtime and the
// framework under test, the model of master and agents, and between them a network that loses,
// delays and cuts.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "mesos/framework.hpp"
#include "support/mesos/modelled_executors.hpp"
#include "support/mesos/scripted_master.hpp"
#include "unit/runtime/host.hpp"

namespace retz::testing {

/// Two connections between framework and master: the stream of events and the calls.
class MesosWire final : public Cluster, public Sandboxes {
 public:
  MesosWire(mesos::ScriptedMaster& master, FakeClock& clock, std::uint64_t seed,
            std::map<std::string, std::string> known);
  ~MesosWire() override;

  Result<void> open(Inbox& inbox) override;
  void carry_out(std::span<const Action> actions, std::span<const Receipt> settled) override;
  void reconcile(std::span<const AttemptRecord> believed_live) override;
  Sandboxes& sandboxes() override { return *this; }
  Result<std::vector<FileEntry>> list(AttemptRef, const std::string&) override;
  Result<FileChunk> read(AttemptRef, const std::string&, std::int64_t, std::int64_t) override;

  /// All that is due now on both connections.
  void pass();
  std::optional<Instant> next() const;

  // Misfortune.
  void cut_stream();                      // what was on its way is lost
  void cut_calls(base::Generator& dice);  // each unanswered call was carried out or not
  void stall(Duration how_long);          // the stream is silent, its connection stays
  void slow(Duration most) { latency_ = most; }
  void refuse_connections(bool refuse) { refused_ = refuse; }

  const retz::mesos::Framework& framework() const { return *framework_; }
  std::string framework_id() const { return framework_->figures().framework_id; }
  Instant undisturbed_since() const { return disturbed_; }

  /// Whether the store has the end of this attempt; asked when an end is acknowledged.
  std::function<bool(AttemptRef)> stored = [](AttemptRef) { return true; };
  std::vector<std::string> complaints;  // what a right client never brings about

 private:
  struct Sent {
    Instant at = {};
    retz::mesos::Call call = {};
    std::string stream = {};
  };
  Instant now() const { return clock_.wall_now; }
  Instant later(Instant after);
  void note_end(const std::string& record);
  void check_acknowledged(const retz::mesos::Call& call);
  void exchange();
  void connect();
  void disconnect(const std::string& cause);
  void deliver_calls();
  void deliver_records();

  mesos::ScriptedMaster& master_;
  FakeClock& clock_;
  base::Generator dice_;
  std::unique_ptr<retz::mesos::Framework> framework_;
  Inbox* inbox_ = nullptr;
  std::string stream_;
  std::deque<std::pair<Instant, std::string>> incoming_;
  std::deque<Sent> outgoing_;
  std::map<std::string, std::string> ends_;  // uuid to task id
  Instant connect_at_ = {}, stalled_until_ = {}, disturbed_ = {};
  Duration latency_ = std::chrono::milliseconds(5);
  bool refused_ = false;
};

struct Schedule {
  std::uint64_t seed = 0;
  std::size_t jobs = 0, agents = 0, faults = 0;
};

/// Plays it to its end. Returns what was wrong; nothing: all is well.
std::vector<std::string> play(const Schedule& schedule);

}  // namespace retz::testing
