// How much of the machines each user has had: what fair sharing goes by.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "retz/decision.hpp"
#include "retz/policy.hpp"
#include "retz/resources.hpp"

namespace retz::queue {

/// What is held, or there at all.
struct Held {
  Amounts amounts = {};
  std::int64_t gpus = 0;  // thousandths of devices
};

/// The dominant share of a user is the largest, over resources, of what the user's jobs hold of all
/// there is (Ghodsi et al., "Dominant resource fairness", NSDI 2011). Use is that share summed over
/// time, where what was used a half-life ago counts half. Whole numbers, rounded whenever a share
/// changes, so that what is saved is exactly what is known, on every machine.
class Shares {
 public:
  explicit Shares(const FairShare& policy) : policy_(policy) {}

  void change(const FairShare& policy, Instant now);
  void set_total(const Held& total, Instant now);
  void started(std::string_view user, const Held& held, Instant now);
  /// Requires: it was started, or resumed, with the same.
  void ended(std::string_view user, const Held& held, Instant now);
  /// After load(): it runs since before the restart, in the share that was saved, until the
  /// machines are known again.
  void resumed(std::string_view user, const Held& held, Instant now);

  /// RankedJob::usage.
  double usage(std::string_view user, Instant now) const;
  /// The dominant share that the user's jobs hold now, in thousand millionths.
  std::int64_t running(std::string_view user) const;

  std::vector<UsageChanged> save() const;  // by user
  void load(const UsageChanged& saved);
  /// What save() would give otherwise than at the last call; a usage of 0: forgotten. By user.
  std::vector<UsageChanged> take_changed();

 private:
  struct Account {
    Held held;
    std::int64_t share = 0;  // thousand millionths
    std::int64_t usage = 0;  // millionths of a share-second, at `at`
    Instant at{};
  };
  using Accounts = std::map<std::string, Account, std::less<>>;

  std::int64_t share(const Held& held) const;
  std::int64_t usage_at(const Account& account, Instant now) const;
  void settle(const std::string& user, Account& account, Instant now);
  Account& account(std::string_view user, Instant now);

  FairShare policy_;
  Held total_;
  Accounts accounts_;
  std::set<std::string> changed_;
};

}  // namespace retz::queue
