// Named places of a turn at which a crash test ends the process or breaks off the turn. Compiled to
// nothing in every library but those that the crash tests build for themselves.
#pragma once

#ifdef RETZ_TEST_FAULT_POINTS
#include <functional>
#include <string_view>
#endif

namespace retz::runtime {

#ifdef RETZ_TEST_FAULT_POINTS
/// Calls the handler; without one, ends the process by SIGKILL at the place and count that the
/// environment names (RETZ_FAULT_POINT=after_commit:17; the count is 1 when absent).
void fault_point(std::string_view name);
/// The handler may throw to break off the turn. Threads: the one that calls turn().
void on_fault_point(std::function<void(std::string_view name)> handler);
#else
constexpr void fault_point(const char*) {}
#endif

}  // namespace retz::runtime
