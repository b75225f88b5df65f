package store

import (
	"context"
	"database/sql"
	"math/bits"
	"strings"

	"gatehouse/backend/iam"
)

// A lineup is a long list in one of its orders, kept in memory: any place of it
// is one step away, and many matches are put in order without being sorted.
type lineup struct {
	ids   []iam.ID
	first iam.ID   // the lowest of them
	place []uint32 // of the id first + index: 1 + its index in ids; 0: not listed
}

func newLineup(ids []iam.ID) *lineup {
	l := &lineup{ids: ids}
	if len(ids) == 0 {
		return l
	}
	l.first = ids[0]
	last := ids[0]
	for _, id := range ids {
		l.first, last = min(l.first, id), max(last, id)
	}
	l.place = make([]uint32, last-l.first+1)
	for i, id := range ids {
		l.place[id-l.first] = uint32(i) + 1
	}
	return l
}

// at is the index of an id, if it is listed.
func (l *lineup) at(id iam.ID) (int, bool) {
	if id < l.first || id-l.first >= iam.ID(len(l.place)) {
		return 0, false
	}
	p := l.place[id-l.first]
	return int(p) - 1, p > 0
}

// stretch are most ids after the first skip ones, from the end if desc.
func (l *lineup) stretch(desc bool, skip, most int) []iam.ID {
	n := len(l.ids)
	skip = min(skip, n)
	most = min(most, n-skip)
	out := make([]iam.ID, most)
	for i := range out {
		if desc {
			out[i] = l.ids[n-1-skip-i]
		} else {
			out[i] = l.ids[skip+i]
		}
	}
	return out
}

// marks are places of a lineup.
type marks struct {
	l    *lineup
	bits []uint64
}

func (l *lineup) marks() marks { return marks{l, make([]uint64, (len(l.ids)+63)/64)} }

func (m marks) add(id iam.ID) {
	if i, ok := m.l.at(id); ok {
		m.bits[i/64] |= 1 << (i % 64)
	}
}

// chosen are the marked ids, as a lineup of their own order.
func (m marks) chosen() *lineup {
	n := 0
	for _, b := range m.bits {
		n += bits.OnesCount64(b)
	}
	ids := make([]iam.ID, 0, n)
	for w, b := range m.bits {
		for ; b != 0; b &= b - 1 {
			ids = append(ids, m.l.ids[w*64+bits.TrailingZeros64(b)])
		}
	}
	return &lineup{ids: ids}
}

// behind tells for each account the identity behind it, by the account's number.
func (r *Reader) behind(ctx context.Context) ([]iam.ID, bool, error) {
	return keep(ctx, r, "behind", func() ([]iam.ID, error) {
		type pair struct{ account, identity iam.ID }
		pairs, err := each(ctx, r, `SELECT id, identity_id FROM open_accounts ORDER BY id`, nil, func(rows *sql.Rows, p *pair) error { return rows.Scan(&p.account, &p.identity) })
		if err != nil || len(pairs) == 0 {
			return nil, err
		}
		of := make([]iam.ID, pairs[len(pairs)-1].account+1)
		for _, p := range pairs {
			of[p.account] = p.identity
		}
		return of, nil
	})
}

// longList is a list of open rows that may be long. from ends in a WHERE.
type longList struct {
	from    string
	id      string
	columns map[string]string
	words   [2]string // the columns whose beginnings are searched
	people  bool      // an account that matches stands for its identity
	sorted  bool      // the order has no index of its own
}

// many is how many rows are so many that a lineup is worth its making.
const many = 1000

func (r *Reader) lineup(ctx context.Context, l longList, order Order) (*lineup, error) {
	query := `SELECT ` + l.id + l.from + order.sql(l.columns, "name", l.id)
	kept, _, err := keep(ctx, r, query, func() (*lineup, error) {
		ids, err := r.ids(ctx, query)
		return newLineup(ids), err
	})
	return kept, err
}

// stretchOf finds the ids of a stretch of a long list that words alone narrow,
// where that is quicker than asking the table: far down the list, and where much
// matches. Else ok is false.
func (r *Reader) stretchOf(ctx context.Context, l longList, words string, order Order, skip, most int) (ids []iam.ID, n Count, ok bool, err error) {
	words = Cleaned(words)
	if r.memory == nil || r.past || words == "" && skip < many && !l.sorted {
		return nil, n, false, nil
	}
	by, desc := strings.CutPrefix(string(order), "-")
	if _, known := l.columns[by]; !known {
		by, desc = "name", false
	}
	var chosen *lineup
	switch {
	case words == "":
		var few Count
		if few, err = r.atMost(ctx, l.from, nil, many); err != nil || few.Exact {
			return nil, n, false, err
		}
		chosen, err = r.lineup(ctx, l, Order(by))
	case len([]rune(words)) < 3:
		chosen, err = r.beginning(ctx, l, words, Order(by))
	default:
		chosen, err = r.mentioning(ctx, l, words, Order(by))
	}
	if chosen == nil || err != nil {
		return nil, n, false, err
	}
	total := int64(len(chosen.ids))
	return chosen.stretch(desc, skip, most), Count{min(total, countTo), total <= countTo}, true, nil
}

// atMost counts the rows of "FROM …" to one more than most.
func (r *Reader) atMost(ctx context.Context, from string, args []any, most int64) (Count, error) {
	var n int64
	err := r.tx.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1`+from+` LIMIT ?)`, append(append([]any{}, args...), most+1)...).Scan(&n)
	return Count{min(n, most), n <= most}, err
}

// beginning are the rows of which a column begins with words, if they are many:
// two stretches of two orders.
func (r *Reader) beginning(ctx context.Context, l longList, words string, by Order) (*lineup, error) {
	end := words + "\U0010FFFF"
	much := false
	for _, column := range l.words {
		n, err := r.atMost(ctx, l.from+" AND "+l.columns[column]+" BETWEEN ? AND ?", []any{words, end}, many)
		if err != nil {
			return nil, err
		}
		much = much || !n.Exact
	}
	if !much {
		return nil, nil
	}
	order, err := r.lineup(ctx, l, by)
	if order == nil || err != nil {
		return nil, err
	}
	m := order.marks()
	for _, column := range l.words {
		along, err := r.lineup(ctx, l, Order(column))
		if along == nil || err != nil {
			return nil, err
		}
		bounds := [2]int{len(along.ids), len(along.ids)}
		for i, condition := range []string{" >= ?", " > ?"} {
			found, err := r.ids(ctx, `SELECT `+l.id+l.from+" AND "+l.columns[column]+condition+Order(column).sql(l.columns, "name", l.id)+` LIMIT 1`, []string{words, end}[i])
			if err != nil {
				return nil, err
			}
			if len(found) > 0 {
				bounds[i], _ = along.at(found[0])
			}
		}
		for _, id := range along.ids[bounds[0]:bounds[1]] {
			m.add(id)
		}
	}
	return m.chosen(), nil
}

// mentioning are the rows that mention words anywhere, if they are many.
func (r *Reader) mentioning(ctx context.Context, l longList, words string, by Order) (*lineup, error) {
	n, err := r.atMost(ctx, ` FROM search_text WHERE search_text MATCH ?`, []any{matchAll(words)}, many)
	if err != nil || n.Exact {
		return nil, err
	}
	if found, err := r.exact(ctx, words); err != nil || len(found) > 0 {
		return nil, err
	}
	order, err := r.lineup(ctx, l, by)
	if order == nil || err != nil {
		return nil, err
	}
	var of []iam.ID
	if l.people {
		known := false
		if of, known, err = r.behind(ctx); !known {
			return nil, err
		}
	}
	// One text of all numbers: a hundred thousand rows one by one take longer.
	var list *string
	if err := r.tx.QueryRowContext(ctx, `SELECT group_concat(rowid) FROM search_text WHERE search_text MATCH ?`, matchAll(words)).Scan(&list); err != nil || list == nil {
		return nil, err
	}
	m := order.marks()
	var id iam.ID
	for i := 0; i <= len(*list); i++ {
		if i < len(*list) && (*list)[i] != ',' {
			id = id*10 + iam.ID((*list)[i]-'0')
			continue
		}
		switch {
		case !l.people:
			m.add(id)
		case id < iam.ID(len(of)):
			m.add(of[id])
		}
		id = 0
	}
	return m.chosen(), nil
}
