// Exit codes and texts from a job's record.
#include "cli/waiting.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace retz::cli;
using Json = nlohmann::json;

namespace {

Json ended(const char* state, const Json& outcome) {
  return {{"state", state}, {"outcome", outcome}};
}

}  // namespace

TEST_CASE("run exits as the job did") {
  CHECK(exit_code_of(ended("finished", {{"kind", "exited"}, {"exit_code", 0}})) == 0);
  CHECK(exit_code_of(ended("failed", {{"kind", "exited"}, {"exit_code", 3}})) == 3);
  CHECK(exit_code_of(ended("failed", {{"kind", "signaled"}, {"signal", 9}})) == 137);
  CHECK(exit_code_of(ended("failed", {{"kind", "timed_out"}})) == 124);
  CHECK(exit_code_of(ended("failed", {{"kind", "out_of_memory"}})) == 137);
  CHECK(exit_code_of(ended("killed", {{"kind", "killed"}})) == 143);
  CHECK(exit_code_of(ended("killed", nullptr)) == 143);
  CHECK(exit_code_of(ended("failed", {{"kind", "fetch_failed"}})) == 125);
}

TEST_CASE("the result is told once a job has ended, not before") {
  CHECK(result_text(ended("active", {{"kind", "exited"}, {"exit_code", 1}})) == "-");
  CHECK(result_text(ended("failed", {{"kind", "exited"}, {"exit_code", 1}})) == "exit 1");
  CHECK(result_text(ended("failed", {{"kind", "signaled"}, {"signal", 11}})) == "signal 11");
  CHECK(result_text(ended("killed", nullptr)) == "killed");
  CHECK(has_ended(ended("killed", nullptr)));
  CHECK_FALSE(has_ended(ended("queued", nullptr)));
}

TEST_CASE("members come as text, with a stand-in for what is absent or null") {
  const Json object{{"a", "x"}, {"b", 1.5}, {"c", nullptr}};
  CHECK(member(object, "a", "-") == "x");
  CHECK(member(object, "b", "-") == "1.5");
  CHECK(member(object, "c", "-") == "-");
  CHECK(member(object, "d", "-") == "-");
  CHECK(member(Json(), "d", "-") == "-");
}
