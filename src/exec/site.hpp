// The place on disk of one attempt: claim, box, streams, exit record.
#pragma once

#include <optional>

#include "exec/nursery.hpp"
#include "launch/descriptor.hpp"
#include "launch/record.hpp"
#include "retz/result.hpp"

namespace retz::exec {

/// What a job needs open while it lives, and what its start needs.
struct Site {
  launch::Descriptor directory;  // of claim and exit record; none: nothing is recorded
  launch::Descriptor claim;      // locked
  launch::Descriptor box;        // becomes the working directory
  launch::Descriptor in, out, err;
};

/// Takes the claim of the attempt below `data`. Nothing: it was taken before, by anyone.
/// Error: io_error naming the path.
Result<std::optional<Site>> claim_site(int data, Nursery& nursery, AttemptRef attempt,
                                       const std::string& boot_id);

/// Box and streams for the job's user. Requires: claimed. Error: io_error; invalid_argument where
/// the application's files are in the way.
Result<void> furnish(Site& site, uid_t uid, gid_t gid, bool change_owner);

struct Trace {
  std::optional<launch::Claim> claim;       // absent: none, or unreadable
  std::optional<launch::ExitRecord> ended;  // absent: none, or cut short
  launch::Descriptor directory;
};
/// What is found of an attempt that was claimed before.
Trace find_trace(int data, AttemptRef attempt);

}  // namespace retz::exec
