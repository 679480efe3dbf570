// Brings an application's files into sandboxes, beside the launches: a slow one holds up nobody
// else's.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "local/users.hpp"
#include "retz/application.hpp"
#include "retz/ids.hpp"
#include "retz/job.hpp"
#include "retz/result.hpp"

namespace retz::local {

struct FetchRequest {
  AttemptRef attempt;
  std::vector<FetchItem> files;
  UnixUser user;  // may it read a local file? whose are the fetched ones?
  /// On a thread of the fetcher. Error: io_error naming the URI and the cause.
  std::function<void(Result<void>)> done;
};

struct FetcherOptions {
  std::filesystem::path data;  // canonical
  std::int64_t cache_max = 0;  // MiB
  unsigned workers = 4;
  std::chrono::seconds time_max = std::chrono::hours(2);  // for one file
};

class Fetcher {
 public:
  explicit Fetcher(FetcherOptions options);
  ~Fetcher();  // drops what waits, ends what runs
  /// Threads: any.
  void fetch(FetchRequest request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retz::local
