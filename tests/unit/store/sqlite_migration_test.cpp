// A file of an older schema is brought up to date with what is in it.
#include <SQLiteCpp/Database.h>

#include "contract/stores.hpp"
#include "store/schema.hpp"

using namespace retz;

TEST_CASE("a file of the first schema keeps its jobs, and takes estimates and arrays") {
  TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "retz.db";
  {
    SQLite::Database db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec(store::migrations[0]);
    db.exec("PRAGMA application_id = " + std::to_string(store::application_id));
    db.exec("PRAGMA user_version = 1");
    db.exec(
        "INSERT INTO jobs VALUES (1, 'alice', 'app', 'old', 'queued', 1, 0, 0, NULL, NULL, 0, 0, "
        "0, 'none', NULL, NULL, NULL, NULL, '{\"application\":\"app\",\"command\":\"true\"}')");
    db.exec("UPDATE progress SET batch = 1, last_job = 1, last_arrival = 1");
  }
  const auto opened = sqlite_store(file);
  REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
  const auto old = (*opened)->job(JobId{1});
  REQUIRE(old);
  CHECK((*old)->spec->command == "true");
  CHECK((*old)->estimate == Duration{0});
  Batches batches(**opened, 1);
  batches.commit({add_job(2, {.array = 2})});
  CHECK(ids((*opened)->jobs({.array = JobId{2}})) == Ids{2});
  CHECK((*opened)->load()->jobs.at(1).estimate == Duration(1002));
}
