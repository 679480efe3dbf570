// Connections that read beside the one that writes: each reader sees the last commit, and holds up
// nobody.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "retz/result.hpp"
#include "store/sqlite_connection.hpp"

namespace retz::store {

/// Several reads of one connection that see the same commit, while it lives.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Connection& connection_;
};

/// Threads: any.
class Readers {
 public:
  Readers(std::filesystem::path file, Connection::Use use);
  ~Readers();

  /// Runs `query` on a connection of its own. After an error the connection is closed.
  template <class T, class Query>
  Result<T> read(Query&& query);

 private:
  std::unique_ptr<Connection> take();
  void give_back(std::unique_ptr<Connection> connection);

  std::filesystem::path file_;
  Connection::Use use_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

template <class T, class Query>
Result<T> Readers::read(Query&& query) {
  std::unique_ptr<Connection> connection;
  try {
    connection = take();
    Result<T> out = query(*connection);
    give_back(std::move(connection));
    return out;
  } catch (...) {
    return tl::unexpected(caught_error(file_, connection.get()));
  }
}

}  // namespace retz::store
