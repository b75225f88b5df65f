-- +goose Up
-- Of several accounts, one whose state is not known hides that the others are
-- disabled. Rows of files that have no states are nobody's sign-ins.

UPDATE identity_rows SET
  enabled = (SELECT CASE WHEN max(s) = 1 THEN 1 WHEN min(s) = 0 THEN 0 ELSE coalesce(min(iif(s IN (-2, -3), s, NULL)), -4) END FROM
    (SELECT iif(a.enabled = -4 AND a.source_id IN (SELECT id FROM sources WHERE kind = 'file'), NULL, a.enabled) AS s FROM accounts a WHERE a.identity_id = identity_rows.id AND a.until = 9223372036854775807)),
  locked = (SELECT CASE WHEN max(s) = 1 THEN 1 WHEN min(s) = 0 THEN 0 ELSE coalesce(min(iif(s IN (-2, -3), s, NULL)), -4) END FROM
    (SELECT iif(a.locked = -4 AND a.source_id IN (SELECT id FROM sources WHERE kind = 'file'), NULL, a.locked) AS s FROM accounts a WHERE a.identity_id = identity_rows.id AND a.until = 9223372036854775807))
WHERE accounts > 1;

-- +goose Down
SELECT 1;
