package sheet

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// pieces are what texts are made of here: letters, and all that a format might
// take for something else.
var pieces = []string{
	"a", "Ann", " ", "\t", "\n", "\r", "\r\n", "=", "+", "-", "@", "'", "\"", ",", ";", "&", "<", ">", "]]>", "&#10;", "<f>1</f>",
	"_x000D_", "_x005F_", "_x0041", "_", "x0042_", "_xD83D_", "\x00", "\x1b", "\xff", "\xed\xa0\x80", "\ufffe", "0012", "1e9", "TRUE",
	"é", "e\u0301", "王", "🤖", "עברית", "\u202e", "\u200d", "\ufeff",
}

func genText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(t, "pieces"), "")
	})
}

func genValue() *rapid.Generator[Value] {
	return rapid.Custom(func(t *rapid.T) Value {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			return IDOf(genText().Draw(t, "id"))
		case 1:
			return NumberOf(rapid.Int64().Draw(t, "number"))
		case 2:
			return TimeOf(rapid.Int64Range(micros("1890-01-01 00:00:00"), micros("9999-12-31 23:59:59")).Draw(t, "time"))
		case 3:
			return WordOf(rapid.SampledFrom([]string{"never", "unknown", "not collected", "not supported"}).Draw(t, "word"))
		case 4:
			return OutcomeOf(rapid.SampledFrom([]Result{Pass, Fail, NotApplicable, CannotConclude}).Draw(t, "outcome"))
		}
		return TextOf(genText().Draw(t, "text"))
	})
}

func genTable() *rapid.Generator[Table] {
	return rapid.Custom(func(t *rapid.T) Table {
		columns := make([]Column, rapid.IntRange(1, 5).Draw(t, "columns"))
		for i := range columns {
			columns[i] = Column{Name: genText().Draw(t, "name"), Title: genText().Draw(t, "title"),
				Kind: rapid.SampledFrom([]Kind{"", Text, ID, Number, Time, Outcome}).Draw(t, "kind")}
		}
		rows := make([][]Value, rapid.IntRange(0, 8).Draw(t, "rows"))
		for i := range rows {
			rows[i] = rapid.SliceOfN(genValue(), len(columns), len(columns)).Draw(t, "row")
		}
		return Table{Name: "t", Title: genText().Draw(t, "sheet"), Columns: columns, Rows: rowsOf(rows...)}
	})
}

// expected is what every form of the table must say: headings, then values.
func expected(table Table) [][]string {
	out := [][]string{nil}
	for _, c := range table.Columns {
		out[0] = append(out[0], clean(c.Heading()))
	}
	for row := range table.Rows {
		var s []string
		for _, v := range row {
			s = append(s, v.String())
		}
		out = append(out, s)
	}
	return out
}

// Any table comes back from xlsx and csv as it went, and has one hash.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		table := genTable().Draw(rt, "table")
		whole, err := Digest(t.Context(), table)
		if err != nil {
			rt.Fatal(err)
		}
		want := expected(table)

		var out bytes.Buffer
		w, err := WriteCSV(t.Context(), &out, table, nil)
		if err != nil {
			rt.Fatal(err)
		}
		if w != whole {
			rt.Fatalf("csv %+v, digest %+v", w, whole)
		}
		got := readCSV(rt, out.String())
		if len(got) != len(want) {
			rt.Fatalf("csv has %d rows, want %d: %q", len(got), len(want), out.String())
		}
		for i := range want {
			for j := range want[i] {
				// Go's reader makes one line feed of CR LF, as it says.
				if g, w := got[i][j], strings.ReplaceAll(want[i][j], "\r\n", "\n"); g != w {
					rt.Fatalf("csv, row %d, column %d: %q, want %q", i, j, g, w)
				}
			}
		}

		out.Reset()
		ws, err := WriteXLSX(t.Context(), &out, Book{Tables: []Table{table}}, nil)
		if err != nil {
			rt.Fatal(err)
		}
		if ws[0].SHA256 != whole.SHA256 || ws[0].Rows != whole.Rows {
			rt.Fatalf("xlsx %+v, digest %+v", ws, whole)
		}
		f, err := excelize.OpenReader(&out, excelize.Options{RawCellValue: true})
		if err != nil {
			rt.Fatal(err)
		}
		defer f.Close()
		for i, row := range want {
			for j := range row {
				cell, _ := excelize.CoordinatesToCellName(j+1, i+1)
				if g := readCell(rt, f, cell); g != row[j] {
					rt.Fatalf("xlsx, %s: %q, want %q", cell, g, row[j])
				}
			}
		}
	})
}

// readCell reads a cell as String gives it: a number with the format of a time
// is one.
func readCell(t interface{ Fatal(...any) }, f *excelize.File, cell string) string {
	sheet := f.GetSheetList()[0]
	raw, err := f.GetCellValue(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	kind, err := f.GetCellType(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	if kind == excelize.CellTypeInlineString || raw == "" {
		return raw
	}
	id, err := f.GetCellStyle(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	if s.CustomNumFmt == nil || *s.CustomNumFmt != asTime {
		return raw
	}
	days, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(dayZero+int64(math.Round(days*24*60*60)), 0).UTC().Format(time.DateTime)
}

// Whatever the text, the parts of a workbook are XML that says it.
func FuzzCell(f *testing.F) {
	for _, p := range pieces {
		f.Add(p)
	}
	f.Add("_x000D__x0041_x0042_")
	f.Fuzz(func(t *testing.T, s string) {
		if units(s, longest) > longest {
			return
		}
		b, _ := written(t, Book{Title: s, Tables: []Table{{Title: s, Columns: []Column{{Name: s}}, Rows: rowsOf([]Value{TextOf(s)})}}})
		book := opened(t, b)
		for _, cell := range []string{"A1", "A2"} {
			if got := readCell(t, book, cell); got != clean(s) && s != "" {
				t.Errorf("%s: %q, want %q", cell, got, clean(s))
			}
		}
		for name, text := range partsOf(t, b) {
			if strings.Contains(text, "<f>") {
				t.Errorf("%s has a formula", name)
			}
		}
	})
}
