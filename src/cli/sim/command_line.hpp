// What this process is: its command line and its program, for results that tell where they stem
// from.
#pragma once

#include <string>
#include <string_view>

namespace retz::cli {

/// As a shell would read it again; the program by its file name.
std::string command_line();

/// Of bytes, to see that they changed; FNV-1a, no protection against intent.
std::string digest_of(std::string_view bytes);
/// Of the running program: another build, another digest.
std::string program_digest();

}  // namespace retz::cli
