// Submitting jobs and waiting until they have ended.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/session.hpp"

namespace retz::cli {

struct Submitted {
  std::vector<std::int64_t> ids;
  bool repeated = false;
};

/// One submission under one idempotency key: however often the connection is lost, its jobs are
/// accepted once.
Result<Submitted> submit(Session& session, const std::vector<nlohmann::json>& jobs,
                         const std::string& key);

/// Until none of the jobs is live any more; shows a line of progress where stderr is a terminal.
Result<void> wait_for(Session& session, const std::vector<std::int64_t>& ids);

Result<nlohmann::json> job_of(Session& session, std::int64_t id);
bool has_ended(const nlohmann::json& job);
bool has_succeeded(const nlohmann::json& job);

/// What `run` and `get-job --wait` exit with: the job's exit code; 128 + signal where a signal
/// ended it; 124 after its time limit; 137 out of memory; 143 killed; 125 where it never ran.
int exit_code_of(const nlohmann::json& job);
/// "exit 3", "signal 9", "killed: by alice"; "-" while it has not ended.
std::string result_text(const nlohmann::json& job);

/// A member as text, numbers too; `otherwise` where it is absent or null.
std::string member(const nlohmann::json& object, const char* name, const std::string& otherwise);

}  // namespace retz::cli
