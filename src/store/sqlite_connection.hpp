// One open SQLite file: its settings, its kept statements, and what its errors mean.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "retz/result.hpp"

struct sqlite3;

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace retz::store {

/// Threads: one at a time.
class Connection {
 public:
  enum class Use {
    write,
    read,     // beside a writer of this process
    observe,  // a file that is not ours: nothing can be written
  };

  /// Throws SQLite::Exception.
  Connection(const std::filesystem::path& file, Use use);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  SQLite::Database& database() { return *database_; }
  sqlite3* handle();
  /// The statement for this text, compiled at its first use and reset. Requires: static text.
  SQLite::Statement& statement(const char* sql);
  /// Ends the open transaction, if there is one, whatever state it is in. False: it is still open.
  bool roll_back() noexcept;
  /// The file that is open is no longer the one under its name.
  bool moved() noexcept;

 private:
  std::unique_ptr<SQLite::Database> database_;
  std::map<const char*, std::unique_ptr<SQLite::Statement>> statements_;
};

/// What the exception being handled says of `file`, and the way out. `connection` may be null.
/// Rethrows what is neither SQLite's nor a DamagedRow. Requires: called from a catch block.
Error caught_error(const std::filesystem::path& file, Connection* connection);
Error damaged(const std::filesystem::path& file, const std::string& detail);

/// Thrown where a row cannot be what we wrote.
struct DamagedRow {
  std::string what;
};

/// Opens, checks, and migrates the file. Creates it, for its owner alone, when there is none.
Result<std::unique_ptr<Connection>> open_for_writing(const std::filesystem::path& file);
/// The same for a file that this process has open: it is touched by SQLite alone, see check_ours.
Result<std::unique_ptr<Connection>> open_again_for_writing(const std::filesystem::path& file);
/// Checks that it is ours, of this or an earlier version, through SQLite alone: whoever opens and
/// closes the file by other means ends the locks that this process holds on it. Error: not_found,
/// storage_*.
Result<void> check_ours(const std::filesystem::path& file);
/// Checks that it is ours, of this version. Error: not_found, storage_*.
Result<void> check_readable(const std::filesystem::path& file);

}  // namespace retz::store
