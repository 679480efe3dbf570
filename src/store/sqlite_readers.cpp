// Connections that read beside the one that writes.
#include "store/sqlite_readers.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

namespace retz::store {
namespace {

constexpr std::size_t idle_max = 4;

}  // namespace

Snapshot::Snapshot(Connection& connection) : connection_(connection) {
  connection_.database().exec("BEGIN");
}

Snapshot::~Snapshot() {
  connection_.roll_back();
}

Readers::Readers(std::filesystem::path file, Connection::Use use)
    : file_(std::move(file)), use_(use) {}

Readers::~Readers() = default;

std::unique_ptr<Connection> Readers::take() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Connection> out = std::move(idle_.back());
      idle_.pop_back();
      return out;
    }
  }
  return std::make_unique<Connection>(file_, use_);
}

void Readers::give_back(std::unique_ptr<Connection> connection) {
  // A statement that was not read to its end would hold its snapshot, and with it the log.
  if (!connection->roll_back()) {
    return;
  }
  const std::scoped_lock lock(mutex_);
  if (idle_.size() < idle_max) {
    idle_.push_back(std::move(connection));
  }
}

}  // namespace retz::store
