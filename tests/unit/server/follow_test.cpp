// Files that are followed as they grow.
#include <doctest/doctest.h>

#include <mutex>
#include <thread>

#include "api_host.hpp"

using namespace retz;
using retz::test::ApiHost;
using retz::test::eventually;

namespace {

/// A client that follows in a thread of its own.
class Following {
 public:
  Following(ApiHost& host, const std::string& target)
      : client_(host.client()), thread_([this, target] {
          auto response = client_->stream("GET", target, [this](std::string_view piece) {
            const std::lock_guard lock(mutex_);
            seen_ += piece;
            return true;
          });
          status_ = response ? response->status : -1;
          over_ = true;
        }) {}
  ~Following() { thread_.join(); }
  bool sees(const std::string& text) {
    return eventually([&] {
      const std::lock_guard lock(mutex_);
      return seen_ == text;
    });
  }
  bool ends() {
    return eventually([&] { return over_.load(); });
  }
  bool over() const { return over_; }
  int status() const { return status_; }

 private:
  std::unique_ptr<http::Client> client_;
  std::mutex mutex_;
  std::string seen_;
  std::atomic<bool> over_{false};
  std::atomic<int> status_{0};
  std::thread thread_;
};

const std::string followed = "/v1/jobs/1/files/content?path=stdout&follow=true";

}  // namespace

TEST_CASE("a follower waits for the start, sees what is written, and ends with the attempt") {
  ApiHost host;
  auto job = host.add_job(1);
  const AttemptRef attempt{job.id, 1};
  Following following(host, followed);
  host.update(job, JobState::active, 1);
  host.put_attempt(attempt, AttemptState::running);
  host.sandboxes.put(attempt, "stdout", "one ");
  CHECK(following.sees("one "));
  host.sandboxes.append(attempt, "stdout", "two ");
  CHECK(following.sees("one two "));
  CHECK_FALSE(following.over());
  host.sandboxes.append(attempt, "stdout", "three");
  host.put_attempt(attempt, AttemptState::ended);
  CHECK(following.ends());
  CHECK(following.sees("one two three"));
  CHECK(following.status() == 200);
}

TEST_CASE("a follower begins at its offset and gets all of a long file") {
  ApiHost host;
  auto job = host.add_job(1);
  host.update(job, JobState::finished, 1);
  host.put_attempt({job.id, 1}, AttemptState::ended);
  const std::string big(3'000'000, 'x');
  host.sandboxes.put({job.id, 1}, "stdout", "ab" + big);
  Following following(host, followed + "&offset=1");
  CHECK(following.ends());
  CHECK(following.sees("b" + big));
}

TEST_CASE("a follower of a job that ends without a start ends with nothing") {
  ApiHost host;
  auto job = host.add_job(1);
  Following following(host, followed);
  host.update(job, JobState::killed, 0);
  CHECK(following.ends());
  CHECK(following.sees(""));
  CHECK(following.status() == 200);
}

TEST_CASE("a file that an ended attempt never wrote is not found") {
  ApiHost host;
  auto job = host.add_job(1);
  host.update(job, JobState::finished, 1);
  host.put_attempt({job.id, 1}, AttemptState::ended);
  Following following(host, followed);
  CHECK(following.ends());
  CHECK(following.status() == 404);
}

TEST_CASE("only when asked a follower goes on with later attempts") {
  ApiHost host;
  auto job = host.add_job(1);
  host.update(job, JobState::active, 1);
  host.put_attempt({job.id, 1}, AttemptState::running);
  host.sandboxes.put({job.id, 1}, "stdout", "first ");
  Following one(host, followed), all(host, followed + "&later=true");
  CHECK(one.sees("first "));
  CHECK(all.sees("first "));
  host.put_attempt({job.id, 1}, AttemptState::ended);
  host.update(job, JobState::queued, 1);
  CHECK(one.ends());
  host.sandboxes.put({job.id, 2}, "stdout", "second");
  host.put_attempt({job.id, 2}, AttemptState::running);
  host.update(job, JobState::active, 2);
  CHECK(all.sees("first second"));
  CHECK_FALSE(all.over());
  host.put_attempt({job.id, 2}, AttemptState::ended);
  host.update(job, JobState::finished, 2);
  CHECK(all.ends());
  CHECK(one.sees("first "));
}

TEST_CASE("a follower that goes away is forgotten") {
  ApiHost host;
  auto job = host.add_job(1);
  host.update(job, JobState::active, 1);
  host.put_attempt({job.id, 1}, AttemptState::running);
  host.sandboxes.put({job.id, 1}, "stdout", "x");
  auto client = host.client();
  REQUIRE(client->stream("GET", followed, [](std::string_view) { return false; }));
  client.reset();
  CHECK(eventually([&] {
    const int before = host.sandboxes.reads;
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    return host.sandboxes.reads == before;
  }));
}

TEST_CASE("followers do not keep a server from ending") {
  auto host = std::make_unique<ApiHost>();
  host->add_job(1);
  Following following(*host, followed);
  CHECK(host->call("GET", "/v1/ping").status == 200);
  host.reset();
  CHECK(following.ends());
}
