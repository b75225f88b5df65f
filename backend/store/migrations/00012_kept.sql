-- +goose Up
-- What tells whether anything has changed since something was made of the
-- findings. (No first reading writes to any of these.)

CREATE INDEX findings_until ON findings (until) WHERE until < 9223372036854775807;
CREATE INDEX finding_acceptances_since ON finding_acceptances (since);
CREATE INDEX finding_acceptances_until ON finding_acceptances (until) WHERE until < 9223372036854775807;

-- Of several accounts, those whose source tells no sign-ins say nothing beside
-- what others tell.
UPDATE identity_rows SET last_sign_in = (SELECT coalesce(min(nullif(b.last_sign_in, -4)), -4) FROM accounts a JOIN observations b ON b.object_id = a.id WHERE a.identity_id = identity_rows.id AND a.until = 9223372036854775807)
WHERE accounts > 1 AND last_sign_in = -4;

-- +goose Down
SELECT 1;
