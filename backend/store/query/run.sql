-- name: InsertRun :exec
INSERT INTO runs (id, source_id, mode, state, started_at, ended_at, config_version, server, read, claimed, skipped, added, changed, removed, hold_hash, error, cursor, digest, seq)
VALUES (?, ?, ?, 'reading', ?, 0, ?, '', 0, -1, 0, 0, 0, 0, '', '', '', '', 0);

-- name: EndRun :exec
UPDATE runs SET state = ?, ended_at = ?, server = ?, read = ?, claimed = ?, skipped = ?, added = ?, changed = ?, removed = ?,
  hold_hash = ?, error = ?, cursor = ?, digest = ?, note = ?, mode = ?, scope = ?, drift = ?, seq = ? WHERE id = ?;

-- name: GetRun :one
SELECT * FROM runs WHERE id = ?;

-- name: ListRuns :many
SELECT * FROM runs WHERE (source_id = sqlc.arg(source) OR sqlc.arg(source) = 0)
ORDER BY id DESC LIMIT sqlc.arg(most) OFFSET sqlc.arg(skip);

-- name: CountRuns :one
SELECT count(*) FROM runs WHERE (source_id = sqlc.arg(source) OR sqlc.arg(source) = 0);

-- name: RunsInState :many
SELECT * FROM runs WHERE state = ? ORDER BY id;

-- name: NewestRun :one
SELECT * FROM runs WHERE source_id = ? ORDER BY id DESC LIMIT 1;

-- name: ShownRun :one
SELECT * FROM runs WHERE source_id = ? AND state IN ('applied', 'released') ORDER BY seq DESC LIMIT 1;

-- name: FirstAppliedSeq :one
SELECT CAST(coalesce(min(seq), 0) AS INTEGER) AS seq FROM runs WHERE source_id = ? AND state IN ('applied', 'released');

-- name: OvertakeHeld :exec
UPDATE runs SET state = 'overtaken' WHERE source_id = ? AND state IN ('held', 'previewed') AND id < ?;

-- name: InsertHold :exec
INSERT INTO run_holds (run_id, ord, rule, subject, before, after) VALUES (?, ?, ?, ?, ?, ?);

-- name: ListHolds :many
SELECT * FROM run_holds WHERE run_id = ? ORDER BY ord;

-- name: InsertSkip :exec
INSERT INTO run_skips (run_id, ord, dn, reason) VALUES (?, ?, ?, ?);

-- name: ListSkips :many
SELECT * FROM run_skips WHERE run_id = ? ORDER BY ord LIMIT 100;

-- name: RunSeqTimes :many
SELECT r.id, r.seq, r.ended_at, r.source_id FROM runs r WHERE r.seq > 0 AND r.state IN ('applied', 'released') ORDER BY r.seq;

-- name: LastNews :one
SELECT * FROM runs WHERE source_id = ? AND state IN ('applied', 'released') AND (mode = 'full' OR added + changed + removed > 0) ORDER BY id DESC LIMIT 1;
