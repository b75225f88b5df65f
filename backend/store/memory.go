package store

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"gatehouse/backend/iam"
)

// memory keeps what was made of the newest records, until they change. Losing it
// loses nothing.
type memory struct {
	mu     sync.Mutex
	newest iam.Seq
	made   map[string]*making
	recent []string // the names of sets, the oldest first
	stale  map[string]stale
}

// making is something that one Reader makes while the others wait.
type making struct {
	mu    sync.Mutex
	done  bool
	v     any
	lasts bool // it can be brought up to date when the records have changed

	// Guarded by the memory's mu.
	stale stale // what it is made from, until it is done
	again again // asks for it once more
	asked int64 // when it was asked for last
}

// stale is what was made of the records after an older Write, to be brought up to
// date or, if v is nil, to be made anew.
type stale struct {
	v      any
	newest iam.Seq
	again  again
	asked  int64
}

// Sets of what mentions words that somebody typed, and of who is in a group that
// somebody looked at: only the newest of them are kept.
const (
	searched = "mentions "
	inside   = "inside "
	mostSets = 32
)

// memories are kept apart by what makes them stale, so that a Write makes nothing
// stale that it has not changed.
type memories struct {
	records  memory // accounts, groups and identities
	readings memory // what the sources say: words, memberships, and what changes by use
	findings memory // and what is decided about findings
	changes  changeLog
	renewing renewing
}

// shelf is one of the memories, with the newest Write that changed what it is
// made of.
type shelf struct {
	memory func(*memories) *memory
	newest string
}

var (
	ofRecords = shelf{func(m *memories) *memory { return &m.records }, `SELECT max(` + newestReading + newestOf("identities") + newestOf("accounts") + `)`}
	// What operators decide gives accounts and identities new versions, and leaves
	// what was read as it is.
	ofReadings = shelf{func(m *memories) *memory { return &m.readings }, `SELECT max(` + newestReading + `)`}
	// A finding is opened and closed, never changed; the newest has the largest id.
	ofFindings = shelf{func(m *memories) *memory { return &m.findings }, `SELECT max(
	  coalesce((SELECT since FROM findings ORDER BY id DESC LIMIT 1), 0), coalesce((SELECT max(until) FROM findings WHERE until < 9223372036854775807), 0),
	  coalesce((SELECT max(since) FROM finding_acceptances), 0), coalesce((SELECT max(until) FROM finding_acceptances WHERE until < 9223372036854775807), 0))`}
)

var newestReading = `coalesce((SELECT max(seq) FROM runs), 0), coalesce((SELECT max(until) FROM sources WHERE until < 9223372036854775807), 0)` + newestOf("entitlements")

func newestOf(table string) string {
	return `, coalesce((SELECT max(since) FROM ` + table + `), 0), coalesce((SELECT max(until) FROM ` + table + ` WHERE until < 9223372036854775807), 0)`
}

// newestOn is the newest Write that changed what a shelf is made of.
func (r *Reader) newestOn(ctx context.Context, s shelf) (seq iam.Seq, err error) {
	err = r.tx.QueryRowContext(ctx, s.newest).Scan(&seq)
	return seq, err
}

// at finds what is kept under a name, or nil for a Reader whose snapshot is older
// than what is kept.
func (m *memory) at(newest iam.Seq, name string, again again, asked int64) *making {
	m.mu.Lock()
	defer m.mu.Unlock()
	if newest < m.newest {
		return nil
	}
	if newest > m.newest || m.made == nil {
		m.retire()
		m.newest, m.made, m.recent = newest, map[string]*making{}, nil
	}
	if m.made[name] == nil {
		m.made[name] = &making{stale: m.stale[name], again: again, asked: m.stale[name].asked}
		delete(m.stale, name)
		if strings.HasPrefix(name, searched) || strings.HasPrefix(name, inside) {
			if m.recent = append(m.recent, name); len(m.recent) > mostSets {
				delete(m.made, m.recent[0])
				m.recent = m.recent[1:]
			}
		}
	}
	m.made[name].asked = max(m.made[name].asked, asked)
	return m.made[name]
}

// old is what something is made from, forgotten when it is made.
func (m *memory) old(of *making) stale {
	m.mu.Lock()
	defer m.mu.Unlock()
	return of.stale
}

func (m *memory) forget(of *making) {
	m.mu.Lock()
	defer m.mu.Unlock()
	of.stale = stale{}
}

// retire keeps what can be brought up to date, and what else there was by name.
func (m *memory) retire() {
	if m.stale == nil {
		m.stale = map[string]stale{}
	}
	for name, making := range m.made {
		old := making.stale // still made, of records that are no longer
		if making.mu.TryLock() {
			if making.done {
				old = stale{newest: m.newest}
			}
			if making.done && making.lasts {
				old.v = making.v
			}
			making.mu.Unlock()
		}
		old.again, old.asked = making.again, making.asked
		m.stale[name] = old
	}
}

// thing is something that is kept: its name, how it is made of the records, and,
// if it can be, how what was made after an older Write is brought up to date.
type thing[T any] struct {
	on    shelf
	name  string
	make  func(context.Context, *Reader) (T, error)
	renew func(context.Context, *Reader, T, iam.Seq) (T, bool, error)
}

// keep finds what was made of the records as they are, or makes it. Nothing is
// known within a Write, in the past, and in a snapshot that is not the newest.
func keep[T any](ctx context.Context, r *Reader, t thing[T]) (v T, known bool, err error) {
	if r.memory == nil || r.past {
		return v, false, nil
	}
	newest, err := r.newestOn(ctx, t.on)
	if err != nil {
		return v, false, err
	}
	shelf := t.on.memory(r.memory)
	m := shelf.at(newest, t.name, t.again, askedAt(ctx, r))
	if m == nil {
		return v, false, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.done {
		if v, err = t.bring(ctx, r, shelf.old(m)); err != nil {
			return v, false, err
		}
		m.v, m.done, m.lasts = v, true, t.renew != nil
		shelf.forget(m)
	}
	return m.v.(T), true, nil
}

func (t thing[T]) again(ctx context.Context, r *Reader) error {
	_, _, err := keep(ctx, r, t)
	return err
}

// bring brings what is stale up to date, or makes it anew.
func (t thing[T]) bring(ctx context.Context, r *Reader, old stale) (T, error) {
	if old.v != nil {
		if v, ok, err := t.renew(ctx, r, old.v.(T), old.newest); ok || err != nil {
			return v, err
		}
	}
	return t.make(ctx, r)
}

// kept is keep, and makes anew what cannot be kept.
func kept[T any](ctx context.Context, r *Reader, t thing[T]) (T, error) {
	v, known, err := keep(ctx, r, t)
	if known || err != nil {
		return v, err
	}
	return t.make(ctx, r)
}

// keptFindings is kept for what decisions about findings change as well: it
// holds until the next of them, and until the next acceptance runs out.
func keptFindings[T any](ctx context.Context, r *Reader, name string, make func(context.Context, *Reader) (T, error), renew func(context.Context, *Reader, T, iam.Seq) (T, bool, error)) (v T, err error) {
	if r.memory == nil || r.past {
		return make(ctx, r)
	}
	ends, err := r.nextEnd(ctx)
	if err != nil {
		return v, err
	}
	// Made again when another acceptance runs out next, it would have a wrong name.
	named := func(ctx context.Context, r *Reader) error {
		now, err := r.nextEnd(ctx)
		if err == nil && now != ends {
			err = context.DeadlineExceeded
		}
		return err
	}
	return kept(ctx, r, thing[T]{
		on: ofFindings, name: fmt.Sprint(name, " until ", ends),
		make: func(ctx context.Context, r *Reader) (v T, err error) {
			if err := named(ctx, r); err != nil {
				return v, err
			}
			return make(ctx, r)
		},
		renew: func(ctx context.Context, r *Reader, old T, since iam.Seq) (v T, ok bool, err error) {
			if err := named(ctx, r); err != nil {
				return v, false, err
			}
			return renew(ctx, r, old, since)
		},
	})
}

// nextEnd is when the next acceptance runs out; 0 if none does.
func (r *Reader) nextEnd(ctx context.Context) (at int64, err error) {
	err = r.tx.QueryRowContext(ctx, `SELECT coalesce((SELECT min(until_at) FROM finding_acceptances WHERE until = 9223372036854775807 AND until_at > ?), 0)`, r.Now).Scan(&at)
	return at, err
}
