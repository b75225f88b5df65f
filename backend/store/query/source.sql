-- name: ListSources :many
SELECT * FROM sources WHERE until = 9223372036854775807 ORDER BY name;

-- name: GetSource :one
SELECT * FROM sources WHERE id = ? AND until = 9223372036854775807;

-- name: SourceByName :one
SELECT * FROM sources WHERE name = ? AND until = 9223372036854775807;

-- name: InsertSource :exec
INSERT INTO sources (id, name, kind, config, config_version, secret, created_at, since, until)
VALUES (?, ?, ?, ?, 1, ?, ?, ?, 9223372036854775807);

-- name: UpdateSource :exec
UPDATE sources SET name = ?, config = ?, config_version = ?, secret = ? WHERE id = ?;

-- name: CloseSource :exec
UPDATE sources SET until = sqlc.arg(seq), secret = '' WHERE id = sqlc.arg(id) AND until = 9223372036854775807;

-- name: SourceCounts :one
SELECT * FROM source_counts WHERE source_id = ?;
