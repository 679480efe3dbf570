// The model of the master behind HTTP: a port for the master, one for each agent, and a control
// port's worth of paths below /scripted/.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "retz/http.hpp"
#include "support/mesos/modelled_executors.hpp"
#include "support/mesos/process_executors.hpp"
#include "support/mesos/scripted_master.hpp"

namespace retz::testing::mesos {

struct FrontEndOptions {
  MasterOptions master = {};
  std::uint16_t port = 0;
  std::size_t agents = 1;
  std::string resources = AgentSpec{}.resources;
  std::string attributes = {};
  std::filesystem::path work = {};  // empty: tasks are modelled, nothing runs
  std::uint64_t seed = 1;
};

/// Error: what could not be served. Threads: of its servers; tick() of one more.
class FrontEnd {
 public:
  explicit FrontEnd(FrontEndOptions options);
  ~FrontEnd();
  std::uint16_t port() const { return server_->port(); }
  /// What is due: called every few milliseconds.
  void tick();

 private:
  struct Open {
    std::shared_ptr<http::Exchange> exchange;
  };
  Instant now() const;
  void handle(const http::Request& request, const std::shared_ptr<http::Exchange>& exchange);
  http::Response control(const std::string& path, const std::string& body);
  void settle();  // orders, executors, records; the lock is held
  void deliver();
  void serve_agent(std::size_t agent);
  void stop_agent(std::size_t agent);

  FrontEndOptions options_;
  std::mutex mutex_;
  std::unique_ptr<ScriptedMaster> master_;
  std::unique_ptr<ProcessExecutors> processes_;
  ModelledExecutors modelled_;
  std::map<std::string, Open> streams_;
  std::vector<std::uint16_t> agent_ports_;
  std::vector<std::unique_ptr<http::Server>> agents_;
  std::unique_ptr<http::Server> server_;
  int lost_answers_ = 0;  // of calls to come
  bool down_ = false;     // the master's process, as clients see it
};

}  // namespace retz::testing::mesos
