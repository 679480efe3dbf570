#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "mesos/event.hpp"

using namespace retz;
using namespace retz::mesos;
using nlohmann::json;

namespace {

/// The one offer of an OFFERS event with these resources.
Offer offer_with(const std::string& resources, const std::string& more = {}) {
  const auto event = read_event(
      R"({"type":"OFFERS","offers":{"offers":[{"id":{"value":"O"},"agent_id":{"value":"S"},)"
      R"("hostname":"h","allocation_info":{"role":"batch"},"resources":[)" +
          resources + "]" + more + "}]}}",
      {"batch"});
  REQUIRE(event);
  return std::get<Offers>(*event).offers.at(0);
}

std::string scalar(const std::string& name, const std::string& value,
                   const std::string& more = R"(,"role":"*")") {
  return R"({"name":")" + name + R"(","type":"SCALAR","scalar":{"value":)" + value +
         R"(},"allocation_info":{"role":"batch"})" + more + "}";
}

std::string ports(const std::string& ranges) {
  return R"({"name":"ports","type":"RANGES","ranges":{"range":[)" + ranges +
         R"(]},"role":"*","allocation_info":{"role":"batch"}})";
}

Capacity capacity_with(const std::string& resources) {
  return capacity_of(offer_with(resources).resources);
}

}  // namespace

TEST_CASE("scalars are exact to thousandths, memory counts in whole MiB") {
  const Capacity c = capacity_with(scalar("cpus", "7.9") + "," + scalar("mem", "8160.75") + "," +
                                   scalar("disk", "0.999") + "," + scalar("licences", "2.5"));
  CHECK(c.amounts.cpus == 7900);
  CHECK(c.amounts.mem == 8160);
  CHECK(c.amounts.disk == 0);
  CHECK(c.amounts.custom == std::vector<CustomAmount>{{"licences", 2500}});
}

TEST_CASE("a thousand times a tenth of a cpu is a hundred cpus") {
  std::string all = scalar("cpus", "0.1");
  for (int i = 1; i < 1000; ++i) all += "," + scalar("cpus", "0.1");
  CHECK(capacity_with(all).amounts.cpus == 100000);
}

TEST_CASE("ports are merged, sets and ranges of one's own are passed over") {
  const std::string whose = R"(,"role":"*","allocation_info":{"role":"batch"}})";
  const Capacity c =
      capacity_with(ports(R"({"begin":31005,"end":31010},{"begin":31000,"end":31004})") + "," +
                    ports(R"({"begin":40000,"end":70000})") +
                    R"(,{"name":"cores","type":"RANGES","ranges":{"range":[{"begin":0,"end":7}]})" +
                    whose + R"(,{"name":"slots","type":"SET","set":{"item":["a"]})" + whose);
  CHECK(c.ports == std::vector<PortRange>{{31000, 31010}, {40000, 65535}});
  CHECK(c.amounts.custom.empty());
}

TEST_CASE("gpus are whole devices") {
  CHECK(capacity_with(scalar("gpus", "2.0")).gpus.size() == 2);
  CHECK(capacity_with(scalar("gpus", "1.9")).gpus.size() == 1);
}

TEST_CASE("what is ours by reservation counts, in the old form and the new") {
  CHECK(capacity_with(scalar("cpus", "2", R"(,"role":"batch")")).amounts.cpus == 2000);
  CHECK(capacity_with(scalar("cpus", "2", R"(,"reservations":[{"type":"STATIC","role":"batch"}])"))
            .amounts.cpus == 2000);
  CHECK(capacity_with(scalar("cpus", "2", "")).amounts.cpus == 2000);
}

TEST_CASE("what we may not use is left out") {
  for (const char* mark :
       {R"(,"role":"other")", R"(,"reservations":[{"type":"DYNAMIC","role":"other"}])",
        R"(,"role":"*","revocable":{})", R"(,"role":"*","shared":{})",
        R"(,"role":"*","provider_id":{"value":"p"})"}) {
    CAPTURE(mark);
    CHECK(capacity_with(scalar("cpus", "2", mark)).amounts.cpus == 0);
  }
  for (const char* disk :
       {R"({"persistence":{"id":"v"},"volume":{"mode":"RW","container_path":"d"}})",
        R"({"source":{"type":"MOUNT","mount":{"root":"/m"}}})"}) {
    CHECK(capacity_with(scalar("disk", "10", std::string(R"(,"role":"*","disk":)") + disk))
              .amounts.disk == 0);
  }
}

TEST_CASE("a task takes from what is reserved first, and echoes whose it is") {
  Offer offer =
      offer_with(scalar("cpus", "4") + "," +
                 scalar("cpus", "1.5", R"(,"reservations":[{"role":"batch","type":"STATIC"}])") +
                 "," + scalar("mem", "100"));
  const auto taken = take(offer.resources, {.node = "h", .amounts = {2000, 64, 0, {}}});
  REQUIRE(taken);
  const json all = json::parse(*taken);
  REQUIRE(all.size() == 3);
  CHECK(all[0]["scalar"]["value"] == 1.5);
  CHECK(all[0]["reservations"][0]["role"] == "batch");
  CHECK(all[1]["scalar"]["value"] == 0.5);
  CHECK(all[1]["role"] == "*");
  CHECK(all[1]["allocation_info"]["role"] == "batch");
  CHECK(all[2]["name"] == "mem");
  CHECK(capacity_of(offer.resources).amounts == Amounts{3500, 36, 0, {}});
}

TEST_CASE("ports are taken out of the middle, and neighbours are told as one range") {
  Offer offer = offer_with(scalar("cpus", "4") + "," + ports(R"({"begin":100,"end":110})"));
  const auto taken = take(
      offer.resources, {.node = "h", .amounts = {1, 0, 0, {}}, .ports = {100, 104, 105, 106, 110}});
  REQUIRE(taken);
  CHECK(json::parse(*taken)[1]["ranges"]["range"].dump() ==
        R"([{"begin":100,"end":100},{"begin":104,"end":106},{"begin":110,"end":110}])");
  CHECK(capacity_of(offer.resources).ports == std::vector<PortRange>{{101, 103}, {107, 109}});
}

TEST_CASE("where not all is there, nothing is taken") {
  Offer offer = offer_with(scalar("cpus", "1") + "," + scalar("mem", "10") + "," +
                           ports(R"({"begin":100,"end":101})"));
  const Capacity before = capacity_of(offer.resources);
  CHECK_FALSE(take(offer.resources, {.node = "h", .amounts = {500, 11, 0, {}}}));
  CHECK_FALSE(take(offer.resources, {.node = "h", .amounts = {500, 1, 0, {}}, .ports = {102}}));
  CHECK_FALSE(take(offer.resources, {.node = "h", .amounts = {500, 1, 0, {{"x", 1}}}}));
  CHECK(capacity_of(offer.resources) == before);
}

TEST_CASE("an attribute without a value is none") {
  const Offer offer =
      offer_with(scalar("cpus", "1"), R"(,"attributes":[{"name":"x","type":"SCALAR"},)"
                                      R"({"name":"y","type":"RANGES"},{"type":7}])");
  CHECK(std::ranges::none_of(offer.attributes, [](const Attribute& a) {
    return a.name == "x" && !a.value.empty() && a.value != "0";
  }));
}

TEST_CASE("attributes of all kinds and the fault domain become attributes of the node") {
  const Offer offer =
      offer_with(scalar("cpus", "1"),
                 R"(,"attributes":[{"name":"rack","type":"TEXT","text":{"value":"r42"}},)"
                 R"({"name":"cores","type":"SCALAR","scalar":{"value":16.0}},)"
                 R"({"name":"span","type":"RANGES","ranges":{"range":[{"begin":1,"end":5}]}},)"
                 R"({"name":"rack","type":"TEXT","text":{"value":"again"}},)"
                 R"({"name":"node","type":"TEXT","text":{"value":"mine"}}],)"
                 R"("domain":{"fault_domain":{"region":{"name":"r1"},"zone":{"name":"z2"}}})");
  CHECK(offer.attributes ==
        std::vector<Attribute>{
            {"cores", "16"}, {"rack", "r42"}, {"region", "r1"}, {"span", "[1-5]"}, {"zone", "z2"}});
}

TEST_CASE("unavailability is a window, for ever where it has no length") {
  const Offer offer = offer_with(
      scalar("cpus", "1"),
      R"(,"unavailability":{"start":{"nanoseconds":1000000000},"duration":{"nanoseconds":5000}})");
  REQUIRE(offer.unavailable);
  CHECK(*offer.unavailable == MaintenanceWindow{at_micros(1'000'000), at_micros(1'000'005)});
  const Offer open =
      offer_with(scalar("cpus", "1"), R"(,"unavailability":{"start":{"nanoseconds":1000000000}})");
  REQUIRE(open.unavailable);
  CHECK(open.unavailable->until > open.unavailable->from + std::chrono::hours(24 * 36500));
}
