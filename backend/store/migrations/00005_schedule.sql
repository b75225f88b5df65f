-- +goose Up
-- When sources are read by themselves, and what a full read proves.

CREATE TABLE schedules (
  source_id        INTEGER NOT NULL,
  since            INTEGER NOT NULL,
  until            INTEGER NOT NULL,
  every            INTEGER NOT NULL, -- minutes; 0: not by minutes
  cron             TEXT    NOT NULL, -- five fields; empty: not by cron
  full_every       INTEGER NOT NULL, -- minutes; 0: never by itself
  privileged_every INTEGER NOT NULL, -- minutes; 0: never by itself
  windows          TEXT    NOT NULL, -- JSON; empty list: always
  live             INTEGER NOT NULL,
  set_at           INTEGER NOT NULL,
  PRIMARY KEY (source_id, since)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX schedules_open ON schedules (source_id) WHERE until = 9223372036854775807;

ALTER TABLE runs ADD COLUMN scope TEXT NOT NULL DEFAULT '';     -- privileged: those groups alone
ALTER TABLE runs ADD COLUMN drift INTEGER NOT NULL DEFAULT -1;  -- what the reads of changes had missed; -1: not looked for

-- +goose Down
SELECT 1;
