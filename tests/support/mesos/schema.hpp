// The messages of scheduler::Call as the master's JSON parser knows them: what does not fit is
// refused with its very words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace retz::testing::mesos {

/// Removes what the parser takes as absent (unknown fields, unknown enum words). Error: the text
/// after "Failed to convert JSON into Call protobuf: ". `unknown` gets the names of fields that no
/// message has: the master ignores them, a client that sends some is in error.
std::optional<std::string> fit_call(nlohmann::json& call, std::vector<std::string>& unknown);

/// Error: as fit_call, of bytes in base64.
std::optional<std::string> bytes_of(const std::string& text, std::string& out);
std::string base64_of(const std::string& bytes);

}  // namespace retz::testing::mesos
