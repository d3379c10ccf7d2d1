-- Version 1. The facts of an execution, its moving part and its log are apart: the first is written once, the second in place,
-- the third at the end of its table.
PRAGMA application_id = 1197566324; -- "Gait"

CREATE TABLE owner (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  epoch     INTEGER NOT NULL,         -- raised by each Own, checked by each transaction
  holder    TEXT NOT NULL,
  token_key BLOB NOT NULL);           -- 32 bytes, made once

CREATE TABLE machine (
  id   INTEGER PRIMARY KEY,           -- what executions and indexes carry instead of the name
  name TEXT NOT NULL UNIQUE);

CREATE TABLE revision (
  machine    INTEGER NOT NULL,
  revision   INTEGER NOT NULL,        -- from 1
  created_ms INTEGER NOT NULL,
  settings   BLOB,
  definition BLOB,
  UNIQUE (machine, revision));

CREATE TABLE execution (              -- facts of the start; never updated
  id         INTEGER PRIMARY KEY,     -- grows with time: newest first is ORDER BY id DESC
  machine    INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  name       TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  settings   BLOB,
  input      BLOB);
CREATE UNIQUE INDEX execution_name ON execution (machine, name);

CREATE TABLE run (                    -- the moving part; one row for each of execution
  id         INTEGER PRIMARY KEY,
  machine    INTEGER NOT NULL,
  status     INTEGER NOT NULL,        -- 0 running, 1 succeeded, 2 failed, 3 timed out, 4 aborted
  seq        INTEGER NOT NULL,        -- commits so far: the fence
  events     INTEGER NOT NULL,
  redrives   INTEGER NOT NULL,
  stopped_ms INTEGER,
  wake_ms    INTEGER,                 -- the earliest time waited for
  due_ms     INTEGER,                 -- at most 10 s earlier than wake_ms: a task's timeout moves with each commit, this rarely
  pending    INTEGER,                 -- 1 when there is work to deliver, else NULL
  outcome    BLOB,
  state      BLOB);                   -- packed: frames with their outgoing requests and times
CREATE INDEX run_machine ON run (machine, id);
CREATE INDEX run_rare    ON run (machine, status, id) WHERE status <> 1;
CREATE INDEX run_due     ON run (due_ms)  WHERE due_ms IS NOT NULL;
CREATE INDEX run_pending ON run (pending) WHERE pending IS NOT NULL; -- entries are (1, id): in order of id

CREATE TABLE log (                    -- one row per commit, self-contained; append-only
  id          INTEGER PRIMARY KEY,    -- given by the writer, which saves SQLite the search for the last one
  execution   INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  first_event INTEGER NOT NULL,
  body        BLOB NOT NULL);
CREATE UNIQUE INDEX log_seq ON log (execution, seq);
