// The least that any launcher with our guarantees must do, and the same without them.
#pragma once

#include <filesystem>

namespace retz::bench {

struct Floor {
  bool confined = false;  // cpu and memory groups, a directory, stdout and stderr
};

/// Jobs of /bin/true per second, two in flight; removes what it made, beside the clock where the
/// cluster does so too.
double floor_rate(const Floor& floor, int jobs, const std::filesystem::path& directory);

}  // namespace retz::bench
