// Brings an application's files into sandboxes, beside the launches: a slow one holds up nobody
// else's.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "local/users.hpp"
#include "retz/application.hpp"
#include "retz/ids.hpp"
#include "retz/job.hpp"
#include "retz/result.hpp"
#include "retz/time.hpp"

namespace retz::local {

struct FetchRequest {
  AttemptRef attempt;
  std::vector<FetchItem> files;
  UnixUser user;      // may it read a local file? whose are the fetched ones?
  std::string owner;  // of the application: those who wait take turns by it
  /// On a thread of the fetcher. Error: io_error naming the URI and the cause.
  std::function<void(Result<void>)> done;
};

struct FetcherOptions {
  std::filesystem::path data;  // canonical
  std::int64_t cache_max = 0;  // MiB
  std::int64_t size_max = 0;   // MiB, of all files of one attempt
  Duration time_max{0};        // for all files of one attempt
  unsigned workers = 32;       // they wait for the network most of their time
  unsigned workers_each = 8;   // for one owner: who waits for a slow server holds up no other
};

class Fetcher {
 public:
  explicit Fetcher(FetcherOptions options);
  ~Fetcher();  // drops what waits, ends what runs
  /// Threads: any.
  void fetch(FetchRequest request);
  /// Ends it soon, if it has not ended yet; then `done` may come or not. Threads: any.
  void cancel(AttemptRef attempt);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retz::local
