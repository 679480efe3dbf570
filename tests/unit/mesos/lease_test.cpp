// From offers to leases and back.
#include <doctest/doctest.h>

#include "unit/mesos/desk.hpp"

using namespace retz;
using namespace retz::testing;
using std::chrono::seconds;

TEST_CASE("an offer becomes a lease of its kind, on a node named by its host") {
  Desk desk;
  desk.subscribe();
  desk.offer();
  const auto granted = desk.all<LeaseGranted>();
  REQUIRE(granted.size() == 1);
  CHECK(granted[0].kind == LeaseKind::once);
  CHECK(granted[0].node == "host1");
  CHECK(granted[0].capacity.amounts == Amounts{4000, 4096, 0, {}});
}

TEST_CASE(
    "the offers of one agent make one lease, granted anew once the engine let go of the first") {
  Desk desk;
  desk.subscribe();
  desk.want(1);
  desk.offer({.id = "O1", .cpus = 2});
  desk.settle();
  desk.offer({.id = "O2", .cpus = 3});
  REQUIRE(desk.all<LeaseRevoked>().size() == 1);
  CHECK(desk.all<LeaseGranted>().size() == 1);  // never two at a time
  desk.settle();
  const auto granted = desk.all<LeaseGranted>();
  REQUIRE(granted.size() == 2);
  CHECK(granted[1].lease != granted[0].lease);
  CHECK(granted[1].capacity.amounts.cpus == 5000);
  desk.carry_out({desk.launch(1)});
  CHECK(desk.in_last("ACCEPT", "/accept/offer_ids") == R"([{"value":"O2"},{"value":"O1"}])");
}

TEST_CASE("a launch that crossed the withdrawal of its lease uses what the engine saw") {
  Desk desk;
  desk.subscribe();
  desk.want(1);
  desk.offer({.id = "O1"});
  desk.settle();
  const Launch launch = desk.launch(1);
  desk.offer({.id = "O2"});
  desk.carry_out({launch}, false);  // planned before it heard of the withdrawal
  CHECK(desk.in_last("ACCEPT", "/accept/offer_ids") == R"([{"value":"O1"}])");
  desk.settle();
  const auto granted = desk.all<LeaseGranted>();
  REQUIRE(granted.size() == 2);  // the second alone
  CHECK(granted[1].capacity.amounts.cpus == 4000);
}

TEST_CASE("the offers of two roles are two leases") {
  mesos::FrameworkOptions options;
  options.roles = {"a", "b"};
  Desk desk(options);
  desk.subscribe();
  desk.want(1);
  desk.offers({{.id = "O1", .role = "a"}, {.id = "O2", .role = "b"}});
  CHECK(desk.all<LeaseGranted>().size() == 2);
}

TEST_CASE("agents of one hostname are told apart, and keep their names over a restart") {
  Desk desk;
  desk.subscribe();
  desk.offers({{.id = "O1", .agent = "S1"}, {.id = "O2", .agent = "S2"}});
  const auto granted = desk.all<LeaseGranted>();
  REQUIRE(granted.size() == 2);
  CHECK(granted[0].node == "host1");
  CHECK(granted[1].node == "host1@S2");

  std::map<std::string, std::string> known;
  for (const StateReported& state : desk.all<StateReported>()) known[state.name] = state.value;
  CHECK(known.at("mesos.framework-id") == "F-0000");
  CHECK(known.at("mesos.agent.host1") == "S1 10.0.0.1:5051");
  Desk again({}, known);
  again.subscribe();
  again.offers({{.id = "O3", .agent = "S2"}, {.id = "O4", .agent = "S1"}});
  CHECK(again.all<LeaseGranted>().at(0).node == "host1@S2");
  CHECK(again.all<LeaseGranted>().at(1).node == "host1");
  CHECK(again.all<StateReported>().empty());
}

TEST_CASE("a machine that came back under a new agent id gets its name back") {
  Desk desk({}, {{"mesos.framework-id", "F-0000"}, {"mesos.agent.host1", "S-old 10.0.0.1:5051"}});
  desk.subscribe();
  desk.offer({.agent = "S-new"});
  CHECK(desk.all<LeaseGranted>().at(0).node == "host1");
  CHECK(desk.all<StateReported>().at(0).value == "S-new 10.0.0.1:5051");
}

TEST_CASE("the end of an old agent is not that of the one that has its name now") {
  Desk desk({}, {{"mesos.framework-id", "F-0000"}, {"mesos.agent.host1", "S-old 10.0.0.1:5051"}});
  desk.subscribe();
  desk.offer({.agent = "S-new"});
  desk.agent_failed("S-old");
  CHECK(desk.all<NodeLost>().empty());
  CHECK(desk.all<StateReported>().back().value == "S-new 10.0.0.1:5051");
  desk.agent_failed("S-new");
  REQUIRE(desk.all<NodeLost>().size() == 1);
  CHECK(desk.all<NodeLost>()[0].node == "host1");
}

TEST_CASE("a rescinded offer is no lease any more") {
  Desk desk;
  desk.subscribe();
  desk.want(1);
  desk.offer({.id = "O1"});
  desk.settle();
  desk.rescind("O1");
  CHECK(desk.all<LeaseRevoked>().size() == 1);
  const Launch late = desk.launch(1);
  desk.carry_out({late}, false);
  CHECK(desk.count("ACCEPT") == 0);
  const auto ended = desk.all<AttemptEnded>();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].outcome.kind == OutcomeKind::node_lost);  // not the user's fault, and at once
  desk.settle();
  CHECK(desk.framework.figures().held_offers == 0);
  desk.rescind("O1");
  desk.rescind("never seen");
  CHECK(desk.all<LeaseRevoked>().size() == 1);
}

TEST_CASE("of two offers under a lease one is rescinded: the other is granted anew") {
  Desk desk;
  desk.subscribe();
  desk.want(1);
  desk.offers({{.id = "O1", .cpus = 1}, {.id = "O2", .cpus = 2}});
  desk.settle();
  desk.rescind("O1");
  desk.settle();
  CHECK(desk.all<LeaseGranted>().back().capacity.amounts.cpus == 2000);
  CHECK(desk.count("DECLINE") == 0);
}

TEST_CASE("an idle server holds a stock for a while and declines the rest at once") {
  mesos::FrameworkOptions options;
  options.stock_max = 2;
  Desk desk(options);
  desk.subscribe();
  desk.offers({{.id = "O1", .agent = "S1", .hostname = "a"},
               {.id = "O2", .agent = "S2", .hostname = "b"},
               {.id = "O3", .agent = "S3", .hostname = "c"}});
  std::vector<Action> returned;  // as the engine does with an empty queue
  for (const LeaseGranted& granted : desk.all<LeaseGranted>()) {
    returned.emplace_back(ReturnLease{granted.lease});
  }
  desk.carry_out(returned);
  CHECK(desk.in_last("DECLINE", "/decline/offer_ids") == R"([{"value":"O3"}])");
  CHECK(desk.in_last("DECLINE", "/decline/filters/refuse_seconds") == "60");
  CHECK(desk.framework.figures().held_offers == 2);
  desk.pass(seconds(9));
  CHECK(desk.count("DECLINE") == 1);
  desk.pass(seconds(1));
  CHECK(desk.in_last("DECLINE", "/decline/offer_ids") == R"([{"value":"O1"},{"value":"O2"}])");
  CHECK(desk.count("SUPPRESS") == 1);
  CHECK(desk.framework.figures().suppressed);
  CHECK(desk.framework.figures().held_offers == 0);
}

TEST_CASE("a job that comes to an idle server finds the stock") {
  Desk desk;
  desk.subscribe();
  desk.offer();
  desk.carry_out({ReturnLease{desk.all<LeaseGranted>().at(0).lease}});
  desk.want(1);
  REQUIRE(desk.all<LeaseGranted>().size() == 2);
  desk.carry_out({desk.launch(1)});
  CHECK(desk.count("ACCEPT") == 1);
}

TEST_CASE("suppressed offers are asked for when work arrives") {
  Desk desk;
  desk.subscribe();
  desk.pass(seconds(11));
  CHECK(desk.count("SUPPRESS") == 1);
  desk.want(1);
  CHECK(desk.count("REVIVE") == 1);
  CHECK_FALSE(desk.framework.figures().suppressed);
  desk.want(0);
  desk.pass(seconds(9));
  CHECK(desk.count("SUPPRESS") == 1);  // not for every pause between two jobs
  desk.pass(seconds(2));
  CHECK(desk.count("SUPPRESS") == 2);
}

TEST_CASE("what fits nobody who waits is not held from others") {
  mesos::FrameworkOptions options;
  options.stock_max = 1;
  Desk desk(options);
  desk.subscribe();
  desk.want(1);
  desk.offers(
      {{.id = "O1", .agent = "S1", .hostname = "a"}, {.id = "O2", .agent = "S2", .hostname = "b"}});
  CHECK(desk.all<LeaseRevoked>().empty());  // the engine has not looked yet
  desk.settle();
  REQUIRE(desk.all<LeaseRevoked>().size() == 1);
  CHECK(desk.count("DECLINE") == 0);  // a launch may be under way
  desk.settle();
  CHECK(desk.in_last("DECLINE", "/decline/offer_ids") == R"([{"value":"O2"}])");
  CHECK(desk.in_last("DECLINE", "/decline/filters/refuse_seconds") == "5");
  desk.pass(seconds(11));
  desk.settle();
  CHECK(desk.in_last("DECLINE", "/decline/offer_ids") == R"([{"value":"O1"}])");
}

TEST_CASE("a runtime that does not answer holds nobody's offers") {
  Desk desk;
  desk.subscribe();
  desk.want(1);
  desk.offer();
  const Launch launch = desk.launch(1);
  desk.pass(seconds(21));  // no receipt comes back: its store is full
  CHECK(desk.count("DECLINE") == 1);
  desk.carry_out({launch});
  CHECK(desk.count("ACCEPT") == 0);
  CHECK(desk.all<AttemptEnded>().at(0).outcome.kind == OutcomeKind::node_lost);
}

TEST_CASE("a lease that the engine returns while others wait is of a node that is drained") {
  Desk desk;
  desk.subscribe();
  desk.want(1);
  desk.offer();
  desk.carry_out({ReturnLease{desk.all<LeaseGranted>().at(0).lease}});
  CHECK(desk.in_last("DECLINE", "/decline/filters/refuse_seconds") == "60");
}

TEST_CASE("an offer of nothing that we may use is declined at once") {
  Desk desk;
  desk.subscribe();
  desk.record(
      R"({"type":"OFFERS","offers":{"offers":[{"id":{"value":"O1"},"agent_id":{"value":"S1"},)"
      R"("hostname":"h","allocation_info":{"role":"*"},"resources":[{"name":"cpus",)"
      R"("type":"SCALAR","scalar":{"value":4},"role":"*","revocable":{},)"
      R"("allocation_info":{"role":"*"}}]}]}})");
  CHECK(desk.all<LeaseGranted>().empty());
  CHECK(desk.count("DECLINE") == 1);
}

TEST_CASE(
    "unavailability plans maintenance, told when it changes, and inverse offers are answered") {
  Desk desk;
  desk.subscribe();
  const std::string window =
      R"("unavailability":{"start":{"nanoseconds":2000000000},"duration":{"nanoseconds":1000}})";
  desk.offer({.id = "O1", .also = "," + window});
  desk.offer({.id = "O2", .also = "," + window});
  REQUIRE(desk.all<MaintenancePlanned>().size() == 1);
  CHECK(desk.all<MaintenancePlanned>()[0].node == "host1");
  CHECK(desk.all<MaintenancePlanned>()[0].windows.size() == 1);
  desk.offer({.id = "O3"});
  CHECK(desk.all<MaintenancePlanned>().back().windows.empty());
  desk.record(
      R"({"type":"INVERSE_OFFERS","inverse_offers":{"inverse_offers":[{"id":{"value":"I1"},)"
      R"("agent_id":{"value":"S1"},)" +
      window + "}]}}");
  CHECK(desk.all<MaintenancePlanned>().size() == 3);
  CHECK(desk.in_last("ACCEPT_INVERSE_OFFERS", "/accept_inverse_offers/inverse_offer_ids") ==
        R"([{"value":"I1"}])");
}

TEST_CASE("the same offer twice is one offer") {
  Desk desk;
  desk.subscribe();
  desk.offers({{.id = "O1"}, {.id = "O1"}});
  CHECK(desk.all<LeaseGranted>().at(0).capacity.amounts.cpus == 4000);
}
