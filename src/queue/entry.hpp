// One waiting job.
#pragma once

#include <cstdint>

#include "model/classes.hpp"
#include "queue/treap.hpp"
#include "retz/ids.hpp"
#include "retz/time.hpp"

namespace retz::queue {

/// A waiting job's number in the queue, for as long as it waits.
using Ticket = std::uint32_t;

struct Waiting {
  JobId job;
  Arrival arrival;
  Instant submitted{};
  Instant eligible_at{};  // it could have started since
  model::ClassId class_id = 0;
};

struct Entry {
  Waiting waiting;
  std::uint32_t part = none;  // see Table
  // Among those that will be overdue, by due time; `next` is `apart` for one kept aside of the
  // list.
  Ticket due_previous = none, due_next = none;
};

}  // namespace retz::queue
