// The socket side of `retz-exec serve`: connections in, orders to the supervisor, reports out.
#pragma once

#include <list>
#include <string>

#include "exec/records.hpp"
#include "exec/serve.hpp"
#include "exec/supervisor.hpp"
#include "launch/descriptor.hpp"
#include "launch/wire.hpp"

namespace retz::exec {

/// Threads: one. Requires: the working directory is the data directory.
class Service {
 public:
  Service(const ServeOptions& options, SupervisorOptions supervisor, Cgroups cgroups,
          launch::Descriptor listener, launch::Descriptor signals);
  /// Until there is nothing left to do.
  Result<void> run();

 private:
  struct Peer {
    launch::Descriptor socket;
    std::string in, out;
    bool greeted = false;
    bool waits_to_write = false;
    bool gone = false;
  };

  void accept_all();
  void part_from_gone();
  void take_signals();
  void receive(Peer& peer);
  void obey(Peer& peer, launch::Message message);
  void launch(const launch::LaunchOrder& order);
  void tell_state(AttemptRef attempt);
  /// It ended without having run, or nobody knows how. `directory`: as of Records::save.
  void tell_failure(AttemptRef attempt, OutcomeKind kind, std::string reason, int directory);
  void broadcast(const launch::Message& message);
  void flush();
  void flush(Peer& peer);
  void watch(int fd, std::uint32_t events, void* data, bool change = false);
  int wait_time() const;
  bool idle() const { return peers_.empty() && supervisor_.running() == 0 && records_.empty(); }

  ServeOptions options_;
  std::string boot_id_;
  launch::Descriptor data_, listener_, signals_, poll_;
  Nursery nursery_;
  Records records_;
  std::list<Peer> peers_;
  Supervisor supervisor_;
  std::int64_t idle_since_ = 0;
  bool ending_ = false;  // end all jobs, then go
};

}  // namespace retz::exec
