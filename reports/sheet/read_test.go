package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// otherBook makes a workbook with excelize, which is what other programs' are like.
func otherBook(t testing.TB, fill func(f *excelize.File)) *bytes.Reader {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b.Bytes())
}

func readBook(t testing.TB, r *bytes.Reader, sheet string) ([]Row, *Workbook, error) {
	t.Helper()
	b, err := ReadXLSX(r, r.Size())
	if err != nil {
		return nil, nil, err
	}
	var rows []Row
	for row, err := range b.Rows(sheet) {
		if err != nil {
			return rows, b, err
		}
		row.Cells = slices.Clone(row.Cells)
		rows = append(rows, row)
	}
	return rows, b, nil
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Every kind of cell says what a spreadsheet program shows, or why it cannot.
func TestReadCells(t *testing.T) {
	day := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
	r := otherBook(t, func(f *excelize.File) {
		custom := `dd"."mm"."yyyy;@`
		date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		own, err2 := f.NewStyle(&excelize.Style{CustomNumFmt: &custom})
		money := `#,##0.00 "days"`
		plain, err3 := f.NewStyle(&excelize.Style{CustomNumFmt: &money})
		must(t, err, err2, err3,
			f.SetCellValue("Sheet1", "A1", "Åse & <Bo>"), f.SetCellValue("Sheet1", "B1", 10417), f.SetCellValue("Sheet1", "C1", 1.5), f.SetCellValue("Sheet1", "D1", true),
			f.SetCellValue("Sheet1", "E1", 46112), f.SetCellStyle("Sheet1", "E1", "E1", date), f.SetCellValue("Sheet1", "F1", 46112.5), f.SetCellStyle("Sheet1", "F1", "F1", own),
			f.SetCellValue("Sheet1", "G1", 46112), f.SetCellStyle("Sheet1", "G1", "G1", plain), f.SetCellFormula("Sheet1", "H1", "=1+1"),
			f.SetCellRichText("Sheet1", "I1", []excelize.RichTextRun{{Text: "Ann "}, {Text: "Berg"}}), f.SetCellValue("Sheet1", "K1", "after a gap"),
			f.SetCellValue("Sheet1", "A3", "third"), f.SetRowVisible("Sheet1", 3, false), f.MergeCell("Sheet1", "A3", "B4"))
	})
	rows, b, err := readBook(t, r, "")
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	want := []Cell{
		{Text: "Åse & <Bo>"}, {Text: "10417", Number: true}, {Text: "1.5", Number: true}, {Text: "TRUE"}, {Text: "2026-03-31", Time: day},
		{Text: "2026-03-31 12:00:00", Time: day.Add(12 * time.Hour)}, {Text: "46112", Number: true},
		{Fault: "holds a formula without a stored value; open and save the workbook in a spreadsheet program"}, {Text: "Ann Berg"}, {}, {Text: "after a gap"},
	}
	if !slices.Equal(rows[0].Cells, want) {
		t.Errorf("reads\n%+v\nwant\n%+v", rows[0].Cells, want)
	}
	if third := rows[1]; third.Number != 3 || !third.Hidden || third.Cells[0].Text != "third" || b.Merged != 1 {
		t.Errorf("reads %+v, %d merged", third, b.Merged)
	}
}

func TestReadSheets(t *testing.T) {
	r := otherBook(t, func(f *excelize.File) {
		_, err := f.NewSheet("Leute")
		_, err2 := f.NewSheet("Notes")
		must(t, err, err2, f.SetCellValue("Leute", "B2", "x"), f.SetSheetVisible("Notes", false))
	})
	rows, b, err := readBook(t, r, "Leute")
	if err != nil || !slices.Equal(b.Sheets(), []string{"Sheet1", "Leute"}) || len(rows) != 1 || rows[0].Number != 2 || rows[0].Cells[1].Text != "x" {
		t.Errorf("%q: %+v, %v", b.Sheets(), rows, err)
	}
	if _, _, err := readBook(t, r, "Nobody"); err == nil || !strings.Contains(err.Error(), "its sheets are Sheet1, Leute") {
		t.Error(err)
	}
}

// What the house writes, it reads.
func TestReadWhatIsWritten(t *testing.T) {
	var b bytes.Buffer
	if _, err := WriteXLSX(context.Background(), &b, companyBook(1000), nil); err != nil {
		t.Fatal(err)
	}
	book, err := ReadXLSX(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range book.Sheets() {
		for row, err := range book.Rows(name) {
			if err != nil {
				t.Fatal(err)
			}
			n += len(row.Cells)
		}
	}
	if n < 1000 {
		t.Errorf("%d cells", n)
	}
}

// The two systems of counting days, and the day that never was.
func TestSerials(t *testing.T) {
	for _, c := range []struct {
		since int
		n     float64
		want  string
	}{{1900, 1, "1900-01-01"}, {1900, 59, "1900-02-28"}, {1900, 60, ""}, {1900, 61, "1900-03-01"}, {1900, 46112, "2026-03-31"}, {1904, 44650, "2026-03-31"}, {1900, 0.5, ""}, {1900, 3e6, ""}} {
		got := ""
		if at, ok := (&Workbook{since: c.since}).serial(c.n); ok {
			got = at.Format(time.DateOnly)
		}
		if got != c.want {
			t.Errorf("%v since %d is %q, want %q", c.n, c.since, got, c.want)
		}
	}
	for code, want := range map[string]bool{"dd.mm.yyyy": true, "General": false, `0 "days"`: false, `[$-407]d. mmmm yyyy`: true, `#,##0\d`: false, "@": false, "hh:mm": false, `[Red]0`: false, `yy-m`: true, `"unclosed`: false} {
		if showsDate(code) != want {
			t.Errorf("%s shows a date: %v", code, !want)
		}
	}
}

// zipped makes an archive of the least workbook, with its parts changed.
func zipped(t testing.TB, change map[string]string) *bytes.Reader {
	parts := map[string]string{
		"xl/workbook.xml":            `<workbook><sheets><sheet name="A" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Target="worksheets/s.xml"/></Relationships>`,
		"xl/worksheets/s.xml":        `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>`,
	}
	for name, text := range change {
		parts[name] = text
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w, err := z.Create(name)
		must(t, err)
		_, err = io.WriteString(w, text)
		must(t, err)
	}
	must(t, z.Close())
	return bytes.NewReader(b.Bytes())
}

// A workbook that is damaged, or made to fill the memory, is refused in words.
func TestReadDamaged(t *testing.T) {
	if rows, _, err := readBook(t, zipped(t, nil), ""); err != nil || len(rows) != 1 || rows[0].Cells[0].Text != "x" {
		t.Fatalf("%+v, %v", rows, err)
	}
	before := mostStrings
	mostStrings = 1 << 20
	t.Cleanup(func() { mostStrings = before })
	for name, c := range map[string]struct {
		parts map[string]string
		says  string
	}{
		"cut":             {map[string]string{"xl/worksheets/s.xml": `<worksheet><sheetData><row r="1"><c r="A1"><v>1`}, "damaged or not complete"},
		"cut after a row": {map[string]string{"xl/worksheets/s.xml": `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row>`}, "damaged or not complete"},
		"no sheets":       {map[string]string{"xl/workbook.xml": `<workbook/>`}, "it has no sheets"},
		"no such part":    {map[string]string{"xl/_rels/workbook.xml.rels": `<Relationships/>`}, "it has no sheets"},
		"out of order":    {map[string]string{"xl/worksheets/s.xml": `<worksheet><row r="1"><c r="B1"/><c r="A1"/></row></worksheet>`}, "out of order"},
		"far out":         {map[string]string{"xl/worksheets/s.xml": `<worksheet><row r="1"><c r="ZZZ1"/></row></worksheet>`}, "out of order"},
		"bombs":           {map[string]string{"xl/sharedStrings.xml": "<sst>" + strings.Repeat("<si><t/></si>", 100_000) + "</sst>"}, "larger than a workbook can be"},
	} {
		if _, _, err := readBook(t, zipped(t, c.parts), ""); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %q", name, err, c.says)
		}
	}
	for text, says := range map[string]string{"PK": "no workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....": "protected by a password", "": "no workbook"} {
		r := strings.NewReader(text)
		if _, err := ReadXLSX(r, r.Size()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestReadCSV(t *testing.T) {
	for text, want := range map[string]string{
		"a,b\nc,d\n": "1[a b] 2[c d]", "a,\"b\nc\"\nd,e\n": "1[a b\nc] 3[d e]", "a\n\nb": "1[a] 3[b]", "\"a\"\"b\"": `1[a"b]`,
		"a,b\"c\nd,e\n": "1! 2[d e]", "a,\"b\nc\nd": "error",
	} {
		got := ""
		for row, err := range ReadCSV(strings.NewReader(text), ',') {
			switch {
			case err != nil:
				got += "error "
			case row.Fault != "":
				got += fmt.Sprintf("%d! ", row.Number)
			default:
				var cells []string
				for _, c := range row.Cells {
					cells = append(cells, c.Text)
				}
				got += fmt.Sprintf("%d%s ", row.Number, fmt.Sprint(cells))
			}
		}
		if strings.TrimSpace(got) != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
	endless := io.MultiReader(strings.NewReader("a,\""), &letters{left: longestRow * 2})
	var last error
	for _, err := range ReadCSV(endless, ',') {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "longer than 8 MB") {
		t.Errorf("a row without an end: %v", last)
	}
}

type letters struct{ left int }

func (l *letters) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = 'x'
	}
	l.left -= len(p)
	return len(p), nil
}

func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{"a;b\nc;d\n", "\"a\nb\";c", "a\"b;c\n", "\xff\xfe;\n", "\xef\xbb\xbfa;b\r\n", ";;\n\n"} {
		f.Add([]byte(s), byte(0))
	}
	f.Fuzz(func(t *testing.T, text []byte, encoding byte) {
		last := 0
		for row, err := range ReadCSV(Decode(bytes.NewReader(text), Encodings[int(encoding)%len(Encodings)]), ';') {
			if err != nil {
				return
			}
			if row.Number <= last {
				t.Fatalf("line %d after line %d", row.Number, last)
			}
			last = row.Number
			for _, c := range row.Cells {
				if clean(c.Text) != c.Text {
					t.Errorf("%q cannot be stored", c.Text)
				}
			}
		}
	})
}

func FuzzReadXLSX(f *testing.F) {
	f.Add(`<worksheet><sheetData><row r="1"><c r="A1" t="s" s="1"><f>x</f><v>0</v></c><c r="C1" t="d"><v>2026-01-01</v></c></row></sheetData><mergeCells><mergeCell/></mergeCells></worksheet>`)
	f.Add(`<x:worksheet><x:row hidden="1"><x:c t="inlineStr"><x:is><x:r><x:t>a</x:t></x:r><x:rPh><x:t>b</x:t></x:rPh></x:is></x:c><c t="e"><v>#N/A</v></c><c><v>1E400</v></c></x:row></x:worksheet>`)
	f.Fuzz(func(t *testing.T, sheet string) {
		r := zipped(t, map[string]string{"xl/worksheets/s.xml": sheet, "xl/sharedStrings.xml": `<sst><si><t>a</t></si></sst>`, "xl/styles.xml": `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`})
		rows, _, _ := readBook(t, r, "")
		last := 0
		for _, row := range rows {
			if row.Number <= last || row.Number > mostRows || len(row.Cells) > mostCells {
				t.Fatalf("row %d after row %d, %d cells", row.Number, last, len(row.Cells))
			}
			last = row.Number
			for _, c := range row.Cells {
				if clean(c.Text) != c.Text || clean(c.Fault) != c.Fault {
					t.Errorf("%q cannot be stored", c.Text)
				}
			}
		}
	})
}
