// What the host asked for, checked and taken apart.
#pragma once

#include "mesos/event_stream.hpp"
#include "mesos/framework.hpp"
#include "mesos/masters.hpp"
#include "retz/mesos.hpp"

namespace retz::mesos {

struct Settled {
  Masters masters = {};
  MasterAccess access = {};
  FrameworkOptions framework = {};
};

/// Error: as mesos_cluster() says.
Result<Settled> settle(const MesosOptions& options);

}  // namespace retz::mesos
