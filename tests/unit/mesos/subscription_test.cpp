#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "unit/mesos/desk.hpp"

using namespace retz;
using namespace retz::testing;
using nlohmann::json;
using std::chrono::seconds;

TEST_CASE("the first SUBSCRIBE has no id, each further one has it twice") {
  mesos::FrameworkOptions options;
  options.roles = {"batch"};
  options.principal = "retz";
  options.failover_timeout = seconds(90);
  Desk desk(options);
  json body = json::parse(desk.framework.subscribe());
  CHECK(body["type"] == "SUBSCRIBE");
  CHECK_FALSE(body.contains("framework_id"));
  const json& info = body["subscribe"]["framework_info"];
  CHECK_FALSE(info.contains("id"));
  CHECK(info["roles"] == json::array({"batch"}));
  CHECK(info["principal"] == "retz");
  CHECK(info["failover_timeout"] == 90.0);
  CHECK(info["checkpoint"] == true);
  CHECK(info["capabilities"].size() == 5);
  desk.subscribe("F-7");
  body = json::parse(desk.framework.subscribe());
  CHECK(body["framework_id"]["value"] == "F-7");
  CHECK(body["subscribe"]["framework_info"]["id"]["value"] == "F-7");
}

TEST_CASE("the id is reported before any lease is granted, and again by nobody") {
  Desk desk;
  desk.subscribe("F-7");
  desk.offer();
  REQUIRE(std::holds_alternative<StateReported>(desk.events.at(0).what));
  CHECK(std::get<StateReported>(desk.events[0].what).name == "mesos.framework-id");
  CHECK(std::get<StateReported>(desk.events[0].what).value == "F-7");
  CHECK(desk.events[0].receipt.value != 0);
  Desk again({}, {{"mesos.framework-id", "F-7"}});
  again.subscribe("F-7");
  CHECK(again.all<StateReported>().empty());
}

TEST_CASE("five heartbeats missed: the stream is dead") {
  Desk desk;
  desk.beats = false;
  desk.subscribe();
  desk.pass(seconds(70));
  desk.record(R"({"type":"HEARTBEAT"})");
  desk.pass(seconds(74));
  CHECK(desk.framework.wants_connection());
  desk.pass(seconds(1));
  CHECK_FALSE(desk.framework.wants_connection());
  CHECK_FALSE(desk.framework.ended());
  desk.framework.lost("closed by us", desk.now);
  CHECK(desk.framework.wants_connection());
}

TEST_CASE("with the stream the offers are gone, and the tasks live on") {
  Desk desk;
  desk.subscribe();
  const std::string task = desk.start(1);
  desk.update({.task = task, .state = "RUNNING", .uuid = "cnVu"});
  desk.offer({.id = "O2", .agent = "S2", .hostname = "host2"});
  desk.framework.lost("cut", desk.now);
  desk.take();
  CHECK(desk.all<LeaseRevoked>().size() == 1);
  CHECK(desk.all<AttemptEnded>().empty());
  CHECK_FALSE(desk.framework.figures().subscribed);
  const std::size_t calls = desk.calls.size();
  desk.carry_out({StopAttempt{{JobId{1}, 1}, seconds(1)}});
  desk.pass(seconds(100));
  CHECK(desk.calls.size() == calls);  // nobody is there to hear it
  desk.subscribe();
  desk.pass(Duration{0});
  CHECK(desk.count("KILL") == 1);
}

TEST_CASE("an update that could not be acknowledged is acknowledged when it comes again") {
  Desk desk;
  desk.subscribe();
  const std::string task = desk.start(1);
  desk.update({.task = task, .state = "FINISHED", .uuid = "ZW5k"});
  desk.framework.lost("cut", desk.now);
  desk.settle();
  CHECK(desk.count("ACKNOWLEDGE") == 0);
  desk.subscribe();
  desk.update({.task = task, .state = "FINISHED", .uuid = "ZW5k"});
  CHECK(desk.count("ACKNOWLEDGE") == 1);
  CHECK(desk.all<AttemptEnded>().size() == 1);
}

TEST_CASE("superseded: it stops, and does not steal the stream back") {
  Desk desk;
  desk.subscribe();
  desk.record(R"({"type":"ERROR","error":{"message":"Framework failed over"}})");
  REQUIRE(desk.framework.ended());
  CHECK(desk.framework.ended()->superseded);
  CHECK_FALSE(desk.framework.wants_connection());
  desk.framework.lost("closed", desk.now);
  CHECK_FALSE(desk.framework.wants_connection());
}

TEST_CASE("removed: an alert, and never silently a new framework") {
  Desk desk({}, {{"mesos.framework-id", "F-7"}});
  desk.record(R"({"type":"ERROR","error":{"message":"Framework has been removed"}})");
  REQUIRE(desk.framework.ended());
  CHECK_FALSE(desk.framework.ended()->superseded);
  CHECK(desk.notices.back().severity == 2);
  CHECK(desk.framework.subscribe().find("F-7") != std::string::npos);
}

TEST_CASE("a subscription that is refused may be tried again") {
  Desk desk;
  desk.record(R"({"type":"ERROR","error":{"message":"Role 'x' is not present"}})");
  CHECK_FALSE(desk.framework.ended());
  CHECK_FALSE(desk.framework.wants_connection());
  CHECK(desk.notices.back().text.find("Role 'x'") != std::string::npos);
  desk.framework.lost("closed", desk.now);
  CHECK(desk.framework.wants_connection());
}

TEST_CASE("a master that calls us by another id is not ours") {
  Desk desk({}, {{"mesos.framework-id", "F-7"}});
  desk.subscribe("F-8");
  CHECK(desk.framework.ended());
}

TEST_CASE("nothing is said before SUBSCRIBED") {
  Desk desk;
  desk.offer();
  desk.update({.task = "1-1-a", .state = "RUNNING", .uuid = "cnVu"});
  desk.want(5);
  desk.pass(seconds(100));
  CHECK(desk.calls.empty());
  CHECK(desk.events.empty());
}

TEST_CASE("an event that makes no sense is a notice") {
  Desk desk;
  desk.subscribe();
  desk.record("{\"type\":");
  desk.record(R"({"type":"UPDATE","update":{}})");
  CHECK(desk.notices.back().severity == 1);
  CHECK(desk.framework.wants_connection());
}
