// Who waits for whom, in which sequence jobs may be booked, and the chains behind each.
#include "model/dependencies.hpp"

#include <doctest/doctest.h>

#include "base/generator.hpp"

namespace retz::model {
namespace {

JobFacts job(std::uint64_t id, std::vector<std::uint64_t> on = {}) {
  JobFacts f;
  f.id = JobId{id};
  for (const std::uint64_t d : on) f.dependencies.push_back({JobId{d}, Dependency::When::success});
  return f;
}

SubmissionOrder ordered(const std::vector<JobFacts>& jobs) {
  std::vector<const JobFacts*> pointers;
  for (const JobFacts& j : jobs) pointers.push_back(&j);
  return order_submissions(pointers);
}

TEST_CASE("jobs are booked in the sequence given, but each after those that it depends on") {
  const SubmissionOrder sorted = ordered({job(5, {7}), job(6), job(7, {9}), job(9)});
  CHECK(sorted.order == std::vector<std::uint32_t>{3, 2, 0, 1});
  for (const std::string& cycle : sorted.cycle_with) CHECK(cycle.empty());
}

TEST_CASE("a cycle is printed from its smallest job on, and who leads into it is not on it") {
  const SubmissionOrder sorted = ordered({job(5, {3}), job(3, {5}), job(9, {5}), job(1)});
  CHECK(sorted.cycle_with[0] == "job 3 -> 5 -> 3");
  CHECK(sorted.cycle_with[1] == "job 3 -> 5 -> 3");
  CHECK(sorted.cycle_with[2].empty());
  CHECK(sorted.cycle_with[3].empty());
}

TEST_CASE("a job that waits for itself, twice for one job, or for job 0 is refused by field") {
  const auto message = [](const JobFacts& f) { return validate_relations(f).error().message; };
  CHECK(message(job(3, {3})) == "dependencies[0].job is the job itself: job 3 -> 3");
  CHECK(message(job(3, {2, 2})) == "dependencies must be sorted by job, no job twice");
  CHECK(message(job(3, {2, 1})) == "dependencies must be sorted by job, no job twice");
  CHECK(message(job(3, {0})) == "dependencies[0].job must be 1 or more");
  CHECK(validate_relations(job(3, {1, 2})).has_value());
}

TEST_CASE("a place in an array lies within it") {
  const auto message = [](ArrayPlace place) {
    JobFacts f = job(3);
    f.array = place;
    const auto good = validate_relations(f);
    return good ? std::string() : good.error().message;
  };
  CHECK(message({JobId{3}, 1, 4, 2, 0}).empty());
  CHECK(message({JobId{0}, 1, 4, 2, 0}) == "array must name its first job");
  CHECK(message({JobId{3}, 5, 4, 5, 0}) == "array.from must not be after array.to");
  CHECK(message({JobId{3}, 1, 4, 5, 0}) == "array.index must be from array.from to array.to");
  CHECK(message({JobId{3}, 0, 1'000'001, 5, 0}) ==
        "array.to must be at most 1000000 after array.from");
  CHECK(message({JobId{3}, INT64_MIN, INT64_MAX, 5, 0}) ==
        "array.to must be at most 1000000 after array.from");
}

TEST_CASE("the reason names both jobs and what was waited for") {
  using When = Dependency::When;
  CHECK(unmet(JobId{17}, JobState::failed, JobId{18}, When::success) ==
        "job 17 failed, which job 18 waits to succeed");
  CHECK(unmet(JobId{17}, JobState::killed, JobId{18}, When::success) ==
        "job 17 was killed, which job 18 waits to succeed");
  CHECK(unmet(JobId{17}, JobState::finished, JobId{18}, When::failure) ==
        "job 17 succeeded, which job 18 waits to fail");
}

TEST_CASE("success, failure and end are met by the states that they name") {
  using When = Dependency::When;
  for (const JobState state : {JobState::finished, JobState::failed, JobState::killed}) {
    CHECK(meets(state, When::end));
    CHECK(meets(state, When::success) == (state == JobState::finished));
    CHECK(meets(state, When::failure) == (state != JobState::finished));
  }
}

TEST_CASE("a cycle over jobs that are known already is noticed") {
  Dependencies d;
  d.add(JobId{2}, job(2, {1}).dependencies, Duration{1});
  d.add(JobId{3}, job(3, {2}).dependencies, Duration{1});
  CHECK(d.closes_cycle(JobId{1}, job(1, {3}).dependencies));
  CHECK_FALSE(d.closes_cycle(JobId{1}, job(1, {9}).dependencies));
  CHECK_FALSE(d.closes_cycle(JobId{4}, job(4, {3}).dependencies));
}

// The longest path, by looking at every chain.
Duration longest(const std::vector<JobFacts>& jobs, JobId from) {
  Duration own{0}, behind{0};
  for (const JobFacts& j : jobs) {
    if (j.id == from) own = j.estimate;
    for (const Dependency& d : j.dependencies) {
      if (d.job == from) behind = std::max(behind, longest(jobs, j.id));
    }
  }
  return own + behind;
}

TEST_CASE("critical paths stay right while jobs come and go") {
  base::Generator generator(7);
  Dependencies d;
  d.keep_paths(true);
  std::vector<JobFacts> jobs;
  for (std::uint64_t id = 1; id <= 60; ++id) {
    JobFacts f = job(id);
    f.estimate = Duration{static_cast<std::int64_t>(1 + generator.below(100))};
    for (const JobFacts& before : jobs) {
      if (generator.below(8) == 0) f.dependencies.push_back({before.id});
    }
    if (!f.dependencies.empty()) d.add(f.id, f.dependencies, f.estimate);
    jobs.push_back(f);
    if (generator.below(3) == 0) {
      const auto gone = jobs.begin() + static_cast<std::ptrdiff_t>(generator.below(jobs.size()));
      d.remove(gone->id);
      jobs.erase(gone);
    }
    d.refresh_paths();
    d.check_invariants();
    for (const JobFacts& j : jobs) CHECK(d.critical_path(j.id, j.estimate) == longest(jobs, j.id));
  }
}

TEST_CASE("a refresh tells whose path became another one") {
  Dependencies d;
  d.keep_paths(true);
  d.add(JobId{2}, job(2, {1}).dependencies, Duration{5});
  CHECK(d.refresh_paths() == std::vector<JobId>{JobId{1}});
  d.add(JobId{3}, job(3, {2}).dependencies, Duration{7});
  CHECK(d.refresh_paths() == std::vector<JobId>{JobId{1}, JobId{2}});
  d.add(JobId{4}, job(4, {2}).dependencies, Duration{1});
  CHECK(d.refresh_paths().empty());
  d.remove(JobId{3});
  CHECK(d.refresh_paths() == std::vector<JobId>{JobId{1}, JobId{2}});
  CHECK(d.critical_path(JobId{1}, Duration{10}) == Duration{16});
}

}  // namespace
}  // namespace retz::model
