// An explanation as people read it.
#include "cli/explanation.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace retz::cli;
using Json = nlohmann::json;

TEST_CASE("an explanation tells position, estimate, start, and each reason with what would help") {
  const Json answer = Json::parse(R"({
    "state": "queued", "position": 3, "estimate": 5400, "estimate_source": "learnt",
    "start_estimate": {"at": "2026-11-22T14:02:00.000000Z", "source": "forecast"},
    "passed_over": {"times": 2, "at_least": true, "last": 17, "at": "2026-11-22T13:00:00.000000Z"},
    "reservation": null, "not_before": null,
    "reasons": [{"code": "not_enough_free", "text": "n1 has 1 of 2 cpus free",
                 "remedy": "1 cpu less"},
                {"code": "node_draining", "text": "node n3 is draining", "remedy": ""}]})");
  CHECK(explanation_text(5, answer) ==
        "job 5 is queued, number 3 in the queue\n"
        "  estimate     90 min (learnt from the last jobs of its application and user)\n"
        "  start        about 2026-11-22T14:02:00Z, if all jobs take as long as expected\n"
        "  passed over  at least 2 times, last by job 17 at 2026-11-22T13:00:00Z\n"
        "  waits        n1 has 1 of 2 cpus free\n"
        "               would help: 1 cpu less\n"
        "  waits        node n3 is draining\n");
}

TEST_CASE("a job that does not wait is told in a line, and one without a reason starts next") {
  CHECK(explanation_text(1, Json::parse(R"({"state": "finished", "position": 0})")) ==
        "job 1 is finished\n");
  CHECK(explanation_text(1, Json::parse(R"({"state": "queued", "position": 1, "reasons": []})")) ==
        "job 1 is queued, number 1 in the queue\n"
        "  starts       with the next pass\n");
}

TEST_CASE("a reservation is a promise, an earliest time is not") {
  Json answer = Json::parse(R"({"state": "queued", "position": 1, "reasons": [{"text": "x"}],
    "reservation": {"node": "n1", "at": "2026-11-22T14:02:00.000000Z"},
    "start_estimate": {"at": "2026-11-22T14:02:00.000000Z", "source": "reservation"}})");
  std::string text = explanation_text(1, answer);
  CHECK(text.find("2026-11-22T14:02:00Z or earlier") != std::string::npos);
  CHECK(text.find("reserved     on n1") != std::string::npos);
  answer["start_estimate"]["source"] = "not_before";
  answer["reservation"] = nullptr;
  text = explanation_text(1, answer);
  CHECK(text.find("not before 2026-11-22T14:02:00Z") != std::string::npos);
}
