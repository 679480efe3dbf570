// How fast the SQLite store takes jobs, beside a bare SQLite program that inserts rows of the same
// size: in transactions of 100, and one a commit. Usage: bench_store [FOLDER]
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "retz/json.hpp"
#include "retz/store.hpp"

namespace {

using retz::AddJob;

retz::Write job(std::uint64_t id) {
  auto spec = std::make_shared<retz::JobSpec>();
  spec->user = "user-1";
  spec->application = "app";
  spec->command = "/bin/true";
  spec->name = "job-" + std::to_string(id);
  spec->tags = {"batch-1"};
  spec->request.amounts = {.cpus = 1000, .mem = 32, .disk = 32, .custom = {}};
  retz::JobRecord record;
  record.id = retz::JobId{id};
  record.spec = std::move(spec);
  record.status.arrival = retz::Arrival{id};
  return AddJob{std::move(record)};
}

double per_second(std::uint64_t items, const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return static_cast<double>(items) / took.count();
}

double store_rate(const std::filesystem::path& file, std::uint64_t commits, std::uint64_t size) {
  auto store = retz::sqlite_store(file);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    std::exit(1);
  }
  std::vector<std::vector<retz::Write>> batches(commits);
  std::uint64_t id = 0;
  for (auto& batch : batches) {
    for (std::uint64_t i = 0; i < size; ++i) {
      batch.push_back(job(++id));
    }
  }
  return per_second(commits * size, [&] {
    for (std::uint64_t i = 0; i < commits; ++i) {
      const auto done = (*store)->commit(retz::BatchNumber{i + 1}, retz::at_micros(1), batches[i]);
      if (!done) {
        std::fprintf(stderr, "%s\n", done.error().message.c_str());
        std::exit(1);
      }
    }
  });
}

double floor_rate(const std::filesystem::path& file, std::uint64_t commits, std::uint64_t size) {
  SQLite::Database db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = FULL");
  db.exec("PRAGMA wal_autocheckpoint = 4000");
  db.exec("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
  SQLite::Statement insert(db, "INSERT INTO rows (id, text) VALUES (?, ?)");
  const std::string text(250, 'x');
  std::int64_t id = 0;
  return per_second(commits * size, [&] {
    for (std::uint64_t i = 0; i < commits; ++i) {
      db.exec("BEGIN IMMEDIATE");
      for (std::uint64_t k = 0; k < size; ++k) {
        insert.reset();
        insert.bind(1, ++id);
        insert.bindNoCopy(2, text);
        insert.exec();
      }
      db.exec("COMMIT");
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::string name =
      (std::filesystem::path(argc > 1 ? argv[1] : ".") / "retz-bench-store-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    std::perror(name.c_str());
    return 1;
  }
  const std::filesystem::path folder = name;
  for (int round = 1; round <= 3; ++round) {
    const std::string n = std::to_string(round);
    const double bare_many = floor_rate(folder / ("floor-many-" + n), 1000, 100);
    const double many = store_rate(folder / ("many-" + n), 1000, 100);
    const double bare_one = floor_rate(folder / ("floor-one-" + n), 1000, 1);
    const double one = store_rate(folder / ("one-" + n), 1000, 1);
    std::printf(
        "round %d: jobs/s in batches of 100: %.0f, bare rows %.0f, ratio %.2f; "
        "single commits/s: %.0f, bare %.0f, ratio %.2f\n",
        round, many, bare_many, many / bare_many, one, bare_one, one / bare_one);
  }
  std::filesystem::remove_all(folder);
  return 0;
}
