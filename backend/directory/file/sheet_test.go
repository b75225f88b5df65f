package file

import (
	"bytes"
	"context"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"gatehouse/reports/sheet"
)

// workbook makes an Excel workbook of a csv text with semicolons, by the
// writer of the house.
func workbook(t testing.TB, text string) string {
	t.Helper()
	c := csv.NewReader(strings.NewReader(text))
	c.Comma = ';'
	rows, err := c.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := sheet.Table{Name: "staff"}
	for _, name := range rows[0] {
		table.Columns = append(table.Columns, sheet.Column{Name: name})
	}
	table.Rows = func(yield func([]sheet.Value, error) bool) {
		for _, row := range rows[1:] {
			var values []sheet.Value
			for _, v := range row {
				values = append(values, sheet.TextOf(v))
			}
			if !yield(values, nil) {
				return
			}
		}
	}
	var b bytes.Buffer
	if _, err := sheet.WriteXLSX(context.Background(), &b, sheet.Book{Tables: []sheet.Table{table}}, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A workbook says the same as the csv file it was made of.
func TestWorkbookAndTextSayTheSame(t *testing.T) {
	text := readAll(t, config(put(t, "staff.csv", staff), nil))
	book := readAll(t, config(put(t, "staff.xlsx", workbook(t, staff)), nil))
	if !book.Complete() || len(book.Accounts) != len(text.Accounts) || len(book.Entitlements) != len(text.Entitlements) {
		t.Fatalf("%d accounts, %d groups, skipped %+v, %v", len(book.Accounts), len(book.Entitlements), book.Skipped, book.Err)
	}
	for i, a := range book.Accounts {
		if a.Facts != text.Accounts[i].Facts || a.ExternalID != text.Accounts[i].ExternalID {
			t.Errorf("row %d is %+v in the workbook and %+v in the text", i, a, text.Accounts[i])
		}
	}
}

// A date that a workbook holds as a number is a date; a number is none.
func TestWorkbookDates(t *testing.T) {
	start := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
	if got, wrong := day(sheet.Cell{Text: "2026-03-31 14:00:00", Time: start.Add(14 * time.Hour)}, ""); wrong != "" || !got.Equal(start) {
		t.Errorf("%v %s", got, wrong)
	}
	if _, wrong := day(sheet.Cell{Text: "46112", Number: true}, ""); !strings.Contains(wrong, "a number, not a date") {
		t.Error(wrong)
	}
}
