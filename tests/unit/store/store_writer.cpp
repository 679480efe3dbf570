// Commits to a store as fast as it can, and reports each commit that returned. For the test that
// kills it. Usage: store_writer FILE
#include <unistd.h>

#include <string>
#include <vector>

#include "retz/store.hpp"

namespace {

void add(std::vector<retz::Write>& batch, std::uint64_t id) {
  retz::JobRecord job;
  job.id = retz::JobId{id};
  auto spec = std::make_shared<retz::JobSpec>();
  spec->application = "app";
  spec->command = std::string(2000, 'c');
  spec->tags = {"tag"};
  job.spec = std::move(spec);
  job.status.arrival = retz::Arrival{id};
  batch.emplace_back(retz::AddJob{std::move(job)});
  retz::AttemptRecord attempt;
  attempt.ref = {retz::JobId{id}, 1};
  batch.emplace_back(retz::PutAttempt{std::move(attempt)});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  auto store = retz::sqlite_store(argv[1]);
  if (!store) {
    return 3;
  }
  const auto loaded = (*store)->load();
  if (!loaded) {
    return 4;
  }
  for (std::uint64_t number = loaded->last_batch.value + 1;; ++number) {
    std::vector<retz::Write> batch;
    for (std::uint64_t id = 3 * number - 2; id <= 3 * number; ++id) {
      add(batch, id);
    }
    if (!(*store)->commit(retz::BatchNumber{number}, retz::at_micros(1), batch)) {
      return 5;
    }
    const std::string line = std::to_string(number) + "\n";
    if (write(STDOUT_FILENO, line.data(), line.size()) < 0) {
      return 6;
    }
  }
}
