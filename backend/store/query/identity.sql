-- name: GetIdentity :one
SELECT * FROM identities WHERE id = ? AND until = 9223372036854775807;

-- name: IdentityFirstSince :one
SELECT CAST(min(since) AS INTEGER) AS since FROM identities WHERE id = ?;

-- name: GetIdentityRow :one
SELECT * FROM identity_rows WHERE id = ?;

-- name: IdentityAt :one
SELECT * FROM identities WHERE id = sqlc.arg(id) AND since <= sqlc.arg(seq) AND until > sqlc.arg(seq);
