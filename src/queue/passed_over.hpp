// The last starts with their place in the order: how often a waiting job was passed over.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "queue/table.hpp"
#include "retz/engine.hpp"

namespace retz::queue {

/// A ring: a start costs one store. Where ranks change, a place is the arrival alone.
class PassedOver {
 public:
  void started(const Key& key, Instant now);
  /// Of the starts since then, those of jobs that come after `key`.
  Explanation::PassedOver of(const Key& key, Instant since) const;
  /// Places of before do not compare with those to come.
  void forget();

 private:
  static constexpr std::size_t starts_max = 65536;
  struct Start {
    Key key;
    Instant at{};
  };
  std::vector<Start> starts_;
  std::size_t next_ = 0;              // in the ring, once it is full
  std::optional<Instant> forgotten_;  // the last start that is no longer known
};

}  // namespace retz::queue
