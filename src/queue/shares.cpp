#include "queue/shares.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "model/amounts.hpp"

namespace retz::queue {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr unsigned unit_bits = 62;
constexpr std::uint64_t unit = 1ULL << unit_bits;  // stands for 1
constexpr std::int64_t whole_share = 1'000'000'000;

constexpr std::uint64_t root(Wide square) {
  std::uint64_t found = 0;
  for (unsigned bit = unit_bits + 1; bit-- > 0;) {
    const std::uint64_t next = found | (1ULL << bit);
    if (Wide{next} * next <= square) found = next;
  }
  return found;
}

// 2 to the power of -1/2, -1/4, -1/8, ...
constexpr auto roots_of_half = [] {
  std::array<std::uint64_t, 40> roots{};
  std::uint64_t power = unit / 2;
  for (std::uint64_t& r : roots) r = power = root(Wide{power} << unit_bits);
  return roots;
}();

// What is left of a unit after `time`: a product of the roots that the binary digits of time /
// half_life name.
std::uint64_t decay(std::uint64_t time, std::uint64_t half_life) {
  const std::uint64_t halvings = time / half_life;
  if (halvings >= unit_bits) return 0;
  std::uint64_t left = unit;
  std::uint64_t rest = time % half_life;
  for (const std::uint64_t r : roots_of_half) {
    if (rest == 0) break;
    rest *= 2;
    if (rest < half_life) continue;
    rest -= half_life;
    left = static_cast<std::uint64_t>((Wide{left} * r) >> unit_bits);
  }
  return left >> halvings;
}

std::int64_t part_of(std::int64_t held, std::int64_t total) {
  if (held <= 0 || total <= 0) return 0;
  if (held >= total) return whole_share;
  return static_cast<std::int64_t>(Wide(held) * Wide(whole_share) / Wide(total));
}

std::int64_t custom(const Amounts& amounts, const std::string& name) {
  for (const CustomAmount& c : amounts.custom) {
    if (c.name == name) return c.amount;
  }
  return 0;
}

void subtract(Amounts& from, Amounts less) {
  less.cpus = -less.cpus;
  less.mem = -less.mem;
  less.disk = -less.disk;
  for (CustomAmount& c : less.custom) c.amount = -c.amount;
  model::add(from, less);
}

}  // namespace

std::int64_t Shares::share(const Held& held) const {
  const Amounts &a = held.amounts, &all = total_.amounts;
  std::int64_t most = std::max({part_of(a.cpus, all.cpus), part_of(a.mem, all.mem),
                                part_of(a.disk, all.disk), part_of(held.gpus, total_.gpus)});
  for (const CustomAmount& c : a.custom) {
    most = std::max(most, part_of(c.amount, custom(all, c.name)));
  }
  return most;
}

// With the share s held all along, and l = ln 2 / half-life, u becomes u d + s (1 - d) / l, where
// d = exp(-l t).
std::int64_t Shares::usage_at(const Account& account, Instant now) const {
  if (now <= account.at) return account.usage;
  const auto half_life = static_cast<std::uint64_t>(policy_.half_life.count());
  const auto time = static_cast<std::uint64_t>((now - account.at).count());
  const std::uint64_t left = decay(time, half_life);
  const Wide kept = (Wide(account.usage) * left) >> unit_bits;
  constexpr std::uint64_t inverse_ln2 = 1'549'082'004;  // thirty bits behind the point
  const Wide lost = (Wide{half_life} * (unit - left)) >> 40U;
  const Wide gained = ((lost * inverse_ln2) >> 30U) * Wide(account.share) / Wide(whole_share);
  return static_cast<std::int64_t>(kept + (gained >> (unit_bits - 40U)));
}

void Shares::settle(const std::string& user, Account& account, Instant now) {
  if (now > account.at) {
    account.usage = usage_at(account, now);
    account.at = now;
  }
  changed_.insert(user);
}

// A new user: of the others, those who run nothing and whose use has decayed to nothing are
// forgotten.
Shares::Account& Shares::account(std::string_view user, Instant now) {
  const auto found = accounts_.find(user);
  if (found != accounts_.end()) return found->second;
  for (auto at = accounts_.begin(); at != accounts_.end();) {
    const Account& other = at->second;
    const bool idle = other.held.amounts == Amounts{} && other.held.gpus == 0;
    if (!idle || usage_at(other, now) != 0) {
      ++at;
      continue;
    }
    changed_.insert(at->first);
    at = accounts_.erase(at);
  }
  Account& added = accounts_[std::string(user)];
  added.at = now;
  return added;
}

void Shares::change(const FairShare& policy, Instant now) {
  if (policy.half_life != policy_.half_life) {
    for (auto& [user, account] : accounts_) settle(user, account, now);
  }
  policy_ = policy;
}

// Who has the share that he had goes on undisturbed: it may be a restart that tells the machines.
void Shares::set_total(const Held& total, Instant now) {
  total_ = total;
  for (auto& [user, account] : accounts_) {
    const std::int64_t changed = share(account.held);
    if (changed == account.share) continue;
    settle(user, account, now);
    account.share = changed;
  }
}

void Shares::started(std::string_view user, const Held& held, Instant now) {
  Account& a = account(user, now);
  settle(std::string(user), a, now);
  model::add(a.held.amounts, held.amounts);
  a.held.gpus += held.gpus;
  a.share = share(a.held);
}

void Shares::resumed(std::string_view user, const Held& held, Instant now) {
  const auto [at, added] = accounts_.try_emplace(std::string(user));
  Account& a = at->second;
  if (added) a.at = now;
  model::add(a.held.amounts, held.amounts);
  a.held.gpus += held.gpus;
}

void Shares::ended(std::string_view user, const Held& held, Instant now) {
  const auto found = accounts_.find(user);
  RETZ_ASSERT(found != accounts_.end());
  Account& a = found->second;
  settle(found->first, a, now);
  subtract(a.held.amounts, held.amounts);
  a.held.gpus -= held.gpus;
  a.share = share(a.held);
}

double Shares::usage(std::string_view user, Instant now) const {
  const auto found = accounts_.find(user);
  if (found == accounts_.end()) return 0;
  const std::int64_t second = found->second.share / 1000;
  const auto used = static_cast<double>(usage_at(found->second, now) + second) / 1'000'000;
  const auto weight = policy_.weights.find(std::string(user));
  return weight == policy_.weights.end() ? used : used / weight->second;
}

std::int64_t Shares::running(std::string_view user) const {
  const auto found = accounts_.find(user);
  return found == accounts_.end() ? 0 : found->second.share;
}

std::vector<UsageChanged> Shares::save() const {
  std::vector<UsageChanged> all;
  for (const auto& [user, account] : accounts_)
    all.push_back({user, account.usage, account.at, account.share});
  return all;
}

void Shares::load(const UsageChanged& saved) {
  Account& a = accounts_[saved.user];
  a.usage = saved.usage;
  a.at = saved.at;
  a.share = saved.share;
}

std::vector<UsageChanged> Shares::take_changed() {
  std::vector<UsageChanged> changed;
  for (const std::string& user : changed_) {
    const auto found = accounts_.find(user);
    if (found == accounts_.end()) {
      changed.push_back({user, 0, {}, 0});
    } else {
      const Account& a = found->second;
      changed.push_back({user, a.usage, a.at, a.share});
    }
  }
  changed_.clear();
  return changed;
}

}  // namespace retz::queue
