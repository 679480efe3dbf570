// Server-sent events: who sees what, and what happens to those who do not read.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <thread>

#include "api_host.hpp"
#include "retz/json.hpp"
#include "retz/signature.hpp"

using namespace retz;
using retz::test::ApiHost;
using retz::test::eventually;

namespace {

/// A subscriber in a thread of its own; ready once the greeting has come.
class Watching {
 public:
  Watching(ApiHost& host, const std::string& query, const std::string& user = "alice")
      : client_(host.client(user)), thread_([this, query] {
          static_cast<void>(
              client_->stream("GET", "/v1/events" + query, [this](std::string_view piece) {
                const std::lock_guard lock(mutex_);
                seen_ += piece;
                return !stop_;
              }));
          over_ = true;
        }) {
    CHECK(sees("event: hello\n"));
  }
  ~Watching() { thread_.join(); }
  bool sees(const std::string& text) {
    return eventually([&] {
      const std::lock_guard lock(mutex_);
      return seen_.find(text) != std::string::npos;
    });
  }
  std::string seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  /// Ends with the next piece.
  void stop() { stop_ = true; }
  bool over() const { return over_; }

 private:
  std::unique_ptr<http::Client> client_;
  std::mutex mutex_;
  std::string seen_;
  std::atomic<bool> stop_{false}, over_{false};
  std::thread thread_;
};

}  // namespace

TEST_CASE("events greet with the last batch and tell each change of one's jobs") {
  ApiHost host;
  host.status.last_batch = BatchNumber{41};
  Watching watching(host, "");
  CHECK(watching.sees("id: 41\nevent: hello\ndata: {\"last_batch\":41}\n\n"));
  auto job = host.add_job(1);
  CHECK(watching.sees(R"(event: job
data: {"id":1,"state":"queued","attempt":0,"name":"job1","outcome":null})"));
  host.update(job, JobState::active, 1);
  CHECK(watching.sees(R"("state":"active","attempt":1,)"));
  host.update(job, JobState::finished, 1);
  CHECK(watching.sees(R"("state":"finished","attempt":1,"name":"job1",)"
                      R"("outcome":{"kind":"exited","exit_code":0,"signal":0,"reason":""}})"
                      "\n\n"));
  CHECK(watching.seen().find("\nid: 4\nevent: job") != std::string::npos);
  watching.stop();
  host.add_job(2);
}

TEST_CASE("events of others are not told, except to an admin, and filters hold") {
  ApiHost host;
  Watching alice(host, ""), root(host, "", "root"), tagged(host, "?tag=mine"),
      other(host, "?application=other");
  host.add_job(1, "bob", "mine");
  host.add_job(2, "alice", "batch");
  host.add_job(3, "alice", "mine");
  for (auto* each : {&alice, &root, &tagged}) CHECK(each->sees("\"id\":3,"));
  CHECK(alice.seen().find("\"id\":1,") == std::string::npos);
  CHECK(alice.seen().find("\"id\":2,") != std::string::npos);
  CHECK(root.seen().find("\"id\":1,") != std::string::npos);
  CHECK(tagged.seen().find("\"id\":2,") == std::string::npos);
  CHECK(tagged.seen().find("\"id\":1,") == std::string::npos);
  CHECK(other.seen().find("event: job") == std::string::npos);
  for (auto* each : {&alice, &root, &tagged}) each->stop();
  host.add_job(4, "alice", "mine");
  other.stop();
  auto last = host.add_job(5);
  JobSpec spec = *last.spec;
  spec.application = "other";
  last.spec = std::make_shared<const JobSpec>(spec);
  last.id = JobId{6};
  last.status.arrival = Arrival{6};
  host.commit({AddJob{last}});
  CHECK(other.sees("\"id\":6,"));
}

TEST_CASE("comments keep a silent line alive") {
  server::ApiOptions options;
  options.keep_alive = std::chrono::milliseconds(20);
  ApiHost host(options);
  Watching watching(host, "");
  CHECK(watching.sees(": keep-alive\n\n: keep-alive\n\n"));
  watching.stop();
  CHECK(eventually([&] { return watching.over(); }));
}

TEST_CASE("subscribers do not keep a server from ending") {
  auto host = std::make_unique<ApiHost>();
  Watching watching(*host, "");
  host.reset();
  CHECK(eventually([&] { return watching.over(); }));
}

TEST_CASE("a client that does not read is cut off, with a comment that says so") {
  ApiHost host;
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int small = 4096;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(host.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const std::string date = to_text(host.clock.wall());
  const std::string request = "GET /v1/events HTTP/1.1\r\nHost: x\r\nDate: " + date +
                              "\r\nAuthorization: Retz-auth-v1 alice:" +
                              sign("alice-secret", string_to_sign("GET", "", date, "/v1/events")) +
                              "\r\n\r\n";
  REQUIRE(::send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size()));
  std::string seen;
  const auto read_until = [&](std::string_view text) {
    char room[65536];
    pollfd entry{fd, POLLIN, 0};
    while (seen.find(text) == std::string::npos && ::poll(&entry, 1, 10000) == 1) {
      const auto got = ::recv(fd, room, sizeof room, 0);
      if (got <= 0) break;
      seen.append(room, static_cast<std::size_t>(got));
    }
    return seen.find(text) != std::string::npos;
  };
  REQUIRE(read_until("event: hello"));
  auto job = host.add_job(1);
  std::vector<Write> writes(20'000, UpdateJob{job.id, job.status});
  for (int i = 0; i < 6; ++i) host.commit(writes);
  CHECK(read_until(": too slow"));
  ::close(fd);
}
