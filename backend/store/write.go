package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"gatehouse/backend/audit"
	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// head is the end of the audit chain, kept so that a Write need not look.
type head struct {
	seq  iam.Seq
	time int64
	hash [32]byte
}

func (s *Store) loadHead(ctx context.Context) error {
	e, err := db.New(s.writer).LastEvent(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		s.head = head{}
		return nil
	}
	if err != nil {
		return err
	}
	s.head = head{seq: iam.Seq(e.Seq), time: e.Time}
	copy(s.head.hash[:], e.Hash)
	return nil
}

// Write changes records. It runs fn in one transaction under the next sequence
// number and appends the audit event in the same transaction: if either fails,
// neither happened. A nil fn appends the event alone, for a read that must be
// logged, a refusal, a sign-in or an export. The actor is the context's Origin.
func (s *Store) Write(ctx context.Context, action string, fn func(*Tx) error) (iam.Seq, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(ctx, action, fn)
}

// write is Write under the lock.
func (s *Store) write(ctx context.Context, action string, fn func(*Tx) error) (iam.Seq, error) {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return 0, s.full(err)
	}
	defer func() { _ = tx.Rollback() }()
	now := max(s.now().UnixMicro(), s.head.time)
	t := &Tx{
		Seq: s.head.seq + 1, Now: now, tx: tx, q: db.New(tx),
		event: iam.Event{Action: action, Outcome: iam.Done},
	}
	t.Reader = Reader{tx: tx, q: t.q, Now: now}
	if fn != nil {
		if err := fn(t); err != nil {
			return 0, s.full(err)
		}
	}
	next, err := t.appendEvent(ctx, s.head, iam.OriginOf(ctx))
	if err != nil {
		return 0, s.full(err)
	}
	if err := tx.Commit(); err != nil {
		// The commit may or may not have reached the disk: look.
		return 0, errors.Join(s.full(err), s.loadHead(context.WithoutCancel(ctx)))
	}
	s.head = next
	s.memory.renew()
	s.Notices.Publish(append(t.topics, "events")...)
	return t.Seq, nil
}

// Tx is the transaction of one Write. It can also read.
type Tx struct {
	Reader
	Seq    iam.Seq // of this Write and its event
	Now    int64   // microseconds, fixed once
	tx     *sql.Tx
	q      *db.Queries
	event  iam.Event
	topics []string
}

// About adds a record the event is about, with its name now.
func (t *Tx) About(kind string, id iam.ID, name string) {
	t.event.Objects = append(t.event.Objects, iam.Object{Kind: kind, ID: id.String(), Name: name})
}

// AboutText is About for things without a record's id.
func (t *Tx) AboutText(kind, id, name string) {
	t.event.Objects = append(t.event.Objects, iam.Object{Kind: kind, ID: id, Name: name})
}

// Because notes the reason the actor gave.
func (t *Tx) Because(reason string) { t.event.Reason = reason }

// Ended notes an outcome other than done.
func (t *Tx) Ended(o iam.Outcome) { t.event.Outcome = o }

// Detail keeps v, as JSON, with the event. It must hold no secret.
func (t *Tx) Detail(v any) error {
	b, err := json.Marshal(v)
	t.event.Detail = string(b)
	return err
}

// Touches names the topics whose readers should look again.
func (t *Tx) Touches(topics ...string) { t.topics = append(t.topics, topics...) }

// NewID takes the next id.
func (t *Tx) NewID(ctx context.Context) (iam.ID, error) { return t.newIDs(ctx, 1) }

// newIDs takes n consecutive ids and returns the first.
func (t *Tx) newIDs(ctx context.Context, n int64) (iam.ID, error) {
	next, err := t.q.TakeIDs(ctx, n)
	return iam.ID(next - n), err
}

func (t *Tx) appendEvent(ctx context.Context, prev head, o iam.Origin) (head, error) {
	d := audit.Detail{}
	var hash [32]byte
	if t.event.Detail != "" {
		var err error
		if d, err = audit.NewDetail(t.event.Detail); err != nil {
			return head{}, err
		}
		hash = d.Hash()
	}
	actor := o.Actor
	if actor == "" {
		actor = iam.System
	}
	r := audit.Seal(audit.Record{
		Version: audit.FormatVersion, Seq: t.Seq, Time: t.Now, Clock: "system",
		Actor: actor, OSUser: o.OSUser, Host: o.Host, Channel: o.Channel, Address: o.Address,
		Action: t.event.Action, Objects: t.event.Objects, Outcome: t.event.Outcome,
		Reason: t.event.Reason, Ticket: t.event.Ticket, Correlation: o.Correlation,
		DetailHash: hash, Prev: prev.hash,
	})
	if err := t.q.InsertEvent(ctx, db.InsertEventParams{
		Seq: int64(r.Seq), Version: int64(r.Version), Time: r.Time, Clock: r.Clock,
		Actor: string(r.Actor), OsUser: r.OSUser, Host: r.Host, Channel: r.Channel, Address: r.Address,
		Action: r.Action, Outcome: string(r.Outcome), Reason: r.Reason, Ticket: r.Ticket, Correlation: r.Correlation,
		DetailHash: r.DetailHash[:], Prev: r.Prev[:], Hash: r.Hash[:],
	}); err != nil {
		return head{}, err
	}
	for i, ob := range r.Objects {
		if err := t.q.InsertEventObject(ctx, db.InsertEventObjectParams{Seq: int64(r.Seq), Ord: int64(i), Kind: ob.Kind, ID: ob.ID, Name: ob.Name}); err != nil {
			return head{}, err
		}
	}
	if t.event.Detail != "" {
		if err := t.q.InsertEventDetail(ctx, db.InsertEventDetailParams{Seq: int64(r.Seq), Salt: d.Salt[:], Detail: d.Text}); err != nil {
			return head{}, err
		}
	}
	return head{seq: r.Seq, time: r.Time, hash: r.Hash}, nil
}
