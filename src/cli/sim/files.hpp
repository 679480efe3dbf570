// Files that retz-sim reads and writes.
#pragma once

#include <string>

#include "retz/result.hpp"
#include "retz/workload.hpp"

namespace retz::cli {

/// "-" is the standard output. Error: io_error naming the path.
Result<void> write_file(const std::string& path, const std::string& text);
Result<std::string> read_file(const std::string& path);

/// `retz-sim: OPTION: what is wrong` on the standard error. Returns 2.
int complain(const Error& error);

/// What was wrong with lines that were left out, on the standard error.
void warn_of_malformed(const Workload& workload, const std::string& path);

}  // namespace retz::cli
