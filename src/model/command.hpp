// Command lines: which of them need a shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retz::model {

/// The rule, and the lists behind it, are those of GNU make (job.c,
/// construct_command_argv_internal), except that quotes always mean the shell.
bool needs_shell(std::string_view command);

/// What lies between any of the separators; none of the words is empty.
std::vector<std::string> split(std::string_view text, std::string_view separators);

}  // namespace retz::model
