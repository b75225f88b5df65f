-- name: GetEntitlement :one
SELECT * FROM entitlements WHERE id = ? AND until = 9223372036854775807;

-- name: EntitlementsByName :many
SELECT * FROM entitlements WHERE name_fold = ? AND until = 9223372036854775807 ORDER BY id;

-- name: EntitlementByRef :one
SELECT * FROM entitlements WHERE source_id = ? AND dn_ref = ? AND until = 9223372036854775807;

-- name: EntitlementVersions :many
SELECT * FROM entitlements WHERE id = ? ORDER BY since;

-- name: ListUnresolved :many
SELECT * FROM unresolved WHERE entitlement_id = sqlc.arg(entitlement) AND until = 9223372036854775807
ORDER BY value LIMIT sqlc.arg(most) OFFSET sqlc.arg(skip);

-- name: CountUnresolved :one
SELECT count(*) FROM unresolved WHERE entitlement_id = ? AND until = 9223372036854775807;

-- name: EntitlementAt :one
SELECT * FROM entitlements WHERE id = sqlc.arg(id) AND since <= sqlc.arg(seq) AND until > sqlc.arg(seq);

-- name: EntitlementsByNameAt :many
SELECT * FROM entitlements WHERE (name_fold = sqlc.arg(name) AND until = 9223372036854775807 AND since <= sqlc.arg(seq))
  OR (name_fold = sqlc.arg(name) AND until < 9223372036854775807 AND until > sqlc.arg(seq) AND since <= sqlc.arg(seq)) ORDER BY id;

-- name: EntitlementByRefAt :one
SELECT * FROM entitlements WHERE (source_id = sqlc.arg(source) AND dn_ref = sqlc.arg(ref) AND until = 9223372036854775807 AND since <= sqlc.arg(seq))
  OR (source_id = sqlc.arg(source) AND dn_ref = sqlc.arg(ref) AND until < 9223372036854775807 AND until > sqlc.arg(seq) AND since <= sqlc.arg(seq)) LIMIT 1;

-- name: ListUnresolvedAt :many
SELECT * FROM unresolved WHERE entitlement_id = sqlc.arg(entitlement) AND since <= sqlc.arg(seq) AND until > sqlc.arg(seq)
ORDER BY value LIMIT sqlc.arg(most) OFFSET sqlc.arg(skip);

-- name: CountUnresolvedAt :one
SELECT count(*) FROM unresolved WHERE entitlement_id = sqlc.arg(entitlement) AND since <= sqlc.arg(seq) AND until > sqlc.arg(seq);
