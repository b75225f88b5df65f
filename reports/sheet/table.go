package sheet

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/xuri/excelize/v2"

	"gatehouse/backend/iam"
)

// Limits of a sheet. A sheet also ends at so many bytes of XML, as the archive
// would else need a form that Excel takes for damage. Tests lower them.
var (
	sheetRows  = excelize.TotalRows - 1 // below the heading
	sheetBytes = int64(3 << 30)
)

// sample is the number of rows that decide the widths.
const sample = 200

// longest is the most UTF-16 code units that a cell may have.
const longest = excelize.TotalCellChars

// tableWriter writes a table to one sheet or more.
type tableWriter struct {
	book    *bookWriter
	table   Table
	waiting [][]Value // the first rows, until the widths are known
	begun   bool
	format  format
	part    *part
	row     int64 // of the table
	sheets  []tableSheet
}

type tableSheet struct{ name, area string }

func newTableWriter(b *bookWriter, t Table) *tableWriter {
	return &tableWriter{book: b, table: t}
}

func (t *tableWriter) put(row []Value) error {
	t.row++
	if err := t.check(row); err != nil {
		return err
	}
	if !t.begun {
		t.waiting = append(t.waiting, slices.Clone(row))
		if len(t.waiting) < sample {
			return nil
		}
		return t.start()
	}
	return t.write(row)
}

// start decides the widths and writes the rows that waited for them.
func (t *tableWriter) start() error {
	t.begun = true
	t.format.table = true
	for i, c := range t.table.Columns {
		t.format.widths = append(t.format.widths, fit(c, i, t.waiting))
	}
	if err := t.open(); err != nil {
		return err
	}
	for _, row := range t.waiting {
		if err := t.write(row); err != nil {
			return err
		}
	}
	t.waiting = nil
	return nil
}

// open begins a sheet with its heading.
func (t *tableWriter) open() error {
	name, p, err := t.book.begin(t.table.heading())
	if err != nil {
		return err
	}
	t.part = p
	t.sheets = append(t.sheets, tableSheet{name: name})
	if err := p.begin(t.format, false); err != nil {
		return err
	}
	p.startRow(headerHeight)
	for i, c := range t.table.Columns {
		heading := clean(c.Heading())
		if err := checkCell(heading, fmt.Sprintf("the heading of column %d of %s", i+1, t.table.heading())); err != nil {
			return err
		}
		style := header
		if c.Kind == Number {
			style = headerOfNumbers
		}
		p.text(i, t.book.styles.other[style], heading)
	}
	return p.endRow()
}

func (t *tableWriter) write(row []Value) error {
	if t.part.row > sheetRows || t.part.size > sheetBytes {
		if err := t.close(t.table.heading() + " · continued on the next sheet"); err != nil {
			return err
		}
		if err := t.open(); err != nil {
			return err
		}
	}
	t.part.startRow(0)
	for i, v := range row {
		where := inTable
		if t.table.Columns[i].Kind == Number {
			where = inNumbers
		}
		t.part.value(i, where, v)
	}
	return t.part.endRow()
}

func (t *tableWriter) close(foot string) error {
	s := &t.sheets[len(t.sheets)-1]
	if n := len(t.part.columns); n > 0 {
		s.area = "A1:" + t.part.columns[n-1] + strconv.Itoa(t.part.row)
	}
	f := t.format
	f.area, f.footer = s.area, footer(foot)
	return t.part.end(f)
}

// finish ends the last sheet, whose foot names the table's hash.
func (t *tableWriter) finish(sum string) error {
	if !t.begun {
		if err := t.start(); err != nil {
			return err
		}
	}
	return t.close(t.table.heading() + " · SHA-256 " + sum)
}

// check refuses a value that a cell cannot hold.
func (t *tableWriter) check(row []Value) error {
	for i, v := range row {
		if len(v.s) > longest {
			where := fmt.Sprintf("row %d, column %s of %s", t.row, t.table.Columns[i].Heading(), t.table.heading())
			if err := checkCell(v.s, where); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkCell(s, where string) error {
	if n := units(s, longest); n > longest {
		return iam.Errorf(iam.Unsupported, "A cell of a spreadsheet holds at most %d characters; %s has %d.", longest, where, n).
			Fix("Export the table as csv, which has no such limit.")
	}
	return nil
}
