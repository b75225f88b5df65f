-- +goose Up
-- What a first reading of a source costs. All that it opens has one sequence
-- number: its memberships are found by their groups, and only those that came
-- later have an index by it.

-- Working state: how many memberships of all sources were open after a run.
CREATE TABLE run_memberships (
  run_id      INTEGER NOT NULL PRIMARY KEY,
  memberships INTEGER NOT NULL
) STRICT;
INSERT INTO run_memberships SELECT id, (SELECT coalesce(sum(memberships), 0) FROM source_counts)
  - (SELECT count(*) FROM grants WHERE since > r.seq) + (SELECT count(*) FROM grants WHERE until < 9223372036854775807 AND until > r.seq)
FROM (SELECT id, seq FROM runs WHERE state IN ('applied', 'released') ORDER BY seq DESC LIMIT 200) r;

ALTER TABLE grants ADD COLUMN initial INTEGER NOT NULL DEFAULT 0; -- 1: opened with its group, by the first reading of the source
DROP INDEX grants_since;
CREATE INDEX grants_since ON grants (since) WHERE initial = 0;
DROP VIEW open_grants;
CREATE VIEW open_grants AS SELECT * FROM grants WHERE until = 9223372036854775807;

-- To look for memberships by the Write that opened them.
CREATE VIEW opened_grants AS
  SELECT entitlement_id, member_id, since, until, nested, source_at FROM grants WHERE initial = 0
  UNION ALL
  SELECT g.entitlement_id, g.member_id, e.since, g.until, g.nested, g.source_at FROM entitlements e CROSS JOIN grants g ON g.entitlement_id = e.id
  WHERE g.since = e.since AND g.initial = 1;

-- +goose Down
SELECT 1;
