// The files of attempts, for those who want to read them.
#pragma once

#include <filesystem>

#include "retz/cluster.hpp"

namespace retz::local {

class Files : public Sandboxes {
 public:
  explicit Files(std::filesystem::path data) : data_(std::move(data)) {}
  Result<std::vector<FileEntry>> list(AttemptRef attempt, const std::string& path) override;
  Result<FileChunk> read(AttemptRef attempt, const std::string& path, std::int64_t offset,
                         std::int64_t length) override;

 private:
  std::filesystem::path data_;
};

}  // namespace retz::local
