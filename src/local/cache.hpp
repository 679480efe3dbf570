// Large files shared by jobs: fetched once, linked into each sandbox.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>

#include "local/transfer.hpp"

namespace retz::local {

/// Threads: any. Two that want the same URI: one fetches, the other waits.
class Cache {
 public:
  Cache(std::filesystem::path directory, std::int64_t size_max_mib);

  struct Entry {
    std::filesystem::path path;  // read-only, root's own; may be linked
    launch::Descriptor file;     // open for reading
  };
  /// Up to date with its source. `local`: the source, opened with the user's rights; else remote.
  Result<Entry> obtain(const Source& source, const launch::Descriptor* local,
                       const Allowance& allowance);

 private:
  Result<Entry> refresh(const Source& source, const launch::Descriptor* local,
                        const Allowance& allowance, const std::string& key);
  Result<bool> renew(const Source& source, const launch::Descriptor* local,
                     const Allowance& allowance, const std::filesystem::path& file, bool have);
  void evict(const std::filesystem::path& keep);

  std::filesystem::path directory_;
  std::int64_t size_max_;  // bytes
  std::mutex mutex_;
  std::condition_variable freed_;
  std::set<std::string> busy_;  // keys being refreshed
};

}  // namespace retz::local
