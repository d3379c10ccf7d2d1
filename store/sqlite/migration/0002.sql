-- Version 2. Small named things that an engine keeps beside machines and executions: activities, aliases, tags.
CREATE TABLE record (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  body BLOB,
  PRIMARY KEY (kind, name)) WITHOUT ROWID;
