package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"

	"gatehouse/backend/iam"
)

// keptRows answers, while a source is being read, what is kept of its objects. It
// has a connection of its own so that no question holds a snapshot of the
// database for the minutes of a reading.
type keptRows struct {
	db     *sql.DB
	source iam.ID
	base   iam.Seq // the run that is shown when the reading begins
	empty  bool    // nothing of the source is kept
	find   *sql.Stmt
}

func openKept(ctx context.Context, path string, source iam.ID) (*keptRows, error) {
	q := url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)", "cache_size(-8192)", "busy_timeout(5000)"}}
	d, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	d.SetMaxOpenConns(1)
	k := &keptRows{db: d, source: source}
	if err := d.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM objects WHERE source_id = ?1),
	  (SELECT coalesce(max(seq), 0) FROM runs WHERE source_id = ?1 AND state IN ('applied', 'released'))`, source).Scan(&k.empty, &k.base); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if k.find, err = d.PrepareContext(ctx, `SELECT o.id, coalesce(b.sum, x'') FROM objects o LEFT JOIN observations b ON b.object_id = o.id WHERE o.source_id = ? AND o.external_id = ?`); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return k, nil
}

// object is the id of an object, 0 if it is new, and the sum of all that was
// known of it when it was read last; none if it is not open.
func (k *keptRows) object(ctx context.Context, externalID string) (int64, []byte, error) {
	if k.empty {
		return 0, nil, nil
	}
	var id int64
	var sum []byte
	err := k.find.QueryRowContext(ctx, k.source, externalID).Scan(&id, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, nil
	}
	return id, sum, err
}

func (k *keptRows) close() error { return errors.Join(k.find.Close(), k.db.Close()) }
