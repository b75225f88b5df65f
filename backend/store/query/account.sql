-- name: GetAccount :one
SELECT * FROM accounts WHERE id = ? AND until = 9223372036854775807;

-- name: AccountsOfIdentity :many
SELECT * FROM accounts WHERE identity_id = ? AND until = 9223372036854775807 ORDER BY id;

-- name: AccountsByLogin :many
SELECT * FROM accounts WHERE login_fold = ? AND until = 9223372036854775807 ORDER BY id;

-- name: AccountByRef :one
SELECT * FROM accounts WHERE source_id = ? AND dn_ref = ? AND until = 9223372036854775807;

-- name: CountReports :one
SELECT count(*) FROM accounts WHERE source_id = ? AND manager_ref = ? AND until = 9223372036854775807 AND manager_ref <> '';

-- name: AccountVersions :many
SELECT * FROM accounts WHERE id = ? ORDER BY since;

-- name: GetObject :one
SELECT * FROM objects WHERE id = ?;

-- name: ObjectByExternal :many
SELECT * FROM objects WHERE external_id = ?;

-- name: GetContact :one
SELECT * FROM contacts WHERE account_id = ?;

-- name: GetObservation :one
SELECT * FROM observations WHERE object_id = ?;

-- name: AccountAt :one
SELECT * FROM accounts WHERE id = sqlc.arg(id) AND since <= sqlc.arg(seq) AND until > sqlc.arg(seq);

-- name: AccountsOfIdentityAt :many
SELECT * FROM accounts WHERE (identity_id = sqlc.arg(identity) AND until = 9223372036854775807 AND since <= sqlc.arg(seq))
  OR (identity_id = sqlc.arg(identity) AND until < 9223372036854775807 AND until > sqlc.arg(seq) AND since <= sqlc.arg(seq)) ORDER BY id;

-- name: AccountsByLoginAt :many
SELECT * FROM accounts WHERE (login_fold = sqlc.arg(login) AND until = 9223372036854775807 AND since <= sqlc.arg(seq))
  OR (login_fold = sqlc.arg(login) AND until < 9223372036854775807 AND until > sqlc.arg(seq) AND since <= sqlc.arg(seq)) ORDER BY id;

-- name: AccountByRefAt :one
SELECT * FROM accounts WHERE (source_id = sqlc.arg(source) AND dn_ref = sqlc.arg(ref) AND until = 9223372036854775807 AND since <= sqlc.arg(seq))
  OR (source_id = sqlc.arg(source) AND dn_ref = sqlc.arg(ref) AND until < 9223372036854775807 AND until > sqlc.arg(seq) AND since <= sqlc.arg(seq)) LIMIT 1;

-- name: CountReportsAt :one
SELECT count(*) FROM accounts WHERE (source_id = sqlc.arg(source) AND manager_ref = sqlc.arg(ref) AND manager_ref <> '' AND until = 9223372036854775807 AND since <= sqlc.arg(seq))
  OR (source_id = sqlc.arg(source) AND manager_ref = sqlc.arg(ref) AND manager_ref <> '' AND until < 9223372036854775807 AND until > sqlc.arg(seq) AND since <= sqlc.arg(seq));
