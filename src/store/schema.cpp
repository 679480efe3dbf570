// The tables of the SQLite store. INTEGER has 64 bits here; all times are microseconds since the
// epoch, and the views show them as text. Other databases take the same tables with BIGINT, and
// without `WITHOUT ROWID`. Conditions are written with OR: for IN SQLite builds a table of the
// values anew for each row that is inserted, which halves the speed.
#include "store/schema.hpp"

namespace retz::store {
namespace {

constexpr const char* initial = R"sql(
CREATE TABLE progress (
  one          INTEGER PRIMARY KEY CHECK (one = 1),
  batch        INTEGER NOT NULL,
  stamp        INTEGER NOT NULL,
  last_job     INTEGER NOT NULL,
  last_arrival INTEGER NOT NULL
);
INSERT INTO progress VALUES (1, 0, 0, 0, 0);

CREATE TABLE jobs (
  id              INTEGER PRIMARY KEY,
  user_key        TEXT NOT NULL,
  application     TEXT NOT NULL,
  name            TEXT NOT NULL,
  state           TEXT NOT NULL
    CHECK (state = 'blocked' OR state = 'queued' OR state = 'active' OR
           state = 'finished' OR state = 'failed' OR state = 'killed'),
  arrival         INTEGER NOT NULL,
  submitted       INTEGER NOT NULL,
  eligible_at     INTEGER NOT NULL,
  started         INTEGER,
  finished        INTEGER,
  attempts        INTEGER NOT NULL,
  tries           INTEGER NOT NULL,
  system_failures INTEGER NOT NULL,
  wish            TEXT NOT NULL CHECK (wish = 'none' OR wish = 'kill' OR wish = 'rerun'),
  outcome         TEXT,
  exit_code       INTEGER,
  signal          INTEGER,
  reason          TEXT,
  spec            TEXT NOT NULL
);
CREATE INDEX jobs_of_user ON jobs (user_key, id);
CREATE INDEX jobs_live ON jobs (id) 
  WHERE (state = 'blocked' OR state = 'queued' OR state = 'active');

CREATE TABLE job_tags (
  tag TEXT NOT NULL,
  job INTEGER NOT NULL REFERENCES jobs (id),
  PRIMARY KEY (tag, job)
) WITHOUT ROWID;

CREATE TABLE attempts (
  job           INTEGER NOT NULL REFERENCES jobs (id),
  attempt       INTEGER NOT NULL,
  state         TEXT NOT NULL
    CHECK (state = 'starting' OR state = 'running' OR state = 'stopping' OR
           state = 'unreachable' OR state = 'ended'),
  node          TEXT NOT NULL,
  placement     TEXT NOT NULL,
  started       INTEGER NOT NULL,
  running_since INTEGER,
  ended         INTEGER,
  outcome       TEXT,
  exit_code     INTEGER,
  signal        INTEGER,
  reason        TEXT,
  cpu_time      INTEGER NOT NULL,
  max_memory    INTEGER NOT NULL,
  confinement   TEXT NOT NULL,
  PRIMARY KEY (job, attempt)
) WITHOUT ROWID;
CREATE INDEX attempts_live ON attempts (job) WHERE state <> 'ended';

CREATE TABLE applications (
  name       TEXT PRIMARY KEY,
  owner      TEXT NOT NULL,
  definition TEXT NOT NULL
);

CREATE TABLE users (
  key_id  TEXT PRIMARY KEY,
  secret  TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  admin   INTEGER NOT NULL,
  info    TEXT NOT NULL
);

CREATE TABLE idempotency_keys (
  user_key    TEXT NOT NULL,
  key         TEXT NOT NULL,
  body_digest TEXT NOT NULL,
  jobs        TEXT NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (user_key, key)
);

CREATE TABLE named_state (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE VIEW jobs_readable AS
SELECT id, user_key, application, name, state,
       strftime('%Y-%m-%dT%H:%M:%fZ', submitted / 1000000.0, 'unixepoch') AS submitted,
       strftime('%Y-%m-%dT%H:%M:%fZ', started / 1000000.0, 'unixepoch') AS started,
       strftime('%Y-%m-%dT%H:%M:%fZ', finished / 1000000.0, 'unixepoch') AS finished,
       (started - submitted) / 1000000.0 AS wait_seconds,
       (finished - started) / 1000000.0 AS run_seconds,
       attempts, outcome, CASE WHEN outcome = 'exited' THEN exit_code END AS exit_code,
       reason, spec
FROM jobs;

CREATE VIEW attempts_readable AS
SELECT job, attempt, state, node,
       strftime('%Y-%m-%dT%H:%M:%fZ', started / 1000000.0, 'unixepoch') AS started,
       strftime('%Y-%m-%dT%H:%M:%fZ', running_since / 1000000.0, 'unixepoch') AS running_since,
       strftime('%Y-%m-%dT%H:%M:%fZ', ended / 1000000.0, 'unixepoch') AS ended,
       outcome, CASE WHEN outcome = 'exited' THEN exit_code END AS exit_code, reason,
       cpu_time / 1000000.0 AS cpu_seconds, max_memory, confinement, placement
FROM attempts;
)sql";

// Estimates as settled at submission, and the array that a job belongs to, by its first job.
constexpr const char* estimates_and_arrays = R"sql(
ALTER TABLE jobs ADD COLUMN estimate INTEGER;
ALTER TABLE jobs ADD COLUMN estimate_source TEXT;
ALTER TABLE jobs ADD COLUMN array_id INTEGER;
CREATE INDEX jobs_of_array ON jobs (array_id, id) WHERE array_id IS NOT NULL;
)sql";

}  // namespace

const std::array<const char*, schema_version> migrations{initial, estimates_and_arrays};

}  // namespace retz::store
