-- +goose Up
-- One person, many accounts. accounts.identity_id stays the one truth of whose
-- an account is, version by version; these tables say why, and by whom.

-- How a source's accounts find their person.
CREATE TABLE correlation_rules (
  source_id     INTEGER NOT NULL,
  since         INTEGER NOT NULL,
  until         INTEGER NOT NULL,
  authoritative INTEGER NOT NULL, -- 1: says who belongs to the organisation
  rules         TEXT    NOT NULL, -- JSON
  PRIMARY KEY (source_id, since)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX correlation_rules_open ON correlation_rules (source_id) WHERE until = 9223372036854775807;

-- Why an account is an identity's, where it is not its own from the start.
CREATE TABLE identity_links (
  account_id  INTEGER NOT NULL,
  since       INTEGER NOT NULL,
  until       INTEGER NOT NULL,
  identity_id INTEGER NOT NULL,
  how         TEXT    NOT NULL, -- rule, or operator: stays until another decision
  rule        TEXT    NOT NULL,
  confidence  INTEGER NOT NULL, -- of 100
  reasons     TEXT    NOT NULL, -- JSON, in words
  PRIMARY KEY (account_id, since)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identity_links_open ON identity_links (account_id) WHERE until = 9223372036854775807;
CREATE INDEX identity_links_identity ON identity_links (identity_id) WHERE until = 9223372036854775807;
CREATE INDEX identity_links_operator ON identity_links (account_id) WHERE until = 9223372036854775807 AND how = 'operator';

-- Accounts of which an operator said that they are two people's. The smaller id
-- comes first.
CREATE TABLE identity_differences (
  account_id INTEGER NOT NULL,
  other_id   INTEGER NOT NULL,
  since      INTEGER NOT NULL,
  until      INTEGER NOT NULL,
  PRIMARY KEY (account_id, other_id, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_differences_other ON identity_differences (other_id);

CREATE TABLE identity_merges (
  id         INTEGER NOT NULL PRIMARY KEY,
  seq        INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  from_id    INTEGER NOT NULL,
  into_id    INTEGER NOT NULL,
  from_name  TEXT    NOT NULL, -- then
  into_name  TEXT    NOT NULL,
  reason     TEXT    NOT NULL,
  before     TEXT    NOT NULL, -- JSON: the accounts that moved, with their links
  undone_seq INTEGER NOT NULL  -- 0: it stands
) STRICT;
CREATE INDEX identity_merges_into ON identity_merges (into_id);
CREATE INDEX identity_merges_from ON identity_merges (from_id);

-- The id of a merged identity leads to the one it became part of.
CREATE TABLE identity_redirects (
  from_id  INTEGER NOT NULL,
  since    INTEGER NOT NULL,
  until    INTEGER NOT NULL,
  into_id  INTEGER NOT NULL,
  PRIMARY KEY (from_id, since)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identity_redirects_open ON identity_redirects (from_id) WHERE until = 9223372036854775807;
CREATE INDEX identity_redirects_into ON identity_redirects (into_id) WHERE until = 9223372036854775807;

-- What rules could not decide. An open case waits for an operator.
CREATE TABLE correlation_cases (
  id          INTEGER NOT NULL PRIMARY KEY,
  account_id  INTEGER NOT NULL,
  source_id   INTEGER NOT NULL,
  since       INTEGER NOT NULL,
  until       INTEGER NOT NULL,
  candidates  TEXT    NOT NULL, -- JSON: identities with rule, confidence and reasons, the best first
  confidence  INTEGER NOT NULL, -- of the best
  decision    TEXT    NOT NULL, -- same, different, or empty: open, or not a question any more
  identity_id INTEGER NOT NULL, -- decided the same as; else 0
  rule        TEXT    NOT NULL, -- that had proposed it
  reason      TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX correlation_cases_open ON correlation_cases (account_id) WHERE until = 9223372036854775807;
CREATE INDEX correlation_cases_best ON correlation_cases (confidence DESC, id) WHERE until = 9223372036854775807;
CREATE INDEX correlation_cases_decided ON correlation_cases (source_id, decision) WHERE decision <> '';

-- Who answers for a service or shared account, and what it is for.
CREATE TABLE account_ownership (
  account_id INTEGER NOT NULL,
  since      INTEGER NOT NULL,
  until      INTEGER NOT NULL,
  owner_id   INTEGER NOT NULL, -- an identity; 0: none
  owner_name TEXT    NOT NULL, -- then
  purpose    TEXT    NOT NULL,
  review_by  INTEGER NOT NULL, -- 0: no date
  PRIMARY KEY (account_id, since)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_ownership_open ON account_ownership (account_id) WHERE until = 9223372036854775807;
CREATE INDEX account_ownership_owner ON account_ownership (owner_id) WHERE until = 9223372036854775807;

-- What accounts are looked up by.
CREATE INDEX accounts_number ON accounts (ltrim(employee_number, '0')) WHERE until = 9223372036854775807 AND employee_number <> '';
CREATE INDEX accounts_principal ON accounts (lower(substr(principal_name, 1, instr(principal_name || '@', '@') - 1))) WHERE until = 9223372036854775807 AND principal_name <> '';

-- +goose Down
SELECT 1;
