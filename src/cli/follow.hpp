// A file of a running attempt, handed over as it grows.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "cli/session.hpp"

namespace retz::cli {

struct Followed {
  std::int64_t job = 0;
  std::uint32_t attempt = 1;
  std::string path;  // in the sandbox
};

/// Writes the file to `out` (a descriptor) as it comes, until the attempt has ended. A lost
/// connection is taken up again where it broke. Returns early, without error, once `stop` is set
/// or `out` can no longer be written. Error: what the server said.
Result<void> follow(Session& session, const Followed& file, std::int64_t offset, int out,
                    const std::atomic<bool>& stop);

/// All of it, over short writes and interruptions; false when the other side is gone.
bool write_out(int out, std::string_view bytes);

}  // namespace retz::cli
