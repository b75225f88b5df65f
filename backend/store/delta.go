package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"iter"
	"strings"

	"gatehouse/backend/iam"
)

// Delta is the difference between a complete read and the open rows of its
// source. Base is the Write it was compared against.
type Delta struct {
	Source iam.ID
	Base   iam.Seq
	Counts []DeltaCount
	Digest string // SHA-256 over the changes, in hex
}

// DeltaCount counts the changes of one noun in one direction.
type DeltaCount struct {
	Noun string // account, entitlement, membership, unresolved
	Op   string // added, changed, removed
	N    int64
}

// Total is how many rows of the nouns accounts, entitlements and memberships
// have the operation.
func (d Delta) Total(op string) int64 {
	var n int64
	for _, c := range d.Counts {
		if c.Op == op && c.Noun != "unresolved" {
			n += c.N
		}
	}
	return n
}

// compareObjects fills delta_objects. kept is the database, read-only; ?1 is the
// source, ?2 is 1 if the reading is of changes alone.
var compareObjects = []string{
	`CREATE INDEX IF NOT EXISTS objects_id ON objects (object_id) WHERE object_id > 0`,
	// In a reading of changes some of whom nothing is known may have been named.
	`INSERT INTO delta_objects SELECT CASE WHEN k.id IS NULL THEN 'added' ELSE 'changed' END, 'account', a.sid, o.object_id, ''
	 FROM accounts a JOIN objects o ON o.sid = a.sid LEFT JOIN kept.open_accounts k ON k.id = o.object_id WHERE k.id IS NULL OR k.digest <> a.digest`,
	`INSERT INTO delta_objects SELECT CASE WHEN k.id IS NULL THEN 'added' ELSE 'changed' END, 'entitlement', e.sid, o.object_id, ''
	 FROM entitlements e JOIN objects o ON o.sid = e.sid LEFT JOIN kept.open_entitlements k ON k.id = o.object_id WHERE k.id IS NULL OR k.digest <> e.digest`,

	// What ends: what the directory says is gone, what has become another noun
	// and, if the reading is full, what it does not mention.
	`INSERT INTO delta_objects SELECT 'removed', 'account', 0, k.id, CASE o.state WHEN 'deleted' THEN 'deleted' ELSE 'notReturned' END
	 FROM objects o JOIN kept.open_accounts k ON k.id = o.object_id WHERE o.object_id > 0 AND (o.state IN ('deleted', 'notReturned') OR o.noun = 'entitlement')`,
	`INSERT INTO delta_objects SELECT 'removed', 'entitlement', 0, k.id, CASE o.state WHEN 'deleted' THEN 'deleted' ELSE 'notReturned' END
	 FROM objects o JOIN kept.open_entitlements k ON k.id = o.object_id WHERE o.object_id > 0 AND (o.state IN ('deleted', 'notReturned') OR o.noun = 'account')`,
	`INSERT INTO delta_objects SELECT 'removed', 'account', 0, k.id, 'notReturned' FROM kept.open_accounts k
	 WHERE ?2 = 0 AND k.source_id = ?1 AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.object_id = k.id AND o.object_id > 0 AND o.state NOT IN ('named', 'kept'))`,
	`INSERT INTO delta_objects SELECT 'removed', 'entitlement', 0, k.id, 'notReturned' FROM kept.open_entitlements k
	 WHERE ?2 = 0 AND k.source_id = ?1 AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.object_id = k.id AND o.object_id > 0 AND o.state NOT IN ('named', 'kept'))`,
	`CREATE INDEX delta_ended ON delta_objects (id, reason) WHERE op = 'removed'`,
}

// Finish ends the reading into the file and compares it with the open rows.
func (st *Staging) Finish(ctx context.Context, source iam.ID) (Delta, error) {
	if err := st.settle(); err != nil {
		return Delta{}, err
	}
	st.exec(ctx, "COMMIT")
	if st.err != nil {
		return Delta{}, st.err
	}
	if _, err := st.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return Delta{}, err
	}
	d := Delta{Source: source}
	// One snapshot of the kept rows for the whole comparison.
	if err := st.conn.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM kept.runs WHERE source_id = ? AND state IN ('applied', 'released')", source).Scan(&d.Base); err != nil {
		return Delta{}, err
	}
	if st.look.base != d.Base {
		return Delta{}, iam.Errorf(iam.Conflict, "Another run of this source was applied in the meantime.").Fix("Read the source again.")
	}
	if err := st.execAll(ctx, `INSERT INTO reading SELECT ?2, count(*) FROM skipped_refs WHERE ?1 > 0`); err != nil {
		return Delta{}, err
	}
	if err := st.execAll(ctx, compareObjects...); err != nil {
		return Delta{}, err
	}
	if err := st.compareMembers(ctx); err != nil {
		return Delta{}, err
	}
	if _, err := st.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return Delta{}, err
	}
	return d, st.summarise(ctx, &d)
}

// execAll runs statements in which ?1 is the source and ?2 is 1 if the reading is
// of changes alone.
func (st *Staging) execAll(ctx context.Context, statements ...string) error {
	changes := 0
	if st.end.Changes {
		changes = 1
	}
	for _, q := range statements {
		var args []any
		switch {
		case strings.Contains(q, "?2"):
			args = []any{st.source, changes}
		case strings.Contains(q, "?1"):
			args = []any{st.source}
		}
		if _, err := st.conn.ExecContext(ctx, q, args...); err != nil {
			return &statementError{q, err}
		}
	}
	return nil
}

// Delta reads the difference that Finish left in the file.
func (st *Staging) Delta(ctx context.Context, source iam.ID) (Delta, error) {
	st.source = source
	d := Delta{Source: source}
	if err := st.remember(ctx); err != nil {
		return d, err
	}
	return d, st.summarise(ctx, &d)
}

// summarise counts the changes and takes their digest, which names objects by
// the directory's ids. There may be millions, so what is sorted are hashes.
func (st *Staging) summarise(ctx context.Context, d *Delta) error {
	rows, err := st.conn.QueryContext(ctx, `
	  SELECT noun, op, count(*) FROM delta_objects GROUP BY 1, 2
	  UNION ALL SELECT 'membership', op, sum(n) FROM (SELECT op, count(*) AS n FROM delta_grants GROUP BY 1 UNION ALL SELECT 'added', sum(length(members) / 4) FROM packed HAVING count(*) > 0) GROUP BY 2
	  UNION ALL SELECT 'unresolved', op, count(*) FROM delta_unresolved GROUP BY 2`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c DeltaCount
		if err := rows.Scan(&c.Noun, &c.Op, &c.N); err != nil {
			return err
		}
		d.Counts = append(d.Counts, c)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	h := sha256.New()
	for _, part := range []func(context.Context, io.Writer) error{st.hashObjects, st.hashAdded, st.hashRest} {
		if err := part(ctx, h); err != nil {
			return err
		}
	}
	d.Digest = hex.EncodeToString(h.Sum(nil))
	return nil
}

// numbers are those of a list with commas, as group_concat makes it.
func numbers(list string) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		var n int64
		for i := range len(list) {
			if c := list[i]; c != ',' {
				n = n*10 + int64(c-'0')
			} else {
				if !yield(n) {
					return
				}
				n = 0
			}
		}
		if list != "" {
			yield(n)
		}
	}
}
