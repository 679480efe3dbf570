// The tables of the SQLite store, as numbered migrations.
#pragma once

#include <array>
#include <cstdint>

namespace retz::store {

/// "retz" in ASCII: marks a file as ours.
constexpr std::int32_t application_id = 0x7265747A;

constexpr int schema_version = 2;
/// Migration i leads from version i to i + 1. A released one is never changed; add another.
extern const std::array<const char*, schema_version> migrations;

}  // namespace retz::store
