package store

import (
	"context"
	"database/sql/driver"
	"strings"
)

// bulk gathers rows of a table, to write many with one statement.
type bulk struct {
	insert string // up to the values
	width  int    // columns
	most   int    // rows of one statement
	args   []any
}

func (b *bulk) add(row ...any) { b.args = append(b.args, row...) }

// bulks are the rows of staged objects that are not in the file yet.
type bulks struct {
	objects, accounts, entitlements, refs bulk

	statements map[string]driver.Stmt
	values     []driver.NamedValue
}

// openBulks begins with no rows.
func (st *Staging) openBulks() {
	columns := func(facts, more string) int { return 1 + len(strings.Split(facts+","+more, ",")) }
	st.bulks = bulks{
		objects:      bulk{"INSERT INTO objects (sid, external_id, object_id, noun, state)", 5, 100, nil},
		accounts:     bulk{"INSERT OR REPLACE INTO accounts", columns(accountFacts, accountRest), 16, nil},
		entitlements: bulk{"INSERT OR REPLACE INTO entitlements", columns(entitlementFacts, entitlementRest), 16, nil},
		refs:         bulk{"INSERT INTO refs (sid, ord, ref)", 3, 100, nil},
		statements:   map[string]driver.Stmt{},
	}
}

// write writes rows that have gathered: all, or as many as fill a statement.
func (st *Staging) write(ctx context.Context, all bool) {
	if b := &st.bulks.objects; len(st.fresh) >= b.most || all {
		first := len(st.objects) - len(st.fresh)
		for i, externalID := range st.fresh {
			o := st.objects[first+i]
			b.add(int64(first+i+1), externalID, o.id, o.noun.String(), o.state.String())
		}
		st.fresh = st.fresh[:0]
	}
	for _, b := range []*bulk{&st.bulks.objects, &st.bulks.accounts, &st.bulks.entitlements, &st.bulks.refs} {
		args := b.args
		for n := b.most; len(args) > 0 && (all || len(args) >= n*b.width); {
			n = min(n, len(args)/b.width)
			row := ", (?" + strings.Repeat(", ?", b.width-1) + ")"
			st.execDirectly(ctx, b.insert+" VALUES "+strings.Repeat(row, n)[2:], args[:n*b.width])
			args = args[n*b.width:]
		}
		b.args = append(b.args[:0], args...)
	}
}

// execDirectly is exec without what database/sql does for each of some hundred
// values. They are int64, string and []byte.
func (st *Staging) execDirectly(ctx context.Context, query string, args []any) {
	if st.err != nil {
		return
	}
	b := &st.bulks
	b.values = b.values[:0]
	for i, a := range args {
		b.values = append(b.values, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	st.err = st.conn.Raw(func(conn any) error {
		p := b.statements[query]
		if p == nil {
			var err error
			if p, err = conn.(driver.ConnPrepareContext).PrepareContext(ctx, query); err != nil {
				return err
			}
			b.statements[query] = p
		}
		_, err := p.(driver.StmtExecContext).ExecContext(ctx, b.values)
		return err
	})
}

// closeBulks closes the statements.
func (st *Staging) closeBulks() {
	_ = st.conn.Raw(func(any) error {
		for _, p := range st.bulks.statements {
			_ = p.Close()
		}
		return nil
	})
	st.bulks.statements = nil
}
