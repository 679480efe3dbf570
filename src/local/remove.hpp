// Removing what jobs leave behind, however they have built it.
#pragma once

#include <string>

namespace retz::local {

/// Removes what `name` is in `directory`, with all below it, and follows no link. A tree of any
/// depth needs a handful of descriptors. False: some of it is still there.
/// Requires: nobody changes it meanwhile.
bool remove_tree(int directory, const std::string& name);

}  // namespace retz::local
