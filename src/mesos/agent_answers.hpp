// What agents and masters say about files and addresses, taken out of their JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mesos/masters.hpp"
#include "retz/cluster.hpp"

namespace retz::mesos {

std::string percent_encoded(std::string_view path);
std::string base64(std::string_view bytes);

/// Of GET /files/browse: paths become relative to `root`. Sorted by path.
std::optional<std::vector<FileEntry>> entries_in_browse(std::string_view body,
                                                        const std::string& root);

struct FilePiece {
  std::string data = {};
  std::int64_t size = 0;  // of the whole file
};
/// Of READ_FILE.
std::optional<FilePiece> piece_in_read_file(std::string_view body);

/// Of a master's GET /slaves: id and address of the agent that is called so.
std::optional<std::pair<std::string, Address>> agent_in_slaves(std::string_view body,
                                                               const std::string& node);

}  // namespace retz::mesos
