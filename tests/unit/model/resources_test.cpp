// Amounts, ports, devices, and requests that make no sense.
#include <doctest/doctest.h>

#include <set>

#include "base/generator.hpp"
#include "model/amounts.hpp"
#include "model/gpus.hpp"
#include "model/ports.hpp"
#include "model/request.hpp"

namespace retz::model {
namespace {

TEST_CASE("adding amounts merges the named ones and drops zeros") {
  Amounts a{1000, 10, 20, {{"b", 5}, {"d", 1}}};
  add(a, {500, 1, 2, {{"a", 1}, {"b", 2}}});
  CHECK(a == Amounts{1500, 11, 22, {{"a", 1}, {"b", 7}, {"d", 1}}});
  add(a, {0, 0, 0, {{"a", -1}, {"c", 3}}});
  CHECK(a == Amounts{1500, 11, 22, {{"b", 7}, {"c", 3}, {"d", 1}}});
}

TEST_CASE("ports behave as a set of numbers") {
  base::Generator draw(42);
  PortSet ports;
  std::set<std::uint16_t> model;
  for (int i = 0; i < 5000; ++i) {
    const auto port = static_cast<std::uint16_t>(65500 + draw.below(36));
    if (draw.below(2) == 0) {
      ports.insert(port);
      model.insert(port);
    } else {
      ports.erase(port);
      model.erase(port);
    }
    REQUIRE(ports.count() == static_cast<std::int64_t>(model.size()));
    REQUIRE(ports.contains(port) == model.contains(port));
    for (std::size_t r = 1; r < ports.ranges().size(); ++r) {
      REQUIRE(ports.ranges()[r - 1].last + 1 < ports.ranges()[r].first);
    }
  }
}

TEST_CASE("port ranges in any order become sorted ones, and the lowest are taken first") {
  const std::vector<PortRange> given{{20, 29}, {5, 5}, {10, 19}, {25, 40}, {9, 3}};
  PortSet ports(given);
  CHECK(ports.ranges() == std::vector<PortRange>{{5, 5}, {10, 40}});
  CHECK(ports.take(3) == std::vector<std::uint16_t>{5, 10, 11});
  CHECK(ports.count() == 29);
  const std::vector<PortRange> all{{0, 65535}};
  CHECK(PortSet(all).count() == 65536);
}

TEST_CASE("a share goes to the tightest device, whole devices to untouched ones") {
  const std::vector<Gpu> gpus{{"0", "t4", 0}, {"1", "a100", 0}, {"2", "a100", 1}};
  GpuFree free{1000, 400, 1000};
  CHECK(choose({0, 300, {}}, gpus, free) == std::vector<GpuShare>{{1, 300}});
  CHECK(choose({0, 500, {}}, gpus, free) == std::vector<GpuShare>{{0, 500}});
  CHECK(choose({2, 0, {}}, gpus, free) == std::vector<GpuShare>{{0, 1000}, {2, 1000}});
  CHECK(choose({1, 0, {"a100"}}, gpus, free) == std::vector<GpuShare>{{2, 1000}});
  CHECK_FALSE(choose({2, 0, {"a100"}}, gpus, free).has_value());
  CHECK_FALSE(choose({0, 500, {"v100"}}, gpus, free).has_value());
  CHECK(whole_free(free) == 2);
  CHECK(largest_share({}) == 0);
}

TEST_CASE("what cannot be asked for is named by its field") {
  const auto field = [](const auto& change) {
    JobFacts f;
    f.id = JobId{1};
    f.estimate = std::chrono::seconds(1);
    REQUIRE(validate(f).has_value());
    change(f);
    const auto checked = validate(f);
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().code == Errc::invalid_argument);
    return checked.error().field;
  };
  CHECK(field([](JobFacts& f) { f.id = {}; }) == "id");
  CHECK(field([](JobFacts& f) { f.request.amounts.cpus = -1; }) == "resources.cpus");
  CHECK(field([](JobFacts& f) { f.request.amounts.disk = INT64_MAX; }) == "resources.disk");
  CHECK(field([](JobFacts& f) {
          f.request.amounts.custom = {{"b", 1}, {"a", 1}};
        }) == "resources.custom");
  CHECK(field([](JobFacts& f) { f.request.amounts.custom = {{"x", -2}}; }) == "resources.custom.x");
  CHECK(field([](JobFacts& f) { f.request.ports = -1; }) == "resources.ports");
  CHECK(field([](JobFacts& f) { f.request.gpus = {1, 500, {}}; }) == "resources.gpus");
  CHECK(field([](JobFacts& f) { f.request.gpus.share = 1000; }) == "resources.gpus.share");
  CHECK(field([](JobFacts& f) { f.request.gpus.models = {"a"}; }) == "resources.gpus.models");
  CHECK(field([](JobFacts& f) { f.priority = 20; }) == "priority");
  CHECK(field([](JobFacts& f) { f.retry.max_attempts = 0; }) == "retry.max_attempts");
  CHECK(field([](JobFacts& f) { f.retry.backoff = Duration{-1}; }) == "retry.backoff");
  CHECK(field([](JobFacts& f) { f.estimate = Duration{-1}; }) == "estimate");
  CHECK(field([](JobFacts& f) { f.estimate = Duration::max(); }) == "estimate");
  CHECK(field([](JobFacts& f) { f.grace_period = Duration::max(); }) == "grace_period");
  CHECK(field([](JobFacts& f) { f.retry.backoff = Duration::max(); }) == "retry.backoff");
  CHECK(field([](JobFacts& f) { f.retry.backoff_max = Duration::max(); }) == "retry.backoff_max");
}

}  // namespace
}  // namespace retz::model
