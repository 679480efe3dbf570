#include "launch/record.hpp"

#include <doctest/doctest.h>

using namespace retz;
using namespace retz::launch;

TEST_CASE("claims and exit records come back as they were written") {
  const Claim claim{{JobId{12}, 3}, "boot-1", 77};
  const auto read = claim_from_text(to_text(claim));
  REQUIRE(read.has_value());
  CHECK(read->attempt == claim.attempt);
  CHECK(read->boot_id == "boot-1");
  CHECK(read->supervisor == 77);
  for (int kind = 0; kind <= static_cast<int>(OutcomeKind::node_lost); ++kind) {
    ExitRecord record{.attempt = {JobId{1}, 2},
                      .boot_id = "b",
                      .outcome = {static_cast<OutcomeKind>(kind), -1, 9, "why: it = was"},
                      .usage = {.cpu_time = Duration(123456), .max_memory = 17},
                      .confinement = "cgroup-v1 cpu,memory"};
    const auto back = exit_record_from_text(to_text(record));
    REQUIRE(back.has_value());
    CHECK(back->outcome == record.outcome);
    CHECK(back->usage == record.usage);
    CHECK(back->confinement == record.confinement);
    CHECK(back->boot_id == "b");
  }
}

TEST_CASE("a reason cannot forge a field") {
  ExitRecord record;
  record.outcome.reason = "x\nkind exited\ncode 0\nend\n";
  record.outcome.kind = OutcomeKind::signaled;
  const auto back = exit_record_from_text(to_text(record));
  REQUIRE(back.has_value());
  CHECK(back->outcome.kind == OutcomeKind::signaled);
}

TEST_CASE("a record cut short anywhere is not taken for a whole one") {
  const std::string text = to_text(ExitRecord{});
  for (std::size_t size = 0; size < text.size(); ++size) {
    CHECK(!exit_record_from_text(text.substr(0, size)).has_value());
  }
  CHECK(exit_record_from_text(text).has_value());
}

TEST_CASE("another version and unknown words are errors") {
  CHECK(!claim_from_text("retz-claim 2\nend\n").has_value());
  CHECK(!exit_record_from_text(to_text(Claim{})).has_value());
  std::string text = to_text(ExitRecord{});
  text.replace(text.find("exited"), 6, "exaled");
  const auto back = exit_record_from_text(text);
  REQUIRE(!back.has_value());
  CHECK(back.error().message.find("exaled") != std::string::npos);
}
