package store

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"

	"gatehouse/backend/iam"
)

// Cursor is a place in a list: right after the row that it was made of. It holds
// the values that the list is ordered by, so that it still leads to the same
// place when that row has gone or others have come.
type Cursor string

// Stretch is what part of a list is asked for: at most so many rows after a
// cursor or, without one, after the first skip rows.
type Stretch struct {
	Skip  int
	After Cursor
	Most  int
}

// Listed is a part of a list. Next leads to the part after it, and is empty at
// the list's end.
type Listed[T any] struct {
	Rows []T
	Count
	Next Cursor
}

// keyed is a row with the values that its list is ordered by.
type keyed[T any] struct {
	row  T
	keys []any
}

// ranking is the order of a list: by which columns, the id last, all of them in
// one direction.
type ranking struct {
	list string
	by   string
	keys []string
	desc bool
}

// name tells cursors of one list and order from those of others.
func (k ranking) name() string {
	if k.desc {
		return k.list + " by -" + k.by
	}
	return k.list + " by " + k.by
}

// ranked is an order of a list, by name if it is by no column of it.
func (l longList) ranked(o Order) ranking {
	k := ranking{list: l.noun, by: strings.TrimPrefix(string(o), "-")}
	if _, known := l.columns[k.by]; !known {
		k.by = "name"
	}
	k.keys, k.desc = o.keys(l.columns, "name", l.id)
	return k
}

// unindexed is the same order of few rows: they are sorted, instead of looking
// for them along the order. (A unary plus keeps SQLite from using an index.)
func (k ranking) unindexed() ranking {
	keys := make([]string, len(k.keys))
	for i, key := range k.keys {
		keys[i] = "+" + key
	}
	k.keys = keys
	return k
}

// sql is the ORDER BY.
func (k ranking) sql() string {
	if k.desc {
		return " ORDER BY " + strings.Join(k.keys, " DESC, ") + " DESC"
	}
	return " ORDER BY " + strings.Join(k.keys, ", ")
}

// beyond is the condition that a row comes after a place.
func (k ranking) beyond() string {
	if k.desc {
		return k.compared("<")
	}
	return k.compared(">")
}

// upwards is the condition that a row has such values as a place or such as come
// after it upwards: where a list that goes down has come to, seen from its end.
func (k ranking) upwards() string {
	if k.desc {
		return k.compared(">=")
	}
	return k.compared(">")
}

func (k ranking) compared(how string) string {
	return "(" + strings.Join(k.keys, ", ") + ") " + how + " (" + strings.TrimSuffix(strings.Repeat("?, ", len(k.keys)), ", ") + ")"
}

// cursor is the place after a row with such values.
func (k ranking) cursor(values []any) (Cursor, error) {
	text, err := json.Marshal(append([]any{k.name()}, values...))
	return Cursor(base64.RawURLEncoding.EncodeToString(text)), err
}

// place are the values of the row that a cursor was made of; none if it is
// empty. One that was made for another list or order is refused.
func (k ranking) place(c Cursor) ([]any, error) {
	if c == "" {
		return nil, nil
	}
	wrong := iam.Errorf(iam.Invalid, "This is no place in this list in this order.").In("query.after").Fix("Take it from next of the page before, asked for with the same sort. Leave it out to begin again.")
	text, err := base64.RawURLEncoding.DecodeString(string(c))
	if err != nil {
		return nil, wrong
	}
	var values []any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&values) != nil || len(values) != 1+len(k.keys) || values[0] != k.name() {
		return nil, wrong
	}
	values = values[1:]
	for i, v := range values {
		switch v := v.(type) {
		case string:
		case json.Number:
			if values[i], err = v.Int64(); err != nil {
				return nil, wrong
			}
		default:
			return nil, wrong
		}
	}
	return values, nil
}

// pageOf cuts rows, of which one more than asked for was looked for, to a part
// of a list.
func pageOf[T any](k ranking, rows []keyed[T], n Count, most int) (Listed[T], error) {
	l := Listed[T]{Count: n}
	var err error
	if len(rows) > most {
		rows = rows[:most]
		if most > 0 {
			l.Next, err = k.cursor(rows[most-1].keys)
		}
	}
	l.Rows = make([]T, len(rows))
	for i, row := range rows {
		l.Rows[i] = row.row
	}
	return l, err
}
