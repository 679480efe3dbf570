// The model of the master is held to recordings of a real one (see recordings/NOTICE.md).
//
// Compared: the status and body of every call; by task the sequence of updates (state, source,
// reason, message, agent, which fields); by agent the sequence of offers (resources, fields,
// attributes); the sequence of all other events. Not compared: ids and uuids (mapped), the order of
// resources, how often one update is repeated within two seconds, heartbeats, container_status and
// results of checks. Executors say what the recorded ones said, when they said it; when a cycle of
// allocation begins is taken from the recording.
//
// Not replayed, because the model does not know them: 21 (RESERVE), 23 (LAUNCH_GROUP), 24 and 32
// (files and operator endpoints of the agent: the program scripted-mesos serves the files), 33 (a
// call that makes the master abort: the model throws), 35 (which of two frameworks gets an offer is
// drawn by the master), 36, 36b, 37 (measurements, their calls not recorded). 19's masters behind
// ZooKeeper are 307, 503 and fail-over here, each tested by itself.
#include <doctest/doctest.h>

#include "unit/scripted_mesos/replay.hpp"

using namespace retz;
using namespace retz::testing::mesos;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

using Model = ScriptedMaster;

void check(Scenario scenario, std::size_t updates) {
  CAPTURE(scenario.file);
  const Comparison found = replay(scenario);
  for (const std::string& difference : found.differences) {
    FAIL_CHECK(scenario.file << ": " << difference);
  }
  CHECK(found.updates == updates);
  CHECK(found.calls > 0);
}

Scenario plain(std::string file) {
  Scenario scenario;
  scenario.file = std::move(file);
  return scenario;
}

}  // namespace

TEST_CASE("recorded: a task from offer to acknowledged end, and its variants") {
  check(plain("01"), 3);
  check(plain("02"), 18);
  check(plain("04"), 6);
}
TEST_CASE("recorded: kills, of running, stubborn, unknown and just launched tasks") {
  check(plain("03"), 20);
}
TEST_CASE("recorded: reconciliation, explicit and implicit, partition-aware or not") {
  Scenario unacknowledged = plain("05");
  unacknowledged.offers = false;  // the end of r3 is nowhere in the recording
  check(unacknowledged, 25);
  check(plain("05b"), 7);
}
TEST_CASE("recorded: filters, SUPPRESS and REVIVE") {
  check(plain("06"), 3);
}
TEST_CASE("recorded: an update is repeated until acknowledged, later ones wait") {
  check(plain("07"), 5);
}
TEST_CASE("recorded: a second subscription, a broken one, an expired one, TEARDOWN") {
  check(plain("08"), 4);
  check(plain("09"), 6);
  check(plain("10"), 4);
  check(plain("20"), 2);
}
TEST_CASE("recorded: every refusal of a malformed request, word for word") {
  Scenario scenario = plain("11");
  scenario.skipped_calls = {"garbage request line"};  // the HTTP server's affair
  check(scenario, 0);
}
TEST_CASE("recorded: tasks that a master refuses after its 202") {
  check(plain("12"), 37);
}

TEST_CASE("recorded: an agent killed and started again, checkpointed or not") {
  Scenario kept = plain("13");
  kept.deeds = {{1.141, [](Model& m, Instant t) { m.kill_agent(0, t); }},
                {5.0,
                 [](Model& m, Instant t) {
                   m.task_says(0, m.agent(0).id.substr(0, 36) + "-0000", "ar2", {"TASK_FINISHED"},
                               t);
                 }},
                {13.41, [](Model& m, Instant t) { m.start_agent(0, t); }}};
  check(kept, 9);
  Scenario lost = plain("16");
  lost.deeds = {{1.1, [](Model& m, Instant t) { m.kill_agent(0, t); }},
                {8.15, [](Model& m, Instant t) { m.start_agent(0, t); }}};
  check(lost, 5);
}

TEST_CASE("recorded: an agent lost and back, partition-aware or not") {
  Scenario aware = plain("14");
  aware.master.agent_timeout = seconds(3);
  aware.deeds = {{4.11, [](Model& m, Instant t) { m.kill_agent(0, t); }},
                 {6.0,
                  [](Model& m, Instant t) {
                    m.task_says(0, m.agent(0).id.substr(0, 36) + "-0000", "un2", {"TASK_FINISHED"},
                                t);
                  }},
                 {17.79, [](Model& m, Instant t) { m.start_agent(0, t); }}};
  check(aware, 13);
  Scenario unaware = plain("15");
  unaware.master.agent_timeout = seconds(3);
  unaware.deeds = {{1.799, [](Model& m, Instant t) { m.kill_agent(0, t); }},
                   {11.43, [](Model& m, Instant t) { m.start_agent(0, t); }}};
  check(unaware, 7);
}

TEST_CASE("recorded: an agent stopped, given up, and going on") {
  Scenario scenario = plain("31");
  scenario.master.agent_timeout = seconds(3);
  scenario.deeds = {{1.55, [](Model& m, Instant t) { m.freeze_agent(0, t); }},
                    {8.655, [](Model& m, Instant t) { m.thaw_agent(0, t); }},
                    {15.664, [](Model& m, Instant t) { m.freeze_agent(0, t); }},
                    {25.78, [](Model& m, Instant t) { m.thaw_agent(0, t); }}};
  check(scenario, 19);
}

TEST_CASE("recorded: agents that unregister, are marked gone, are drained, go into maintenance") {
  Scenario scenario = plain("17");
  scenario.agents = {AgentSpec{},
                     {"127.0.0.1", 5052, "ports:[32001-32100];cpus:4;mem:4096;disk:5000"},
                     {"127.0.0.1", 5053, "ports:[32201-32300];cpus:2;mem:2048;disk:5000"}};
  scenario.deeds = {{2.26, [](Model& m, Instant t) { m.unregister_agent(0, t); }},
                    {8.6, [](Model& m, Instant t) { m.mark_gone(1, t); }},
                    {15.6, [](Model& m, Instant t) { m.drain_agent(2, t); }}};
  scenario.skipped_calls = {"MARK_AGENT_GONE", "DRAIN_AGENT"};  // the operators' API
  check(scenario, 11);
  Scenario window = plain("30");
  window.master.offer_timeout = seconds(4);
  window.deeds = {
      {7.19, [](Model& m, Instant t) { m.plan_maintenance(0, t + hours(1), hours(1), t); }},
      {13.2055, [](Model& m, Instant t) { m.start_maintenance(0, t); }}};
  window.skipped_calls = {"UPDATE_MAINTENANCE_SCHEDULE", "START_MAINTENANCE"};
  check(window, 4);
}

TEST_CASE("recorded: a master that starts anew, with and without its registry") {
  Scenario kept = plain("18");
  kept.deeds = {{1.45,
                 [](Model& m, Instant t) {
                   m.fail_over("96b5102c-f48a-497b-90ca-3e991adb157d", true, hours(9000), t);
                 }},
                {76.84, [](Model& m, Instant t) { m.find_master(0, t); }}};
  check(kept, 7);
  Scenario forgotten = plain("18b");
  forgotten.deeds = {{1.08,
                      [](Model& m, Instant t) {
                        m.fail_over("d71fe23d-498a-4aa5-8475-bcd3a426ab48", false, hours(9000), t);
                      }},
                     {4.83, [](Model& m, Instant t) { m.kill_agent(0, t); }},
                     {7.11, [](Model& m, Instant t) { m.start_agent(0, t); }}};
  check(forgotten, 5);
}

TEST_CASE("recorded: roles, suppressed and changed") {
  check(plain("22"), 2);
}

TEST_CASE("recorded: authentication") {
  Scenario scenario = plain("28");
  scenario.master.credentials = {{"p1", "s3cret"}, {"p2", "other"}};
  check(scenario, 3);
}

TEST_CASE("recorded: gpus, reserved resources, a fault domain") {
  Scenario scenario = plain("29");
  scenario.master.region = "r1";
  AgentSpec agent;
  agent.resources =
      "ports:[31000-31100];cpus(batch):2;mem(batch):512;cpus:4;mem:4096;disk:9000;gpus:2";
  agent.attributes = "rack:r42;os:debian;cores:16;range:[1-5]";
  agent.region = "r1";
  agent.zone = "z2";
  scenario.agents = {agent};
  check(scenario, 7);
}

TEST_CASE("recorded: custom ranges and sets, malformed and taken ones") {
  Scenario scenario = plain("34");
  AgentSpec agent;
  agent.resources =
      "cpus:16;mem:8192;disk:10000;ports:[31000-31100];numa0cores:[0-7];numa1cores:[8-15];"
      "numa0mem:4096;numa1mem:4096;slots:{s0,s1,s2}";
  agent.attributes = "rack:r1;topo:2x8x1";
  scenario.agents = {agent};
  scenario.skipped_calls = {"stdout of r1 (its environment)"};  // of the agent
  check(scenario, 38);
}

TEST_CASE("recorded: health checks and time limits; many tasks") {
  check(plain("25"), 0);
  check(plain("26"), 18);
  Scenario many = plain("27");
  many.acknowledged = true;  // theirs were sent in a row and not recorded one by one
  many.skipped_calls = {"ACKNOWLEDGE"};
  many.offers = false;  // forty ends, cut into cycles by the millisecond
  check(many, 120);
}
