// Signed requests: HMAC-SHA256 over verb, body digest, date and resource, as Retz 0.5 does.
#pragma once

#include <string>
#include <string_view>

namespace retz {

/// `resource`: the percent-decoded path and, if there is a query, "?" and the raw query.
/// Four lines, each ended by a line feed.
std::string string_to_sign(std::string_view verb, std::string_view body_md5, std::string_view date,
                           std::string_view resource);
/// Base64 without padding of HMAC-SHA256.
std::string sign(std::string_view secret, std::string_view text);
/// Base64 without padding of the MD5 of the body; empty for an empty body.
std::string body_md5(std::string_view body);
/// Lower-case hex SHA-256.
std::string sha256_hex(std::string_view bytes);
/// In time that does not depend on where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);
/// The path of a target percent-decoded, with the raw query behind it.
std::string resource_of(std::string_view target);
/// 32 hex digits from the system's random source.
std::string random_key();

}  // namespace retz
