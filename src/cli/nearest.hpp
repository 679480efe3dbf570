// The known word that a mistyped one most likely meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retz::cli {

/// The nearest of `known` by edit distance, the first among equals; empty when none is near enough
/// to be worth a suggestion.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// ` (did you mean "X"?)`, or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace retz::cli
