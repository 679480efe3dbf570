// The text of a file that may be compressed.
#pragma once

#include <cstddef>
#include <string>

#include "retz/result.hpp"

namespace retz::workload {

/// The whole file, unpacked if it is gzip. Error: io_error (cannot be opened, read, or is damaged),
/// too_large (more than `limit` bytes of text).
Result<std::string> read_text(const std::string& path, std::size_t limit);

}  // namespace retz::workload
