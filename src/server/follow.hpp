// Followers of files that grow: they poll, and a commit that concerns their job wakes them.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "retz/cluster.hpp"
#include "retz/ids.hpp"

namespace retz::server {

struct State;
struct Call;
class Pump;

/// All but `any` belongs to the I/O thread.
class Followers {
 public:
  struct Entry {
    std::shared_ptr<bool> changed;  // the store has news of the job
    std::weak_ptr<Pump> pump;
  };
  bool any() const { return count_.load() != 0; }
  void add(JobId job, Entry entry);
  void wake(const std::vector<JobId>& jobs);

 private:
  std::atomic<std::size_t> count_{0};
  std::multimap<JobId, Entry> map_;
};

struct FollowRequest {
  AttemptRef attempt;  // the first one to follow; it need not have started
  std::string path;
  std::int64_t offset = 0;
  bool later = false;  // go on with further attempts
};
void follow(const Call& call, FollowRequest request);

}  // namespace retz::server
