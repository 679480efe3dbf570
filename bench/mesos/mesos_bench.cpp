// How fast jobs go through Mesos: the live runtime with a SQLite store on a scripted master of
// 1,000 agents with 32 cpus each, over HTTP on loopback, in a process of its own; tasks of one
// second that are modelled and not run. And how long the offers of as many agents take to digest.
// Usage: bench_mesos SCRIPTED_MESOS [JOBS] [FOLDER]
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "mesos/framework.hpp"
#include "retz/mesos.hpp"
#include "retz/runtime.hpp"
#include "support/mesos/scripted_master.hpp"

namespace {

using retz::testing::mesos::AgentSpec;
using retz::testing::mesos::ScriptedMaster;
using SteadyClock = std::chrono::steady_clock;

constexpr const char* resources = "cpus:32;mem:131072;disk:1000000;ports:[31000-32000]";
constexpr std::size_t agents = 1000;

double since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

std::int64_t memory_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoll(line.substr(6)) / 1024;
  }
  return 0;
}

double cpu_seconds(int of) {
  rusage used = {};
  getrusage(of, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/// Median of the milliseconds from the event's bytes to the leases.
double digest_ms() {
  ScriptedMaster master({}, 1);
  const retz::Instant now = retz::at_micros(1'700'000'000'000'000);
  for (std::size_t i = 0; i < agents; ++i) {
    AgentSpec spec;
    spec.hostname = "host" + std::to_string(i);
    spec.resources = resources;
    master.add_agent(spec, now);
  }
  std::vector<double> took;
  for (int round = 0; round < 9; ++round) {
    retz::mesos::Framework framework({}, {}, 1);
    framework.reconcile({}, now);
    const auto stream =
        master.post({{"Content-Type", "application/json"}}, framework.subscribe(), now).stream;
    for (const std::string& record : master.records(stream)) {
      const auto start = SteadyClock::now();
      framework.record(record, now);
      const auto out = framework.take();
      if (record.find("OFFERS") != std::string::npos) took.push_back(since(start) * 1000);
    }
    master.disconnect(stream, now);
  }
  std::sort(took.begin(), took.end());
  return took[took.size() / 2];
}

/// The scripted master, as long as this lives.
class Master {
 public:
  explicit Master(const char* program) {
    int out[2], in[2];
    if (pipe(out) != 0 || pipe(in) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      close(in[1]);
      const std::string count = std::to_string(agents);
      execl(program, program, "--agents", count.c_str(), "--resources", resources, nullptr);
      _exit(127);
    }
    close(out[1]);
    close(in[0]);
    in_ = in[1];
    char line[64] = {};
    if (read(out[0], line, sizeof line - 1) <= 6) throw std::runtime_error("no scripted master");
    close(out[0]);
    address = "127.0.0.1:" + std::to_string(std::atoi(line + 6));
  }
  ~Master() {
    close(in_);
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  Master(const Master&) = delete;
  Master& operator=(const Master&) = delete;
  std::string address;

 private:
  pid_t pid_ = 0;
  int in_ = 0;
};

template <typename T>
T or_throw(retz::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

class Host {
 public:
  Host(const std::string& address, const std::filesystem::path& folder)
      : store_(or_throw(retz::sqlite_store(folder / "retz.sqlite"))) {
    retz::MesosOptions mesos;
    mesos.masters = address;
    cluster_ = or_throw(retz::mesos_cluster(mesos));
    retz::RuntimeOptions options;
    options.hooks.committed = [this](retz::BatchNumber, retz::Instant,
                                     std::span<const retz::Write> writes) { count(writes); };
    runtime_ = or_throw(retz::Runtime::open(options, mailbox_, *clock_, *store_, *cluster_));
    mailbox_.post(retz::StoreUser{{"alice", "secret", true, false, ""}}, [](auto) {});
    retz::Application app;
    app.name = "app";
    app.owner = "alice";
    mailbox_.post(retz::StoreApplication{"alice", app}, [](auto) {});
  }

  void run(std::uint64_t jobs) {
    const auto start = SteadyClock::now();
    std::uint64_t submitted = 0, told = 0;
    const std::uint64_t step = std::max<std::uint64_t>(jobs / 10, 1);
    std::printf("%10s %10s %12s %10s %10s\n", "ended", "seconds", "launches/s", "RSS MiB", "cpu s");
    while (ended_ < jobs) {
      while (submitted < jobs && submitted - ended_ < 60'000) submitted += submit(jobs - submitted);
      const auto turn = runtime_->turn();
      if (!turn.worked) mailbox_.wait(std::min(turn.sleep.value_or(most_), most_));
      if (ended_ < told + step && ended_ < jobs) continue;
      const double launching = std::chrono::duration<double>(last_start_ - first_start_).count();
      std::printf("%10llu %10.1f %12.0f %10lld %10.1f\n", static_cast<unsigned long long>(ended_),
                  since(start), static_cast<double>(started_) / launching,
                  static_cast<long long>(memory_mib()), cpu_seconds(RUSAGE_SELF));
      std::fflush(stdout);
      told = ended_;
    }
  }

 private:
  std::uint64_t submit(std::uint64_t left) {
    retz::SubmitJobs jobs;
    jobs.user = "alice";
    jobs.jobs.resize(std::min<std::uint64_t>(left, 10'000));
    for (retz::JobSpec& spec : jobs.jobs) {
      spec.application = "app";
      spec.user = "alice";
      spec.command = "sleep 1";
      spec.name = "job";
      spec.request.amounts = {.cpus = 1000, .mem = 32, .disk = 32, .custom = {}};
    }
    const std::uint64_t count = jobs.jobs.size();
    mailbox_.post(std::move(jobs), [](auto answer) {
      if (!answer) std::fprintf(stderr, "refused: %s\n", answer.error().message.c_str());
    });
    return count;
  }

  void count(std::span<const retz::Write> writes) {
    for (const retz::Write& write : writes) {
      if (const auto* job = std::get_if<retz::UpdateJob>(&write)) {
        if (retz::is_terminal(job->status.state)) ++ended_;
      } else if (const auto* put = std::get_if<retz::PutAttempt>(&write)) {
        if (put->attempt.state != retz::AttemptState::starting) continue;
        last_start_ = SteadyClock::now();
        if (started_++ == 0) first_start_ = last_start_;
      }
    }
  }

  const retz::Duration most_ = std::chrono::milliseconds(100);
  retz::LiveMailbox mailbox_;
  std::unique_ptr<retz::Clock> clock_ = retz::system_clock();
  std::unique_ptr<retz::Store> store_;
  std::unique_ptr<retz::MesosCluster> cluster_;
  std::unique_ptr<retz::Runtime> runtime_;
  std::uint64_t ended_ = 0, started_ = 0;
  SteadyClock::time_point first_start_ = {}, last_start_ = {};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s SCRIPTED_MESOS [JOBS] [FOLDER]\n", argv[0]);
    return 2;
  }
  const std::uint64_t jobs = argc > 2 ? std::stoull(argv[2]) : 100'000;
  const std::filesystem::path folder =
      argc > 3 ? std::filesystem::path(argv[3])
               : std::filesystem::temp_directory_path() / ("mesos-" + std::to_string(getpid()));
  try {
    std::printf("offers of %zu agents digested in %.1f ms (median of 9)\n", agents, digest_ms());
    std::filesystem::create_directories(folder);
    {
      const Master master(argv[1]);
      Host(master.address, folder).run(jobs);
    }
    std::printf("the scripted master took %.1f cpu s\n", cpu_seconds(RUSAGE_CHILDREN));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_mesos: %s\n", error.what());
    return 1;
  }
  if (argc <= 3) std::filesystem::remove_all(folder);
  return 0;
}
