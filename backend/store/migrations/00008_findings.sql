-- +goose Up
-- Findings of more kinds, and what is accepted of them.

ALTER TABLE findings ADD COLUMN size INTEGER NOT NULL DEFAULT 1;       -- how many rows it is about
ALTER TABLE findings ADD COLUMN basis TEXT NOT NULL DEFAULT '';        -- what an acceptance of it rests on, besides kind and subject
ALTER TABLE findings ADD COLUMN privileged INTEGER NOT NULL DEFAULT 0; -- 1: the subject is, or reaches, a privileged group
CREATE INDEX findings_other ON findings (entitlement_id) WHERE until = 9223372036854775807 AND entitlement_id <> 0;
DROP VIEW open_findings;
CREATE VIEW open_findings AS SELECT * FROM findings WHERE until = 9223372036854775807;

-- Why a finding is let be, and until when. It outlives the finding: one that
-- closes and comes back the same is still accepted.
CREATE TABLE finding_acceptances (
  kind           TEXT    NOT NULL,
  subject_id     INTEGER NOT NULL,
  entitlement_id INTEGER NOT NULL,
  since          INTEGER NOT NULL,
  until          INTEGER NOT NULL,
  risk           INTEGER NOT NULL, -- as accepted; a finding that is worse is open again
  size           INTEGER NOT NULL,
  basis          TEXT    NOT NULL,
  at             INTEGER NOT NULL,
  until_at       INTEGER NOT NULL,
  reason         TEXT    NOT NULL,
  ticket         TEXT    NOT NULL,
  baseline       TEXT    NOT NULL, -- the name of the baseline; empty if accepted by itself
  actor          TEXT    NOT NULL,
  PRIMARY KEY (kind, subject_id, entitlement_id, since)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX finding_acceptances_open ON finding_acceptances (kind, subject_id, entitlement_id) WHERE until = 9223372036854775807;

-- How a source stood when its findings were last renewed: the time of that
-- reading, and the counts that some checks compare with.
CREATE TABLE finding_renewals (
  source_id INTEGER NOT NULL PRIMARY KEY,
  at        INTEGER NOT NULL,
  people    INTEGER NOT NULL, -- accounts of persons
  numbered  INTEGER NOT NULL, -- of those, with an employee number
  enabled   INTEGER NOT NULL, -- accounts that are not disabled
  lasting   INTEGER NOT NULL, -- of those, whose password never expires
  groups    INTEGER NOT NULL,
  owned     INTEGER NOT NULL  -- of those, with an owner
) STRICT;

-- For checks that look at what crossed a threshold since the last reading.
CREATE INDEX accounts_end_date ON accounts (end_date) WHERE until = 9223372036854775807 AND end_date >= 0;
CREATE INDEX accounts_expires ON accounts (account_expires) WHERE until = 9223372036854775807 AND account_expires >= 0;
CREATE INDEX accounts_created ON accounts (created_at) WHERE until = 9223372036854775807 AND created_at >= 0;
CREATE INDEX accounts_gone ON accounts (identity_id) WHERE until < 9223372036854775807 AND end_reason IN ('notReturned', 'deleted');
CREATE INDEX contacts_mail ON contacts (lower(mail), account_id) WHERE mail <> '';

-- +goose Down
SELECT 1;
