// POSIX tar (ustar, with pax records for what ustar cannot hold), written header by header.
#pragma once

#include <cstdint>
#include <string>

namespace retz::server {

enum class TarKind : char { file = '0', directory = '5' };

struct TarEntry {
  std::string path;  // relative, without a leading slash
  TarKind kind = TarKind::file;
  std::int64_t size = 0;  // bytes; 0 for directories
  std::int64_t modified = 0;
  std::uint32_t mode = 0644;
  std::string owner, group;
};

/// The blocks in front of the entry's bytes, a pax header among them where one is needed.
std::string tar_header(const TarEntry& entry);
/// Zeros that fill the last block of `size` bytes.
std::string tar_padding(std::int64_t size);
/// The end of an archive.
std::string tar_end();

}  // namespace retz::server
