package sheet

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func TestCSV(t *testing.T) {
	two := []Column{{Name: "a", Title: "Name"}, {Name: "b", Title: "Seen", Kind: Time}}
	one := two[:1]
	for _, c := range []struct {
		name    string
		columns []Column
		rows    [][]Value
		want    string
	}{
		{"no rows", two, nil, "Name,Seen (UTC)\n"},
		{"values", two, [][]Value{{TextOf("Ann"), TimeOf(0)}, {TextOf(""), WordOf("never")}}, "Name,Seen (UTC)\nAnn,1970-01-01 00:00:00\n,never\n"},
		{"quotes", one, [][]Value{{TextOf(`a "b", c`)}}, "Name\n\"a \"\"b\"\", c\"\n"},
		{"a line in a cell", one, [][]Value{{TextOf("a\nb")}}, "Name\n\"a\nb\"\n"},
		{"spaces at the edges", one, [][]Value{{TextOf(" a ")}}, "Name\n\" a \"\n"},
		{"nothing at all is a row", one, [][]Value{{TextOf("")}}, "Name\n\"\"\n"},
		{"equals", one, [][]Value{{TextOf("=1+1")}}, "Name\n'=1+1\n"},
		{"plus", one, [][]Value{{IDOf("+42")}}, "Name\n'+42\n"},
		{"minus", one, [][]Value{{TextOf("-1")}}, "Name\n'-1\n"},
		{"at", one, [][]Value{{TextOf("@SUM(A1)")}}, "Name\n'@SUM(A1)\n"},
		{"tab", one, [][]Value{{TextOf("\t=1")}}, "Name\n\"'\t=1\"\n"},
		{"carriage return", one, [][]Value{{TextOf("\r=1")}}, "Name\n\"'\r=1\"\n"},
		{"line feed", one, [][]Value{{TextOf("\n=1")}}, "Name\n\"'\n=1\"\n"},
		{"an apostrophe that is the text's own", one, [][]Value{{TextOf("'=1")}}, "Name\n''=1\n"},
		{"an apostrophe before a letter", one, [][]Value{{TextOf("'s")}}, "Name\n's\n"},
		{"within", one, [][]Value{{TextOf("a=1")}}, "Name\na=1\n"},
		{"a number below zero", []Column{{Name: "n", Kind: Number}}, [][]Value{{NumberOf(-5)}}, "n\n-5\n"},
		{"a heading", []Column{{Name: "n", Title: "=n"}}, nil, "'=n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			w, err := WriteCSV(context.Background(), &out, Table{Name: "t", Columns: c.columns, Rows: rowsOf(c.rows...)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != c.want {
				t.Errorf("wrote %q, want %q", out.String(), c.want)
			}
			if w.Name != "t" || w.Rows != int64(len(c.rows)) || w.Sheets != 0 {
				t.Errorf("%+v", w)
			}
		})
	}
}

// The hash is what its documentation says, reckoned here by hand.
func TestDigest(t *testing.T) {
	var b []byte
	put := func(letter byte, s string) {
		b = append(b, letter)
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	long := strings.Repeat("long ", 100)
	b = append(b, 3)
	put('t', "name")
	put('i', "id")
	put('d', "seen")
	put('t', "Ann")
	put('i', "007")
	put('d', "2026-01-31 08:59:30")
	put('t', long)
	put('i', "")
	put('w', "never")
	sum := sha256.Sum256(b)
	table := Table{Name: "x", Columns: []Column{{Name: "name", Title: "whatever"}, {Name: "id", Kind: ID}, {Name: "seen", Kind: Time}},
		Rows: rowsOf([]Value{TextOf("Ann"), IDOf("007"), TimeOf(micros("2026-01-31 08:59:30"))}, []Value{TextOf(long), IDOf(""), WordOf("never")})}
	got, err := Digest(context.Background(), table)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Written{Name: "x", Rows: 2, SHA256: hex.EncodeToString(sum[:])}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// Whatever differs in what a reader sees differs in the hash.
func TestDigestDiffers(t *testing.T) {
	seen := map[string]string{}
	for _, c := range []struct {
		name    string
		columns []Column
		rows    [][]Value
	}{
		{"no rows", []Column{{Name: "a"}, {Name: "b"}}, nil},
		{"another name", []Column{{Name: "a"}, {Name: "c"}}, nil},
		{"another kind", []Column{{Name: "a"}, {Name: "b", Kind: ID}}, nil},
		{"names moved", []Column{{Name: "ab"}, {Name: ""}}, nil},
		{"a row", []Column{{Name: "a"}, {Name: "b"}}, [][]Value{{TextOf("x"), TextOf("y")}}},
		{"values moved", []Column{{Name: "a"}, {Name: "b"}}, [][]Value{{TextOf("xy"), TextOf("")}}},
		{"a word for a text", []Column{{Name: "a"}, {Name: "b"}}, [][]Value{{TextOf("x"), WordOf("y")}}},
		{"an id for a text", []Column{{Name: "a"}, {Name: "b"}}, [][]Value{{TextOf("x"), IDOf("y")}}},
		{"twice", []Column{{Name: "a"}, {Name: "b"}}, [][]Value{{TextOf("x"), TextOf("y")}, {TextOf("x"), TextOf("y")}}},
		{"one column", []Column{{Name: "a"}}, nil},
	} {
		w, err := Digest(context.Background(), Table{Columns: c.columns, Rows: rowsOf(c.rows...)})
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[w.SHA256]; ok {
			t.Errorf("%s has the hash of %s", c.name, other)
		}
		seen[w.SHA256] = c.name
	}
}

// What goes wrong while a table is written is told, in every form of it.
func TestTableErrors(t *testing.T) {
	broken := errors.New("the database is gone")
	column := []Column{{Name: "a"}}
	ended, end := context.WithCancel(context.Background())
	end()
	for _, c := range []struct {
		name  string
		ctx   context.Context
		table Table
		want  string
	}{
		{"the rows end in an error", context.Background(), Table{Columns: column, Rows: func(yield func([]Value, error) bool) {
			_ = yield([]Value{TextOf("x")}, nil) && yield(nil, broken)
		}}, broken.Error()},
		{"a row too short", context.Background(), Table{Title: "Accounts", Columns: column, Rows: rowsOf([]Value{})}, "Row 1 of Accounts has 0 values for 1 columns."},
		{"no columns", context.Background(), Table{Title: "Accounts"}, "Accounts has 0 columns; a table has 1 to 16384."},
		{"too many columns", context.Background(), Table{Title: "Accounts", Columns: make([]Column, mostColumns+1)}, "Accounts has 16385 columns; a table has 1 to 16384."},
		{"cancelled", ended, Table{Columns: column, Rows: rowsOf([]Value{TextOf("x")})}, context.Canceled.Error()},
		{"cancelled with no rows", ended, Table{Columns: column}, context.Canceled.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, digest := Digest(c.ctx, c.table)
			_, csv := WriteCSV(c.ctx, new(strings.Builder), c.table, nil)
			_, xlsx := WriteXLSX(c.ctx, new(strings.Builder), Book{Tables: []Table{c.table}}, nil)
			for form, err := range map[string]error{"digest": digest, "csv": csv, "xlsx": xlsx} {
				if err == nil || err.Error() != c.want {
					t.Errorf("%s: %v, want %q", form, err, c.want)
				}
			}
		})
	}
}

// readCSV reads what WriteCSV wrote, as its documentation says.
func readCSV(t interface{ Fatal(...any) }, s string) [][]string {
	rows, err := csv.NewReader(strings.NewReader(s)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for i, cell := range row {
			if rest := strings.TrimLeft(cell, "'"); rest != cell && rest != "" && strings.ContainsRune("=+-@\t\r\n", rune(rest[0])) {
				row[i] = cell[1:]
			}
		}
	}
	return rows
}
