-- Version 3. A commit need not write the state again: the log after state_seq completes it.
ALTER TABLE run ADD COLUMN state_seq INTEGER NOT NULL DEFAULT 0; -- the seq that state was packed at, or removed at
UPDATE run SET state_seq = seq;
