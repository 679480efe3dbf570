// A file that belongs to somebody else is read, and left as it is.
#include <SQLiteCpp/Database.h>

#include <fstream>
#include <iterator>

#include "contract/stores.hpp"
#include "store/schema.hpp"

using namespace retz;

namespace {

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("whoever reads sees what the running server commits, and cannot commit") {
  TemporaryFolder folder;
  const auto server = sqlite_store(folder.path() / "retz.db");
  REQUIRE(server);
  Batches batches(**server, 0);
  batches.commit({add_job(1, {})});
  const auto reader = sqlite_store_for_reading(folder.path() / "retz.db");
  REQUIRE_MESSAGE(reader, (reader ? "" : reader.error().message));
  CHECK(ids((*reader)->jobs({})) == Ids{1});
  batches.commit({add_job(2, {})});
  CHECK(ids((*reader)->jobs({})) == Ids{2, 1});
  const auto refused = (*reader)->commit(BatchNumber{3}, Instant{}, {});
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::unsupported);
  batches.commit({add_job(3, {})});
}

TEST_CASE(
    "a file whose server was killed is read with its log, without a byte of either changing") {
  TemporaryFolder folder;
  const auto file = folder.path() / "retz.db", copy = folder.path() / "killed.db";
  {
    const auto server = sqlite_store(file);
    REQUIRE(server);
    Batches batches(**server, 0);
    batches.commit({add_job(1, {})});
    // What a killed server leaves: the last commits stand in the log alone.
    std::filesystem::copy_file(file, copy);
    std::filesystem::copy_file(file.string() + "-wal", copy.string() + "-wal");
  }
  const std::string before = bytes_of(copy), log = bytes_of(copy.string() + "-wal");
  REQUIRE(!log.empty());
  {
    const auto reader = sqlite_store_for_reading(copy);
    REQUIRE_MESSAGE(reader, (reader ? "" : reader.error().message));
    CHECK(ids((*reader)->jobs({})) == Ids{1});
  }
  CHECK(bytes_of(copy) == before);
  CHECK(bytes_of(copy.string() + "-wal") == log);
}

TEST_CASE("a file that is not there is not made, and an older one not migrated") {
  TemporaryFolder folder;
  const auto file = folder.path() / "retz.db";
  const auto missing = sqlite_store_for_reading(file);
  REQUIRE(!missing);
  CHECK(missing.error().code == Errc::not_found);
  CHECK(!std::filesystem::exists(file));
  {
    SQLite::Database db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec(store::migrations[0]);
    db.exec("PRAGMA application_id = " + std::to_string(store::application_id));
    db.exec("PRAGMA user_version = 1");
  }
  const std::string before = bytes_of(file);
  const auto older = sqlite_store_for_reading(file);
  REQUIRE(!older);
  CHECK(older.error().message.find("older Retz") != std::string::npos);
  CHECK(bytes_of(file) == before);
  std::ofstream(folder.path() / "text.db") << "not a database, but long enough to be looked at";
  CHECK(!sqlite_store_for_reading(folder.path() / "text.db"));
}
