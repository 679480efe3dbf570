// Which boot of the machine this is: what ran under another one is lost.
#pragma once

#include <string>

namespace retz::launch {

/// The kernel's boot id, or the first line of the file that $RETZ_BOOT_ID_FILE names (tests).
/// Empty when it cannot be read.
std::string boot_id();

}  // namespace retz::launch
