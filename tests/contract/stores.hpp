// The stores that the contract holds for, and what the suites write into them.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "retz/store.hpp"

namespace retz {

/// A folder that goes away with its test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "retz-store-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct MemoryFixture {
  std::unique_ptr<Store> store = memory_store();
};

struct SqliteFixture {
  TemporaryFolder folder;
  std::unique_ptr<Store> store;

  SqliteFixture() { reopen(); }
  std::filesystem::path file() const { return folder.path() / "retz.db"; }
  void reopen() {
    store.reset();
    Result<std::unique_ptr<Store>> opened = sqlite_store(file());
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
    store = std::move(*opened);
  }
};

/// Commits batches one after the other.
class Batches {
 public:
  explicit Batches(Store& store, std::uint64_t last = 0) : store_(store), last_(last) {}

  Result<void> try_commit(const std::vector<Write>& writes) {
    return store_.commit(BatchNumber{last_ + 1}, at_micros(std::int64_t(1000 * (last_ + 1))),
                         writes);
  }
  void commit(const std::vector<Write>& writes) {
    const Result<void> done = try_commit(writes);
    REQUIRE_MESSAGE(done, (done ? "" : done.error().message));
    ++last_;
  }
  std::uint64_t last() const { return last_; }

 private:
  Store& store_;
  std::uint64_t last_;
};

struct JobSketch {
  std::string user = "alice";
  std::string application = "app";
  std::string name = "job";
  std::vector<std::string> tags = {};
  JobState state = JobState::queued;
  std::int64_t submitted = 0;
  std::uint64_t array = 0;  // its first job
};

inline AddJob add_job(std::uint64_t id, const JobSketch& sketch = {}) {
  auto spec = std::make_shared<JobSpec>();
  spec->user = sketch.user;
  spec->application = sketch.application;
  spec->name = sketch.name;
  spec->tags = sketch.tags;
  spec->command = "true " + std::to_string(id);
  if (sketch.array != 0) {
    const auto index = static_cast<std::int64_t>(id - sketch.array);
    spec->array = ArrayPlace{JobId{sketch.array}, 0, 9, index, 2};
  }
  JobRecord record;
  record.id = JobId{id};
  record.spec = spec;
  record.status.state = sketch.state;
  record.status.arrival = Arrival{id};
  record.status.submitted = at_micros(sketch.submitted);
  record.estimate = Duration(static_cast<std::int64_t>(1000 + id));
  record.estimate_source = EstimateSource::learnt;
  return AddJob{record};
}

inline UpdateJob update_job(std::uint64_t id, JobState state, std::uint64_t arrival = 0) {
  UpdateJob out;
  out.job = JobId{id};
  out.status.state = state;
  out.status.arrival = Arrival{arrival == 0 ? id : arrival};
  return out;
}

inline PutAttempt put_attempt(std::uint64_t job, std::uint32_t attempt,
                              AttemptState state = AttemptState::starting) {
  PutAttempt out;
  out.attempt.ref = {JobId{job}, attempt};
  out.attempt.state = state;
  out.attempt.placement.node = "n1";
  out.attempt.started = at_micros(7);
  return out;
}

/// The ids of a page, in its order.
inline std::vector<std::uint64_t> ids(const Result<JobPage>& page) {
  REQUIRE_MESSAGE(page, (page ? "" : page.error().message));
  std::vector<std::uint64_t> out;
  for (const JobRecord& job : page->jobs) {
    out.push_back(job.id.value);
  }
  return out;
}

using Ids = std::vector<std::uint64_t>;

}  // namespace retz
