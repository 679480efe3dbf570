// A copy of a store's file, also while a server writes it.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "retz/store.hpp"
#include "store/sqlite_connection.hpp"

namespace retz {
namespace {

Error cannot_write(const std::filesystem::path& file) {
  return Error{Errc::storage_failed,
               file.string() + " cannot be written (" + std::strerror(errno) +
                   "): check that its directory exists, can be written and has room",
               {}};
}

Result<void> make_durable(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  // Some network file systems know no fsync of a folder, and say so by EINVAL.
  const bool synced = fd >= 0 && (::fsync(fd) == 0 || errno == EINVAL);
  if (fd >= 0) ::close(fd);
  if (!synced) return tl::unexpected(cannot_write(path));
  return {};
}

// It holds the users' secrets, as the original does: for its owner alone.
Result<void> create_private(const std::filesystem::path& file) {
  ::unlink(file.c_str());
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return tl::unexpected(cannot_write(file));
  ::close(fd);
  return {};
}

Result<void> write_copy(const std::filesystem::path& file, const std::filesystem::path& into) {
  std::unique_ptr<store::Connection> connection;
  const std::filesystem::path* at = &file;
  try {
    connection = std::make_unique<store::Connection>(file, store::Connection::Use::observe);
    // The file is open for reading alone; only the copy is written.
    connection->database().exec("PRAGMA query_only = OFF");
    SQLite::Statement copy(connection->database(), "VACUUM INTO ?");
    copy.bind(1, into.string());
    at = &into;
    copy.exec();
  } catch (const SQLite::Exception&) {
    return tl::unexpected(store::caught_error(*at, connection.get()));
  }
  return {};
}

}  // namespace

Result<std::optional<std::string>> state_in_sqlite_store(const std::filesystem::path& file,
                                                         const std::string& name) {
  if (Result<void> ours = store::check_ours(file); !ours) return tl::unexpected(ours.error());
  std::unique_ptr<store::Connection> connection;
  try {
    connection = std::make_unique<store::Connection>(file, store::Connection::Use::observe);
    SQLite::Statement query(connection->database(), "SELECT value FROM named_state WHERE name = ?");
    query.bind(1, name);
    if (!query.executeStep()) return std::optional<std::string>();
    return query.getColumn(0).getString();
  } catch (const SQLite::Exception&) {
    return tl::unexpected(store::caught_error(file, connection.get()));
  }
}

Result<void> copy_sqlite_store(const std::filesystem::path& file,
                               const std::filesystem::path& into) {
  if (Result<void> ours = store::check_ours(file); !ours) return ours;
  const std::filesystem::path folder = into.has_parent_path() ? into.parent_path() : ".";
  const std::filesystem::path fresh = into.string() + ".new";
  Result<void> done = create_private(fresh);
  if (done) done = write_copy(file, fresh);
  if (done) done = make_durable(fresh);
  if (done && ::rename(fresh.c_str(), into.c_str()) != 0) {
    done = tl::unexpected(cannot_write(into));
  }
  if (!done) {
    ::unlink(fresh.c_str());
    return done;
  }
  return make_durable(folder);
}

}  // namespace retz
