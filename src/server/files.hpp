// What the routes on an attempt's files share.
#pragma once

#include <optional>

#include "server/call.hpp"

namespace retz::server {

/// The attempt that the request means: the parameter, or the last one; absent while the job has
/// none yet. Error: not_found.
Result<std::optional<AttemptRef>> wanted_attempt(const Call& call, const JobRecord& job);

/// The same, where it must have started. Error: not_found.
Result<AttemptRef> started_attempt(const Call& call);

struct ByteRange {
  std::int64_t first = 0, last = 0;  // both included
};
enum class RangeFit : std::uint8_t { none, partial, unsatisfiable };
/// Of the field Range over a file of `size` bytes: none for what is absent, malformed or more than
/// one range, which HTTP has a server ignore.
RangeFit range_of(std::string_view field, std::int64_t size, ByteRange& out);

}  // namespace retz::server
