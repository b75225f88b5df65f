-- name: FindingsOfSubject :many
SELECT * FROM findings WHERE subject_id = ? AND until = 9223372036854775807 ORDER BY risk DESC, kind;
