// Arithmetic on divisible resources. `custom` stays sorted by name and free of zeros.
#pragma once

#include "retz/resources.hpp"

namespace retz::model {

void add(Amounts& to, const Amounts& more);
/// May go below zero: a lease can shrink under what runs on it.
void subtract(Amounts& from, const Amounts& less);
/// True when `have` is at least `want` in every resource that either of them names.
bool covers(const Amounts& have, const Amounts& want);

}  // namespace retz::model
