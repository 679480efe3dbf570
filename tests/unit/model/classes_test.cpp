// Interned classes, and the tables under the engine.
#include <doctest/doctest.h>

#include <map>

#include "base/generator.hpp"
#include "model/classes.hpp"
#include "model/slot_index.hpp"
#include "model/slots.hpp"

namespace retz::model {
namespace {

JobFacts job(std::uint64_t id, std::int64_t cpus, const std::string& user) {
  JobFacts f;
  f.id = JobId{id};
  f.user = user;
  f.request.amounts.cpus = cpus;
  f.estimate = std::chrono::seconds(1);
  f.retry.on_exit = true;
  return f;
}

TEST_CASE("jobs alike share a class, classes that ask the same share a shape") {
  Classes classes;
  const ClassId a = classes.acquire(job(1, 5, "alice"), false);
  CHECK(classes.acquire(job(2, 5, "alice"), false) == a);
  const ClassId b = classes.acquire(job(3, 5, "bob"), false);
  CHECK(b != a);
  CHECK(classes.shape(b) == classes.shape(a));
  JobFacts urgent = job(4, 5, "alice");
  urgent.priority = -1;
  CHECK(classes.acquire(urgent, false) != a);
  CHECK(classes.class_count() == 3);
  CHECK(classes.shape_count() == 1);
  CHECK(classes.acquire(job(5, 5, "alice"), true) != classes.acquire(job(6, 5, "alice"), true));
}

TEST_CASE("a class nobody refers to is gone, and its number serves again") {
  Classes classes;
  const ClassId a = classes.acquire(job(1, 5, "alice"), false);
  classes.acquire(job(2, 5, "alice"), false);
  classes.release(a);
  CHECK(classes.class_count() == 1);
  classes.release(a);
  CHECK(classes.class_count() == 0);
  CHECK(classes.shape_count() == 0);
  CHECK(classes.acquire(job(3, 7, "carol"), false) == a);
  CHECK(classes.class_bound() == 1);
}

TEST_CASE("a job's facts come back as they were") {
  Classes classes;
  JobFacts f = job(9, 5, "alice");
  f.priority = 3;
  f.grace_period = std::chrono::seconds(4);
  f.request.gpus = {0, 300, {"t4"}};
  const JobFacts back = classes.facts(f.id, classes.acquire(f, false), classes.acquire_profile(f));
  CHECK(back.id == f.id);
  CHECK(back.user == f.user);
  CHECK(back.request == f.request);
  CHECK(back.priority == f.priority);
  CHECK(back.estimate == f.estimate);
  CHECK(back.grace_period == f.grace_period);
  CHECK(back.retry == f.retry);
}

TEST_CASE("a class and a profile are found by the facts of a job, without making them") {
  Classes classes;
  const JobFacts f = job(1, 5, "alice");
  CHECK(classes.find(f, false, Classes::hash(f, false)) == unknown);
  CHECK(classes.find_profile(f) == unknown);
  const ClassId a = classes.acquire(f, false);
  const ProfileId p = classes.acquire_profile(f);
  const JobFacts alike = job(2, 5, "alice");
  CHECK(classes.find(alike, false, Classes::hash(alike, false)) == a);
  CHECK(classes.find(alike, true, Classes::hash(alike, true)) == unknown);
  CHECK(classes.find_profile(alike) == p);
  JobFacts other = alike;
  other.time_limit = std::chrono::seconds(9);
  CHECK(classes.find(other, false, Classes::hash(other, false)) == unknown);
  CHECK(classes.find_profile(other) == unknown);
  other = alike;
  other.array = ArrayPlace{};
  CHECK(classes.find_profile(other) == unknown);
}

TEST_CASE("an approval ends with the last job of its class and of its profile") {
  Classes classes;
  const JobFacts f = job(1, 5, "alice");
  ClassId a = classes.acquire(f, false);
  ProfileId p = classes.acquire_profile(f);
  CHECK(!classes.approved(a, p));
  classes.approve(a, p);
  CHECK(classes.approved(a, p));
  classes.release(a);
  a = classes.acquire(f, false);
  CHECK(!classes.approved(a, p));
  classes.approve(a, p);
  classes.release_profile(p);
  p = classes.acquire_profile(f);
  CHECK(!classes.approved(a, p));
}

TEST_CASE("the slot index finds what was inserted and nothing else, after many erasures") {
  base::Generator draw(7);
  std::map<std::uint64_t, std::uint32_t> model;
  Slots<std::uint64_t> keys;
  SlotIndex index;
  const auto key_of = [&keys](std::uint32_t slot) { return keys[slot]; };
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t key = draw.below(700) * 0x10001;
    const std::uint32_t found = index.find(key, key_of);
    const auto known = model.find(key);
    REQUIRE((found == SlotIndex::none) == (known == model.end()));
    if (known == model.end()) {
      const std::uint32_t slot = keys.add();
      keys[slot] = key;
      index.insert(key, slot);
      model.emplace(key, slot);
    } else {
      REQUIRE(found == known->second);
      index.erase(key, found);
      keys.remove(found);
      model.erase(known);
    }
    REQUIRE(index.size() == model.size());
    REQUIRE(keys.size() == model.size());
  }
}

}  // namespace
}  // namespace retz::model
