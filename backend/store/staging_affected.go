package store

import (
	"context"
	"errors"

	"gatehouse/backend/iam"
)

// Affected are the external ids of objects that must be read anew before Finish:
// groups that did not change themselves and refer to one that is new, renamed
// or gone, those whose manager or owner was renamed or is gone, since a directory
// may write a link anew without counting a change, and objects that the source
// calls unchanged and of which nothing is kept. The source is asked for them, what it says is added, and Affected asked
// again until nothing is left. What it did not say anything of is named again.
func (st *Staging) Affected(ctx context.Context, source iam.ID) ([]string, error) {
	if err := st.settle(); err != nil || !st.end.Changes && !st.present {
		return nil, err
	}
	st.exec(ctx, "COMMIT")
	if st.err != nil {
		return nil, st.err
	}
	found, err := st.affected(ctx)
	st.exec(ctx, "BEGIN")
	if err = errors.Join(err, st.err); err != nil {
		return nil, err
	}
	return found, nil
}

func (st *Staging) affected(ctx context.Context) ([]string, error) {
	if err := st.execAll(ctx, findTurned...); err != nil {
		return nil, err
	}
	return st.texts(ctx, `
	  SELECT ko.external_id FROM (
	    SELECT u.entitlement_id AS id FROM turned t CROSS JOIN kept.unresolved u ON u.ref = t.ref AND u.ref <> '' AND u.until = 9223372036854775807
	    UNION SELECT g.entitlement_id FROM turned t CROSS JOIN kept.grants g ON g.member_id = t.object_id AND g.until = 9223372036854775807 WHERE g.by_primary = 0
	    UNION SELECT g.entitlement_id FROM turned t CROSS JOIN kept.accounts k ON k.source_id = ?1 AND k.dn_ref = t.ref AND k.until = 9223372036854775807
	      CROSS JOIN kept.grants g ON g.member_id = k.id AND g.until = 9223372036854775807 WHERE g.by_primary = 0
	    UNION SELECT g.entitlement_id FROM turned t CROSS JOIN kept.entitlements k ON k.source_id = ?1 AND k.dn_ref = t.ref AND k.until = 9223372036854775807
	      CROSS JOIN kept.grants g ON g.member_id = k.id AND g.until = 9223372036854775807 WHERE g.by_primary = 0
	    UNION SELECT g.entitlement_id FROM turned t CROSS JOIN kept.object_refs k ON k.source_id = ?1 AND k.ref = t.ref
	      CROSS JOIN kept.grants g ON g.member_id = k.object_id AND g.until = 9223372036854775807 WHERE g.by_primary = 0
	  ) x CROSS JOIN kept.objects ko ON ko.id = x.id
	  WHERE ko.source_id = ?1 AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.object_id = x.id AND o.object_id > 0 AND (o.state IN ('deleted', 'notReturned') OR o.sid IN (SELECT sid FROM sets)))
	  UNION SELECT ko.external_id FROM (
	    SELECT k.id FROM turned t CROSS JOIN kept.accounts k ON t.object_id > 0 AND k.source_id = ?1 AND k.manager_ref = t.ref AND k.manager_ref <> '' AND k.until = 9223372036854775807
	    UNION SELECT k.id FROM turned t CROSS JOIN kept.accounts k ON t.object_id > 0 AND k.source_id = ?1 AND k.owner_ref = t.ref AND k.owner_ref <> '' AND k.until = 9223372036854775807
	    UNION SELECT k.id FROM turned t CROSS JOIN kept.entitlements k ON t.object_id > 0 AND k.source_id = ?1 AND k.owner_ref = t.ref AND k.owner_ref <> '' AND k.until = 9223372036854775807
	  ) x CROSS JOIN kept.objects ko ON ko.id = x.id
	  WHERE NOT EXISTS (SELECT 1 FROM objects o WHERE o.object_id = x.id AND o.object_id > 0 AND o.state IN ('staged', 'same', 'deleted', 'notReturned'))
	  UNION SELECT o.external_id FROM objects o WHERE o.state = 'present'
	    AND NOT EXISTS (SELECT 1 FROM kept.open_accounts k WHERE k.id = o.object_id AND k.source_id = ?1) AND NOT EXISTS (SELECT 1 FROM kept.open_entitlements k WHERE k.id = o.object_id AND k.source_id = ?1)
	  ORDER BY 1`, st.source)
}

// findTurned fills turned: the references that an object has lost, with it, and
// those that one has gained.
var findTurned = []string{
	`CREATE INDEX IF NOT EXISTS objects_id ON objects (object_id) WHERE object_id > 0`,
	`CREATE TABLE IF NOT EXISTS turned (ref TEXT NOT NULL, object_id INTEGER NOT NULL) STRICT`,
	`DELETE FROM turned`,
	`INSERT INTO turned SELECT r.ref, 0 FROM refs r JOIN objects o ON o.sid = r.sid WHERE o.state = 'staged'
	   AND NOT EXISTS (SELECT 1 FROM kept.open_accounts k WHERE k.id = o.object_id AND k.dn_ref = r.ref) AND NOT EXISTS (SELECT 1 FROM kept.open_entitlements k WHERE k.id = o.object_id AND k.dn_ref = r.ref)
	   AND NOT EXISTS (SELECT 1 FROM kept.object_refs k WHERE k.source_id = ?1 AND k.ref = r.ref AND k.object_id = o.object_id AND k.object_id > 0)`,
	`INSERT INTO turned SELECT s.ref, 0 FROM skipped_refs s WHERE NOT EXISTS (SELECT 1 FROM kept.object_refs k WHERE k.source_id = ?1 AND k.ref = s.ref AND k.object_id = 0)`,
	`CREATE TABLE IF NOT EXISTS loose (sid INTEGER NOT NULL, id INTEGER PRIMARY KEY) STRICT`,
	`DELETE FROM loose`,
	`INSERT INTO loose SELECT sid, object_id FROM objects WHERE object_id > 0 AND state IN ('staged', 'deleted', 'notReturned')`,
	`INSERT OR IGNORE INTO loose SELECT 0, k.id FROM kept.open_accounts k WHERE ?2 = 0 AND k.source_id = ?1
	   AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.object_id = k.id AND o.object_id > 0 AND o.state NOT IN ('named', 'kept'))`,
	`INSERT OR IGNORE INTO loose SELECT 0, k.id FROM kept.open_entitlements k WHERE ?2 = 0 AND k.source_id = ?1
	   AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.object_id = k.id AND o.object_id > 0 AND o.state NOT IN ('named', 'kept'))`,
	`INSERT INTO turned SELECT x.ref, x.id FROM (
	   SELECT l.sid, l.id, k.dn_ref AS ref FROM loose l CROSS JOIN kept.open_accounts k ON k.id = l.id
	   UNION ALL SELECT l.sid, l.id, k.dn_ref FROM loose l CROSS JOIN kept.open_entitlements k ON k.id = l.id
	   UNION ALL SELECT l.sid, l.id, k.ref FROM loose l CROSS JOIN kept.object_refs k ON k.object_id = l.id) x
	 WHERE NOT EXISTS (SELECT 1 FROM refs r WHERE r.sid = x.sid AND r.ref = x.ref)`,
}

// adoptNouns gives objects of which the reading says nothing itself the noun
// they are kept as.
const adoptNouns = `UPDATE objects SET noun = CASE WHEN EXISTS (SELECT 1 FROM kept.open_entitlements k WHERE k.id = object_id) THEN 'entitlement' WHEN EXISTS (SELECT 1 FROM kept.open_accounts k WHERE k.id = object_id) THEN 'account' ELSE '' END
 WHERE noun = '' AND object_id > 0`
