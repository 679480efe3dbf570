#include <string>

#include <doctest/doctest.h>

#include "mesos/event.hpp"

using namespace retz;
using namespace retz::mesos;

TEST_CASE("an event of a kind that is not known is told apart from nonsense") {
  const auto event = read_event(R"({"type":"NEW_KIND","new_kind":{"a":[1,2,{"b":null}]}})", {"*"});
  REQUIRE(event);
  CHECK(std::get<OtherEvent>(*event).type == "NEW_KIND");
}

TEST_CASE("nonsense is an error and nothing worse") {
  for (const char* text :
       {"", "{", "null", "[]", "7", R"({"type":5})", R"({"type":"UPDATE"})",
        R"({"type":"UPDATE","update":{"status":{"task_id":{"value":"t"},"state":"TASK_NEW"}}})",
        R"({"type":"UPDATE","update":{"status":{"task_id":"t","state":"TASK_RUNNING"}}})",
        R"({"type":"OFFERS","offers":{"offers":[{"id":{"value":"O"}}]}})",
        R"({"type":"OFFERS","offers":{"offers":[5]}})", R"({"type":"FAILURE","failure":{}})",
        R"({"type":"SUBSCRIBED","subscribed":{"framework_id":{}}})"}) {
    CAPTURE(text);
    CHECK_FALSE(read_event(text, {"*"}));
  }
}

TEST_CASE("members of the wrong type count as absent") {
  const auto event = read_event(
      R"({"type":"OFFERS","offers":{"offers":[{"id":{"value":"O"},"agent_id":{"value":"S"},)"
      R"("hostname":"h","resources":[5,null,{"name":7},{"name":"cpus","type":"SCALAR",)"
      R"("scalar":{"value":"4"},"allocation_info":{}}],"attributes":"x","domain":[],"url":3}]}})",
      {"*"});
  REQUIRE(event);
  CHECK(std::get<Offers>(*event).offers.at(0).resources.empty());
}

TEST_CASE("a message that is not UTF-8 does not cost the task its result") {
  const auto event = read_event(
      "{\"type\":\"UPDATE\",\"update\":{\"status\":{\"task_id\":{\"value\":\"t\"},\"state\":"
      "\"TASK_FAILED\",\"message\":\"Command exited with status 3 \xff\xfe h\xc3\xa9\"}}}",
      {"*"});
  REQUIRE(event);
  const TaskStatus& status = std::get<Update>(*event).status;
  CHECK(status.state == TaskState::failed);
  CHECK(status.message == "Command exited with status 3 ?? h\xc3\xa9");
}

TEST_CASE("the end of an executor is no loss of its agent") {
  const auto executor = read_event(
      R"({"type":"FAILURE","failure":{"agent_id":{"value":"S"},"executor_id":{"value":"e"}}})", {});
  REQUIRE(executor);
  CHECK(std::holds_alternative<OtherEvent>(*executor));
  const auto agent = read_event(R"({"type":"FAILURE","failure":{"agent_id":{"value":"S"}}})", {});
  REQUIRE(agent);
  CHECK(std::get<AgentFailed>(*agent).agent_id == "S");
}
