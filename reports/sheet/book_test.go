package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
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
