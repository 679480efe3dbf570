// Why a job waits, printed for people.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace retz::cli {

/// Lines, each ended; of the answer to /v1/jobs/{id}/explain.
std::string explanation_text(std::int64_t id, const nlohmann::json& explanation);

}  // namespace retz::cli
