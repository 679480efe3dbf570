// What a job asks beyond amounts, as fields of the object that is open.
#pragma once

#include "json/writer.hpp"
#include "retz/job.hpp"

namespace retz::json {

/// `whole`: what is at its default is written too.
void write_conditions(Writer& w, const JobSpec& spec, bool whole);

}  // namespace retz::json
