package store

import (
	"context"
	"math/bits"
	"slices"
	"sort"
	"strings"

	"gatehouse/backend/iam"
)

// lineup are the rows of a long list in one of its orders, kept in memory: any
// place of it is one step away, and many matches are put in order without being
// sorted.
type lineup struct {
	ids idLine
	all idSet
}

func newLineup(ids []iam.ID) lineup { return lineup{newLine(ids), setOf(ids)} }

// walk is a stretch of those rows of a lineup that are chosen, all if chosen is
// nil, beginning at the row at from: the ids, one more than most if there are any.
func (l lineup) walk(desc bool, chosen idSet, from, skip, most int) (ids []iam.ID) {
	if chosen == nil {
		from, skip = from+skip, 0
	}
	for p := range l.ids {
		piece := l.ids[p]
		if desc {
			piece = l.ids[len(l.ids)-1-p]
		}
		for i := from; i < len(piece) && len(ids) <= most; i++ {
			id := piece[i]
			if desc {
				id = piece[len(piece)-1-i]
			}
			switch {
			case chosen != nil && !chosen.has(id):
			case skip > 0:
				skip--
			default:
				ids = append(ids, id)
			}
		}
		from = max(0, from-len(piece))
	}
	return ids
}

// count is how many rows of a lineup are chosen, all if chosen is nil.
func (l lineup) count(chosen idSet) int64 {
	if chosen == nil {
		return int64(l.ids.length())
	}
	return l.all.among(chosen).count()
}

// idSet is a set of ids: a bit for each.
type idSet []uint64

func (s *idSet) add(id iam.ID) {
	for int(id/64) >= len(*s) {
		*s = append(*s, make([]uint64, len(*s)+1024)...)
	}
	(*s)[id/64] |= 1 << (id % 64)
}

func (s idSet) has(id iam.ID) bool { return int(id/64) < len(s) && s[id/64]&(1<<(id%64)) != 0 }

func setOf(ids []iam.ID) idSet {
	s := idSet{}
	for _, id := range ids {
		s.add(id)
	}
	return s
}

func (s idSet) count() (n int64) {
	for _, b := range s {
		n += int64(bits.OnesCount64(b))
	}
	return n
}

// among are the ids that are in both sets.
func (s idSet) among(other idSet) idSet {
	out := make(idSet, min(len(s), len(other)))
	for i := range out {
		out[i] = s[i] & other[i]
	}
	return out
}

// without are the ids of a set that are not in the other.
func (s idSet) without(other idSet) idSet {
	out := slices.Clone(s)
	for i := range min(len(s), len(other)) {
		out[i] &^= other[i]
	}
	return out
}

// or are the ids that are in either set.
func (s idSet) or(other idSet) idSet {
	if len(s) < len(other) {
		s, other = other, s
	}
	out := slices.Clone(s)
	for i, b := range other {
		out[i] |= b
	}
	return out
}

// behind are the ids that of tells for those of the set.
func (s idSet) behind(of []iam.ID) idSet {
	out := idSet{}
	for w, b := range s {
		for ; b != 0; b &= b - 1 {
			if id := iam.ID(w*64 + bits.TrailingZeros64(b)); id < iam.ID(len(of)) && of[id] > 0 {
				out.add(of[id])
			}
		}
	}
	return out
}

// longList is a list of open rows that may be long. from ends in a WHERE.
type longList struct {
	noun    string
	from    string
	id      string
	columns map[string]string
	words   [2]string // the columns whose beginnings are searched
	signIn  string    // the column of the last sign-in, if there is one
	people  bool      // an account that matches stands for its identity
	sorted  bool      // the order has no index of its own
}

// many is how many rows are so many that a lineup is worth its making.
const many = 1000

// broadFrom is many; tests have fewer.
var broadFrom int64 = many

// inOrder is the lineup of a list by a column.
func (l longList) inOrder(by string) thing[lineup] {
	query := `SELECT ` + l.id + ` AS id` + l.from + Order(by).sql(l.columns, "name", l.id)
	return thing[lineup]{
		on: ofRecords, name: query,
		make: func(ctx context.Context, r *Reader) (lineup, error) {
			if by == "lastSignIn" && l.noun == "accounts" {
				if made, ok, err := r.bySignIn(ctx, l); ok || err != nil {
					return made, err
				}
			}
			ids, err := r.manyIDs(ctx, `SELECT group_concat(id) FROM (`+query+`)`)
			return newLineup(ids), err
		},
		renew: func(ctx context.Context, r *Reader, old lineup, since iam.Seq) (lineup, bool, error) {
			var observed []iam.ID
			if by == "lastSignIn" { // a reading changes it without a record's
				var ok bool
				var err error
				if observed, ok, err = r.observedSince(ctx, l, since); !ok || err != nil {
					return lineup{}, false, err
				}
			}
			return r.renewLineup(ctx, l, by, old, since, observed)
		},
	}
}

// bySignIn is a lineup of accounts by their last sign-in, in the order of the
// observations' index: sorting a million takes ten times as long. ok is false
// where an account was not observed.
func (r *Reader) bySignIn(ctx context.Context, l longList) (made lineup, ok bool, err error) {
	all, err := kept(ctx, r, l.inOrder("name"))
	if err != nil {
		return lineup{}, false, err
	}
	observed, err := r.manyIDs(ctx, `SELECT group_concat(object_id) FROM (SELECT object_id FROM observations WHERE last_sign_in IS NOT NULL ORDER BY last_sign_in, object_id)`)
	observed = slices.DeleteFunc(observed, func(id iam.ID) bool { return !all.all.has(id) })
	return lineup{newLine(observed), all.all}, len(observed) == all.ids.length(), err
}

// manyIDs are the ids in a group_concat: one text of all numbers, because a
// hundred thousand rows one by one take longer.
func (r *Reader) manyIDs(ctx context.Context, query string, args ...any) ([]iam.ID, error) {
	var list *string
	if err := r.tx.QueryRowContext(ctx, query, args...).Scan(&list); err != nil || list == nil {
		return nil, err
	}
	ids := make([]iam.ID, 0, 1+strings.Count(*list, ","))
	var id iam.ID
	for _, c := range []byte(*list) {
		if c == ',' {
			ids, id = append(ids, id), 0
		} else {
			id = id*10 + iam.ID(c-'0')
		}
	}
	return append(ids, id), nil
}

// firstOf is the place of the first row along a lineup that a condition holds
// for, which holds for all after it.
func (r *Reader) firstOf(ctx context.Context, l longList, along idLine, condition string, args ...any) (int, error) {
	stmt, err := r.tx.PrepareContext(ctx, `SELECT `+condition+l.from+` AND `+l.id+` = ?`)
	if err != nil {
		return 0, err
	}
	defer func() { _ = stmt.Close() }()
	first := sort.Search(along.length(), func(i int) bool {
		holds := false
		if err == nil {
			err = stmt.QueryRowContext(ctx, append(args[:len(args):len(args)], along.at(i))...).Scan(&holds)
		}
		return holds
	})
	return first, err
}

// stretchOf finds the ids of a stretch of a long list in memory, with the exact
// count of the whole. ok is false where what is needed is not there and the table
// answers soon enough.
func (r *Reader) stretchOf(ctx context.Context, l longList, n narrowing, order Order, at Stretch) (found Listed[iam.ID], ok bool, err error) {
	k := l.ranked(order)
	place, err := k.place(at.After)
	if err != nil {
		return found, false, err
	}
	if n == (narrowing{}) && at.Skip < many && !l.sorted { // the table has an index
		if there, err := l.inOrder(k.by).ready(ctx, r); !there || err != nil {
			return found, false, err
		}
	}
	chosen, err := r.narrowed(ctx, l, n)
	if err != nil {
		return found, false, err
	}
	all, known, err := keep(ctx, r, l.inOrder(k.by))
	if !known || err != nil {
		return found, false, err
	}
	from := 0
	if place != nil {
		if from, err = r.firstOf(ctx, l, all.ids, k.upwards(), place...); err != nil {
			return found, false, err
		}
		if k.desc {
			from = all.ids.length() - from
		}
	}
	ids := all.walk(k.desc, chosen, from, at.Skip, at.Most)
	rows := make([]keyed[iam.ID], len(ids))
	for i, id := range ids {
		rows[i].row = id
	}
	if len(ids) > at.Most && at.Most > 0 {
		last := &rows[at.Most-1]
		last.keys = make([]any, len(k.keys))
		into := make([]any, len(k.keys))
		for i := range into {
			into[i] = &last.keys[i]
		}
		if err := r.tx.QueryRowContext(ctx, `SELECT `+strings.Join(k.keys, ", ")+l.from+` AND `+l.id+` = ?`, last.row).Scan(into...); err != nil {
			return found, false, err
		}
	}
	found, err = pageOf(k, rows, Count{all.count(chosen), true}, at.Most)
	return found, true, err
}
