package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"gatehouse/backend/iam"
)

// listing is where a list comes from: now one table, in the order of its
// indexes; in the past two parts, what has stayed as it was and what has not,
// each in the order of its own, so that neither is sorted whole.
type listing struct {
	with  string
	parts []part
}

// part is a FROM and what narrows it to the rows that stood.
type part struct{ from, stood string }

// where is the filter of a part.
func (p part) where(w where) string {
	if p.stood == "" {
		return " FROM " + p.from + w.sql()
	}
	w.terms = append([]string{p.stood}, w.terms...)
	return " FROM " + p.from + w.sql()
}

// countOf counts the rows of a listing to one more than countTo.
func (r *Reader) countOf(ctx context.Context, l listing, w where) (Count, error) {
	var counts []string
	var args []any
	for _, p := range l.parts {
		counts = append(counts, `(SELECT count(*) FROM (SELECT 1`+p.where(w)+` LIMIT ?))`)
		args = append(append(args, w.args...), countTo+1)
	}
	var n int64
	if err := r.tx.QueryRowContext(ctx, l.with+`SELECT `+strings.Join(counts, " + "), args...).Scan(&n); err != nil {
		return Count{}, err
	}
	return Count{min(n, countTo), n <= countTo}, nil
}

// rowsOf are the rows of a listing that a stretch asks for, and one more if there
// are any: columns are scanned into fields. Where there are two parts, each gives
// its first rows with the keys of the order after the columns, and those are
// merged.
func rowsOf[T any](ctx context.Context, r *Reader, l listing, columns string, fields func(*T) []any, w where, k ranking, at Stretch) ([]keyed[T], error) {
	place, err := k.place(at.After)
	if err != nil {
		return nil, err
	}
	if place != nil {
		w.terms, w.args = append(slices.Clip(w.terms), k.beyond()), append(slices.Clip(w.args), place...)
	}
	named, outer := "", ranking{desc: k.desc}
	for i, key := range k.keys {
		outer.keys = append(outer.keys, fmt.Sprint("k", i))
		named += ", " + key + " AS " + outer.keys[i]
	}
	query, args := `SELECT `+columns+named+l.parts[0].where(w)+k.sql()+` LIMIT ? OFFSET ?`, append(slices.Clip(w.args), at.Most+1, at.Skip)
	if len(l.parts) > 1 {
		var both []string
		args = nil
		for _, p := range l.parts {
			both = append(both, `SELECT * FROM (SELECT `+columns+named+p.where(w)+k.sql()+` LIMIT ?)`)
			args = append(append(args, w.args...), at.Most+1+at.Skip)
		}
		query, args = `SELECT * FROM (`+strings.Join(both, " UNION ALL ")+`)`+outer.sql()+` LIMIT ? OFFSET ?`, append(args, at.Most+1, at.Skip)
	}
	return each(ctx, r, l.with+query, args, func(rows *sql.Rows, row *keyed[T]) error {
		row.keys = make([]any, len(k.keys))
		into := fields(&row.row)
		for i := range row.keys {
			into = append(into, &row.keys[i])
		}
		return rows.Scan(into...)
	})
}

// idsOf are the ids of a stretch of a listing, with the count of the whole.
func (r *Reader) idsOf(ctx context.Context, l listing, id string, w where, k ranking, at Stretch) (Listed[iam.ID], error) {
	n, err := r.countOf(ctx, l, w)
	if err != nil {
		return Listed[iam.ID]{}, err
	}
	rows, err := rowsOf(ctx, r, l, id, func(id *iam.ID) []any { return []any{id} }, w, k, at)
	if err != nil {
		return Listed[iam.ID]{}, err
	}
	return pageOf(k, rows, n, at.Most)
}

// versions lists a table with since and until, as the row that from calls it.
// (The unary plus keeps SQLite from using the index of since, which would leave
// all to be sorted.)
func (r *Reader) versions(table, row, join string) listing {
	if !r.past {
		return listing{parts: []part{{from: "open_" + table + " " + row + join}}}
	}
	return listing{parts: []part{
		{table + " " + row + join, fmt.Sprintf("%[1]s.until = 9223372036854775807 AND +%[1]s.since <= %[2]d", row, r.at)},
		{table + " " + row + join, fmt.Sprintf("%[1]s.until < 9223372036854775807 AND %[1]s.until > %[2]d AND +%[1]s.since <= %[2]d", row, r.at)},
	}}
}

// identityRows are the rows i that identities are listed from. Those of the past
// are the rows of today, but for identities that have changed since: theirs are
// made anew from their accounts of then.
func (r *Reader) identityRows() listing {
	if !r.past {
		return listing{parts: []part{{from: "identity_rows i"}}}
	}
	return listing{fmt.Sprintf(`WITH changed(id) AS MATERIALIZED (
	    SELECT identity_id FROM accounts WHERE since > %[1]d AND identity_id > 0
	    UNION SELECT identity_id FROM accounts WHERE until < 9223372036854775807 AND until > %[1]d AND identity_id > 0
	    UNION SELECT id FROM identities WHERE since > %[1]d
	    UNION SELECT id FROM identities WHERE until < 9223372036854775807 AND until > %[1]d),
	  own AS MATERIALIZED (
	    SELECT a.identity_id AS id, count(*) AS n, `+stateOfAll("enabled")+` AS enabled, `+stateOfAll("locked")+` AS locked,
	      coalesce(`+lastOfAll+`, -3) AS last_sign_in
	    FROM changed c CROSS JOIN accounts a LEFT JOIN observations b ON b.object_id = a.id WHERE %[2]s GROUP BY a.identity_id),
	  thens AS (SELECT i.id, i.sort, p.name, `+listName+` AS list_name, p.name_fold, p.login, p.login_fold, p.department, p.title, own.n AS accounts, own.enabled, own.locked, own.last_sign_in
	    FROM own CROSS JOIN identities i ON i.id = own.id AND %[3]s CROSS JOIN accounts p ON p.id = i.primary_account AND %[4]s) `,
		r.at, r.stoodWhere("a", "a.identity_id = c.id"), r.stood("i"), r.stood("p")),
		[]part{{"identity_rows i", "i.id NOT IN (SELECT id FROM changed)"}, {"thens i", ""}}}
}

// matchedThen are the accounts and groups whose words matched at the point. The
// index knows the words of open rows; rows that were closed since are few and
// are looked through.
func (r *Reader) matchedThen(words string) (set string, args []any) {
	var closed strings.Builder
	var terms []any
	for _, w := range strings.FieldsFunc(words, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }) {
		closed.WriteString(" AND instr(%[2]s, ?) > 0")
		terms = append(terms, strings.Trim(w, `,;<>()"'`))
	}
	for _, t := range []struct{ table, text string }{
		{"accounts", "x.login_fold || ' ' || x.name_fold || ' ' || x.dn_ref || ' ' || lower(x.employee_number)"},
		{"entitlements", "x.name_fold || ' ' || x.dn_ref || ' ' || lower(x.description)"},
	} {
		if set != "" {
			set += " UNION "
		}
		set += fmt.Sprintf(`SELECT x.id FROM search_text s CROSS JOIN %[1]s x ON x.id = s.rowid WHERE s.search_text MATCH ? AND x.until = 9223372036854775807 AND x.since <= %[3]d
		  UNION SELECT x.id FROM %[1]s x WHERE x.until < 9223372036854775807 AND x.until > %[3]d AND x.since <= %[3]d`+closed.String(), t.table, t.text, r.at)
		args = append(append(args, matchAll(words)), terms...)
	}
	return set, args
}
