// Sandboxes of attempts, read from the agents that hold them.
//
// A sandbox is found by the attempt's task id, which follows from its record, and by its agent's
// address: told with the launch, else as it was stored for the node, else asked of the master.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "http/outgoing.hpp"
#include "mesos/event_stream.hpp"
#include "mesos/framework.hpp"
#include "retz/cluster.hpp"

namespace retz::mesos {

struct AgentFilesOptions {
  MasterAccess access = {};  // of agents and master alike
  /// What is stored of an attempt; may be absent.
  std::function<std::optional<AttemptRecord>(AttemptRef)> attempt = {};
  std::chrono::milliseconds silence =
      std::chrono::seconds(5);  // an agent is not asked again before
};

class AgentFiles final : public Sandboxes {
 public:
  /// Requires: the loop runs while a file is asked for, and outlives this.
  AgentFiles(http::Loop& loop, AgentFilesOptions options);

  Result<std::vector<FileEntry>> list(AttemptRef attempt, const std::string& path) override;
  Result<FileChunk> read(AttemptRef attempt, const std::string& path, std::int64_t offset,
                         std::int64_t length) override;

  // Threads: any.
  void framework(const std::string& id);
  void master(const Address& address);
  void learn(Place place);
  /// As reported in state: "<agent id> <host:port>"; empty: forget it.
  void node(const std::string& name, const std::string& value);

  /// Threads: the loop's, before it ends.
  void close();

 private:
  using Steady = std::chrono::steady_clock;
  struct Found {
    Address agent = {};
    std::string node = {};  // for people
    std::string root = {};  // of the sandbox, on the agent
  };
  Result<Found> find(AttemptRef attempt);
  std::optional<Address> ask_master(const std::string& node);
  Result<http::Response> ask(const Address& at, const std::string& who, std::string method,
                             std::string target, std::string body = {});
  void send(const Address& at, const std::string& method, const std::string& target,
            const std::string& body, http::Reply reply);
  Result<std::vector<FileEntry>> browse(const Found& found, const std::string& inside);
  Result<http::Response> checked(const Found& found, Result<http::Response> answer,
                                 const std::string& inside);

  http::Loop& loop_;
  AgentFilesOptions options_;
  std::map<std::string, std::shared_ptr<http::Outgoing>> lines_;  // the loop's thread alone
  bool closed_ = false;                                           // likewise
  std::mutex mutex_;                                              // guards the rest
  std::string framework_;
  std::optional<Address> master_;
  std::map<AttemptRef, Place> places_;
  std::map<std::string, std::string> nodes_;  // "<agent id> <host:port>"
  struct Silence {
    Steady::time_point until;
    Error error;
  };
  std::map<std::string, Silence> silent_;
};

}  // namespace retz::mesos
