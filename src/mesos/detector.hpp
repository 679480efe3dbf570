// Whom to ask for a subscription: the masters of a list in turn, or the leader that ZooKeeper
// names.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/loop.hpp"
#include "mesos/masters.hpp"
#include "retz/result.hpp"
#include "retz/time.hpp"

namespace retz::mesos {

/// Threads: the loop's.
class Detector {
 public:
  virtual ~Detector() = default;
  /// `changed` is called when current() has become another.
  virtual void start(std::function<void()> changed) = 0;
  /// None: nobody is known to lead.
  virtual std::optional<Address> current() const = 0;
  /// Ask another next, if there is one. True: all there are have been asked, it is time to pause.
  virtual bool pass_on() = 0;
  /// Why there is no current one.
  virtual Error trouble() const = 0;
};

std::unique_ptr<Detector> list_detector(std::vector<Address> masters);

struct ZooKeeperTimes {
  Duration session = std::chrono::seconds(10);
  Duration retry = std::chrono::seconds(1);  // after an error, and for a new session
};
/// `by_name`: masters are asked for under their host name (of a certificate), not their number.
std::unique_ptr<Detector> zookeeper_detector(http::Loop& loop, ZooKeeperPlace place, bool by_name,
                                             ZooKeeperTimes times = {});

}  // namespace retz::mesos
