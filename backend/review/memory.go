package review

import (
	"context"
	"sync"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Memory remembers how the removals and the later changes of campaigns stand,
// for as long as nothing that they depend on changes: to find them out of a
// hundred thousand items takes seconds, and every page of a campaign shows
// their numbers. What it answers is shared, and not to be changed. It asks a
// Reader only, never a Write that may still be undone.
type Memory struct {
	removals      memo[removalState, []Removal]
	removalCounts memo[removalState, map[string]int64]
	changes       memo[laterState, []LaterChange]
	changeCounts  memo[laterState, laterCounts]
}

// NewMemory is an empty memory: of the numbers of many campaigns, and the lists
// of a few.
func NewMemory() *Memory {
	const lists, numbers = 4, 1000
	return &Memory{
		removals: newMemo[removalState, []Removal](lists), removalCounts: newMemo[removalState, map[string]int64](numbers),
		changes: newMemo[laterState, []LaterChange](lists), changeCounts: newMemo[laterState, laterCounts](numbers),
	}
}

// removalState is all that the standings of a campaign's removals depend on.
type removalState struct {
	records iam.Seq
	revoked store.RevokedState
}

// laterState is all that its later changes depend on.
type laterState struct{ records, closed iam.Seq }

type laterCounts struct{ joined, departed int64 }

// Removals is Removals.
func (m *Memory) Removals(ctx context.Context, r *store.Reader, c store.Campaign, state string, skip, most int) ([]Removal, int, error) {
	all, err := m.standings(ctx, r, c)
	if err != nil {
		return nil, 0, err
	}
	return pageOf(ctx, r, all, state, skip, most)
}

// RemovalCounts is RemovalCounts.
func (m *Memory) RemovalCounts(ctx context.Context, r *store.Reader, c store.Campaign) (map[string]int64, error) {
	now, err := removalStateOf(ctx, r, c)
	if err != nil {
		return nil, err
	}
	return m.removalCounts.of(c.UUID, now, func() (map[string]int64, error) {
		all, err := m.standings(ctx, r, c)
		return countStates(all), err
	})
}

func (m *Memory) standings(ctx context.Context, r *store.Reader, c store.Campaign) ([]Removal, error) {
	now, err := removalStateOf(ctx, r, c)
	if err != nil {
		return nil, err
	}
	return m.removals.of(c.UUID, now, func() ([]Removal, error) { return standings(ctx, r, c, 0) })
}

func removalStateOf(ctx context.Context, r *store.Reader, c store.Campaign) (s removalState, err error) {
	if s.records, err = r.RecordsSeq(ctx); err != nil {
		return s, err
	}
	s.revoked, err = r.RevokedState(ctx, c.ID)
	return s, err
}

// LaterChanges is LaterChanges.
func (m *Memory) LaterChanges(ctx context.Context, r *store.Reader, c store.Campaign) ([]LaterChange, error) {
	records, err := r.RecordsSeq(ctx)
	if err != nil {
		return nil, err
	}
	return m.changes.of(c.UUID, laterState{records, c.ClosedSeq}, func() ([]LaterChange, error) { return LaterChanges(ctx, r, c) })
}

// LaterCounts are how many grants of a campaign joined and departed.
func (m *Memory) LaterCounts(ctx context.Context, r *store.Reader, c store.Campaign) (joined, departed int64, err error) {
	records, err := r.RecordsSeq(ctx)
	if err != nil {
		return 0, 0, err
	}
	n, err := m.changeCounts.of(c.UUID, laterState{records, c.ClosedSeq}, func() (n laterCounts, err error) {
		all, err := m.LaterChanges(ctx, r, c)
		for _, x := range all {
			if x.Joined {
				n.joined++
			} else {
				n.departed++
			}
		}
		return n, err
	})
	return n.joined, n.departed, err
}

// memo keeps one value a campaign with the state it was found in, of as many
// campaigns as it may.
type memo[S comparable, V any] struct {
	mu    *sync.Mutex
	most  int
	kept  map[string]remembered[S, V] // by UUID
	order []string                    // of kept, oldest first
}

type remembered[S comparable, V any] struct {
	state S
	value V
}

func newMemo[S comparable, V any](most int) memo[S, V] {
	return memo[S, V]{mu: &sync.Mutex{}, most: most, kept: map[string]remembered[S, V]{}}
}

// of is what is kept of a campaign in that state, or else what find finds.
func (m *memo[S, V]) of(campaign string, state S, find func() (V, error)) (V, error) {
	m.mu.Lock()
	x, known := m.kept[campaign]
	m.mu.Unlock()
	if known && x.state == state {
		return x.value, nil
	}
	value, err := find()
	if err != nil {
		return value, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.kept[campaign]; !known {
		m.order = append(m.order, campaign)
	}
	m.kept[campaign] = remembered[S, V]{state, value}
	if len(m.order) > m.most {
		delete(m.kept, m.order[0])
		m.order = m.order[1:]
	}
	return value, nil
}
