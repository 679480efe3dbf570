// A Framework on the table: what a master would send is put in by hand, and the runtime's part is
// played by as little as it takes.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "mesos/framework.hpp"

namespace retz::testing {

struct OfferText {
  std::string id = "O1";
  std::string agent = "S1";
  std::string hostname = "host1";
  double cpus = 4;
  double mem = 4096;
  std::string role = "*";
  std::string more = {};  // further resources, JSON objects, each with a comma before it
  std::string also = {};  // further members of the offer, each with a comma before it
};

/// The members of a resource that an unreserved one has, for role "*".
inline const std::string unreserved = R"(,"allocation_info":{"role":"*"})";
std::string offer_json(const OfferText& offer);

struct UpdateText {
  std::string task;
  std::string state;      // "RUNNING"
  std::string uuid = {};  // empty: none
  std::string message = {};
  std::string reason = {};  // "RECONCILIATION"
  std::string source = "SOURCE_EXECUTOR";
  std::string agent = "S1";
};

class Desk {
 public:
  explicit Desk(mesos::FrameworkOptions options = {},
                std::map<std::string, std::string> known = {});

  mesos::Framework framework;
  Instant now = at_micros(1'800'000'000'000'000);
  std::vector<mesos::Call> calls = {};  // all so far
  std::vector<Event> events = {};
  std::vector<mesos::Notice> notices = {};
  std::vector<mesos::Place> places = {};

  void take();
  void record(const std::string& json);
  void subscribe(const std::string& id = "F-0000");
  void offers(const std::vector<OfferText>& all);
  void offer(OfferText offer = {}) { offers({std::move(offer)}); }
  void rescind(const std::string& offer);
  void update(const UpdateText& update);
  void agent_failed(const std::string& agent);
  void carry_out(std::vector<Action> actions, bool settle_all = true);
  /// Every event so far is stored.
  void settle() { carry_out({}); }
  void want(std::uint64_t waiting) { carry_out({LeasesWanted{waiting}}); }
  void pass(Duration time);  // through every time at which it wants to be woken

  /// A launch of one cpu and 128 MiB on the last lease granted, or on `lease`.
  Launch launch(std::uint64_t job, LeaseId lease = {}) const;
  /// Offered, launched, and its end not heard of: the id of its task.
  std::string start(std::uint64_t job);
  static std::string task_of(const Launch& launch);

  std::size_t count(const std::string& type) const;  // calls
  const mesos::Call& last(const std::string& type) const;
  /// What is at this JSON pointer of the last call of that type; as JSON text.
  std::string in_last(const std::string& type, const std::string& pointer) const;

  template <class Body>
  std::vector<Body> all() const {
    std::vector<Body> out;
    for (const Event& event : events) {
      if (const auto* body = std::get_if<Body>(&event.what)) out.push_back(*body);
    }
    return out;
  }

  bool beats = true;              // the master's heart, while time passes
  std::size_t settled_up_to = 0;  // of events

 private:
  void beat();
};

}  // namespace retz::testing
