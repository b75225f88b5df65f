package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gatehouse/backend/iam"
)

// written is the workbook as bytes.
func written(t testing.TB, b Book) ([]byte, []Written) {
	t.Helper()
	var out bytes.Buffer
	w, err := WriteXLSX(context.Background(), &out, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), w
}

// opened is the workbook as excelize reads it.
func opened(t testing.TB, b []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// partsOf are the files in the workbook.
func partsOf(t testing.TB, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := parts[f.Name]; twice {
			t.Errorf("%s is there twice", f.Name)
		}
		parts[f.Name] = string(text)
	}
	return parts
}

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

func TestBook(t *testing.T) {
	b, w := written(t, companyBook(60))
	if len(w) != 1 || w[0].Name != "accounts" || w[0].Rows != 60 || w[0].Sheets != 1 {
		t.Errorf("written %+v", w)
	}
	f := opened(t, b)
	if got, want := f.GetSheetList(), []string{"Sign-off", "Information", "Arithmetic", "Accounts"}; !slices.Equal(got, want) {
		t.Errorf("sheets %q, want %q", got, want)
	}
	if f.GetActiveSheetIndex() != 0 {
		t.Errorf("sheet %d is open", f.GetActiveSheetIndex())
	}
	panes, err := f.GetPanes("Accounts")
	if err != nil || !panes.Freeze || panes.YSplit != 1 || panes.TopLeftCell != "A2" {
		t.Errorf("panes %+v, %v", panes, err)
	}
	names := map[string]string{}
	for _, n := range f.GetDefinedName() {
		names[n.Name+" of "+n.Scope] = n.RefersTo
	}
	for name, want := range map[string]string{
		"_xlnm._FilterDatabase of Accounts": "'Accounts'!$A$1:$I$61",
		"_xlnm.Print_Titles of Accounts":    "'Accounts'!$1:$1",
	} {
		if names[name] != want || len(names) != 2 {
			t.Errorf("%s is %q, want %q of %v", name, names[name], want, names)
		}
	}
	props, err := f.GetDocProps()
	if err != nil || props.Title != "Accounts of Example Company, 31 January 2026" || props.Creator != "Gatehouse" ||
		props.LastModifiedBy != "Gatehouse" || props.Created != "2026-01-31T09:00:00Z" {
		t.Errorf("properties %+v, %v", props, err)
	}
	for _, sheet := range f.GetSheetList() {
		layout, err := f.GetPageLayout(sheet)
		if err != nil || *layout.Orientation != "landscape" || *layout.Size != 9 || *layout.FitToWidth < 1 || *layout.FitToWidth > 2 || *layout.FitToHeight != 0 {
			t.Errorf("%s: layout %+v, %v", sheet, layout, err)
		}
		if p, err := f.GetSheetProps(sheet); err != nil || p.FitToPage == nil || !*p.FitToPage {
			t.Errorf("%s does not fit the page: %v", sheet, err)
		}
	}
	foot, err := f.GetHeaderFooter("Accounts")
	if err != nil || !strings.Contains(foot.OddFooter, w[0].SHA256) {
		t.Errorf("footer %+v, %v", foot, err)
	}
	parts := partsOf(t, b)
	tables := 0
	for name, text := range parts {
		if regexp.MustCompile(`<f[ >/]`).MatchString(text) {
			t.Errorf("%s has a formula", name)
		}
		if strings.Contains(name, "excelize") || strings.Contains(text, "xuri") || strings.Contains(text, "xcelize") {
			t.Errorf("%s names its maker", name)
		}
		if strings.Contains(text, `<autoFilter ref="A1:I61"/>`) {
			tables++
		}
	}
	if tables != 1 || strings.Count(strings.Join(sheetsOf(parts), ""), `tabSelected="1"`) != 1 {
		t.Errorf("%d sheets with the filter, want 1, and 1 that is selected", tables)
	}
}

func sheetsOf(parts map[string]string) (out []string) {
	for name, text := range parts {
		if strings.HasPrefix(name, "xl/worksheets/sheet") {
			out = append(out, text)
		}
	}
	return out
}

func TestPages(t *testing.T) {
	b, w := written(t, companyBook(60))
	f := opened(t, b)
	for _, c := range []struct{ sheet, cell, want string }{
		{"Sign-off", "A1", "Sign-off"},
		{"Sign-off", "A2", "Accounts of Example Company, 31 January 2026"},
		{"Sign-off", "A11", "Approved by"},
		{"Sign-off", "D9", "Signature"},
		{"Sign-off", "B10", ""},
		{"Information", "A6", "As of"},
		{"Information", "B6", "2026-01-31 08:59:30 UTC"},
		{"Information", "B9", "60"},
		{"Information", "B10", "cannot conclude"},
		{"Information", "B16", w[0].SHA256},
		{"Information", "B17", "48211"},
		{"Arithmetic", "B6", "12,840"},
		{"Arithmetic", "F7", "fail"},
		{"Arithmetic", "B8", "not collected"},
	} {
		got, err := f.GetCellValue(c.sheet, c.cell, excelize.Options{RawCellValue: false})
		if err != nil || got != c.want {
			t.Errorf("%s %s: %q, want %q, %v", c.sheet, c.cell, got, c.want, err)
		}
	}
	for _, b := range []Block{
		{Grid: &Grid{Columns: []Column{{Name: "a"}}, Rows: [][]Value{{}}}},
		{Text: strings.Repeat("x", longest+1)},
		{Lines: []Line{{Label: "l", Value: TextOf(strings.Repeat("x", longest+1))}}},
	} {
		if _, err := WriteXLSX(context.Background(), io.Discard, Book{Front: []Page{{Title: "P", Blocks: []Block{b}}}}, nil); err == nil {
			t.Errorf("written: %.80v", b)
		}
	}
}

// A table longer than a sheet goes on in the next.
func TestSplit(t *testing.T) {
	defer func(rows int, bytes int64) { sheetRows, sheetBytes = rows, bytes }(sheetRows, sheetBytes)
	for _, c := range []struct {
		name   string
		rows   int
		bytes  int64
		n      int
		sheets map[string]int // rows with the heading; nil: more than one sheet
	}{
		{"less than a sheet", 300, 1 << 40, 299, map[string]int{"Accounts": 300}},
		{"exactly a sheet", 300, 1 << 40, 300, map[string]int{"Accounts": 301}},
		{"one row more", 300, 1 << 40, 301, map[string]int{"Accounts": 301, "Accounts (2)": 2}},
		{"three sheets", 300, 1 << 40, 750, map[string]int{"Accounts": 301, "Accounts (2)": 301, "Accounts (3)": 151}},
		{"a sheet shorter than the sample", 7, 1 << 40, 15, map[string]int{"Accounts": 8, "Accounts (2)": 8, "Accounts (3)": 2}},
		{"no rows", 7, 1 << 40, 0, map[string]int{"Accounts": 1}},
		{"a sheet too large", 1000, 2 * chunk, 250, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			sheetRows, sheetBytes = c.rows, c.bytes
			b, w := written(t, Book{Tables: []Table{company(c.n)}})
			f := opened(t, b)
			if n := len(f.GetSheetList()); c.sheets != nil && n != len(c.sheets) || c.sheets == nil && n < 2 {
				t.Errorf("sheets %q", f.GetSheetList())
			}
			if w[0].Sheets != len(f.GetSheetList()) || w[0].Rows != int64(c.n) {
				t.Errorf("%+v of %q", w, f.GetSheetList())
			}
			next := 0
			for _, sheet := range f.GetSheetList() {
				rows, err := f.GetRows(sheet)
				if err != nil {
					t.Fatal(err)
				}
				if want, ok := c.sheets[sheet]; len(rows) != want && (ok || c.sheets != nil) {
					t.Errorf("%s has %d rows, want %d", sheet, len(rows), want)
				}
				if rows[0][0] != "Person" {
					t.Errorf("%s begins with %q", sheet, rows[0])
				}
				for _, row := range rows[1:] {
					if want := fmt.Sprintf("uid=user%05d,ou=people,dc=example,dc=com", next); row[2] != want {
						t.Fatalf("%s: %q, want %q", sheet, row[2], want)
					}
					next++
				}
				area := fmt.Sprintf("'%s'!$A$1:$I$%d", sheet, len(rows))
				if !slices.ContainsFunc(f.GetDefinedName(), func(n excelize.DefinedName) bool { return n.Scope == sheet && n.RefersTo == area }) {
					t.Errorf("%s has no filter over %s", sheet, area)
				}
				if p, err := f.GetPanes(sheet); err != nil || !p.Freeze {
					t.Errorf("%s: the heading does not stay, %v", sheet, err)
				}
			}
			if next != c.n {
				t.Errorf("%d rows, want %d", next, c.n)
			}
			if whole, err := Digest(t.Context(), company(c.n)); err != nil || whole.SHA256 != w[0].SHA256 {
				t.Errorf("hash %s, want %s, %v", w[0].SHA256, whole.SHA256, err)
			}
		})
	}
	if excelize.TotalRows != 1_048_576 {
		t.Errorf("a sheet has %d rows", excelize.TotalRows)
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

// failing is a disk that is full after some bytes.
type failing struct{ left int }

var errFull = errors.New("no space left")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// Wherever the writing stops, it is told: never a short file that passes.
func TestWriterFails(t *testing.T) {
	book := companyBook(300)
	b, _ := written(t, book)
	for left := 0; left < len(b); left += 499 {
		if _, err := WriteXLSX(t.Context(), &failing{left}, book, nil); !errors.Is(err, errFull) {
			t.Fatalf("full after %d of %d bytes: %v", left, len(b), err)
		}
	}
	if _, err := WriteXLSX(t.Context(), &failing{len(b)}, book, nil); err != nil {
		t.Errorf("room for all: %v", err)
	}
	for _, left := range []int{0, 10, 60_000, 69_000} {
		if _, err := WriteCSV(t.Context(), &failing{left}, company(1000), nil); !errors.Is(err, errFull) {
			t.Errorf("csv, full after %d bytes: %v", left, err)
		}
	}
}

func TestCancel(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, t Table, progress func(int64)) error{
		"xlsx": func(ctx context.Context, t Table, p func(int64)) error {
			_, err := WriteXLSX(ctx, io.Discard, Book{Tables: []Table{t}}, p)
			return err
		},
		"csv": func(ctx context.Context, t Table, p func(int64)) error {
			_, err := WriteCSV(ctx, io.Discard, t, p)
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var last int64
		err := write(ctx, company(100_000), func(rows int64) {
			if last = rows; rows >= 3000 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || last != 3000 {
			t.Errorf("%s: %v after %d rows", name, err, last)
		}
		cancel()
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := WriteXLSX(ctx, io.Discard, Book{Tables: []Table{company(3)}, Back: func([]Written) ([]Page, error) {
		cancel()
		return nil, nil
	}}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled after the tables: %v", err)
	}
}

// Progress goes up over all tables and ends with the sum; what Back says stops
// the book.
func TestProgressAndBack(t *testing.T) {
	var seen []int64
	book := Book{Tables: []Table{company(2500), company(10)}}
	if _, err := WriteXLSX(t.Context(), io.Discard, book, func(rows int64) { seen = append(seen, rows) }); err != nil {
		t.Fatal(err)
	}
	if want := []int64{1000, 2000, 2500, 2510}; !slices.Equal(seen, want) {
		t.Errorf("progress %v, want %v", seen, want)
	}
	broken := errors.New("does not add up")
	book.Back = func(w []Written) ([]Page, error) {
		if len(w) != 2 || w[0].Rows != 2500 || w[1].Rows != 10 {
			t.Errorf("told %+v", w)
		}
		return nil, broken
	}
	if w, err := WriteXLSX(t.Context(), io.Discard, book, nil); !errors.Is(err, broken) || w != nil {
		t.Errorf("%+v, %v", w, err)
	}
}

// Rows wait in no file.
func TestNoTemporaryFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	book := companyBook(30_000) // more than what excelize keeps in memory
	book.Back = func([]Written) ([]Page, error) {
		files, err := os.ReadDir(dir)
		if err != nil || len(files) > 0 {
			t.Errorf("waiting: %v, %v", files, err)
		}
		return nil, nil
	}
	written(t, book)
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left: %v, %v", files, err)
	}
}

// TestPagesAcross: a wide sheet takes several pages of paper, so that it can be
// read.
func TestPagesAcross(t *testing.T) {
	for _, c := range []struct {
		columns int
		width   float64
		want    int
	}{{0, 0, 1}, {10, 24, 1}, {11, 24, 2}, {48, 20, 4}} {
		widths := make([]float64, c.columns)
		for i := range widths {
			widths[i] = c.width
		}
		if got := pagesAcross(widths); got != c.want {
			t.Errorf("%d columns of %v: %d pages, want %d", c.columns, c.width, got, c.want)
		}
	}
}
