// One URI, from where it is to an open file.
#pragma once

#include <sys/stat.h>

#include <string>

#include "launch/descriptor.hpp"
#include "local/spawn.hpp"
#include "local/users.hpp"
#include "retz/result.hpp"

namespace retz::local {

enum class Scheme : std::uint8_t { local, http, hdfs };

struct Source {
  std::string uri;
  Scheme scheme = Scheme::local;
  std::string path;  // of a local file
  std::string name;  // under which it comes into the sandbox
};

/// Error: invalid_argument, unsupported, naming what is understood.
Result<Source> parse_uri(const std::string& uri);

/// With the rights of the user, and no other. Error: not_found, forbidden, io_error.
Result<launch::Descriptor> open_local(const Source& source, const UnixUser& user);

struct Remote {
  bool unchanged = false;  // the copy that `etag_file` and `copy` describe is still the latest
};

/// Writes what is there now to `to`. `etag_file`, `copy`: of an earlier fetch; empty: fetch anyway.
Result<Remote> download(const Source& source, int to, const Allowance& allowance,
                        const std::string& etag_file = {}, const std::string& copy = {});

/// Changes when the source changes; empty when that cannot be told.
std::string stamp(const struct stat& file);

/// Returns how many bytes. Error: unavailable, too_large, io_error.
Result<std::int64_t> copy_file(int from, int to, const Allowance& allowance);

}  // namespace retz::local
