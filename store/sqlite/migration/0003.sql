-- Version 3. What a commit writes is made small: the state of an execution moves to a table of its own, where few commits write
-- it (the log after state_seq completes it), and the log loses its index: each row names the one before it of its execution.
CREATE TABLE state (
  id   INTEGER PRIMARY KEY,
  body BLOB NOT NULL);
INSERT INTO state SELECT id, state FROM run WHERE state IS NOT NULL;

CREATE TABLE run3 (                   -- the moving part; one row for each of execution
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
  last_log   INTEGER NOT NULL,        -- id of the newest row in log
  state_seq  INTEGER NOT NULL,        -- the seq that state was packed at, or removed at; 0 when none was ever stored
  outcome    BLOB);
INSERT INTO run3 SELECT id, machine, status, seq, events, redrives, stopped_ms, wake_ms, due_ms, pending,
  (SELECT l.id FROM log l WHERE l.execution = run.id AND l.seq = run.seq), seq, outcome FROM run;
DROP TABLE run;
ALTER TABLE run3 RENAME TO run;
CREATE INDEX run_machine ON run (machine, id);
CREATE INDEX run_rare    ON run (machine, status, id) WHERE status <> 1;
CREATE INDEX run_due     ON run (due_ms)  WHERE due_ms IS NOT NULL;
CREATE INDEX run_pending ON run (pending) WHERE pending IS NOT NULL; -- entries are (1, id): in order of id

CREATE TABLE log3 (                   -- one row per commit, self-contained; append-only, and no index to keep up
  id          INTEGER PRIMARY KEY,    -- given by the writer; of one execution it grows with seq
  prev        INTEGER NOT NULL,       -- the row before it of its execution, 0 for the first: run.last_log begins the chain
  seq         INTEGER NOT NULL,
  first_event INTEGER NOT NULL,
  body        BLOB NOT NULL);
INSERT INTO log3 SELECT l.id, coalesce((SELECT p.id FROM log p WHERE p.execution = l.execution AND p.seq = l.seq - 1), 0),
  l.seq, l.first_event, l.body FROM log l;
DROP TABLE log;
ALTER TABLE log3 RENAME TO log;
