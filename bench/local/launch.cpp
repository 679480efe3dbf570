// Jobs of /bin/true per second through the local cluster, two in flight, against its floors in the
// same run. Wants root and cgroups v1; $RETZ_EXEC or retz-exec beside it.
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <vector>

#include "floor.hpp"
#include "retz/local.hpp"

namespace {

using namespace retz;
namespace fs = std::filesystem;

class Ends : public Inbox {
 public:
  void post(std::vector<Event> events) override {
    const std::lock_guard lock(mutex_);
    for (const auto& event : events) {
      if (const auto* end = std::get_if<AttemptEnded>(&event.what)) {
        receipts_.push_back(event.receipt);
        failed_ += succeeded(end->outcome) ? 0 : 1;
      }
    }
    some_.notify_one();
  }
  std::vector<Receipt> take() {
    std::unique_lock lock(mutex_);
    some_.wait(lock, [this] { return !receipts_.empty(); });
    return std::exchange(receipts_, {});
  }
  int failed() const { return failed_; }

 private:
  std::mutex mutex_;
  std::condition_variable some_;
  std::vector<Receipt> receipts_;
  int failed_ = 0;
};

double cluster_rate(int jobs, const fs::path& data) {
  Ends ends;
  LocalOptions options;
  options.data = data;
  auto cluster = local_cluster(options);
  if (!cluster) {
    std::fprintf(stderr, "%s\n", cluster.error().message.c_str());
    return 0;
  }
  if (auto opened = (*cluster)->open(ends); !opened) {
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    return 0;
  }
  const auto application = std::make_shared<Application>();
  auto job = std::make_shared<JobSpec>();
  job->command = "/bin/true";
  Launch launch;
  launch.placement.amounts = {.cpus = 1000, .mem = 64, .disk = 32, .custom = {}};
  launch.job = job;
  launch.application = application;
  const auto begin = std::chrono::steady_clock::now();
  int started = 0, ended = 0;
  std::vector<Receipt> settled;
  while (ended < jobs) {
    std::vector<Action> actions;
    for (; started < jobs && started - ended < 2; ++started) {
      launch.attempt = {JobId{static_cast<std::uint64_t>(started) + 1}, 1};
      actions.emplace_back(launch);
    }
    (*cluster)->carry_out(actions, settled);
    settled = ends.take();
    ended += static_cast<int>(settled.size());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (ends.failed() > 0) std::fprintf(stderr, "%d jobs failed\n", ends.failed());
  return jobs / took.count();
}

}  // namespace

int main(int argc, char** argv) {
  const int jobs = argc > 1 ? std::atoi(argv[1]) : 2000;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  std::printf("%-10s %10s %10s %10s %8s\n", "round", "bare/s", "floor/s", "cluster/s", "ratio");
  for (int round = 1; round <= rounds; ++round) {
    std::string name = (fs::temp_directory_path() / "retz-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return 1;
    chmod(name.c_str(), 0711);
    const double bare = retz::bench::floor_rate({.confined = false}, jobs, name);
    fs::create_directory(fs::path(name) / "floor");
    const double floor =
        retz::bench::floor_rate({.confined = true}, jobs, fs::path(name) / "floor");
    const double cluster = cluster_rate(jobs, fs::path(name) / "data");
    std::printf("%-10d %10.0f %10.0f %10.0f %8.2f\n", round, bare, floor, cluster,
                floor > 0 ? cluster / floor : 0);
    fs::remove_all(name);
  }
  return 0;
}
