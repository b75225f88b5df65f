-- name: GetFactor :one
SELECT * FROM factors WHERE id = ?;

-- name: FactorsOfIdentity :many
SELECT * FROM factors WHERE identity_id = ? ORDER BY id;

-- name: AllFactors :many
SELECT * FROM factors ORDER BY id;

-- name: SaveFactor :exec
INSERT INTO factors (id, identity_id, identity_name, name, kind, used_for, state, secret, last_step, replaces, enrolled_at, lapses_at, proven_at, ended_at, end_reason, enrolled_seq, proven_seq, ended_seq)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, secret = excluded.secret, last_step = excluded.last_step, proven_at = excluded.proven_at,
  ended_at = excluded.ended_at, end_reason = excluded.end_reason, proven_seq = excluded.proven_seq, ended_seq = excluded.ended_seq;

-- name: RecoveryCodesOfIdentity :many
SELECT * FROM recovery_codes WHERE identity_id = ? ORDER BY made_seq, ord;

-- name: AllRecoveryCodes :many
SELECT * FROM recovery_codes ORDER BY identity_id, made_seq, ord;

-- name: SaveRecoveryCode :exec
INSERT INTO recovery_codes (identity_id, made_seq, ord, salt, hash, factor_id, used_at, used_seq, ended_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (identity_id, made_seq, ord) DO UPDATE SET used_at = excluded.used_at, used_seq = excluded.used_seq, ended_seq = excluded.ended_seq;

-- name: MoveRecoveryCodes :exec
UPDATE recovery_codes SET made_seq = sqlc.arg(made_seq), factor_id = 0 WHERE identity_id = sqlc.arg(identity_id) AND factor_id = sqlc.arg(factor_id) AND ended_seq = 0;

-- name: GetFactorFailures :one
SELECT * FROM factor_failures WHERE identity_id = ?;

-- name: AllFactorFailures :many
SELECT * FROM factor_failures ORDER BY identity_id;

-- name: SaveFactorFailures :exec
INSERT INTO factor_failures (identity_id, failures, blocked_until) VALUES (?, ?, ?)
ON CONFLICT (identity_id) DO UPDATE SET failures = excluded.failures, blocked_until = excluded.blocked_until;

-- name: NewestIdentity :one
SELECT * FROM identities WHERE id = ? ORDER BY since DESC LIMIT 1;
