// kill -9 of a writer in the middle of its commits: every commit that it reported is there.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/generator.hpp"
#include "contract/stores.hpp"

using namespace retz;

namespace {

struct Writer {
  pid_t pid = -1;
  int reports = -1;  // one decimal line for each commit that returned
};

Writer start_writer(const std::filesystem::path& file) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl(STORE_WRITER, STORE_WRITER, file.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);
  return {pid, ends[0]};
}

// Reads reports until `enough` came, kills, and returns the last number reported.
std::uint64_t kill_after(const Writer& writer, std::uint64_t enough) {
  FILE* reports = fdopen(writer.reports, "r");
  REQUIRE(reports != nullptr);
  char line[64];
  std::uint64_t last = 0;
  std::uint64_t lines = 0;
  bool killed = false;
  while (fgets(line, sizeof line, reports) != nullptr) {
    last = std::strtoull(line, nullptr, 10);
    if (++lines == enough) {
      kill(writer.pid, SIGKILL);
      killed = true;
    }
  }
  fclose(reports);
  int status = 0;
  CHECK(waitpid(writer.pid, &status, 0) == writer.pid);
  CHECK(killed);
  CHECK(WIFSIGNALED(status));
  return last;
}

}  // namespace

TEST_CASE("every commit that was reported is there after kill -9, and no half of one") {
  TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "retz.db";
  base::Generator generator(50);
  std::uint64_t last = 0;
  for (int round = 0; round < 50; ++round) {
    CAPTURE(round);
    const std::uint64_t reported = kill_after(start_writer(file), 1 + generator.below(12));
    auto store = sqlite_store(file);
    REQUIRE_MESSAGE(store, (store ? "" : store.error().message));
    const Result<Recovered> loaded = (*store)->load();
    REQUIRE(loaded);
    // The commit in flight may be there too, but no more than that one.
    CHECK(loaded->last_batch.value >= reported);
    CHECK(loaded->last_batch.value <= reported + 1);
    CHECK(reported > last);
    last = loaded->last_batch.value;
    // The writer adds three jobs and an attempt for each in every batch.
    CHECK(loaded->last_job.value == 3 * last);
    CHECK(loaded->jobs.size() == 3 * last);
    CHECK(loaded->attempts.size() == 3 * last);
  }
}
