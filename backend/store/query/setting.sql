-- name: GetSetting :one
SELECT value FROM settings WHERE key = ?;

-- name: PutSetting :exec
INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: TakeIDs :one
UPDATE counters SET next = next + sqlc.arg(n) WHERE name = 'id' RETURNING next;

-- name: ListVaultSlots :many
SELECT * FROM vault_slots ORDER BY created_at, id;

-- name: SaveVaultSlot :exec
INSERT INTO vault_slots (id, kind, label, wrapped, created_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET label = excluded.label, wrapped = excluded.wrapped;

-- name: RemoveVaultSlot :exec
DELETE FROM vault_slots WHERE id = ?;

-- name: SaveSession :exec
INSERT INTO sessions (hash, kind, actor, os_user, channel, permissions, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: GetSession :one
SELECT * FROM sessions WHERE hash = ? AND kind = ?;

-- name: TouchSession :exec
UPDATE sessions SET seen_at = ? WHERE hash = ?;

-- name: TakeSession :one
DELETE FROM sessions WHERE hash = ? AND kind = ? RETURNING *;

-- name: PurgeSessions :exec
DELETE FROM sessions WHERE expires_at < ?;
