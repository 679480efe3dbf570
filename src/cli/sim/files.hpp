// Files that retz-sim reads and writes.
#pragma once

#include <string>

#include "retz/result.hpp"

namespace retz::cli {

/// "-" is the standard output. Error: io_error naming the path.
Result<void> write_file(const std::string& path, const std::string& text);
Result<std::string> read_file(const std::string& path);

/// `retz-sim: OPTION: what is wrong` on the standard error. Returns 2.
int complain(const Error& error);

}  // namespace retz::cli
