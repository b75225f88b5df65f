-- +goose Up
-- Lists of a million: what is rare among many has an index of its own, and who
-- is behind an account is told without its row.

CREATE INDEX identity_rows_locked ON identity_rows (sort, name_fold, id) WHERE locked = 1;
CREATE INDEX identity_rows_disabled ON identity_rows (sort, name_fold, id) WHERE enabled = 0;
CREATE INDEX accounts_disabled ON accounts (name_fold, id) WHERE until = 9223372036854775807 AND enabled = 0;
CREATE INDEX accounts_person ON accounts (id, identity_id) WHERE until = 9223372036854775807;
CREATE INDEX finding_acceptances_ends ON finding_acceptances (until_at) WHERE until = 9223372036854775807;

-- +goose Down
SELECT 1;
