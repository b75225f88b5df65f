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
