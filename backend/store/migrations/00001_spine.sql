-- +goose Up
-- Times are microseconds since 1970 UTC. since and until are the sequence
-- numbers of the Writes that opened and closed a row; an open row has
-- until = 9223372036854775807, and the open_ views and partial indexes say so
-- literally, because the planner matches a partial index only by its constant.

CREATE TABLE settings (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
  name TEXT    NOT NULL PRIMARY KEY,
  next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters (name, next) VALUES ('id', 1);

CREATE TABLE events (
  seq         INTEGER NOT NULL PRIMARY KEY,
  version     INTEGER NOT NULL,
  time        INTEGER NOT NULL,
  clock       TEXT    NOT NULL,
  actor       TEXT    NOT NULL,
  os_user     TEXT    NOT NULL,
  host        TEXT    NOT NULL,
  channel     TEXT    NOT NULL,
  address     TEXT    NOT NULL,
  action      TEXT    NOT NULL,
  outcome     TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  ticket      TEXT    NOT NULL,
  correlation TEXT    NOT NULL,
  detail_hash BLOB    NOT NULL,
  prev        BLOB    NOT NULL,
  hash        BLOB    NOT NULL
) STRICT;
CREATE INDEX events_action ON events (action, seq);
CREATE INDEX events_actor ON events (actor, seq);
CREATE INDEX events_outcome ON events (outcome, seq);

CREATE TABLE event_objects (
  seq  INTEGER NOT NULL REFERENCES events (seq),
  ord  INTEGER NOT NULL,
  kind TEXT    NOT NULL,
  id   TEXT    NOT NULL,
  name TEXT    NOT NULL,
  PRIMARY KEY (seq, ord)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_objects_object ON event_objects (kind, id, seq);

-- Kept apart from the chain so that it can be purged.
CREATE TABLE event_details (
  seq    INTEGER NOT NULL PRIMARY KEY REFERENCES events (seq),
  salt   BLOB    NOT NULL,
  detail TEXT    NOT NULL
) STRICT;

CREATE TABLE vault_slots (
  id         TEXT    NOT NULL PRIMARY KEY,
  kind       TEXT    NOT NULL,
  label      TEXT    NOT NULL,
  wrapped    TEXT    NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
  id             INTEGER NOT NULL PRIMARY KEY,
  name           TEXT    NOT NULL,
  kind           TEXT    NOT NULL,
  config         TEXT    NOT NULL,
  config_version INTEGER NOT NULL,
  secret         TEXT    NOT NULL, -- sealed; empty if none
  created_at     INTEGER NOT NULL,
  since          INTEGER NOT NULL,
  until          INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sources_name ON sources (name) WHERE until = 9223372036854775807;

CREATE TABLE runs (
  id             INTEGER NOT NULL PRIMARY KEY,
  source_id      INTEGER NOT NULL REFERENCES sources (id),
  mode           TEXT    NOT NULL,
  state          TEXT    NOT NULL,
  started_at     INTEGER NOT NULL,
  ended_at       INTEGER NOT NULL,
  config_version INTEGER NOT NULL,
  server         TEXT    NOT NULL,
  read           INTEGER NOT NULL,
  claimed        INTEGER NOT NULL,
  skipped        INTEGER NOT NULL,
  added          INTEGER NOT NULL,
  changed        INTEGER NOT NULL,
  removed        INTEGER NOT NULL,
  hold_hash      TEXT    NOT NULL,
  error          TEXT    NOT NULL,
  cursor         TEXT    NOT NULL,
  digest         TEXT    NOT NULL, -- SHA-256 of the delta
  seq            INTEGER NOT NULL  -- the Write that ended it
) STRICT;
CREATE INDEX runs_source ON runs (source_id, id);
CREATE INDEX runs_seq ON runs (seq);

CREATE TABLE run_holds (
  run_id  INTEGER NOT NULL REFERENCES runs (id),
  ord     INTEGER NOT NULL,
  rule    TEXT    NOT NULL,
  subject TEXT    NOT NULL,
  before  INTEGER NOT NULL,
  after   INTEGER NOT NULL,
  PRIMARY KEY (run_id, ord)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_skips (
  run_id INTEGER NOT NULL REFERENCES runs (id),
  ord    INTEGER NOT NULL,
  dn     TEXT    NOT NULL,
  reason TEXT    NOT NULL,
  PRIMARY KEY (run_id, ord)
) STRICT, WITHOUT ROWID;

-- What is permanent of a directory's object: its id there and its id here.
CREATE TABLE objects (
  id          INTEGER NOT NULL PRIMARY KEY,
  source_id   INTEGER NOT NULL REFERENCES sources (id),
  noun        TEXT    NOT NULL, -- account or entitlement
  external_id TEXT    NOT NULL,
  first_run   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX objects_external ON objects (source_id, external_id);

CREATE TABLE accounts (
  id               INTEGER NOT NULL REFERENCES objects (id),
  since            INTEGER NOT NULL,
  until            INTEGER NOT NULL,
  end_reason       TEXT    NOT NULL,
  source_id        INTEGER NOT NULL,
  identity_id      INTEGER NOT NULL, -- 0: none
  dn               TEXT    NOT NULL,
  dn_ref           TEXT    NOT NULL, -- normalised
  login            TEXT    NOT NULL,
  login_fold       TEXT    NOT NULL,
  name             TEXT    NOT NULL,
  name_fold        TEXT    NOT NULL,
  given_name       TEXT    NOT NULL,
  surname          TEXT    NOT NULL,
  sort             TEXT    NOT NULL,
  employee_number  TEXT    NOT NULL,
  employee_type    TEXT    NOT NULL,
  department       TEXT    NOT NULL,
  title            TEXT    NOT NULL,
  location         TEXT    NOT NULL,
  manager_ref      TEXT    NOT NULL,
  owner_ref        TEXT    NOT NULL,
  description      TEXT    NOT NULL,
  enabled          INTEGER NOT NULL,
  locked           INTEGER NOT NULL,
  locked_until     INTEGER NOT NULL,
  account_expires  INTEGER NOT NULL,
  password_expires INTEGER NOT NULL,
  password_changed INTEGER NOT NULL,
  must_change      INTEGER NOT NULL,
  end_date         INTEGER NOT NULL,
  created_at       INTEGER NOT NULL,
  digest           BLOB    NOT NULL  -- of all facts, to tell a change
) STRICT;
CREATE UNIQUE INDEX accounts_version ON accounts (id, since);
CREATE UNIQUE INDEX accounts_open ON accounts (id) WHERE until = 9223372036854775807;
CREATE INDEX accounts_login ON accounts (login_fold, id) WHERE until = 9223372036854775807;
CREATE INDEX accounts_name ON accounts (name_fold, id) WHERE until = 9223372036854775807;
CREATE INDEX accounts_sort ON accounts (sort, name_fold, id) WHERE until = 9223372036854775807;
CREATE INDEX accounts_identity ON accounts (identity_id) WHERE until = 9223372036854775807;
CREATE INDEX accounts_dn ON accounts (source_id, dn_ref) WHERE until = 9223372036854775807;
CREATE INDEX accounts_manager ON accounts (source_id, manager_ref) WHERE until = 9223372036854775807 AND manager_ref <> '';
CREATE INDEX accounts_since ON accounts (since);
CREATE INDEX accounts_until ON accounts (until) WHERE until < 9223372036854775807;
CREATE VIEW open_accounts AS SELECT * FROM accounts WHERE until = 9223372036854775807;

CREATE TABLE entitlements (
  id          INTEGER NOT NULL REFERENCES objects (id),
  since       INTEGER NOT NULL,
  until       INTEGER NOT NULL,
  end_reason  TEXT    NOT NULL,
  source_id   INTEGER NOT NULL,
  kind        TEXT    NOT NULL,
  dn          TEXT    NOT NULL,
  dn_ref      TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  name_fold   TEXT    NOT NULL,
  description TEXT    NOT NULL,
  owner_ref   TEXT    NOT NULL,
  privileged  INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  digest      BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX entitlements_version ON entitlements (id, since);
CREATE UNIQUE INDEX entitlements_open ON entitlements (id) WHERE until = 9223372036854775807;
CREATE INDEX entitlements_name ON entitlements (name_fold, id) WHERE until = 9223372036854775807;
CREATE INDEX entitlements_dn ON entitlements (source_id, dn_ref) WHERE until = 9223372036854775807;
CREATE INDEX entitlements_privileged ON entitlements (name_fold, id) WHERE until = 9223372036854775807 AND privileged = 1;
CREATE INDEX entitlements_since ON entitlements (since);
CREATE INDEX entitlements_until ON entitlements (until) WHERE until < 9223372036854775807;
CREATE VIEW open_entitlements AS SELECT * FROM entitlements WHERE until = 9223372036854775807;

-- Direct membership of an account or group in a group.
CREATE TABLE grants (
  entitlement_id   INTEGER NOT NULL,
  member_id  INTEGER NOT NULL,
  since      INTEGER NOT NULL,
  until      INTEGER NOT NULL,
  nested     INTEGER NOT NULL, -- 1: the member is a group
  end_reason TEXT    NOT NULL,
  source_at  INTEGER NOT NULL, -- the group's own change time at first sight
  PRIMARY KEY (entitlement_id, member_id, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_member ON grants (member_id, entitlement_id) WHERE until = 9223372036854775807;
CREATE INDEX grants_nested ON grants (entitlement_id, member_id) WHERE until = 9223372036854775807 AND nested = 1;
CREATE INDEX grants_since ON grants (since);
CREATE INDEX grants_until ON grants (until) WHERE until < 9223372036854775807;
CREATE VIEW open_grants AS SELECT * FROM grants WHERE until = 9223372036854775807;

-- Members that are no account or group of ours.
CREATE TABLE unresolved (
  entitlement_id   INTEGER NOT NULL,
  value      TEXT    NOT NULL,
  since      INTEGER NOT NULL,
  until      INTEGER NOT NULL,
  reason     TEXT    NOT NULL,
  end_reason TEXT    NOT NULL,
  PRIMARY KEY (entitlement_id, value, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX unresolved_since ON unresolved (since);
CREATE INDEX unresolved_until ON unresolved (until) WHERE until < 9223372036854775807;
CREATE VIEW open_unresolved AS SELECT * FROM unresolved WHERE until = 9223372036854775807;

CREATE TABLE identities (
  id              INTEGER NOT NULL,
  since           INTEGER NOT NULL,
  until           INTEGER NOT NULL,
  sort            TEXT    NOT NULL,
  name            TEXT    NOT NULL,
  employee_number TEXT    NOT NULL,
  primary_account INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX identities_version ON identities (id, since);
CREATE UNIQUE INDEX identities_open ON identities (id) WHERE until = 9223372036854775807;
CREATE INDEX identities_employee ON identities (employee_number) WHERE until = 9223372036854775807 AND employee_number <> '';
CREATE VIEW open_identities AS SELECT * FROM identities WHERE until = 9223372036854775807;

CREATE TABLE findings (
  id         INTEGER NOT NULL PRIMARY KEY,
  since      INTEGER NOT NULL,
  until      INTEGER NOT NULL,
  kind       TEXT    NOT NULL,
  risk       INTEGER NOT NULL,
  source_id  INTEGER NOT NULL,
  subject_id INTEGER NOT NULL,
  entitlement_id   INTEGER NOT NULL, -- what the subject reaches; 0 if nothing
  detail     TEXT    NOT NULL,
  first_seen INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX findings_open ON findings (kind, subject_id, entitlement_id) WHERE until = 9223372036854775807;
CREATE INDEX findings_subject ON findings (subject_id) WHERE until = 9223372036854775807;
CREATE INDEX findings_risk ON findings (risk DESC, kind, id) WHERE until = 9223372036854775807;
CREATE VIEW open_findings AS SELECT * FROM findings WHERE until = 9223372036854775807;

-- Working state: losing it loses nothing that the next read does not bring back.

-- What changes with use and not by anybody's decision.
CREATE TABLE observations (
  object_id    INTEGER NOT NULL PRIMARY KEY,
  last_sign_in INTEGER,          -- NULL: not an account
  modified_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX observations_sign_in ON observations (last_sign_in);

-- How many open rows a source has, counted when they change.
CREATE TABLE source_counts (
  source_id    INTEGER NOT NULL PRIMARY KEY,
  accounts     INTEGER NOT NULL,
  entitlements INTEGER NOT NULL,
  memberships  INTEGER NOT NULL
) STRICT;

-- Contact values keep no history.
CREATE TABLE contacts (
  account_id INTEGER NOT NULL PRIMARY KEY,
  mail       TEXT    NOT NULL,
  phone      TEXT    NOT NULL
) STRICT;

-- One row an identity, made from its accounts, so that lists are one index away.
CREATE TABLE identity_rows (
  id           INTEGER NOT NULL PRIMARY KEY,
  sort         TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  list_name    TEXT    NOT NULL, -- surname first
  name_fold    TEXT    NOT NULL,
  login        TEXT    NOT NULL,
  login_fold   TEXT    NOT NULL,
  department   TEXT    NOT NULL,
  title        TEXT    NOT NULL,
  accounts     INTEGER NOT NULL,
  enabled      INTEGER NOT NULL,
  locked       INTEGER NOT NULL,
  last_sign_in INTEGER NOT NULL
) STRICT;
CREATE INDEX identity_rows_name ON identity_rows (sort, name_fold, id);
CREATE INDEX identity_rows_login ON identity_rows (sort, login_fold, id);
CREATE INDEX identity_rows_department ON identity_rows (sort, department, name_fold, id);
CREATE INDEX identity_rows_sign_in ON identity_rows (sort, last_sign_in, id);

CREATE TABLE sessions (
  hash        BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of the session's id
  kind        TEXT    NOT NULL,             -- link or session
  actor       TEXT    NOT NULL,
  os_user     TEXT    NOT NULL,
  channel     TEXT    NOT NULL,
  permissions TEXT    NOT NULL,
  created_at  INTEGER NOT NULL,
  seen_at     INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 1;
