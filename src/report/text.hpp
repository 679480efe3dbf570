// Texts and numbers of a page: escaped, rounded, with their units.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace retz::report {

/// For element content and quoted attributes. What is no UTF-8 or no character of a page becomes
/// U+FFFD.
std::string escaped(std::string_view text);
/// JSON that may stand in a <script> element: no `<`, `>` or `&` is left in it.
std::string inside_script(std::string_view json);

std::string with_commas(std::uint64_t value);  // 28,475
std::string number(double value);              // 92.6, 1,204, 0.0132
std::string percent(double part);              // 71.2 %
std::string duration(double seconds);          // 0 s, 42.0 s, 12.5 min, 1.90 h, 3.2 d

}  // namespace retz::report
