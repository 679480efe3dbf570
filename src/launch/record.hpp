// Claim and exit record: the two small files of an attempt that outlive every process.
//
// Text, one field a line, "name value", the first line names format and version, the last line is
// "end": a file cut short by a crash is never taken for a whole one.
#pragma once

#include <string>
#include <string_view>

#include "retz/job.hpp"
#include "retz/result.hpp"

namespace retz::launch {

/// Written before anything of the attempt runs; its writer holds a lock on it for the job's life.
struct Claim {
  AttemptRef attempt;
  std::string boot_id;
  std::int64_t supervisor = 0;  // process id
};

struct ExitRecord {
  AttemptRef attempt;
  std::string boot_id;
  Outcome outcome;
  Usage usage;
  std::string confinement;
};

std::string to_text(const Claim& claim);
std::string to_text(const ExitRecord& record);
/// Error: invalid_argument (cut short, another version, a field that is not ours).
Result<Claim> claim_from_text(std::string_view text);
Result<ExitRecord> exit_record_from_text(std::string_view text);

}  // namespace retz::launch
