package store

import (
	"context"
	"strings"

	"gatehouse/backend/iam"
)

// Order is a column to list by, descending if it begins with "-".
type Order string

// keys are the columns to order by, for a column of known names: each has
// columns that break its ties before the id does. Unknown names fall back to or.
func (o Order) keys(columns map[string]string, or, id string) (keys []string, desc bool) {
	name, desc := strings.CutPrefix(string(o), "-")
	column, known := columns[name]
	if !known {
		column, desc = columns[or], false
	}
	return append(strings.Split(column, ", "), id), desc
}

// sql is the ORDER BY.
func (o Order) sql(columns map[string]string, or, id string) string {
	keys, desc := o.keys(columns, or, id)
	return ranking{keys: keys, desc: desc}.sql()
}

// CheckOrder refuses a column that has no index, naming those that have one.
func CheckOrder(o string, columns map[string]string) error {
	name := strings.TrimPrefix(o, "-")
	if _, ok := columns[name]; ok || o == "" {
		return nil
	}
	known := make([]string, 0, len(columns))
	for c := range columns {
		known = append(known, c)
	}
	return iam.Errorf(iam.Invalid, "This list cannot be sorted by %q.", name).In("query.sort").Fix("Sort by one of: " + strings.Join(known, ", ") + ".")
}

// Count is how many rows a list has, exact to countTo.
type Count struct {
	N     int64
	Exact bool
}

const countTo = 10_000

// count counts the rows of "FROM …" to one more than countTo.
func (r *Reader) count(ctx context.Context, from string, args []any) (Count, error) {
	var n int64
	err := r.tx.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1`+from+` LIMIT ?)`, append(append([]any{}, args...), countTo+1)...).Scan(&n)
	if n > countTo {
		return Count{countTo, false}, err
	}
	return Count{n, true}, err
}

func (r *Reader) ids(ctx context.Context, query string, args ...any) ([]iam.ID, error) {
	rows, err := r.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return scanIDs(rows)
}

// SignIn is an age of the last sign-in, or the word for why it is not known.
type SignIn string

// SignIns are the buckets, youngest first, with the days at which each ends.
var SignIns = []struct {
	Bucket   SignIn
	From, To int64 // days, To excluded; 0: no end
}{
	{"d7", 0, 8}, {"d30", 8, 31}, {"d75", 31, 76}, {"d90", 76, DormantDays + 1}, {"over90", DormantDays + 1, 0},
}

var signInWords = map[SignIn]iam.Moment{
	"never": iam.Never, "unknown": iam.UnknownMoment, "notCollected": iam.NotCollectedMoment, "notSupported": iam.NotSupportedMoment,
}

// bounds are the first and the last moment of a bucket; nothing lies between
// those of a word that is not known.
func (s SignIn) bounds(now int64) (from, to int64) {
	if m, ok := signInWords[s]; ok {
		return int64(m), int64(m)
	}
	for _, b := range SignIns {
		if b.Bucket == s {
			if b.To > 0 {
				from = max(0, now-b.To*day+1)
			}
			return from, now - b.From*day
		}
	}
	return 0, -1
}

func (s SignIn) filter(w *where, column string, now int64) {
	if s == "" {
		return
	}
	from, to := s.bounds(now)
	if s == "notSupported" {
		w.add("("+column+" BETWEEN ? AND ? OR "+column+" IS NULL)", from, to)
		return
	}
	w.add(column+" BETWEEN ? AND ?", from, to)
}

// matching adds the terms that find words pasted in any form. owner is the
// account's column to map a hit to another record, or empty.
func (r *Reader) matching(ctx context.Context, w *where, words, id, login, name, owner string) error {
	words = Cleaned(words)
	if words == "" {
		return nil
	}
	if len([]rune(words)) < 3 {
		end := words + "\U0010FFFF"
		w.add("("+login+" BETWEEN ? AND ? OR "+name+" BETWEEN ? AND ?)", words, end, words, end)
		return nil
	}
	if objects, err := r.exact(ctx, words); err != nil {
		return err
	} else if len(objects) > 0 {
		w.add(r.mapped(id, owner, "SELECT value FROM json_each(?)"), idList(objects))
		return nil
	}
	if r.past {
		set, args := r.matchedThen(words)
		w.add(r.mapped(id, owner, set), args...)
		return nil
	}
	w.add(r.mapped(id, owner, "SELECT rowid FROM search_text WHERE search_text MATCH ?"), matchAll(words))
	return nil
}

func (r *Reader) mapped(id, owner, objects string) string {
	if owner == "" {
		return id + " IN (" + objects + ")"
	}
	return id + " IN (SELECT m." + owner + " FROM accounts m WHERE m.id IN (" + objects + ") AND " + r.stood("m") + ")"
}
