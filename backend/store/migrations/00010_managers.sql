-- +goose Up
-- Whose owner a reading says is renamed or gone. Managers have such an index.

CREATE INDEX accounts_owner ON accounts (source_id, owner_ref) WHERE until = 9223372036854775807 AND owner_ref <> '';
CREATE INDEX entitlements_owner ON entitlements (source_id, owner_ref) WHERE until = 9223372036854775807 AND owner_ref <> '';

-- The rows that made a finding of drift: what the reads of changes had said of
-- an object, and what the full read says. The newest such read of each source,
-- kept until one finds nothing.
CREATE TABLE drift_rows (
  source_id INTEGER NOT NULL,
  ord       INTEGER NOT NULL,
  run_id    INTEGER NOT NULL,
  noun      TEXT    NOT NULL, -- account, entitlement, membership
  object_id INTEGER NOT NULL, -- of a membership: the member
  group_id  INTEGER NOT NULL, -- of a membership; else 0
  name      TEXT    NOT NULL,
  grp       TEXT    NOT NULL, -- the name of the group
  told      TEXT    NOT NULL, -- by the reads of changes
  found     TEXT    NOT NULL, -- by the full read
  PRIMARY KEY (source_id, ord)
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 1;
