// Rows of the SQLite store to records and back. Column lists and the order of columns stand here
// alone.
#pragma once

#include <span>

#include "retz/store.hpp"
#include "store/sqlite_connection.hpp"

namespace retz::store {

/// Applies the writes and marks the batch as stored, within the open transaction. Throws
/// SQLite::Exception; an error is a batch that contradicts what is stored.
Result<void> write_all(Connection& connection, BatchNumber number, Instant stamp,
                       std::span<const Write> writes);

// Columns in the order that the readers below expect.
extern const char* const job_columns;
extern const char* const attempt_columns;
/// The condition of the index of live jobs, word for word, so that SQLite uses it.
extern const char* const job_is_live;

// They throw DamagedRow.
JobRecord read_job(SQLite::Statement& row);
AttemptRecord read_attempt(SQLite::Statement& row);

}  // namespace retz::store
