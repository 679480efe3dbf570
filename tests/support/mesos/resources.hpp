// Mesos resources as master and agents count them: scalars to thousandths, ranges, sets, reserved
// for a role or not, revocable or not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace retz::testing::mesos {

struct Resource {
  enum class Kind : std::uint8_t { scalar, ranges, set };
  std::string name = {};
  Kind kind = Kind::scalar;
  std::int64_t amount = 0;  // thousandths
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges = {};
  std::vector<std::string> items = {};
  std::string reserved = {};  // for this role; empty: for nobody
  bool revocable = false;
  std::string role = {};  // allocated to

  bool like(const Resource& other) const {
    return name == other.name && kind == other.kind && reserved == other.reserved &&
           revocable == other.revocable && role == other.role;
  }
  bool nothing() const { return amount == 0 && ranges.empty() && items.empty(); }
};

using Resources = std::vector<Resource>;

/// As an agent's --resources says it: "cpus:8;cpus(batch):2;ports:[31000-32000];slots:{s0,s1}".
/// `revocable_cpus` of an agent are written "cpus*:4".
Resources parse_resources(const std::string& text);

/// Of a call. `role`: what is allocated where the call does not say so.
Resources resources_of(const nlohmann::json& list, const std::string& role);
/// As an offer shows them, to a framework with RESERVATION_REFINEMENT or not, MULTI_ROLE or not.
nlohmann::json to_json(const Resources& all, bool refined, bool with_allocation);

void add(Resources& all, const Resources& more);
/// Requires: contains(all, part).
void subtract(Resources& all, const Resources& part);
bool contains(const Resources& all, const Resources& part);
/// The same, allocated to `role`.
Resources allocated(Resources all, const std::string& role);

/// What a master says of one that cannot be; nothing where it is well formed.
std::optional<std::string> malformed(const nlohmann::json& resource, const std::string& role);
/// "cpus(allocated: *):8; ports(allocated: *):[1-2, 5-6]"
std::string text_of(const Resources& all);

std::int64_t scalar(const Resources& all, const std::string& name);

}  // namespace retz::testing::mesos
