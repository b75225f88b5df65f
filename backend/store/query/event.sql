-- name: LastEvent :one
SELECT seq, time, hash FROM events ORDER BY seq DESC LIMIT 1;

-- name: InsertEvent :exec
INSERT INTO events (seq, version, time, clock, actor, os_user, host, channel, address, action, outcome, reason, ticket, correlation, detail_hash, prev, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: InsertEventObject :exec
INSERT INTO event_objects (seq, ord, kind, id, name) VALUES (?, ?, ?, ?, ?);

-- name: InsertEventDetail :exec
INSERT INTO event_details (seq, salt, detail) VALUES (?, ?, ?);

-- name: EventsAfter :many
SELECT e.*, d.salt, d.detail FROM events e LEFT JOIN event_details d ON d.seq = e.seq
WHERE e.seq > sqlc.arg(after) ORDER BY e.seq LIMIT sqlc.arg(most);

-- name: EventObjectsBetween :many
SELECT * FROM event_objects WHERE seq > sqlc.arg(after) AND seq <= sqlc.arg(last) ORDER BY seq, ord;

-- name: CountEvents :one
SELECT count(*) FROM events;
