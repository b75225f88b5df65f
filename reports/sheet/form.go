package sheet

import (
	"bytes"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"gatehouse/backend/iam"
)

// Form is a sheet that people fill in and send back. Its first columns say what
// each row is about and are locked; those to be filled in are not.
type Form struct {
	Title   string
	Help    string // above the table
	Columns []FormColumn
	Rows    [][]string
}

// FormColumn is one column of a form.
type FormColumn struct {
	Title  string
	Width  float64
	Hidden bool
	Fill   bool // to be filled in
}

// formHead is the row that names the columns; help stands above it.
const formHead = 3

// WriteForm writes a form as a protected workbook. Every cell is a text.
func WriteForm(w io.Writer, f Form) error {
	x := excelize.NewFile()
	defer func() { _ = x.Close() }()
	const name = "Sheet1"
	head, err := x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Border: []excelize.Border{{Type: "bottom", Style: 1, Color: "808080"}}})
	if err != nil {
		return err
	}
	fixed, err := x.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	if err != nil {
		return err
	}
	open, err := x.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}, Protection: &excelize.Protection{Locked: false}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFF8E1"}}})
	if err != nil {
		return err
	}
	var failed error
	do := func(err error) {
		if failed == nil {
			failed = err
		}
	}
	do(x.SetCellStr(name, "A1", f.Title+". "+f.Help))
	for i, c := range f.Columns {
		letter, err := excelize.ColumnNumberToName(i + 1)
		do(err)
		do(x.SetCellStr(name, fmt.Sprint(letter, formHead), c.Title))
		do(x.SetColWidth(name, letter, letter, max(c.Width, 8)))
		do(x.SetColVisible(name, letter, !c.Hidden))
		style := fixed
		if c.Fill {
			style = open
		}
		for n, row := range f.Rows {
			do(x.SetCellStr(name, fmt.Sprint(letter, formHead+1+n), clean(row[i])))
		}
		if len(f.Rows) > 0 {
			do(x.SetCellStyle(name, fmt.Sprint(letter, formHead+1), fmt.Sprint(letter, formHead+len(f.Rows)), style))
		}
		do(x.SetCellStyle(name, fmt.Sprint(letter, formHead), fmt.Sprint(letter, formHead), head))
	}
	do(x.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: formHead, TopLeftCell: fmt.Sprint("A", formHead+1), ActivePane: "bottomLeft"}))
	do(x.ProtectSheet(name, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true, Sort: true, AutoFilter: true}))
	if failed != nil {
		return failed
	}
	return x.Write(w)
}

// ReadForm reads the rows of a form that came back, in the order of the columns
// and each with the number of its row in the sheet. A column may have moved, but
// none may be missing.
func ReadForm(content []byte, columns []FormColumn) ([][]string, []int, error) {
	x, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: 64 << 20, UnzipXMLSizeLimit: 32 << 20})
	if err != nil {
		return nil, nil, iam.Errorf(iam.Invalid, "This is no workbook that can be read.").In("body.workbook").Fix("Save it as .xlsx and choose that file.").By(err)
	}
	defer func() { _ = x.Close() }()
	sheets := x.GetSheetList()
	if len(sheets) == 0 {
		return nil, nil, iam.Errorf(iam.Invalid, "The workbook has no sheet.").In("body.workbook")
	}
	all, err := x.GetRows(sheets[0])
	if err != nil {
		return nil, nil, iam.Errorf(iam.Invalid, "The first sheet of the workbook cannot be read.").In("body.workbook").Fix("Save it as .xlsx and choose that file.").By(err)
	}
	if len(all) < formHead {
		return nil, nil, iam.Errorf(iam.Invalid, "The workbook has no row %d with the headings.", formHead).In("body.workbook").Fix("Send back the workbook that was exported.")
	}
	at := make([]int, len(columns))
	for i, c := range columns {
		at[i] = -1
		for n, title := range all[formHead-1] {
			if title == c.Title {
				at[i] = n
			}
		}
		if at[i] < 0 {
			return nil, nil, iam.Errorf(iam.Invalid, "The workbook has no column %q.", c.Title).In("body.workbook").Fix("Send back the workbook that was exported, hidden columns included.")
		}
	}
	var rows [][]string
	var numbers []int
	for n, line := range all[formHead:] {
		row, empty := make([]string, len(columns)), true
		for i, from := range at {
			if from < len(line) {
				row[i] = line[from]
				empty = empty && row[i] == ""
			}
		}
		if !empty {
			rows, numbers = append(rows, row), append(numbers, formHead+1+n)
		}
	}
	return rows, numbers, nil
}
