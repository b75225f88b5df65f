// Package sheet writes tables of any length as spreadsheets: xlsx for people,
// csv for programs. It knows nothing of what the tables say.
//
// Nothing is dropped, shortened or evaluated. A string is a text whatever it
// begins with, an id is no number, and what a format cannot hold is refused
// with the place where it stands.
//
// Every table has a dataset hash that depends on its columns and values alone,
// so that it is the same whether the table is written as xlsx, as csv or only
// counted: see Digest.
package sheet

import (
	"context"
	"iter"

	"gatehouse/backend/iam"
)

// Kind says what the values of a column are. Words such as "never" may stand
// in a column of any kind.
type Kind string

// The kinds.
const (
	Text    Kind = "text"
	ID      Kind = "id"      // text even if it is made of digits
	Number  Kind = "number"  // a count
	Time    Kind = "time"    // a moment, in UTC
	Outcome Kind = "outcome" // one of the four outcomes of a test
)

// Column is one column of a table.
type Column struct {
	Name  string  // stable; part of the dataset hash
	Title string  // what people read; empty: Name
	Kind  Kind    // empty: Text
	Width float64 // in characters; 0: fitted from title and first rows
}

// Heading is the title as it stands above the column. That of times says UTC.
func (c Column) Heading() string {
	h := c.Title
	if h == "" {
		h = c.Name
	}
	if c.Kind == Time && !containsUTC(h) {
		h += " (UTC)"
	}
	return h
}

// Table is a table whose rows are produced while they are written.
type Table struct {
	Name    string // stable
	Title   string // what people read; empty: Name
	Columns []Column
	// Rows yields the rows in their order. A row has one value a column; its
	// slice may be used again for the next. An error ends the table.
	Rows iter.Seq2[[]Value, error]
}

func (t Table) heading() string {
	if t.Title == "" {
		return t.Name
	}
	return t.Title
}

// Written is what there is to say of a table that was written.
type Written struct {
	Name   string
	Rows   int64
	SHA256 string // the dataset hash, in hex
	Sheets int    // of the workbook; 0 outside one
}

// every is the number of rows between two reports of progress.
const every = 1000

// mostColumns is the most columns that a sheet has.
const mostColumns = 16384

// walk gives each row to put, which may be nil, and returns the count and the
// hash.
func (t Table) walk(ctx context.Context, progress func(rows int64), put func(row []Value) error) (Written, error) {
	w := Written{Name: t.Name}
	if n := len(t.Columns); n == 0 || n > mostColumns {
		return w, iam.Errorf(iam.Unsupported, "%s has %d columns; a table has 1 to %d.", t.heading(), n, mostColumns)
	}
	sum := newDigest(t.Columns)
	if t.Rows != nil {
		for row, err := range t.Rows {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return w, err
			}
			w.Rows++
			if len(row) != len(t.Columns) {
				return w, iam.Errorf(iam.Internal, "Row %d of %s has %d values for %d columns.", w.Rows, t.heading(), len(row), len(t.Columns))
			}
			sum.add(row)
			if put != nil {
				if err := put(row); err != nil {
					return w, err
				}
			}
			if progress != nil && w.Rows%every == 0 {
				progress(w.Rows)
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return w, err
	}
	if progress != nil {
		progress(w.Rows)
	}
	w.SHA256 = sum.hex()
	return w, nil
}

// Digest counts and hashes a table without writing it.
//
// The hash is the SHA-256 of the columns followed by the values, row by row.
// A column is its kind and its name, a value its kind and what String gives:
// the kind as one letter (t text, i id, n number, d time, o outcome, w word),
// then the length of the text in bytes as an unsigned LEB128 number, then the
// text in UTF-8. The columns are preceded by their number, also as LEB128.
func Digest(ctx context.Context, t Table) (Written, error) {
	return t.walk(ctx, nil, nil)
}
