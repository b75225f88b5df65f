-- +goose Up
-- What is proven and decided: keys of their own, factors, reviews.

-- Keys that are not the vault's data key, each sealed by it.
CREATE TABLE vault_keys (
  name       TEXT    NOT NULL PRIMARY KEY,
  sealed     TEXT    NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE factors (
  id            INTEGER NOT NULL PRIMARY KEY,
  identity_id   INTEGER NOT NULL,
  identity_name TEXT    NOT NULL, -- when enrolled
  name          TEXT    NOT NULL,
  kind          TEXT    NOT NULL,
  used_for      TEXT    NOT NULL,
  state         TEXT    NOT NULL,
  secret        TEXT    NOT NULL, -- sealed under the factors' own key; empty once ended
  last_step     INTEGER NOT NULL, -- the newest used time step
  replaces      INTEGER NOT NULL, -- 0: none
  enrolled_at   INTEGER NOT NULL,
  lapses_at     INTEGER NOT NULL,
  proven_at     INTEGER NOT NULL, -- 0: not yet
  ended_at      INTEGER NOT NULL, -- 0: not ended
  end_reason    TEXT    NOT NULL,
  enrolled_seq  INTEGER NOT NULL,
  proven_seq    INTEGER NOT NULL,
  ended_seq     INTEGER NOT NULL
) STRICT;
CREATE INDEX factors_identity ON factors (identity_id, id);
CREATE INDEX factors_state ON factors (state, id);

-- One set a person; a newer set ends the one before. Hashed with argon2id.
CREATE TABLE recovery_codes (
  identity_id INTEGER NOT NULL,
  made_seq    INTEGER NOT NULL, -- the Write that made the set valid
  ord         INTEGER NOT NULL,
  salt        BLOB    NOT NULL, -- the same for the whole set
  hash        BLOB    NOT NULL,
  factor_id   INTEGER NOT NULL, -- valid once this factor is proven; 0: at once
  used_at     INTEGER NOT NULL, -- 0: not used
  used_seq    INTEGER NOT NULL,
  ended_seq   INTEGER NOT NULL, -- 0: valid
  PRIMARY KEY (identity_id, made_seq, ord)
) STRICT, WITHOUT ROWID;

-- Failed verifications in a row, by person whoever asks.
CREATE TABLE factor_failures (
  identity_id   INTEGER NOT NULL PRIMARY KEY,
  failures      INTEGER NOT NULL,
  blocked_until INTEGER NOT NULL
) STRICT;

CREATE TABLE campaigns (
  id            INTEGER NOT NULL PRIMARY KEY,
  uuid          TEXT    NOT NULL, -- names it outside this installation
  name          TEXT    NOT NULL,
  state         TEXT    NOT NULL,
  scope         TEXT    NOT NULL, -- JSON, as asked for, and the groups it came to
  reviewers     TEXT    NOT NULL, -- JSON, as asked for
  due_at        INTEGER NOT NULL,
  source_reason TEXT    NOT NULL, -- why a partial or stale source was frozen all the same
  frozen_at     INTEGER NOT NULL,
  seq           INTEGER NOT NULL, -- the Write that froze it
  digest        TEXT    NOT NULL, -- SHA-256 over what was frozen, in order
  read          INTEGER NOT NULL, -- = in_scope + excluded
  in_scope      INTEGER NOT NULL,
  excluded      INTEGER NOT NULL,
  closed_at     INTEGER NOT NULL, -- 0: open
  closed_seq    INTEGER NOT NULL,
  signer_id     INTEGER NOT NULL, -- an identity
  signer_name   TEXT    NOT NULL,
  statement     TEXT    NOT NULL,
  close_reason  TEXT    NOT NULL  -- why it was closed incomplete
) STRICT;
CREATE UNIQUE INDEX campaigns_uuid ON campaigns (uuid);
CREATE UNIQUE INDEX campaigns_name ON campaigns (name);

-- What each source had when it was frozen.
CREATE TABLE campaign_sources (
  campaign_id INTEGER NOT NULL REFERENCES campaigns (id),
  source_id   INTEGER NOT NULL,
  name        TEXT    NOT NULL,
  run_id      INTEGER NOT NULL, -- the run that was shown
  observed_at INTEGER NOT NULL,
  coverage    TEXT    NOT NULL, -- complete, partial, held or stale
  note        TEXT    NOT NULL,
  accounts    INTEGER NOT NULL,
  groups      INTEGER NOT NULL,
  memberships INTEGER NOT NULL,
  unresolved  INTEGER NOT NULL,
  groups_in   INTEGER NOT NULL, -- groups in the campaign's scope
  direct_in   INTEGER NOT NULL, -- direct members of those groups, unresolved ones included
  effective_in INTEGER NOT NULL, -- accounts in them by nesting only
  PRIMARY KEY (campaign_id, source_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE campaign_exclusions (
  campaign_id INTEGER NOT NULL REFERENCES campaigns (id),
  ord         INTEGER NOT NULL, -- from 1; the first rule that fits counts
  rule        TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, ord)
) STRICT, WITHOUT ROWID;

-- One frozen grant each: every value is copied, none is joined.
CREATE TABLE review_items (
  campaign_id       INTEGER NOT NULL,
  ord               INTEGER NOT NULL, -- from 1, those in scope first
  excluded          INTEGER NOT NULL, -- 0: in scope; else the exclusion's ord
  basis             TEXT    NOT NULL,
  subject_id        INTEGER NOT NULL, -- account or group; 0: unresolved
  subject           TEXT    NOT NULL, -- name; of an unresolved member its value
  subject_fold      TEXT    NOT NULL,
  login             TEXT    NOT NULL,
  dn                TEXT    NOT NULL,
  sort              TEXT    NOT NULL,
  unresolved        TEXT    NOT NULL, -- why an unresolved member is one; else empty
  enabled           INTEGER NOT NULL,
  department        TEXT    NOT NULL,
  title             TEXT    NOT NULL,
  identity_id       INTEGER NOT NULL, -- 0: none
  identity_name     TEXT    NOT NULL,
  source_id         INTEGER NOT NULL,
  source            TEXT    NOT NULL,
  entitlement_id    INTEGER NOT NULL,
  entitlement       TEXT    NOT NULL,
  entitlement_dn    TEXT    NOT NULL,
  privileged        INTEGER NOT NULL,
  path              TEXT    NOT NULL, -- JSON: ids and names of the groups, from the subject's to the entitlement
  more_paths        INTEGER NOT NULL, -- 1: there are others
  edge_member_id    INTEGER NOT NULL, -- the direct membership whose removal ends it; 0: no single one does
  edge_member       TEXT    NOT NULL,
  edge_group_id     INTEGER NOT NULL,
  edge_group        TEXT    NOT NULL,
  edge_others       INTEGER NOT NULL, -- other accounts that would lose the entitlement with it
  granted_seq       INTEGER NOT NULL, -- the Write that first saw the newest edge of the path
  granted_at        INTEGER NOT NULL,
  peers             INTEGER NOT NULL, -- enabled people of the same department and source who have it
  peers_of          INTEGER NOT NULL, -- 0: no peers
  last_sign_in      INTEGER NOT NULL,
  observed_at       INTEGER NOT NULL, -- how old last_sign_in is
  findings          TEXT    NOT NULL, -- JSON: kind, risk, words
  previous_verdict  TEXT    NOT NULL, -- empty: never reviewed
  previous_at       INTEGER NOT NULL,
  previous_campaign TEXT    NOT NULL,
  first_reviewer_id INTEGER NOT NULL, -- assigned at the freeze; 0: nobody
  first_reviewer    TEXT    NOT NULL,
  first_relation    TEXT    NOT NULL,
  -- Not frozen: the newest assignment and decision.
  reviewer_id       INTEGER NOT NULL,
  reviewer          TEXT    NOT NULL,
  relation          TEXT    NOT NULL,
  assignment        INTEGER NOT NULL, -- its number; 0: the first one
  verdict           TEXT    NOT NULL,
  decision          INTEGER NOT NULL  -- its number; 0: none
) STRICT;
CREATE UNIQUE INDEX review_items_ord ON review_items (campaign_id, ord);
CREATE INDEX review_items_reviewer ON review_items (campaign_id, excluded, reviewer_id, verdict, ord);
CREATE INDEX review_items_verdict ON review_items (campaign_id, excluded, verdict, ord);
CREATE INDEX review_items_group ON review_items (campaign_id, excluded, entitlement_id, verdict, ord);

-- Appended, never changed.
CREATE TABLE review_decisions (
  campaign_id  INTEGER NOT NULL,
  item         INTEGER NOT NULL,
  n            INTEGER NOT NULL, -- from 1
  seq          INTEGER NOT NULL,
  at           INTEGER NOT NULL,
  verdict      TEXT    NOT NULL,
  until_at     INTEGER NOT NULL, -- of an exception; else 0
  reason       TEXT    NOT NULL,
  decided_by   INTEGER NOT NULL, -- an identity
  decided_name TEXT    NOT NULL,
  relation     TEXT    NOT NULL, -- to the item: its reviewer's, or "other"
  recorded_by  TEXT    NOT NULL, -- the actor
  channel      TEXT    NOT NULL,
  PRIMARY KEY (campaign_id, item, n),
  FOREIGN KEY (campaign_id, item) REFERENCES review_items (campaign_id, ord)
) STRICT, WITHOUT ROWID;
CREATE INDEX review_decisions_verdict ON review_decisions (campaign_id, verdict, seq);

CREATE TABLE review_assignments (
  campaign_id  INTEGER NOT NULL,
  item         INTEGER NOT NULL,
  n            INTEGER NOT NULL, -- from 1
  seq          INTEGER NOT NULL,
  at           INTEGER NOT NULL,
  reviewer_id  INTEGER NOT NULL,
  reviewer     TEXT    NOT NULL,
  reason       TEXT    NOT NULL,
  recorded_by  TEXT    NOT NULL,
  PRIMARY KEY (campaign_id, item, n),
  FOREIGN KEY (campaign_id, item) REFERENCES review_items (campaign_id, ord)
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 1;
