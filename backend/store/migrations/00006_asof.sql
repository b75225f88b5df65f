-- +goose Up
-- What a question about the past needs: closed rows are found by what they
-- were part of. Open rows have their own indexes; these cost only the closing.

CREATE INDEX grants_member_closed ON grants (member_id, entitlement_id, since, until) WHERE until < 9223372036854775807;
CREATE INDEX grants_nested_closed ON grants (entitlement_id, member_id, since, until) WHERE until < 9223372036854775807 AND nested = 1;
CREATE INDEX accounts_identity_closed ON accounts (identity_id) WHERE until < 9223372036854775807;
CREATE INDEX accounts_login_closed ON accounts (login_fold) WHERE until < 9223372036854775807;
CREATE INDEX accounts_dn_closed ON accounts (source_id, dn_ref) WHERE until < 9223372036854775807;
CREATE INDEX accounts_manager_closed ON accounts (source_id, manager_ref) WHERE until < 9223372036854775807 AND manager_ref <> '';
CREATE INDEX entitlements_name_closed ON entitlements (name_fold) WHERE until < 9223372036854775807;
CREATE INDEX entitlements_dn_closed ON entitlements (source_id, dn_ref) WHERE until < 9223372036854775807;
CREATE INDEX identities_since ON identities (since);
CREATE INDEX identities_until ON identities (until) WHERE until < 9223372036854775807;
CREATE INDEX findings_subject_closed ON findings (subject_id) WHERE until < 9223372036854775807;
CREATE INDEX events_time ON events (time);

-- +goose Down
SELECT 1;
