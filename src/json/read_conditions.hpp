// What a job asks beyond amounts, read: constraints, preference, spread, dependencies, array.
#pragma once

#include "json/reading.hpp"
#include "retz/job.hpp"

namespace retz::json {

void read_constraints(const Value& value, const Place& place, Reading& reading,
                      std::vector<Constraint>& out);
void read_preference(const Value& value, const Place& place, Reading& reading, Request& out);
void read_spread(const Value& value, const Place& place, Reading& reading, Request& out);
void read_after(const Value& value, const Place& place, Reading& reading, JobSpec& out);
void read_array(const Value& value, const Place& place, Reading& reading, JobSpec& out);

}  // namespace retz::json
