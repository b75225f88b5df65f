-- +goose Up
-- What more kinds of directory tell, and what a read of changes alone needs.

ALTER TABLE accounts ADD COLUMN principal_name TEXT NOT NULL DEFAULT ''; -- AD userPrincipalName
ALTER TABLE accounts ADD COLUMN security_id TEXT NOT NULL DEFAULT '';            -- AD objectSid
ALTER TABLE accounts ADD COLUMN security_history TEXT NOT NULL DEFAULT '';    -- former sids, separated by spaces
ALTER TABLE accounts ADD COLUMN service_names TEXT NOT NULL DEFAULT '';  -- AD servicePrincipalName, separated by spaces
ALTER TABLE accounts ADD COLUMN flags TEXT NOT NULL DEFAULT '';          -- words of iam.AccountFacts.Flags
ALTER TABLE accounts ADD COLUMN start_date INTEGER NOT NULL DEFAULT -4;  -- when the person begins
ALTER TABLE accounts ADD COLUMN primary_ref TEXT NOT NULL DEFAULT '';    -- the group the account itself names

ALTER TABLE entitlements ADD COLUMN security_id TEXT NOT NULL DEFAULT '';
ALTER TABLE entitlements ADD COLUMN flags TEXT NOT NULL DEFAULT '';      -- words of iam.EntitlementFacts.Flags

ALTER TABLE grants ADD COLUMN by_primary INTEGER NOT NULL DEFAULT 0;     -- 1: the member names the group, the group does not list it
ALTER TABLE unresolved ADD COLUMN ref TEXT NOT NULL DEFAULT '';          -- normalised, as the kind compares it
CREATE INDEX accounts_primary ON accounts (source_id, primary_ref) WHERE until = 9223372036854775807 AND primary_ref <> '';
CREATE INDEX unresolved_ref ON unresolved (ref) WHERE until = 9223372036854775807 AND ref <> '';

ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT '';               -- why a read of changes became a full one

-- Working state: references to open objects other than their DN, such as
-- logins, sids and group numbers. Object 0 stands for skipped entries, whose DN is
-- here too. A read in full brings them back where observations are lost too.
CREATE TABLE object_refs (
  source_id INTEGER NOT NULL,
  ref       TEXT    NOT NULL,
  object_id INTEGER NOT NULL,
  PRIMARY KEY (source_id, ref, object_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX object_refs_object ON object_refs (object_id);

CREATE INDEX grants_primary ON grants (member_id, entitlement_id) WHERE until = 9223372036854775807 AND by_primary = 1;

-- Working state: of all that the directory said about the object when it was
-- read last, references included. An equal sum means that nothing is to be done.
ALTER TABLE observations ADD COLUMN sum BLOB NOT NULL DEFAULT x'';

-- The views name every column, those added here included.
DROP VIEW open_accounts;
CREATE VIEW open_accounts AS SELECT * FROM accounts WHERE until = 9223372036854775807;
DROP VIEW open_entitlements;
CREATE VIEW open_entitlements AS SELECT * FROM entitlements WHERE until = 9223372036854775807;
DROP VIEW open_grants;
CREATE VIEW open_grants AS SELECT * FROM grants WHERE until = 9223372036854775807;
DROP VIEW open_unresolved;
CREATE VIEW open_unresolved AS SELECT * FROM unresolved WHERE until = 9223372036854775807;

-- +goose Down
SELECT 1;
