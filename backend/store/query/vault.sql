-- name: VaultKey :one
SELECT sealed FROM vault_keys WHERE name = ?;

-- name: SaveVaultKey :exec
INSERT INTO vault_keys (name, sealed, created_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING;

-- name: ListVaultKeys :many
SELECT name, sealed FROM vault_keys ORDER BY name;

-- name: ReplaceVaultKey :exec
UPDATE vault_keys SET sealed = ?, created_at = ? WHERE name = ?;

-- name: RemoveVaultSlots :exec
DELETE FROM vault_slots;

-- name: SourceSecrets :many
SELECT id, secret FROM sources WHERE secret <> '' ORDER BY id;

-- name: ResealSource :exec
UPDATE sources SET secret = ? WHERE id = ?;

-- name: FactorSecrets :many
SELECT id, secret FROM factors WHERE secret <> '' ORDER BY id;

-- name: ResealFactor :exec
UPDATE factors SET secret = ? WHERE id = ?;

-- name: SecretEvents :many
SELECT e.time, e.action, CAST(coalesce(d.detail, '') AS TEXT) AS detail
FROM event_objects o JOIN events e ON e.seq = o.seq LEFT JOIN event_details d ON d.seq = o.seq
WHERE o.kind = 'source' AND o.id = ? AND e.action IN ('source.add', 'source.change') ORDER BY o.seq DESC;

-- name: InTheClear :one
SELECT
  CAST((SELECT coalesce(sum(accounts), 0) FROM source_counts) AS INTEGER) AS accounts,
  CAST((SELECT coalesce(sum(entitlements), 0) FROM source_counts) AS INTEGER) AS entitlements,
  CAST((SELECT coalesce(sum(memberships), 0) FROM source_counts) AS INTEGER) AS memberships,
  (SELECT count(*) FROM identity_rows) AS identities,
  (SELECT count(*) FROM contacts WHERE mail <> '' OR phone <> '') AS contacts,
  (SELECT count(*) FROM events) AS events,
  (SELECT count(*) FROM factors WHERE state = 'active') AS factors,
  (SELECT count(*) FROM factors WHERE secret <> '') AS sealed_factors,
  (SELECT count(*) FROM review_items) AS review_items,
  (SELECT count(*) FROM sessions s WHERE s.kind = 'session' AND s.expires_at > sqlc.arg(now)) AS sessions,
  (SELECT count(*) FROM sessions l WHERE l.kind = 'link' AND l.expires_at > sqlc.arg(now)) AS links;
