-- name: VaultKey :one
SELECT sealed FROM vault_keys WHERE name = ?;

-- name: SaveVaultKey :exec
INSERT INTO vault_keys (name, sealed, created_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING;
