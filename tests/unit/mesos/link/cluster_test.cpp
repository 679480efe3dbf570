// The whole cluster, against a master of literal answers on loopback.
#include "retz/mesos.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "mesos/framework.hpp"
#include "unit/mesos/link/watch.hpp"

using namespace retz;
using namespace retz::testing;
using nlohmann::json;
using test::eventually;
using test::Peer;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Takes every SUBSCRIBE and call; the test writes the events.
class Master {
 public:
  std::string greeting =
      R"({"type":"SUBSCRIBED","subscribed":{"framework_id":{"value":"F-1"},)"
      R"("heartbeat_interval_seconds":15.0,"master_info":{"id":"M","ip":1,"port":5050}}})";
  Peer peer{[this](Peer::Connection& with) { serve(with); }};

  std::vector<json> calls(const std::string& type) {
    const std::lock_guard lock(mutex_);
    std::vector<json> out;
    for (const auto& call : calls_) {
      if (call["type"] == type) out.push_back(call);
    }
    return out;
  }
  std::size_t subscriptions() { return calls("SUBSCRIBE").size(); }
  void tell(const json& event) {
    const std::lock_guard lock(mutex_);
    if (stream_ != nullptr) stream_->write(in_record(event.dump()));
  }
  void cut() {
    const std::lock_guard lock(mutex_);
    if (stream_ != nullptr) stream_->close();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(peer.port); }

 private:
  void serve(Peer::Connection& with) {
    for (;;) {
      const auto request = with.read();
      if (!request.whole) break;
      const auto call = json::parse(request.body);
      const bool subscribe = call["type"] == "SUBSCRIBE";
      const std::lock_guard lock(mutex_);
      calls_.push_back(call);
      if (subscribe) {
        stream_ = &with;
        with.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nMesos-Stream-Id: s\r\n\r\n" +
                   in_record(greeting));
      } else {
        with.write(answer("202 Accepted"));
      }
    }
    const std::lock_guard lock(mutex_);
    if (stream_ == &with) stream_ = nullptr;
  }

  std::mutex mutex_;
  std::vector<json> calls_;
  Peer::Connection* stream_ = nullptr;
};

class Received final : public Inbox {
 public:
  void post(std::vector<Event> events) override {
    const std::lock_guard lock(mutex_);
    for (auto& event : events) events_.push_back(std::move(event));
  }
  template <class Body>
  std::optional<std::pair<Body, Receipt>> find() {
    const std::lock_guard lock(mutex_);
    for (const auto& event : events_) {
      if (const auto* body = std::get_if<Body>(&event.what)) return std::pair{*body, event.receipt};
    }
    return std::nullopt;
  }
  template <class Body>
  bool gets() {
    return eventually([&] { return find<Body>().has_value(); });
  }

 private:
  std::mutex mutex_;
  std::vector<Event> events_;
};

MesosOptions options_for(const std::string& masters) {
  MesosOptions options;
  options.masters = masters;
  options.seed = 5;
  return options;
}

json offer() {
  const auto scalar = [](const char* name, double value) {
    return json{{"name", name},
                {"type", "SCALAR"},
                {"scalar", {{"value", value}}},
                {"role", "*"},
                {"allocation_info", {{"role", "*"}}}};
  };
  return {{"type", "OFFERS"},
          {"offers",
           {{"offers",
             {{{"id", {{"value", "O-1"}}},
               {"framework_id", {{"value", "F-1"}}},
               {"agent_id", {{"value", "S-1"}}},
               {"hostname", "node-1"},
               {"url",
                {{"scheme", "http"},
                 {"address", {{"hostname", "node-1"}, {"ip", "127.0.0.1"}, {"port", 5051}}},
                 {"path", "/slave(1)"}}},
               {"allocation_info", {{"role", "*"}}},
               {"resources", {scalar("cpus", 4), scalar("mem", 4096), scalar("disk", 1000)}}}}}}}};
}

Launch launch_on(LeaseId lease) {
  JobSpec spec;
  spec.application = "app";
  spec.command = "true";
  spec.request.amounts = {1000, 64, 32, {}};
  Launch launch;
  launch.attempt = {{7}, 1};
  launch.lease = lease;
  launch.placement.node = "node-1";
  launch.placement.amounts = spec.request.amounts;
  launch.job = std::make_shared<const JobSpec>(spec);
  launch.application = std::make_shared<const Application>();
  launch.started = at_micros(1000);
  return launch;
}

}  // namespace

TEST_CASE("where no master answers the start ends with key, address and cause") {
  auto options = options_for("127.0.0.1:" + std::to_string(test::dead_port()));
  options.connect_timeout = std::chrono::seconds(1);
  auto cluster = mesos_cluster(options);
  REQUIRE(cluster);
  Received inbox;
  const auto opened = (*cluster)->open(inbox);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::unavailable);
  CHECK(opened.error().field == "retz.mesos");
  CHECK(has(opened.error().message, "retz.mesos: no subscription within 1 s"));
  CHECK(has(opened.error().message, options.masters));
  CHECK(has(opened.error().message, "refused"));
}

TEST_CASE("a refused first subscription ends the start at once") {
  Peer stranger([](Peer::Connection& with) {
    with.read();
    with.write(answer("401 Unauthorized"));
  });
  auto cluster = mesos_cluster(options_for("127.0.0.1:" + std::to_string(stranger.port)));
  REQUIRE(cluster);
  Received inbox;
  const auto opened = (*cluster)->open(inbox);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::unauthenticated);
  CHECK(has(opened.error().message, "retz.mesos.secret.file"));

  Master master;
  master.greeting = R"({"type":"ERROR","error":{"message":"Role 'x' is not in the whitelist"}})";
  auto other = mesos_cluster(options_for(master.address()));
  const auto refused = (*other)->open(inbox);
  REQUIRE_FALSE(refused);
  CHECK(has(refused.error().message, "refuses the subscription: Role 'x'"));
  CHECK_FALSE(mesos_cluster(options_for("nowhere")));
}

TEST_CASE("from the subscription to the acknowledgement of a task's first update") {
  Master master;
  auto cluster = mesos_cluster(options_for(master.address()));
  REQUIRE(cluster);
  Received inbox;
  REQUIRE((*cluster)->open(inbox));
  (*cluster)->reconcile({});
  REQUIRE(inbox.gets<StateReported>());
  const auto [state, id_receipt] = *inbox.find<StateReported>();
  CHECK(state.name == mesos::framework_id_state);
  CHECK(state.value == "F-1");
  const std::vector<Action> wanted{LeasesWanted{1}};
  (*cluster)->carry_out(wanted, std::vector<Receipt>{id_receipt});
  master.tell(offer());
  REQUIRE(inbox.gets<LeaseGranted>());
  const auto lease = inbox.find<LeaseGranted>()->first;
  CHECK(lease.node == "node-1");
  CHECK(lease.capacity.amounts.cpus == 4000);

  const Launch launch = launch_on(lease.lease);
  (*cluster)->carry_out(std::vector<Action>{launch}, {});
  REQUIRE(eventually([&] { return !master.calls("ACCEPT").empty(); }));
  const auto accept = master.calls("ACCEPT")[0];
  CHECK(accept["framework_id"]["value"] == "F-1");
  const std::string task = mesos::task_id(launch.attempt, launch.started);
  CHECK(accept["accept"]["operations"][0]["launch"]["task_infos"][0]["task_id"]["value"] == task);

  master.tell({{"type", "UPDATE"},
               {"update",
                {{"status",
                  {{"task_id", {{"value", task}}},
                   {"agent_id", {{"value", "S-1"}}},
                   {"state", "TASK_RUNNING"},
                   {"source", "SOURCE_EXECUTOR"},
                   {"timestamp", 1.0},
                   {"uuid", "AAAAAAAAAAAAAAAAAAAAAA=="}}}}}});
  REQUIRE(inbox.gets<AttemptRunning>());
  CHECK(inbox.find<AttemptRunning>()->first.attempt == launch.attempt);
  CHECK(master.calls("ACKNOWLEDGE").empty());  // not before it is stored
  (*cluster)->carry_out({}, std::vector<Receipt>{inbox.find<AttemptRunning>()->second});
  REQUIRE(eventually([&] { return !master.calls("ACKNOWLEDGE").empty(); }));
  CHECK(master.calls("ACKNOWLEDGE")[0]["acknowledge"]["uuid"] == "AAAAAAAAAAAAAAAAAAAAAA==");

  const MesosStatus status = (*cluster)->status();
  CHECK(status.subscribed);
  CHECK(status.framework_id == "F-1");
  CHECK(status.master == master.address());
  REQUIRE(status.agents.size() == 1);
  CHECK(status.agents[0].node == "node-1");
  CHECK(status.agents[0].address == "127.0.0.1:5051");
  CHECK(status.tasks == 1);
  CHECK(status.last_event_age);
  CHECK_FALSE(status.trouble);
}

TEST_CASE("a stream that breaks is taken up again, under the same framework id") {
  Master master;
  auto cluster = mesos_cluster(options_for(master.address()));
  Received inbox;
  REQUIRE((*cluster)->open(inbox));
  (*cluster)->reconcile({});
  REQUIRE(inbox.gets<StateReported>());
  CHECK_FALSE(master.calls("SUBSCRIBE")[0].contains("framework_id"));
  master.cut();
  REQUIRE(eventually([&] { return master.subscriptions() == 2; }));
  const auto again = master.calls("SUBSCRIBE")[1];
  CHECK(again["framework_id"]["value"] == "F-1");
  CHECK(again["subscribe"]["framework_info"]["id"]["value"] == "F-1");
  CHECK(eventually([&] { return (*cluster)->status().subscribed; }));
}

TEST_CASE("a stored id is used from the first subscription on") {
  Master master;
  auto options = options_for(master.address());
  options.known[std::string(mesos::framework_id_state)] = "F-1";
  auto cluster = mesos_cluster(options);
  Received inbox;
  REQUIRE((*cluster)->open(inbox));
  CHECK(master.calls("SUBSCRIBE")[0]["framework_id"]["value"] == "F-1");
}

TEST_CASE("whom another instance supersedes does not come back, and says so") {
  Master master;
  std::mutex mutex;
  std::vector<std::string> lines;
  auto options = options_for(master.address());
  options.log = [&](int severity, const std::string& text) {
    const std::lock_guard lock(mutex);
    lines.push_back(std::to_string(severity) + " " + text);
  };
  auto cluster = mesos_cluster(options);
  Received inbox;
  REQUIRE((*cluster)->open(inbox));
  (*cluster)->reconcile({});
  REQUIRE(inbox.gets<StateReported>());
  master.tell({{"type", "ERROR"}, {"error", {{"message", "Framework failed over"}}}});
  REQUIRE(eventually([&] { return (*cluster)->status().ended; }));
  master.cut();
  ::poll(nullptr, 0, 700);  // longer than the first pause
  CHECK(master.subscriptions() == 1);
  const auto status = (*cluster)->status();
  CHECK_FALSE(status.subscribed);
  REQUIRE(status.trouble);
  CHECK(has(status.trouble->message, "another server has taken over"));
  const std::lock_guard lock(mutex);
  CHECK(std::any_of(lines.begin(), lines.end(), [](const auto& line) {
    return line.starts_with("2 ") && has(line, "Framework failed over");
  }));
}
