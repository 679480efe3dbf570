// The API on a real port over a memory store, with a runtime that answers as the test says.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "retz/http.hpp"
#include "server/api.hpp"

namespace retz::test {

class TestClock final : public Clock {
 public:
  Instant wall() override;
  Duration steady() override;
  std::atomic<std::int64_t> offset{0};  // microseconds
};

/// Files of attempts in memory.
class TestSandboxes final : public Sandboxes {
 public:
  Result<std::vector<FileEntry>> list(AttemptRef attempt, const std::string& path) override;
  Result<FileChunk> read(AttemptRef attempt, const std::string& path, std::int64_t offset,
                         std::int64_t length) override;
  void put(AttemptRef attempt, const std::string& path, std::string content);
  void append(AttemptRef attempt, const std::string& path, const std::string& more);
  /// What read() says the size is, from now on, whatever is there.
  void claim(AttemptRef attempt, const std::string& path, std::int64_t size);
  std::atomic<int> reads{0};

 private:
  struct File {
    std::string content;
    std::int64_t claimed = -1;
  };
  std::mutex mutex_;
  std::map<std::pair<AttemptRef, std::string>, File> files_;
};

/// Users alice and bob, the admin root, and carol who is disabled; each secret is KEY-secret.
class ApiHost {
 public:
  explicit ApiHost(server::ApiOptions options = {.version = "0.6.0"});
  ~ApiHost();
  ApiHost(const ApiHost&) = delete;
  ApiHost& operator=(const ApiHost&) = delete;

  std::unique_ptr<http::Client> client(const std::string& user = "alice");
  http::Response call(const std::string& method, const std::string& target,
                      const std::string& body = {}, const http::Headers& headers = {},
                      const std::string& user = "alice");
  void commit(std::vector<Write> writes);
  /// A job of the user, with one tag.
  JobRecord add_job(std::uint64_t id, const std::string& user = "alice",
                    const std::string& tag = "batch");
  void update(JobRecord& job, JobState state, std::uint32_t attempts);
  void put_attempt(AttemptRef attempt, AttemptState state);
  std::string url() const;
  std::uint16_t port() const { return server_->port(); }

  /// How the runtime answers commands; called on its thread. Absent: Answer{}.
  void on_command(std::function<Result<Answer>(const Command&)> script);
  std::vector<Command> commands();
  /// From now on commands are left unanswered.
  std::atomic<bool> mute{false};

  TestClock clock;
  TestSandboxes sandboxes;
  RuntimeStatus status;  // set before the first call
  std::unique_ptr<Store> store;

 private:
  void answer_commands();

  LiveMailbox mailbox_;
  std::mutex mutex_;
  std::function<Result<Answer>(const Command&)> script_;
  std::vector<Command> commands_;
  std::vector<ReplyTo> unanswered_;
  BatchNumber number_{};
  std::unique_ptr<server::Api> api_;
  std::unique_ptr<http::Server> server_;
  std::atomic<bool> over_{false};
  std::thread runtime_;
};

/// Polls until the condition holds; false after ten seconds.
bool eventually(const std::function<bool()>& condition);

}  // namespace retz::test
