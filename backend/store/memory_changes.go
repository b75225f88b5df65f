package store

import (
	"context"
	"database/sql"
	"slices"
	"sync"

	"gatehouse/backend/iam"
)

// changeLog remembers which objects the newest readings changed, so that what is
// kept of the others stays. No version tells of it where a sign-in, a contact
// value or words are all that is new.
type changeLog struct {
	mu     sync.Mutex
	newest []loggedReading // the oldest first
}

type loggedReading struct {
	seq     iam.Seq
	objects []iam.ID
}

// mostReadings is how many readings are remembered.
const mostReadings = 64

func (c *changeLog) add(seq iam.Seq, objects []iam.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newest = append(c.newest[max(0, len(c.newest)-mostReadings+1):], loggedReading{seq, objects})
}

// by are the objects that some readings changed, each once; ok is false if one of
// them is not remembered.
func (c *changeLog) by(readings []iam.Seq) (objects []iam.ID, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, seq := range readings {
		i := slices.IndexFunc(c.newest, func(r loggedReading) bool { return r.seq == seq })
		if i < 0 {
			return nil, false
		}
		objects = append(objects, c.newest[i].objects...)
	}
	slices.Sort(objects)
	return slices.Compact(objects), true
}

// leaveChanges remembers what the attached reading changes, unless that is much.
func (t *Tx) leaveChanges(ctx context.Context, to *changeLog) error {
	objects, err := t.ids(ctx, `SELECT object_id FROM stage.objects WHERE state = 'staged' AND object_id > 0
	  UNION ALL SELECT id FROM stage.delta_objects WHERE op = 'removed' LIMIT ?`, mostRenewed+1)
	if len(objects) <= mostRenewed {
		to.add(t.Seq, objects)
	}
	return err
}

// readSince are the objects that readings changed after a Write; ok is false if it
// is not known, or if they are many.
func (r *Reader) readSince(ctx context.Context, since iam.Seq) (objects []iam.ID, ok bool, err error) {
	gone, err := r.ids(ctx, `SELECT id FROM sources WHERE until < 9223372036854775807 AND until > ? LIMIT 1`, since)
	if err != nil || len(gone) > 0 {
		return nil, false, err
	}
	runs, err := each(ctx, r, `SELECT seq FROM runs WHERE seq > ? AND state IN ('applied', 'released')`, []any{since}, func(rows *sql.Rows, seq *iam.Seq) error { return rows.Scan(seq) })
	if err != nil {
		return nil, false, err
	}
	objects, ok = r.memory.changes.by(runs)
	return objects, ok && len(objects) <= mostRenewed, nil
}

// renewSet brings a set of objects up to date: those that readings changed after a
// Write are asked for again, by a query of which ?1 is their list.
func (r *Reader) renewSet(ctx context.Context, old idSet, since iam.Seq, query string, args ...any) (idSet, bool, error) {
	changed, ok, err := r.readSince(ctx, since)
	if !ok || err != nil {
		return nil, false, err
	}
	still, err := r.ids(ctx, query, append([]any{idList(changed)}, args...)...)
	return old.without(setOf(changed)).or(setOf(still)), true, err
}
