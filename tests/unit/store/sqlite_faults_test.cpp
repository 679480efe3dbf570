// What the SQLite store does when the world fails: locks, full disks, damaged files. Real faults
// throughout.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "contract/small_disk.hpp"
#include "contract/stores.hpp"
#include "store/schema.hpp"

using namespace retz;

namespace {

bool says(const Error& error, const std::string& words) {
  return error.message.find(words) != std::string::npos;
}

Error refused(const std::filesystem::path& file) {
  const auto opened = sqlite_store(file);
  REQUIRE(!opened);
  CHECK(says(opened.error(), file.string()));
  return opened.error();
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

// A closed database of a few hundred jobs.
std::filesystem::path filled(const TemporaryFolder& folder) {
  const std::filesystem::path file = folder.path() / "retz.db";
  auto store = sqlite_store(file);
  REQUIRE(store);
  Batches batches(**store);
  std::vector<Write> jobs;
  for (std::uint64_t id = 1; id <= 500; ++id) {
    jobs.push_back(add_job(id, {.tags = {"t"}}));
  }
  batches.commit(jobs);
  return file;
}

AddJob bulky_job(std::uint64_t id) {
  AddJob out = add_job(id);
  auto spec = std::make_shared<JobSpec>(*out.job.spec);
  spec->command = std::string(50'000, 'x');
  out.job.spec = spec;
  return out;
}

}  // namespace

TEST_CASE("a database locked by another connection is busy, and goes on when it is free") {
  SqliteFixture fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(1)});
  {
    SQLite::Database other(fixture.file().string(), SQLite::OPEN_READWRITE);
    SQLite::Transaction lock(other, SQLite::TransactionBehavior::IMMEDIATE);
    const Result<void> busy = batches.try_commit({add_job(2)});
    REQUIRE(!busy);
    CHECK(busy.error().code == Errc::storage_busy);
    CHECK(says(busy.error(), "locked by another process"));
    CHECK(ids(fixture.store->jobs({})) == Ids{1});
  }
  batches.commit({add_job(2)});
  CHECK(ids(fixture.store->jobs({})) == Ids{2, 1});
}

TEST_CASE("another process reads between commits, also through the readable views") {
  SqliteFixture fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(1, {.submitted = 1'795'336'560'000'000})});
  const auto count = [&] {
    const std::string command = "sqlite3 -readonly " + fixture.file().string() +
                                " 'SELECT count(*), max(submitted) FROM jobs_readable'";
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    char line[128] = {};
    const bool read = fgets(line, sizeof line, pipe) != nullptr;
    CHECK(pclose(pipe) == 0);
    return read ? std::string(line) : std::string();
  };
  CHECK(count() == "1|2026-11-22T08:36:00.000Z\n");
  batches.commit({add_job(2), put_attempt(2, 1)});
  CHECK(count() == "2|2026-11-22T08:36:00.000Z\n");
}

TEST_CASE("a full disk refuses the batch whole, and takes it when there is room again") {
  SmallDisk disk;
  const std::filesystem::path file = disk.path() / "retz.db";
  const std::filesystem::path ballast = disk.path() / "ballast";
  auto store = sqlite_store(file);
  REQUIRE_MESSAGE(store, (store ? "" : store.error().message));
  Batches batches(**store);
  batches.commit({add_job(1)});
  write_bytes(ballast, std::string(3'000'000, 'b'));  // takes what is left
  std::vector<Write> bulk;
  for (std::uint64_t id = 2; id < 10; ++id) {
    bulk.push_back(bulky_job(id));
  }
  for (int round = 0; round < 3; ++round) {
    const Result<void> full = batches.try_commit(bulk);
    REQUIRE(!full);
    CHECK(full.error().code == Errc::storage_full);
    CHECK(says(full.error(), "make room on " + disk.path().string()));
    CHECK(ids((*store)->jobs({})) == Ids{1});
  }
  std::filesystem::remove(ballast);
  batches.commit(bulk);
  CHECK((*store)->jobs({})->jobs.size() == 9);
  store = sqlite_store(file);
  REQUIRE(store);
  CHECK((*store)->jobs({})->jobs.size() == 9);
}

TEST_CASE("commits that fill a disk step by step lose nothing that was acknowledged") {
  SmallDisk disk;
  const std::filesystem::path file = disk.path() / "retz.db";
  auto store = sqlite_store(file);
  REQUIRE(store);
  std::uint64_t done = 0;
  Result<void> last;
  while (done < 1000) {
    last = (*store)->commit(BatchNumber{done + 1}, at_micros(1),
                            std::vector<Write>{bulky_job(done + 1)});
    if (!last) {
      break;
    }
    ++done;
  }
  REQUIRE(!last);
  CHECK(last.error().code == Errc::storage_full);
  CHECK(done > 5);
  CHECK((*store)->jobs({})->jobs.size() == done);
  store = sqlite_store(file);
  if (store) {
    CHECK((*store)->load()->last_batch == BatchNumber{done});
  } else {
    CHECK(store.error().code == Errc::storage_full);
  }
}

TEST_CASE("a read-only file system is said, and commits go on when it is writable again") {
  SmallDisk disk;
  const std::filesystem::path file = disk.path() / "retz.db";
  disk.read_only(true);
  Error error = refused(file);
  CHECK(error.code == Errc::storage_failed);
  CHECK(says(error, "Read-only file system"));
  disk.read_only(false);
  {
    auto store = sqlite_store(file);
    REQUIRE(store);
    Batches(**store).commit({add_job(1)});
  }
  disk.read_only(true);
  error = refused(file);
  CHECK(error.code == Errc::storage_failed);
  disk.read_only(false);
  auto store = sqlite_store(file);
  REQUIRE(store);
  Batches(**store, 1).commit({add_job(2)});
}

TEST_CASE("a directory that does not exist is said") {
  TemporaryFolder folder;
  const Error error = refused(folder.path() / "none" / "retz.db");
  CHECK(error.code == Errc::storage_failed);
  CHECK(says(error, "No such file or directory"));
}

TEST_CASE("a new file can be read by its owner alone") {
  SqliteFixture fixture;
  using std::filesystem::perms;
  CHECK(std::filesystem::status(fixture.file()).permissions() ==
        (perms::owner_read | perms::owner_write));
}

TEST_CASE("a file that is no database is refused and left as it is") {
  TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "retz.db";
  const std::string text = "This is a letter, not a database.\n" + std::string(5000, '.');
  write_bytes(file, text);
  const Error error = refused(file);
  CHECK(error.code == Errc::storage_corrupt);
  CHECK(says(error, "restore a backup or start with another --data"));
  CHECK(bytes_of(file) == text);
}

TEST_CASE("truncated files are refused at every length and left as they are") {
  TemporaryFolder folder;
  const std::filesystem::path file = filled(folder);
  const std::string whole = bytes_of(file);
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{50}, std::size_t{100}, std::size_t{4096}, whole.size() / 2,
        whole.size() - 4096, whole.size() - 1}) {
    CAPTURE(size);
    write_bytes(file, whole.substr(0, size));
    CHECK(refused(file).code == Errc::storage_corrupt);
    CHECK(bytes_of(file) == whole.substr(0, size));
  }
  write_bytes(file, whole);
  CHECK(sqlite_store(file));
}

TEST_CASE("a file with overwritten pages is refused") {
  TemporaryFolder folder;
  const std::filesystem::path file = filled(folder);
  const std::string whole = bytes_of(file);
  for (std::size_t page = 1; page < whole.size() / 4096; page += 3) {
    CAPTURE(page);
    std::string torn = whole;
    torn.replace(page * 4096, 4096, std::string(4096, '\xA5'));
    write_bytes(file, torn);
    const auto opened = sqlite_store(file);
    REQUIRE(!opened);
    CHECK(opened.error().code == Errc::storage_corrupt);
    CHECK(bytes_of(file) == torn);
  }
}

TEST_CASE("a row that cannot be ours is damage, not a guess") {
  SqliteFixture fixture;
  Batches(*fixture.store).commit({add_job(1), add_job(2)});
  {
    SQLite::Database other(fixture.file().string(), SQLite::OPEN_READWRITE);
    other.exec("UPDATE jobs SET spec = '{\"command\":' WHERE id = 1");
  }
  const auto job = fixture.store->job(JobId{1});
  REQUIRE(!job);
  CHECK(job.error().code == Errc::storage_corrupt);
  CHECK(says(job.error(), "job 1"));
  CHECK(fixture.store->load().error().code == Errc::storage_corrupt);
  CHECK(fixture.store->job(JobId{2})->has_value());
}

TEST_CASE("another program's database and a newer schema are refused") {
  TemporaryFolder folder;
  const std::filesystem::path theirs = folder.path() / "theirs.db";
  {
    SQLite::Database db(theirs.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec("CREATE TABLE photos (id INTEGER PRIMARY KEY)");
  }
  Error error = refused(theirs);
  CHECK(error.code == Errc::storage_corrupt);
  CHECK(says(error, "another program"));

  const std::filesystem::path newer = filled(folder);
  {
    SQLite::Database db(newer.string(), SQLite::OPEN_READWRITE);
    db.exec("PRAGMA user_version = " + std::to_string(store::schema_version + 7));
  }
  error = refused(newer);
  CHECK(error.code == Errc::storage_failed);
  CHECK(says(error, "schema " + std::to_string(store::schema_version + 7)));
  CHECK(says(error, "knows " + std::to_string(store::schema_version)));
}

TEST_CASE("a file that is deleted under the store takes no more commits in silence") {
  SqliteFixture fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(1)});
  for (const char* end : {"", "-wal", "-shm"}) {
    std::filesystem::remove(fixture.file().string() + end);
  }
  const Result<void> gone = batches.try_commit({add_job(2)});
  REQUIRE(!gone);
  CHECK(gone.error().code == Errc::storage_failed);
  CHECK(says(gone.error(), "moved or deleted"));
  CHECK(!std::filesystem::exists(fixture.file()));
}
