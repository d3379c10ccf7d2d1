-- Version 4. The log comes first: of an execution that runs, a commit writes its row of the log and nothing else. The rows of run are
-- brought up to date ("folded") later, oldest first; owner.folded says how far. What a fold needs is in columns of the log.
ALTER TABLE owner ADD COLUMN folded INTEGER NOT NULL DEFAULT 0; -- what rows of log up to this id say is in run; more may be
UPDATE owner SET folded = (SELECT coalesce(max(id), 0) FROM log);

CREATE TABLE log4 (                   -- one row per commit, self-contained; append-only, and no index to keep up
  id          INTEGER PRIMARY KEY,    -- given by the writer; of one execution it grows with seq
  prev        INTEGER NOT NULL,       -- the row before it of its execution, 0 for the first: run.last_log begins the chain
  execution   INTEGER NOT NULL,       -- 0 in rows from before version 4, which are folded
  seq         INTEGER NOT NULL,
  first_event INTEGER NOT NULL,
  events      INTEGER NOT NULL,       -- as in run after this commit, and so is the next one
  wake_ms     INTEGER NOT NULL,       -- 0 for none
  marks       INTEGER NOT NULL,       -- 1: there is work to deliver; 2: state was stored, 4: or removed; and redrives << 3
  body        BLOB NOT NULL);
INSERT INTO log4 SELECT id, prev, 0, seq, first_event, 0, 0, 0, body FROM log;
DROP TABLE log;
ALTER TABLE log4 RENAME TO log;

CREATE TABLE state4 (                 -- written with the commit that brings it, so it may be ahead of run
  id   INTEGER PRIMARY KEY,
  seq  INTEGER NOT NULL,              -- the commit that brought it
  body BLOB NOT NULL);
INSERT INTO state4 SELECT s.id, r.state_seq, s.body FROM state s JOIN run r ON r.id = s.id;
DROP TABLE state;
ALTER TABLE state4 RENAME TO state;
-- run.state_seq is negative from here on when the state was removed by that commit.
UPDATE run SET state_seq = -state_seq WHERE id NOT IN (SELECT id FROM state);
