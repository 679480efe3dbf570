// What a server and its retz-exec say to each other over DIR/exec.sock.
//
// A frame is a little-endian u32 length, then one byte that names the message, then its fields in
// the order of the structs below: integers little-endian in full width, text as u32 length and
// bytes. Both sides send Hello first and hang up on another version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "launch/record.hpp"
#include "retz/ids.hpp"
#include "retz/time.hpp"

namespace retz::launch {

inline constexpr std::uint32_t protocol_version = 1;
inline constexpr std::size_t frame_max = std::size_t{16} * 1024 * 1024;  // bytes

struct Hello {
  std::uint32_t version = protocol_version;
  std::string boot_id;
};

/// Run this, once. Answered by Started or Ended; when it was ordered before, by how it stands.
struct LaunchOrder {
  AttemptRef attempt;
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;
  std::string command;
  std::vector<std::string> environment;  // "NAME=value", all of it
  std::int64_t cpus = 0;                 // thousandths
  std::int64_t mem = 0;                  // MiB; 0: no limit
  Duration time_limit{0};                // 0: none
  Duration grace_period{0};
};

/// Instead of a grace period: the one that the attempt was launched with.
inline constexpr Duration own_grace{-1};

/// TERM to the tree, KILL after the grace period. Of an attempt that does not run: as Query.
struct StopOrder {
  AttemptRef attempt;
  Duration grace_period{0};
};

/// How does it stand? Never launched: it is claimed, so that it never will be, and has Ended.
struct Query {
  AttemptRef attempt;
};

/// Ends all jobs and the supervisor: its boot id is not that of its server.
struct ShutDown {};

struct Started {
  AttemptRef attempt;
  std::string confinement;
};

struct Ended {
  ExitRecord record;
};

using Message = std::variant<Hello, LaunchOrder, StopOrder, Query, ShutDown, Started, Ended>;

/// Appends the message as a frame.
void encode(std::string& out, const Message& message);

/// Takes the first whole frame off `in`, starting at `from`, which moves on. Nothing: more bytes
/// are needed. Error: invalid_argument: the peer speaks something else; hang up.
Result<std::optional<Message>> decode(std::string_view in, std::size_t& from);

}  // namespace retz::launch
