package sheet

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// office converts the book in dir by LibreOffice, on a profile of its own.
func office(t *testing.T, dir, to string) {
	t.Helper()
	profile := "-env:UserInstallation=file://" + filepath.ToSlash(filepath.Join(dir, "profile"))
	cmd := exec.CommandContext(t.Context(), "soffice", profile, "--headless", "--norestore", "--convert-to", to, "--outdir", dir, filepath.Join(dir, "book.xlsx"))
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
}

// need skips a test whose programs are missing, and names the package.
func need(t *testing.T, program, name string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("GATEHOUSE_TEST_ALL") == "1" {
		t.Fatalf("%s is not installed: apt-get install %s", program, name)
	}
	t.Skipf("%s is not installed: apt-get install %s", program, name)
}

// isText says whether a spreadsheet program takes the value for a text.
func isText(v Value) bool {
	switch v.letter {
	case number:
		return !exact(v.n)
	case moment:
		_, ok := serial(v.n)
		return !ok
	}
	return true
}

// LibreOffice shows every cell as it was given: texts as texts, whatever they
// begin with, dates as dates.
func TestOfficeReads(t *testing.T) {
	need(t, "soffice", "libreoffice-calc")
	var rows [][]Value
	for row := range company(40).Rows {
		rows = append(rows, slices.Clone(row))
	}
	for i, s := range []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "=cmd|'/c calc'!A1", "  spaces  ", "_x000D_", "_x0041_x0042_", "a\x00b", "<b>&amp;</b>",
		"two\nlines", "TRUE", "1e9", "00012", "2026-01-31", "12345678901234567890", "\u202eright to left", "🤖", "", strings.Repeat("long ", 6000),
	} {
		at := micros("1999-12-31 23:59:59") + int64(i)*86_399_000_000*31
		rows = append(rows, []Value{
			TextOf(s), IDOf(s), WordOf("never"), TextOf(s), OutcomeOf(Pass), NumberOf(int64(i)*1_000_003 - 5_000_000),
			TimeOf(at), TimeOf(micros("1900-02-27 12:00:00") + int64(i)*10_800_000_000), OutcomeOf(CannotConclude),
		})
	}
	table := company(0)
	table.Rows = rowsOf(rows...)
	dir := t.TempDir()
	b, _ := written(t, Book{Title: "Accounts", Front: []Page{{Title: "Front"}}, Tables: []Table{table}})
	if err := os.WriteFile(filepath.Join(dir, "book.xlsx"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	// Commas, quotes about texts and only about them, UTF-8, numbers as they
	// are shown, all sheets.
	office(t, dir, "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,true,true,false,false,false,-1")
	text, err := os.ReadFile(filepath.Join(dir, "book-Accounts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(rows)+1 {
		t.Fatalf("%d rows, want %d", len(got), len(rows)+1)
	}
	for i, row := range rows {
		for j, v := range row {
			want := v.String()
			if got[i+1][j] != want {
				t.Errorf("row %d, column %d: %.60q, want %.60q", i+1, j+1, got[i+1][j], want)
			}
			if quoted := fmt.Sprintf(`"%s"`, strings.ReplaceAll(want, `"`, `""`)); want != "" && isText(v) != bytes.Contains(text, []byte(quoted)) {
				t.Errorf("row %d, column %d: %.60q is a text: %v, want %v", i+1, j+1, want, !isText(v), isText(v))
			}
		}
	}
}

// LibreOffice prints every sheet, each with something on it.
func TestOfficePrints(t *testing.T) {
	need(t, "soffice", "libreoffice-calc")
	need(t, "pdftoppm", "poppler-utils")
	dir := t.TempDir()
	b, w := written(t, companyBook(200))
	if err := os.WriteFile(filepath.Join(dir, "book.xlsx"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	office(t, dir, "pdf")
	pdf := filepath.Join(dir, "book.pdf")
	text, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", pdf, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
	if len(pages) < 5 {
		t.Fatalf("%d pages, want three of their own and several of the table", len(pages))
	}
	for i, want := range []string{"Control owner", w[0].SHA256, "cannot conclude", "Employee number", "Employee number"} {
		if !strings.Contains(pages[i], want) {
			t.Errorf("page %d does not say %q:\n%s", i+1, want, pages[i])
		}
	}
	if foot := regexp.MustCompile(fmt.Sprintf(`\b%d ?/ ?%d\b`, len(pages), len(pages))); !foot.MatchString(pages[len(pages)-1]) || !strings.Contains(pages[len(pages)-1], w[0].SHA256) {
		t.Errorf("the last page has no foot %v with the hash:\n%s", foot, pages[len(pages)-1])
	}
	if out, err := exec.CommandContext(t.Context(), "pdftoppm", "-r", "40", "-png", pdf, filepath.Join(dir, "page")).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v\n%s", err, out)
	}
	pictures, err := filepath.Glob(filepath.Join(dir, "page-*.png"))
	if err != nil || len(pictures) != len(pages) {
		t.Fatalf("%d pictures of %d pages, %v", len(pictures), len(pages), err)
	}
	for _, p := range pictures {
		if dark, wide := inked(t, p); dark < 200 || !wide {
			t.Errorf("%s: %d dark points, landscape %v", filepath.Base(p), dark, wide)
		}
	}
}

// inked counts the points of a picture that are not paper, and says whether it
// is wider than high.
func inked(t *testing.T, path string) (dark int, wide bool) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, g, b, _ := m.At(x, y).RGBA(); r+g+b < 3*0xC000 {
				dark++
			}
		}
	}
	return dark, b.Dx() > b.Dy()
}
