// /v1/events: changes of jobs, fanned out to those who may see them.
#pragma once

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "retz/http.hpp"
#include "retz/store.hpp"

namespace retz::server {

struct State;
struct Call;

/// One job's new status, as a batch wrote it.
struct JobNews {
  JobId job;
  std::shared_ptr<const JobSpec> spec;  // absent: to be looked up
  JobStatus status;
};

/// All but `any` belongs to the I/O thread.
class Subscribers {
 public:
  struct Subscriber {
    std::shared_ptr<http::Exchange> exchange;
    std::shared_ptr<const User> user;
    std::optional<std::string> tag, application;
  };
  bool any() const { return count_.load() != 0; }
  void add(State& state, Subscriber subscriber);
  void publish(State& state, BatchNumber number, const std::vector<JobNews>& news);

 private:
  void keep_alive(State& state);
  void drop_gone();
  std::shared_ptr<const JobSpec> spec_of(State& state, const JobNews& news);

  std::atomic<std::size_t> count_{0};
  std::list<Subscriber> list_;
  std::map<JobId, std::shared_ptr<const JobSpec>> specs_;  // of live jobs, to spare the store
  bool ticking_ = false;
};

void watch_events(Call&& call);

}  // namespace retz::server
