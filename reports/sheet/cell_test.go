package sheet

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gatehouse/backend/iam"
)

func TestCells(t *testing.T) {
	for _, c := range []struct {
		name   string
		v      Value
		raw    string
		shown  string
		kind   excelize.CellType
		format string
	}{
		{"a text", TextOf("Ann"), "Ann", "Ann", excelize.CellTypeInlineString, "@"},
		{"an id of digits", IDOf("000123"), "000123", "000123", excelize.CellTypeInlineString, "@"},
		{"a long id of digits", IDOf("12345678901234567890"), "12345678901234567890", "12345678901234567890", excelize.CellTypeInlineString, "@"},
		{"a number", NumberOf(1234567), "1234567", "1,234,567", excelize.CellTypeUnset, asNumber},
		{"a number below zero", NumberOf(-1234), "-1234", "-1,234", excelize.CellTypeUnset, asNumber},
		{"the longest exact number", NumberOf(999_999_999_999_999), "999999999999999", "999,999,999,999,999", excelize.CellTypeUnset, asNumber},
		{"a number of which digits would be lost", NumberOf(1_000_000_000_000_000), "1000000000000000", "1000000000000000", excelize.CellTypeInlineString, "@"},
		{"a date", TimeOf(micros("2026-01-31 12:00:00")), "46053.5", "2026-01-31 12:00:00", excelize.CellTypeUnset, asTime},
		{"a leap day", TimeOf(micros("2024-02-29 00:00:00")), "45351", "2024-02-29 00:00:00", excelize.CellTypeUnset, asTime},
		{"the first date", TimeOf(micros("1900-03-01 00:00:00")), "61", "1900-03-01 00:00:00", excelize.CellTypeUnset, asTime},
		{"a date before", TimeOf(micros("1900-02-28 23:59:59")), "1900-02-28 23:59:59", "1900-02-28 23:59:59", excelize.CellTypeInlineString, "@"},
		{"a date of another age", TimeOf(micros("1601-01-01 00:00:00")), "1601-01-01 00:00:00", "1601-01-01 00:00:00", excelize.CellTypeInlineString, "@"},
		{"the last date", TimeOf(micros("9999-12-31 00:00:00")), "2958465", "9999-12-31 00:00:00", excelize.CellTypeUnset, asTime},
		{"a word", WordOf("never"), "never", "never", excelize.CellTypeInlineString, "@"},
		{"an outcome", OutcomeOf(Fail), "fail", "fail", excelize.CellTypeInlineString, "@"},
		{"equals", TextOf("=1+1"), "=1+1", "=1+1", excelize.CellTypeInlineString, "@"},
		{"plus", TextOf("+1"), "+1", "+1", excelize.CellTypeInlineString, "@"},
		{"minus", TextOf("-1"), "-1", "-1", excelize.CellTypeInlineString, "@"},
		{"at", TextOf("@SUM(A1)"), "@SUM(A1)", "@SUM(A1)", excelize.CellTypeInlineString, "@"},
		{"tab", TextOf("\t=1"), "\t=1", "\t=1", excelize.CellTypeInlineString, "@"},
		{"carriage return", TextOf("\r=1"), "\r=1", "\r=1", excelize.CellTypeInlineString, "@"},
		{"an apostrophe", TextOf("'=1"), "'=1", "'=1", excelize.CellTypeInlineString, "@"},
		{"markup", TextOf(`<f>1</f> & "x" ]]>`), `<f>1</f> & "x" ]]>`, `<f>1</f> & "x" ]]>`, excelize.CellTypeInlineString, "@"},
		{"spaces at the edges", TextOf("  a  "), "  a  ", "  a  ", excelize.CellTypeInlineString, "@"},
		{"only a space", TextOf(" "), " ", " ", excelize.CellTypeInlineString, "@"},
		{"line ends", TextOf("a\nb\r\nc\rd\n"), "a\nb\r\nc\rd\n", "a\nb\r\nc\rd\n", excelize.CellTypeInlineString, "@"},
		{"what looks like an escape", TextOf("_x000D__x0041_x0042_"), "_x000D__x0041_x0042_", "_x000D__x0041_x0042_", excelize.CellTypeInlineString, "@"},
		{"an escape of an escape", TextOf("_x005F_x0041_"), "_x005F_x0041_", "_x005F_x0041_", excelize.CellTypeInlineString, "@"},
		{"NUL", TextOf("a\x00b"), "a�b", "a�b", excelize.CellTypeInlineString, "@"},
		{"the longest text", TextOf(strings.Repeat("é", longest)), strings.Repeat("é", longest), strings.Repeat("é", longest), excelize.CellTypeInlineString, "@"},
		{"emoji, marks and directions", TextOf("🤖 Jose\u0301 עברית"), "🤖 Jose\u0301 עברית", "🤖 Jose\u0301 עברית", excelize.CellTypeInlineString, "@"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, _ := written(t, Book{Tables: []Table{{Name: "Data", Columns: []Column{{Name: "a"}}, Rows: rowsOf([]Value{c.v})}}})
			f := opened(t, b)
			raw, err := f.GetCellValue("Data", "A2")
			if err != nil {
				t.Fatal(err)
			}
			shown, err := f.GetCellValue("Data", "A2", excelize.Options{RawCellValue: false})
			if err != nil {
				t.Fatal(err)
			}
			kind, err := f.GetCellType("Data", "A2")
			if err != nil {
				t.Fatal(err)
			}
			if raw != c.raw || shown != c.shown || kind != c.kind {
				t.Errorf("%.80q shown as %.80q of type %d, want %.80q, %.80q, %d", raw, shown, kind, c.raw, c.shown, c.kind)
			}
			if got := formatOf(t, f, "Data", "A2"); got != c.format {
				t.Errorf("format %q, want %q", got, c.format)
			}
			if formula, err := f.GetCellFormula("Data", "A2"); formula != "" || err != nil {
				t.Errorf("formula %q, %v", formula, err)
			}
		})
	}
}

func formatOf(t testing.TB, f *excelize.File, sheet, cell string) string {
	t.Helper()
	id, err := f.GetCellStyle(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	if s.CustomNumFmt != nil {
		return *s.CustomNumFmt
	}
	if s.NumFmt == asText {
		return "@"
	}
	return fmt.Sprint(s.NumFmt)
}

func TestOutcomesAndWordsHaveTheirColour(t *testing.T) {
	var rows [][]Value
	want := []string{green, red, faint, amber, faint, ink}
	for _, v := range []Value{OutcomeOf(Pass), OutcomeOf(Fail), OutcomeOf(NotApplicable), OutcomeOf(CannotConclude), WordOf("unknown"), TextOf("pass")} {
		rows = append(rows, []Value{v})
	}
	b, _ := written(t, Book{Tables: []Table{{Name: "Data", Columns: []Column{{Name: "a", Kind: Outcome}}, Rows: rowsOf(rows...)}}})
	f := opened(t, b)
	for i, colour := range want {
		id, err := f.GetCellStyle("Data", fmt.Sprintf("A%d", i+2))
		if err != nil {
			t.Fatal(err)
		}
		s, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		if s.Font.Color != colour {
			t.Errorf("%v: %s, want %s", rows[i][0], s.Font.Color, colour)
		}
	}
}

func TestTooLongForACell(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		want string // "" if it fits
	}{
		{"as long as may be", strings.Repeat("x", 32767), ""},
		{"counted as Excel does, not in bytes", strings.Repeat("王", 32767), ""},
		{"one more", strings.Repeat("x", 32768), "32768"},
		{"a pair for each", strings.Repeat("🤖", 16384), "32768"},
	} {
		table := Table{Title: "Accounts", Columns: []Column{{Name: "n", Kind: Number}, {Name: "note", Title: "Note"}},
			Rows: rowsOf([]Value{NumberOf(1), TextOf("short")}, []Value{NumberOf(2), TextOf(c.text)})}
		_, err := WriteXLSX(t.Context(), io.Discard, Book{Tables: []Table{table}}, nil)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		want := "A cell of a spreadsheet holds at most 32767 characters; row 2, column Note of Accounts has " + c.want + ". Export the table as csv, which has no such limit."
		if iam.KindOf(err) != iam.Unsupported || err.Error() != want {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, err := WriteCSV(t.Context(), io.Discard, table, nil); err != nil {
			t.Errorf("%s as csv: %v", c.name, err)
		}
	}
}
