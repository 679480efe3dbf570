// From launches to ACCEPTs, and what asks for the next offers.
#include <doctest/doctest.h>

#include "unit/mesos/desk.hpp"

using namespace retz;
using namespace retz::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Ready : Desk {
  explicit Ready(mesos::FrameworkOptions options = {}) : Desk(std::move(options)) {
    subscribe();
    want(9);
    offer();
    settle();
  }
};

}  // namespace

TEST_CASE("the launches of one lease go into one ACCEPT, each in an operation of its own") {
  Ready desk;
  const Launch first = desk.launch(1), second = desk.launch(2);
  desk.carry_out({first, second});
  REQUIRE(desk.count("ACCEPT") == 1);
  CHECK(desk.in_last("ACCEPT", "/accept/operations/0/launch/task_infos/0/task_id/value") ==
        '"' + Desk::task_of(first) + '"');
  CHECK(desk.in_last("ACCEPT", "/accept/operations/1/launch/task_infos/0/task_id/value") ==
        '"' + Desk::task_of(second) + '"');
  CHECK(desk.in_last("ACCEPT", "/accept/operations/0/launch/task_infos/1") == "absent");
  CHECK(desk.in_last("ACCEPT", "/accept/filters/refuse_seconds") == "5");
  CHECK(desk.framework.figures().held_offers == 0);
  CHECK(desk.count("DECLINE") == 0);  // the rest is declined by the ACCEPT
  REQUIRE(desk.places.size() == 2);
  CHECK(desk.places[0].agent_id == "S1");
  CHECK(desk.places[0].address == "10.0.0.1:5051");
}

TEST_CASE("after an ACCEPT while jobs wait the next offers are asked for, behind it") {
  Ready desk;
  const std::size_t before = desk.count("REVIVE");
  desk.pass(seconds(1));
  desk.carry_out({desk.launch(1)});
  CHECK(desk.count("REVIVE") == before + 1);
  CHECK(desk.calls.back().type == "REVIVE");
  desk.want(0);
  const std::string task = Desk::task_of(desk.launch(1));
  desk.pass(seconds(1));
  desk.update({.task = task, .state = "FINISHED", .uuid = "YQ=="});
  CHECK(desk.count("REVIVE") == before + 1);  // nobody waits
}

TEST_CASE("the end of a task asks for what it leaves, while jobs wait") {
  Desk desk;
  desk.subscribe();
  const std::string task = desk.start(1);
  desk.pass(seconds(2));
  const std::size_t before = desk.count("REVIVE");
  desk.update({.task = task, .state = "FINISHED", .uuid = "YQ=="});
  CHECK(desk.count("REVIVE") == before + 1);
}

TEST_CASE("offers are not asked for again and again when they are of no use") {
  Desk desk;
  desk.subscribe();
  desk.want(1);
  std::uint64_t waiting = 1;
  for (int i = 0; i < 1000; ++i) {  // ten seconds of ever more jobs that fit nothing
    desk.offer({.id = "O" + std::to_string(i)});
    desk.want(++waiting);
    desk.pass(milliseconds(10));
  }
  CHECK(desk.count("REVIVE") < 30);
  CHECK(desk.count("REVIVE") > 8);
}

TEST_CASE("a launch that was carried out is not carried out again") {
  Ready desk;
  const Launch launch = desk.launch(1);
  desk.carry_out({launch});
  desk.carry_out({launch});
  CHECK(desk.count("ACCEPT") == 1);
  CHECK(desk.all<AttemptEnded>().empty());
}

TEST_CASE("launches in flight on one agent are capped; the rest follows as it is heard of them") {
  mesos::FrameworkOptions options;
  options.launches_per_agent = 2;
  Ready desk(options);
  const Launch first = desk.launch(1);
  desk.carry_out({first, desk.launch(2), desk.launch(3), desk.launch(4)});
  REQUIRE(desk.count("ACCEPT") == 1);
  CHECK(desk.in_last("ACCEPT", "/accept/operations/2") == "absent");
  CHECK(desk.in_last("ACCEPT", "/accept/filters/refuse_seconds") == "0");  // wanted again at once
  desk.offer({.id = "O2"});
  CHECK(desk.count("ACCEPT") == 1);  // kept for them
  CHECK(desk.all<LeaseGranted>().size() == 1);
  desk.update({.task = Desk::task_of(first), .state = "STARTING", .uuid = "YQ=="});
  REQUIRE(desk.count("ACCEPT") == 2);
  CHECK(desk.in_last("ACCEPT", "/accept/operations/0/launch/task_infos/0/task_id/value") ==
        '"' + Desk::task_of(desk.launch(3)) + '"');
  CHECK(desk.in_last("ACCEPT", "/accept/operations/1") == "absent");
}

TEST_CASE("a launch that is held back can be stopped, and does not wait for ever") {
  mesos::FrameworkOptions options;
  options.launches_per_agent = 1;
  Ready desk(options);
  const Launch second = desk.launch(2), third = desk.launch(3);
  desk.carry_out({desk.launch(1), second, third});
  desk.carry_out({StopAttempt{second.attempt, seconds(1)}});
  REQUIRE(desk.all<AttemptEnded>().size() == 1);
  CHECK(desk.all<AttemptEnded>()[0].outcome.kind == OutcomeKind::killed);
  CHECK(desk.count("KILL") == 0);
  desk.pass(seconds(61));
  REQUIRE(desk.all<AttemptEnded>().size() == 2);
  CHECK(desk.all<AttemptEnded>()[1].attempt == third.attempt);
  CHECK(desk.all<AttemptEnded>()[1].outcome.kind == OutcomeKind::launch_failed);
}

TEST_CASE("launches that are held back end with their agent, and outlive a stream") {
  mesos::FrameworkOptions options;
  options.launches_per_agent = 1;
  for (const bool agent_lost : {true, false}) {
    CAPTURE(agent_lost);
    Ready desk(options);
    const Launch first = desk.launch(1), second = desk.launch(2);
    desk.carry_out({first, second});
    if (agent_lost) {
      desk.agent_failed("S1");
      REQUIRE(desk.all<AttemptEnded>().size() == 1);
      CHECK(desk.all<AttemptEnded>()[0].attempt == second.attempt);
      CHECK(desk.all<AttemptEnded>()[0].outcome.kind == OutcomeKind::node_lost);
      CHECK(desk.all<NodeLost>().empty());  // the first may still run there
      continue;
    }
    desk.framework.lost("cut", desk.now);
    desk.subscribe();
    desk.offer({.id = "O2"});
    CHECK(desk.count("ACCEPT") == 1);
    desk.update({.task = Desk::task_of(first), .state = "RUNNING", .reason = "RECONCILIATION"});
    CHECK(desk.in_last("ACCEPT", "/accept/operations/0/launch/task_infos/0/task_id/value") ==
          '"' + Desk::task_of(second) + '"');
    CHECK(desk.all<AttemptEnded>().empty());
  }
}

TEST_CASE("what can never run as written is said, and takes no other with it") {
  Ready desk;
  Launch root = desk.launch(1);
  Application application;
  application.unix_user = "root";
  root.application = std::make_shared<const Application>(application);
  Launch share = desk.launch(2);
  share.placement.gpus = {{0, 500}};
  desk.carry_out({root, share, desk.launch(3)});
  const auto ended = desk.all<AttemptEnded>();
  REQUIRE(ended.size() == 2);
  CHECK(ended[0].outcome.kind == OutcomeKind::cannot_launch);
  CHECK(desk.count("ACCEPT") == 1);
  CHECK(desk.in_last("ACCEPT", "/accept/operations/1") == "absent");
}

TEST_CASE("offers whose every launch is refused are still ours") {
  Ready desk;
  Launch root = desk.launch(1);
  Application application;
  application.unix_user = "root";
  root.application = std::make_shared<const Application>(application);
  desk.carry_out({root});
  CHECK(desk.count("ACCEPT") == 0);
  CHECK(desk.all<LeaseGranted>().size() == 2);
}

TEST_CASE("an ACCEPT that was not sent launched nothing: tried anew at once") {
  for (const int status : {mesos::not_sent, 503, 401}) {
    CAPTURE(status);
    Ready desk;
    desk.carry_out({desk.launch(1)});
    desk.framework.answered(desk.last("ACCEPT"), status, "", desk.now);
    desk.take();
    REQUIRE(desk.all<AttemptEnded>().size() == 1);
    CHECK(desk.all<AttemptEnded>()[0].outcome.kind == OutcomeKind::node_lost);
    CHECK(desk.in_last("DECLINE", "/decline/offer_ids") == R"([{"value":"O1"}])");
  }
}

TEST_CASE("an ACCEPT that the master cannot read would not be read the next time") {
  Ready desk;
  desk.carry_out({desk.launch(1)});
  desk.framework.answered(desk.last("ACCEPT"), 400, "Failed to convert JSON into Call protobuf",
                          desk.now);
  desk.take();
  CHECK(desk.all<AttemptEnded>().at(0).outcome.kind == OutcomeKind::cannot_launch);
  CHECK(desk.framework.wants_connection());
}

TEST_CASE("an ACCEPT without an answer may have launched: it is asked for") {
  Ready desk;
  const Launch launch = desk.launch(1);
  desk.carry_out({launch});
  desk.framework.answered(desk.last("ACCEPT"), mesos::no_answer, "", desk.now);
  desk.take();
  CHECK(desk.all<AttemptEnded>().empty());
  CHECK(desk.in_last("DECLINE", "/decline/offer_ids") == R"([{"value":"O1"}])");
  const std::size_t before = desk.count("RECONCILE");
  desk.pass(seconds(6));
  CHECK(desk.count("RECONCILE") > before);
  desk.update({.task = Desk::task_of(launch), .state = "GONE", .reason = "RECONCILIATION"});
  CHECK(desk.all<AttemptEnded>().at(0).outcome.kind == OutcomeKind::node_lost);
}

TEST_CASE("what does no harm when done twice is said again") {
  Ready desk;
  desk.want(0);
  desk.pass(seconds(30));
  const std::size_t declines = desk.count("DECLINE"), suppresses = desk.count("SUPPRESS");
  REQUIRE(suppresses == 1);
  desk.framework.answered(desk.last("DECLINE"), mesos::no_answer, "", desk.now);
  desk.framework.answered(desk.last("SUPPRESS"), mesos::not_sent, "", desk.now);
  desk.take();
  CHECK(desk.count("DECLINE") == declines + 1);
  CHECK(desk.count("SUPPRESS") == 2);
  desk.update({.task = "left-over", .state = "RUNNING", .uuid = "YQ=="});
  desk.framework.answered(desk.last("ACKNOWLEDGE"), mesos::no_answer, "", desk.now);
  desk.framework.answered(desk.last("KILL"), mesos::no_answer, "", desk.now);
  desk.take();
  CHECK(desk.count("ACKNOWLEDGE") == 2);
  CHECK(desk.count("KILL") == 2);
}

TEST_CASE("a call that is refused for its stream ends the stream") {
  Ready desk;
  desk.carry_out({desk.launch(1)});
  CHECK(desk.framework.wants_connection());
  desk.framework.answered(desk.last("ACCEPT"), 400,
                          "The stream ID 'a' included in this request didn't match", desk.now);
  desk.take();
  CHECK_FALSE(desk.framework.wants_connection());
  CHECK(desk.all<AttemptEnded>().at(0).outcome.kind == OutcomeKind::node_lost);
  desk.framework.lost("closed", desk.now);
  CHECK(desk.framework.wants_connection());
}
