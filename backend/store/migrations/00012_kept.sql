-- +goose Up
-- What tells whether anything has changed since something was made of the
-- findings. (No first reading writes to any of these.)

CREATE INDEX findings_until ON findings (until) WHERE until < 9223372036854775807;
CREATE INDEX finding_acceptances_since ON finding_acceptances (since);
CREATE INDEX finding_acceptances_until ON finding_acceptances (until) WHERE until < 9223372036854775807;

-- +goose Down
SELECT 1;
