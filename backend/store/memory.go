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
	recent []string // the names that begin with searched, the oldest first
	stale  map[string]stale
}

// stale is what was made of older records, to be brought up to date.
type stale struct {
	v      any
	newest iam.Seq
}

// searched begins the names of what was made of words that somebody typed: only
// the newest of those are kept.
const (
	searched     = "mentions "
	mostSearched = 32
)

// memories are kept apart by what makes them stale.
type memories struct {
	records  memory // accounts, groups and identities
	findings memory // and what is decided about findings
}

// making is something that one Reader makes while the others wait.
type making struct {
	mu    sync.Mutex
	done  bool
	lasts bool // it can be brought up to date when the records have changed
	v     any
	stale stale
}

// at finds what is kept under a name, or nil for a Reader whose snapshot is older
// than what is kept.
func (m *memory) at(newest iam.Seq, name string) *making {
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
		m.made[name] = &making{stale: m.stale[name]}
		delete(m.stale, name)
		if strings.HasPrefix(name, searched) {
			if m.recent = append(m.recent, name); len(m.recent) > mostSearched {
				delete(m.made, m.recent[0])
				m.recent = m.recent[1:]
			}
		}
	}
	return m.made[name]
}

// retire keeps what can be brought up to date.
func (m *memory) retire() {
	if m.stale == nil {
		m.stale = map[string]stale{}
	}
	for name, making := range m.made {
		if !making.mu.TryLock() { // still made, of records that are no longer
			continue
		}
		if making.done && making.lasts {
			m.stale[name] = stale{making.v, m.newest}
		}
		making.mu.Unlock()
	}
}

// newestChange is the newest Write that changed an account, a group, an identity
// or what was observed of one.
func (r *Reader) newestChange(ctx context.Context) (iam.Seq, error) {
	var seq iam.Seq
	query := `SELECT max(coalesce((SELECT max(seq) FROM runs), 0)`
	for _, table := range []string{"identities", "accounts", "entitlements"} {
		query += `, coalesce((SELECT max(since) FROM ` + table + `), 0), coalesce((SELECT max(until) FROM ` + table + ` WHERE until < 9223372036854775807), 0)`
	}
	err := r.tx.QueryRowContext(ctx, query+`)`).Scan(&seq)
	return seq, err
}

// keep finds what was made under a name of the records as they are, or makes it.
// Nothing is known within a Write, in the past, and in a snapshot that is not
// the newest.
func keep[T any](ctx context.Context, r *Reader, name string, make func() (T, error)) (v T, known bool, err error) {
	if r.memory == nil || r.past {
		return v, false, nil
	}
	newest, err := r.newestChange(ctx)
	if err != nil {
		return v, false, err
	}
	return remember(r.memory.records.at(newest, name), make)
}

func remember[T any](m *making, make func() (T, error)) (v T, known bool, err error) {
	if m == nil {
		return v, false, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.done {
		if v, err = make(); err != nil {
			return v, false, err
		}
		m.v, m.done = v, true
	}
	return m.v.(T), true, nil
}

// renewed is keep for what can be brought up to date: renew is given what was
// made of the records after an older Write, and says whether it could.
func renewed[T any](ctx context.Context, r *Reader, name string, make func() (T, error), renew func(T, iam.Seq) (T, bool, error)) (v T, known bool, err error) {
	if r.memory == nil || r.past {
		return v, false, nil
	}
	newest, err := r.newestChange(ctx)
	if err != nil {
		return v, false, err
	}
	m := r.memory.records.at(newest, name)
	return remember(m, func() (v T, err error) {
		old := m.stale
		m.lasts, m.stale = true, stale{}
		if old.v != nil {
			if v, ok, err := renew(old.v.(T), old.newest); ok || err != nil {
				return v, err
			}
		}
		return make()
	})
}

// kept is keep, and makes anew what cannot be kept.
func kept[T any](ctx context.Context, r *Reader, name string, make func() (T, error)) (T, error) {
	v, known, err := keep(ctx, r, name, make)
	if known || err != nil {
		return v, err
	}
	return make()
}

// keptFindings is kept for what decisions about findings change as well: it
// holds until the next Write, and until the next acceptance runs out.
func keptFindings[T any](ctx context.Context, r *Reader, name string, make func() (T, error)) (T, error) {
	if r.memory == nil || r.past {
		return make()
	}
	var newest iam.Seq
	var ends int64
	if err := r.tx.QueryRowContext(ctx, `SELECT (SELECT coalesce(max(seq), 0) FROM events),
	  coalesce((SELECT min(until_at) FROM finding_acceptances WHERE until = 9223372036854775807 AND until_at > ?), 0)`, r.Now).Scan(&newest, &ends); err != nil {
		var none T
		return none, err
	}
	v, known, err := remember(r.memory.findings.at(newest, fmt.Sprint(name, " until ", ends)), make)
	if known || err != nil {
		return v, err
	}
	return make()
}
