// The directory where a server keeps everything, and the lock that makes it one server's.
#pragma once

#include <filesystem>
#include <string>

#include "retz/result.hpp"

namespace retz::cli {

/// /var/lib/retz for root; else $XDG_STATE_HOME/retz or ~/.local/state/retz.
std::filesystem::path default_data_directory();

/// Holds DIR/lock until destroyed or the process ends, however it ends.
class DataDirectory {
 public:
  /// Creates the directory where it is missing. Error: conflict naming the pid of the server that
  /// has it; io_error naming the path and the way out.
  static Result<DataDirectory> open(const std::filesystem::path& directory);
  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  DataDirectory(std::filesystem::path path, int lock);
  std::filesystem::path path_;
  int lock_;
};

/// Replaces `file` as a whole, readable by its owner only. Error: io_error naming the path.
Result<void> write_private(const std::filesystem::path& file, const std::string& text);

}  // namespace retz::cli
