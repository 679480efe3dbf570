// Who may not start now, whatever is free: the limits of users and arrays.
#pragma once

#include "model/classes.hpp"

namespace retz::queue {

class Gate {
 public:
  virtual ~Gate() = default;
  /// Whether one more job of the class may start. A closed class holds up nobody.
  virtual bool open(const model::ClassKey& key) const = 0;
  /// One did, in this pass.
  virtual void started(const model::ClassKey& key) = 0;
};

}  // namespace retz::queue
