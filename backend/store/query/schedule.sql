-- name: GetSchedule :one
SELECT * FROM schedules WHERE source_id = ? AND until = 9223372036854775807;

-- name: CloseSchedule :exec
UPDATE schedules SET until = sqlc.arg(seq) WHERE source_id = sqlc.arg(source) AND until = 9223372036854775807;

-- name: InsertSchedule :exec
INSERT INTO schedules (source_id, since, until, every, cron, full_every, privileged_every, windows, live, set_at)
VALUES (?, ?, 9223372036854775807, ?, ?, ?, ?, ?, ?, ?);

-- name: ListSchedules :many
SELECT c.* FROM schedules c JOIN sources s ON s.id = c.source_id
WHERE c.until = 9223372036854775807 AND s.until = 9223372036854775807 ORDER BY c.source_id;

-- name: NewestWholeRun :one
SELECT * FROM runs WHERE source_id = ? AND scope = '' AND state <> 'previewed' ORDER BY id DESC LIMIT 1;

-- name: NewestRuns :many
SELECT state, ended_at FROM runs WHERE source_id = ? AND state <> 'previewed' ORDER BY id DESC LIMIT 12;

-- name: LastFullRun :one
SELECT * FROM runs WHERE source_id = ? AND scope = '' AND mode = 'full' AND state IN ('applied', 'released') ORDER BY seq DESC LIMIT 1;
