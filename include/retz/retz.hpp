// All of libretz in one header.
#pragma once

#include "retz/cluster.hpp"  // IWYU pragma: export
#include "retz/engine.hpp"   // IWYU pragma: export
#include "retz/json.hpp"     // IWYU pragma: export
#include "retz/local.hpp"    // IWYU pragma: export
#include "retz/runtime.hpp"  // IWYU pragma: export
#include "retz/store.hpp"    // IWYU pragma: export
