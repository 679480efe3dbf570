#include "runtime/kept_state.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "retz/json.hpp"

namespace retz::runtime {
namespace {

constexpr const char* used_prefix = "used/";
constexpr const char* usage_prefix = "usage/";
constexpr const char* maintenance_prefix = "maintenance/";
constexpr const char* policy_name = "policy";

/// Takes whole numbers, separated by one character each, off the front of a text.
class Numbers {
 public:
  explicit Numbers(std::string_view text) : text_(text) {}

  std::int64_t next() {
    std::int64_t out = 0;
    const char* const end = text_.data() + text_.size();
    const auto [stop, error] = std::from_chars(text_.data(), end, out);
    wrong_ = wrong_ || error != std::errc{};
    text_.remove_prefix(std::min(text_.size(), static_cast<std::size_t>(stop - text_.data()) + 1));
    return out;
  }
  bool more() const { return !wrong_ && !text_.empty(); }
  bool whole() const { return !wrong_ && text_.empty(); }

 private:
  std::string_view text_;
  bool wrong_ = false;
};

tl::unexpected<Error> damaged(const SetState& state) {
  return fail(Errc::storage_corrupt,
              "the named state \"" + state.name +
                  "\" of the store is not what was written; remove the row, or restore a backup");
}

std::string named(const SetState& state, const char* prefix) {
  return state.name.substr(std::string_view(prefix).size());
}

bool read(const SetState& state, NodeUsed& out) {
  Numbers numbers(state.value);
  out = {named(state, used_prefix), static_cast<std::uint64_t>(numbers.next())};
  return numbers.whole();
}

bool read(const SetState& state, UsageChanged& out) {
  Numbers numbers(state.value);
  const std::int64_t usage = numbers.next();
  out = {named(state, usage_prefix), usage, at_micros(numbers.next())};
  return numbers.whole();
}

bool read(const SetState& state, MaintenanceChanged& out) {
  Numbers numbers(state.value);
  out = {named(state, maintenance_prefix), {}};
  while (numbers.more()) {
    const Instant from = at_micros(numbers.next());
    out.windows.push_back({from, at_micros(numbers.next())});
  }
  return numbers.whole();
}

template <class T>
Result<void> read_all(const Store& store, const char* prefix, std::vector<T>& out) {
  Result<std::vector<SetState>> states = store.states(prefix);
  if (!states) return tl::unexpected(std::move(states.error()));
  for (const SetState& state : *states) {
    if (!read(state, out.emplace_back())) return damaged(state);
  }
  return {};
}

}  // namespace

SetState kept(const NodeUsed& change) {
  return {used_prefix + change.node, std::to_string(change.number)};
}

SetState kept(const UsageChanged& change) {
  return {usage_prefix + change.user,
          std::to_string(change.usage) + " " + std::to_string(micros(change.at))};
}

SetState kept(const MaintenanceChanged& change) {
  std::string windows;
  for (const MaintenanceWindow& window : change.windows) {
    windows += (windows.empty() ? "" : "\n") + std::to_string(micros(window.from)) + " " +
               std::to_string(micros(window.until));
  }
  return {maintenance_prefix + change.node, std::move(windows)};
}

Result<void> read_kept(const Store& store, Snapshot& snapshot) {
  if (auto done = read_all(store, used_prefix, snapshot.last_uses); !done) return done;
  if (auto done = read_all(store, usage_prefix, snapshot.usages); !done) return done;
  return read_all(store, maintenance_prefix, snapshot.maintenance);
}

SetState kept_policy(const Policy& configured, const Policy& set) {
  return {policy_name, to_json(configured) + "\n" + to_json(set)};
}

SetState forgotten_policy() {
  return {policy_name, {}};
}

Result<KeptPolicy> read_policy(const Store& store, const Policy& configured) {
  const Result<std::optional<std::string>> text = store.state(policy_name);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return KeptPolicy{};
  const std::string_view both = **text;
  const std::size_t end = std::min(both.find('\n'), both.size());
  if (both.substr(0, end) != to_json(configured) || end == both.size()) return KeptPolicy{{}, true};
  Result<Policy> set = policy_from_json(both.substr(end + 1), {});
  if (!set) return KeptPolicy{{}, true};
  return KeptPolicy{std::move(*set), false};
}

}  // namespace retz::runtime
