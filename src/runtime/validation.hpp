// What can never be, in jobs and applications, said with the field's name. Host programs hand over
// their own structures, so this does not rely on what a JSON reader may have checked before.
#pragma once

#include "retz/job.hpp"
#include "retz/result.hpp"
#include "retz/store.hpp"

namespace retz::runtime {

Result<void> check(const JobSpec& spec);
/// Requires: sorted. A job is waited for in one way.
Result<void> check(const std::vector<Dependency>& dependencies);
Result<void> check(const Application& application);
Result<void> check(const User& user);

}  // namespace retz::runtime
