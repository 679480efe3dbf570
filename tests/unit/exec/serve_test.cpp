// The supervisor as its own process, spoken to over its socket.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "launch/boot.hpp"
#include "launch/descriptor.hpp"
#include "launch/layout.hpp"
#include "launch/wire.hpp"
#include "program.hpp"

using namespace retz;
using namespace retz::launch;
namespace fs = std::filesystem;

namespace {

bool eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

class Supervisor {
 public:
  explicit Supervisor(const std::string& options) {
    std::string name = (fs::temp_directory_path() / "retz-serve-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    data = name;
    const auto ran = test::retz_exec("serve --detach --data " + name + " " + options);
    REQUIRE_MESSAGE(ran.status == 0, ran.output);
  }
  ~Supervisor() {
    line.reset();
    CHECK(eventually([&] { return !fs::exists(data / socket_name); }));
    fs::remove_all(data);
  }
  void connect() {
    line.reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, (data / socket_name).c_str(), sizeof address.sun_path - 1);
    REQUIRE(::connect(line.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
            0);
    say(Hello{.boot_id = boot_id()});
    CHECK(std::holds_alternative<Hello>(hear()));
  }
  void say(const Message& message) {
    std::string out;
    encode(out, message);
    REQUIRE(write(line.get(), out.data(), out.size()) == static_cast<ssize_t>(out.size()));
  }
  Message hear() {
    while (true) {
      std::size_t from = 0;
      auto message = decode(in_, from);
      REQUIRE(message.has_value());
      if (message->has_value()) {
        in_.erase(0, from);
        return std::move(**message);
      }
      char buffer[4096];
      const ssize_t n = read(line.get(), buffer, sizeof buffer);
      REQUIRE(n > 0);
      in_.append(buffer, static_cast<std::size_t>(n));
    }
  }
  LaunchOrder order(std::uint64_t job, const std::string& command) const {
    LaunchOrder out;
    out.attempt = {JobId{job}, 1};
    out.uid = out.gid = 65534;
    out.command = command;
    out.environment = {
        "PATH=/usr/bin:/bin",
        "RETZ_SANDBOX=" + (fs::canonical(data) / attempt_path(out.attempt) / box_name).string()};
    out.cpus = 1000;
    out.mem = 64;
    return out;
  }
  ExitRecord end() {
    while (true) {
      auto message = hear();
      if (auto* ended = std::get_if<Ended>(&message)) return ended->record;
    }
  }
  fs::path data;
  Descriptor line;

 private:
  std::string in_;
};

}  // namespace

TEST_CASE("the socket is its owner's alone, and it goes when nobody needs it") {
  Supervisor s("--linger 0");
  // It leaves by itself; the destructor sees that it does.
}

TEST_CASE("it stays while a job runs, without any server, and keeps the result") {
  Supervisor s("--linger 1");
  s.connect();
  struct stat file = {};
  REQUIRE(stat((s.data / socket_name).c_str(), &file) == 0);
  CHECK((file.st_mode & 0777) == 0600);
  s.say(s.order(1, "while [ ! -e go ]; do sleep 0.01; done; exit 3"));
  CHECK(std::holds_alternative<Started>(s.hear()));
  s.line.reset();
  const fs::path attempt = s.data / attempt_path({JobId{1}, 1});
  std::ofstream(attempt / box_name / "go") << "";
  REQUIRE(eventually([&] { return fs::exists(attempt / exit_name); }));
  s.connect();
  s.say(Query{{JobId{1}, 1}});
  CHECK(s.end().outcome.exit_code == 3);
}

TEST_CASE("without cgroups it says so, limits by rlimits, and still ends whole trees") {
  Supervisor s("--linger 1 --no-cgroups");
  s.connect();
  s.say(s.order(1, "setsid sleep 1000 & echo $! > pid; wait"));
  const auto started = s.hear();
  REQUIRE(std::holds_alternative<Started>(started));
  CHECK(std::get<Started>(started).confinement.starts_with("rlimits: "));
  const fs::path file = s.data / attempt_path({JobId{1}, 1}) / box_name / "pid";
  REQUIRE(eventually([&] { return fs::exists(file) && fs::file_size(file) > 0; }));
  pid_t left = 0;
  std::ifstream(file) >> left;
  s.say(StopOrder{{JobId{1}, 1}, std::chrono::seconds(5)});
  const auto record = s.end();
  CHECK(record.outcome.kind == OutcomeKind::killed);
  CHECK(kill(left, 0) != 0);
  s.say(s.order(2, "ulimit -d"));
  CHECK(succeeded(s.end().outcome));
  std::ifstream out(s.data / attempt_path({JobId{2}, 1}) / box_name / "stdout");
  std::string limit;
  out >> limit;
  CHECK(limit == "65536");
}

TEST_CASE("root is refused by the supervisor itself, whoever asks") {
  Supervisor s("--linger 1");
  s.connect();
  auto order = s.order(1, "true");
  order.uid = 0;
  s.say(order);
  CHECK(s.end().outcome.kind == OutcomeKind::cannot_launch);
}

TEST_CASE("a peer that talks nonsense is hung up on, and others are served") {
  Supervisor s("--linger 1");
  s.connect();
  Descriptor first = std::move(s.line);
  s.connect();
  REQUIRE(write(first.get(), "\xff\xff\xff\xffnonsense", 12) == 12);
  char byte = 0;
  CHECK(read(first.get(), &byte, 1) == 0);
  s.say(s.order(1, "exit 6"));
  CHECK(s.end().outcome.exit_code == 6);
}

TEST_CASE("a cgroup serves the next job with the same limits, and carries nothing over") {
  Supervisor s("--linger 1");
  s.connect();
  const auto group_of = [&](std::uint64_t job) {
    std::ifstream in(s.data / attempt_path({JobId{job}, 1}) / box_name / "stdout");
    for (std::string line; std::getline(in, line);) {
      if (line.find("memory") != std::string::npos || line.starts_with("0::/retz")) return line;
    }
    return std::string();
  };
  const auto run = [&](std::uint64_t job, const std::string& command, std::int64_t mem) {
    auto order = s.order(job, command);
    order.mem = mem;
    s.say(order);
    return s.end();
  };
  const std::string tell = "cat /proc/self/cgroup";
  REQUIRE(succeeded(run(1, tell, 64).outcome));
  REQUIRE(succeeded(run(2, tell, 64).outcome));
  CHECK(group_of(1) == group_of(2));
  REQUIRE(succeeded(run(3, tell, 96).outcome));
  CHECK(group_of(3) != group_of(2));

  // One that hit its limit, and one that left page cache, are not handed on.
  const std::string eat = "; python3 -c 'x = bytearray(300 << 20)'";
  CHECK(run(4, tell + eat, 64).outcome.kind == OutcomeKind::out_of_memory);
  CHECK(group_of(4) == group_of(2));
  const auto after = run(5, tell, 64);
  CHECK(succeeded(after.outcome));
  CHECK(after.outcome.reason.empty());
  CHECK(group_of(5) != group_of(4));
  CHECK(run(6, tell + "; head -c 20000000 /dev/zero > file", 64).usage.max_memory >= 19);
  const auto small = run(7, tell, 64);
  CHECK(group_of(7) != group_of(6));
  CHECK(small.usage.max_memory < 10);
}

TEST_CASE("a start that somebody holds up holds up no other, and is given up in time") {
  signal(SIGIO, SIG_IGN);
  Supervisor s("--linger 1 --start-limit 2");
  s.connect();
  // Whoever opens the file waits for the lease to be given back, a job on its way into it too.
  const fs::path program = s.data / "program";
  fs::copy_file("/bin/true", program);
  Descriptor lease(open(program.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(fcntl(lease.get(), F_SETLEASE, F_WRLCK) == 0);
  const std::string held = (fs::canonical(s.data) / "program").string();
  fs::permissions(s.data, fs::perms(0711));

  s.say(s.order(1, held));
  s.say(s.order(2, "exit 6"));
  const auto other = s.end();
  CHECK(other.attempt.job.value == 2);
  CHECK(other.outcome.exit_code == 6);
  const auto late = s.end();
  CHECK(late.attempt.job.value == 1);
  CHECK(late.outcome.kind == OutcomeKind::launch_failed);
  CHECK(late.outcome.reason.find("its start") != std::string::npos);

  s.say(s.order(3, held));
  s.say(Query{{JobId{3}, 1}});  // not answered yet
  s.say(StopOrder{{JobId{3}, 1}, Duration(0)});
  const auto stopped = s.end();
  CHECK(stopped.attempt.job.value == 3);
  CHECK(stopped.outcome.kind == OutcomeKind::killed);

  lease.reset();
  s.say(s.order(4, held));
  CHECK(succeeded(s.end().outcome));
}

TEST_CASE("an exit record that cannot be written is told from memory, and written later") {
  Supervisor s("--linger 1");
  s.connect();
  s.say(s.order(1, "while [ ! -e go ]; do sleep 0.01; done; exit 3"));
  CHECK(std::holds_alternative<Started>(s.hear()));
  const fs::path attempt = s.data / attempt_path({JobId{1}, 1});
  fs::create_directory(attempt / "exit.draft");  // in the way of the real one
  std::ofstream(attempt / box_name / "go") << "";
  const auto first = s.end();
  CHECK(first.outcome.exit_code == 3);
  CHECK(!fs::exists(attempt / exit_name));

  s.connect();  // another server: the first one died before it had written anything down
  s.say(Query{{JobId{1}, 1}});
  CHECK(s.end().outcome == first.outcome);
  s.say(s.order(1, "exit 4"));
  CHECK(s.end().outcome == first.outcome);
  s.line.reset();
  fs::remove(attempt / "exit.draft");
  REQUIRE(eventually([&] { return fs::exists(attempt / exit_name); }));
  std::ifstream in(attempt / exit_name);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  CHECK(exit_record_from_text(text)->outcome == first.outcome);
}

TEST_CASE("a record without its sandbox is kept no longer") {
  Supervisor s("--linger 1");
  s.connect();
  s.say(s.order(1, "while [ ! -e go ]; do sleep 0.01; done; exit 3"));
  CHECK(std::holds_alternative<Started>(s.hear()));
  const fs::path attempt = s.data / attempt_path({JobId{1}, 1});
  fs::create_directory(attempt / "exit.draft");
  std::ofstream(attempt / box_name / "go") << "";
  CHECK(s.end().outcome.exit_code == 3);
  fs::remove_all(attempt);
  // The destructor sees that it leaves.
}

TEST_CASE("who belongs to a job is never taken for nobody because it cannot be read") {
  for (const std::string how : {"", " --no-cgroups"}) {
    CAPTURE(how);
    Supervisor s("--linger 1" + how);
    s.connect();
    s.say(s.order(1,
                  "setsid sleep 1000 & echo $$ $! > pids; "
                  "while [ ! -e go ]; do sleep 0.01; done"));
    CHECK(std::holds_alternative<Started>(s.hear()));
    const fs::path attempt = s.data / attempt_path({JobId{1}, 1});
    pid_t main = 0, left = 0;
    REQUIRE(eventually([&] {
      std::ifstream in(attempt / box_name / "pids");
      return static_cast<bool>(in >> main >> left);
    }));
    std::ifstream in(attempt / claim_name);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto supervisor = static_cast<pid_t>(claim_from_text(text)->supervisor);
    rlimit before = {};
    REQUIRE(prlimit(supervisor, RLIMIT_NOFILE, nullptr, &before) == 0);
    const rlimit short_of = {3, before.rlim_max};
    REQUIRE(prlimit(supervisor, RLIMIT_NOFILE, &short_of, nullptr) == 0);
    std::ofstream(attempt / box_name / "go") << "";
    REQUIRE(eventually([&] { return kill(main, 0) != 0; }));  // taken by the supervisor
    REQUIRE(prlimit(supervisor, RLIMIT_NOFILE, &before, nullptr) == 0);
    CHECK(succeeded(s.end().outcome));
    CHECK(kill(left, 0) != 0);
    kill(left, SIGKILL);
  }
}
