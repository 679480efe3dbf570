// Opening the file: is it there, is it ours, is it whole, is its schema ours to migrate.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "store/schema.hpp"
#include "store/sqlite_connection.hpp"

namespace retz::store {
namespace {

// Larger files are read on demand: damage shows when the damaged page is used.
constexpr std::uintmax_t quick_check_max = 64ULL << 20U;

// SQLite would create the file readable by all; it holds the users' secrets.
Result<void> create_private(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) {
    const int error = errno;
    return fail(Errc::storage_failed, file.string() + " cannot be opened for writing (" +
                                          std::strerror(error) +
                                          "): check that its directory exists and can be written");
  }
  (void)::fchmod(fd, S_IRUSR | S_IWUSR);  // a restored copy may have come in readable by all
  ::close(fd);
  return {};
}

std::uint32_t big_endian(const char* bytes) {
  std::uint32_t out = 0;
  for (int i = 0; i < 4; ++i) {
    out = out << 8U | static_cast<unsigned char>(bytes[i]);
  }
  return out;
}

// What the first 100 bytes say (the file format's section 1.3), before SQLite touches the file.
Result<void> check_header(const std::filesystem::path& file) {
  std::error_code ignored;
  const std::uintmax_t size = std::filesystem::file_size(file, ignored);
  if (size == 0) {
    return {};  // new
  }
  std::array<char, 100> header{};
  std::ifstream in(file, std::ios::binary);
  in.read(header.data(), header.size());
  if (in.gcount() < 16 || std::memcmp(header.data(), "SQLite format 3", 16) != 0) {
    return fail(
        Errc::storage_corrupt,
        file.string() + " is not a database: restore a backup or start with another --data");
  }
  if (static_cast<std::size_t>(in.gcount()) < header.size()) {
    return tl::unexpected(damaged(file, "it ends within its header"));
  }
  // While a log stands beside it the file may rightly be shorter than its header says.
  const std::uintmax_t log = std::filesystem::file_size(file.string() + "-wal", ignored);
  if (!ignored && log > 0) {
    return {};
  }
  std::uintmax_t page = std::uintmax_t{static_cast<unsigned char>(header[16])} << 8U |
                        static_cast<unsigned char>(header[17]);
  page = page == 1 ? 65536 : page;
  const bool count_is_valid = big_endian(&header[24]) == big_endian(&header[92]);
  if (count_is_valid && size < page * big_endian(&header[28])) {
    return tl::unexpected(damaged(file, "it is shorter than its header says"));
  }
  return {};
}

std::int64_t pragma(SQLite::Database& db, const char* sql) {
  return db.execAndGet(sql).getInt64();
}

Result<void> check_owner(const std::filesystem::path& file, SQLite::Database& db) {
  const std::int64_t owner = pragma(db, "PRAGMA application_id");
  const bool empty = pragma(db, "SELECT count(*) FROM sqlite_master") == 0;
  if (owner != application_id && !(owner == 0 && empty)) {
    return fail(Errc::storage_corrupt, file.string() +
                                           " is a database of another program: start with "
                                           "another --data");
  }
  const std::int64_t version = pragma(db, "PRAGMA user_version");
  if (version > schema_version) {
    return fail(Errc::storage_failed, file.string() + " was written by a newer Retz (schema " +
                                          std::to_string(version) + ", this one knows " +
                                          std::to_string(schema_version) +
                                          "): run that version, or start with another --data");
  }
  return {};
}

Result<void> check_whole(const std::filesystem::path& file, SQLite::Database& db) {
  std::error_code ignored;
  if (std::filesystem::file_size(file, ignored) >= quick_check_max) {
    return {};
  }
  const std::string found = db.execAndGet("PRAGMA quick_check(1)").getString();
  if (found != "ok") {
    return tl::unexpected(damaged(file, found.substr(0, 200)));
  }
  return {};
}

void migrate(SQLite::Database& db) {
  db.exec("BEGIN IMMEDIATE");
  for (auto version = static_cast<std::size_t>(pragma(db, "PRAGMA user_version"));
       version < migrations.size(); ++version) {
    db.exec(migrations[version]);
    db.exec("PRAGMA application_id = " + std::to_string(application_id));
    db.exec("PRAGMA user_version = " + std::to_string(version + 1));
  }
  db.exec("COMMIT");
}

Result<void> prepare(const std::filesystem::path& file, SQLite::Database& db) {
  if (Result<void> ours = check_owner(file, db); !ours) {
    return ours;
  }
  if (Result<void> whole = check_whole(file, db); !whole) {
    return whole;
  }
  if (db.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal") {
    return fail(Errc::storage_failed,
                file.string() + " cannot have a write-ahead log: put it on a local file system");
  }
  db.exec("PRAGMA wal_autocheckpoint = 4000");      // pages
  db.exec("PRAGMA journal_size_limit = 67108864");  // a log that once grew is cut back
  db.exec("PRAGMA cell_size_check = ON");           // damage is reported, not worked around
  migrate(db);
  return {};
}

}  // namespace

Result<std::unique_ptr<Connection>> open_for_writing(const std::filesystem::path& file) {
  if (Result<void> made = create_private(file); !made) {
    return tl::unexpected(made.error());
  }
  if (Result<void> header = check_header(file); !header) {
    return tl::unexpected(header.error());
  }
  return open_again_for_writing(file);
}

Result<std::unique_ptr<Connection>> open_again_for_writing(const std::filesystem::path& file) {
  std::unique_ptr<Connection> connection;
  try {
    connection = std::make_unique<Connection>(file, Connection::Use::write);
    if (Result<void> ready = prepare(file, connection->database()); !ready) {
      return tl::unexpected(ready.error());
    }
  } catch (const SQLite::Exception&) {
    return tl::unexpected(caught_error(file, connection.get()));
  }
  return connection;
}

namespace {

// `check(database)` where the file is there and ours.
template <class Check>
Result<void> check_file(const std::filesystem::path& file, const Check& check) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    return fail(Errc::not_found,
                file.string() + " is not there: no server has kept its jobs in it");
  }
  std::unique_ptr<Connection> connection;
  try {
    connection = std::make_unique<Connection>(file, Connection::Use::observe);
    SQLite::Database& db = connection->database();
    if (Result<void> ours = check_owner(file, db); !ours) {
      return ours;
    }
    return check(db);
  } catch (const SQLite::Exception&) {
    return tl::unexpected(caught_error(file, connection.get()));
  }
}

}  // namespace

Result<void> check_ours(const std::filesystem::path& file) {
  return check_file(file, [](SQLite::Database&) { return Result<void>(); });
}

Result<void> check_readable(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) {
    if (Result<void> header = check_header(file); !header) {
      return header;
    }
  }
  return check_file(file, [&file](SQLite::Database& db) -> Result<void> {
    const std::int64_t version = pragma(db, "PRAGMA user_version");
    if (version == schema_version) return {};
    return fail(Errc::storage_failed, file.string() + " was written by an older Retz (schema " +
                                          std::to_string(version) + ", this one reads " +
                                          std::to_string(schema_version) +
                                          "): start retz-server once on it, or on a copy");
  });
}

}  // namespace retz::store
