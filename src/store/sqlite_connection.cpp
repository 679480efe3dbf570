// One open SQLite file: settings, kept statements, and what its errors mean.
#include "store/sqlite_connection.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace retz::store {
namespace {

constexpr int busy_timeout_ms = 250;

std::string detail_of(const SQLite::Exception& error, int system_errno) {
  std::string out = error.what();
  if (system_errno != 0) {
    out += std::string(": ") + std::strerror(system_errno);
  }
  return out;
}

}  // namespace

Connection::Connection(const std::filesystem::path& file, Use use) {
  // A reader opens for writing as well: in WAL mode it takes part in the shared index. Whoever
  // observes does not: the last one to close would else move the log into the file.
  const int access = use == Use::observe ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE;
  database_ = std::make_unique<SQLite::Database>(file.string(), access | SQLite::OPEN_NOMUTEX,
                                                 busy_timeout_ms);
  database_->exec("PRAGMA foreign_keys = ON");
  database_->exec("PRAGMA synchronous = FULL");
  if (use != Use::write) {
    database_->exec("PRAGMA query_only = ON");
  }
}

Connection::~Connection() = default;

sqlite3* Connection::handle() {
  return database_->getHandle();
}

SQLite::Statement& Connection::statement(const char* sql) {
  std::unique_ptr<SQLite::Statement>& kept = statements_[sql];
  if (!kept) {
    kept = std::make_unique<SQLite::Statement>(*database_, sql);
  } else {
    kept->tryReset();
  }
  return *kept;
}

bool Connection::roll_back() noexcept {
  for (auto& [sql, statement] : statements_) {
    if (statement) {
      statement->tryReset();
    }
  }
  if (sqlite3_get_autocommit(handle()) == 0) {
    database_->tryExec("ROLLBACK");
  }
  return sqlite3_get_autocommit(handle()) != 0;
}

bool Connection::moved() noexcept {
  int moved = 0;
  return sqlite3_file_control(handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
         moved != 0;
}

Error damaged(const std::filesystem::path& file, const std::string& detail) {
  return Error{Errc::storage_corrupt, file.string() + " is damaged (" + detail +
                                          "): restore a backup or start with another --data"};
}

namespace {

Error storage_error(const std::filesystem::path& file, const SQLite::Exception& error,
                    sqlite3* handle) {
  const int code = error.getErrorCode() & 0xFF;
  const int system_errno = handle != nullptr && code != SQLITE_BUSY && code != SQLITE_CONSTRAINT
                               ? sqlite3_system_errno(handle)
                               : 0;
  const std::string name = file.string();
  // The shared index grows by mapping; a full disk shows as an I/O error there.
  if (code == SQLITE_FULL ||
      (code == SQLITE_IOERR && (system_errno == ENOSPC || system_errno == EDQUOT))) {
    return {Errc::storage_full, name + " cannot grow, the disk or quota is full: make room on " +
                                    file.parent_path().string()};
  }
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::storage_busy, name +
                                      " is locked by another process: end that process or its "
                                      "transaction"};
    case SQLITE_CORRUPT:
      return damaged(file, error.what());
    case SQLITE_NOTADB:
      return {Errc::storage_corrupt,
              name + " is not a database: restore a backup or start with another --data"};
    case SQLITE_CONSTRAINT:
      return {Errc::internal, std::string("the batch contradicts what is stored: ") + error.what()};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return {Errc::storage_failed,
              name + " cannot be opened for writing (" + detail_of(error, system_errno) +
                  "): check the permissions of the file and its directory, and that the file "
                  "system is not mounted read-only"};
    case SQLITE_IOERR:
      return {Errc::storage_failed, name + " cannot be read or written (" +
                                        detail_of(error, system_errno) +
                                        "): check the disk and the kernel's log"};
    default:
      return {Errc::storage_failed,
              name + ": " + detail_of(error, 0) + " (SQLite error " + std::to_string(code) + ")"};
  }
}

}  // namespace

Error caught_error(const std::filesystem::path& file, Connection* connection) {
  try {
    throw;
  } catch (const SQLite::Exception& error) {
    return storage_error(file, error, connection != nullptr ? connection->handle() : nullptr);
  } catch (const DamagedRow& row) {
    return damaged(file, row.what);
  }
}

}  // namespace retz::store
