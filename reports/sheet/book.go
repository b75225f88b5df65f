package sheet

import (
	"context"
	"io"
	"os"

	"github.com/xuri/excelize/v2"
)

// Book is a workbook. Its sheets are the Front pages, those of Back, and then
// the tables.
type Book struct {
	Title   string
	Creator string // empty: Gatehouse
	Created int64  // microseconds since 1970, UTC; 0: not said
	Front   []Page
	Tables  []Table
	// Back makes the pages that can only be written once the tables are: what
	// they rest on, with counts and hashes. It may be nil.
	Back func(written []Written) ([]Page, error)
	// TempDir is where rows wait for the end of the workbook, in files that
	// only the own user may read and that are removed in any case; empty: the
	// system's.
	TempDir string
}

// WriteXLSX writes the workbook, and says of each table what was written.
// Progress is told the rows of all tables so far.
func WriteXLSX(ctx context.Context, w io.Writer, b Book, progress func(rows int64)) (_ []Written, err error) {
	tmp, err := os.MkdirTemp(b.TempDir, "gatehouse-sheet-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	f := excelize.NewFile(excelize.Options{TmpDir: tmp})
	defer f.Close()
	var written []Written
	for _, t := range b.Tables {
		name := t.heading()
		if _, err := f.NewSheet(name); err != nil {
			return nil, err
		}
		s, err := f.NewStreamWriter(name)
		if err != nil {
			return nil, err
		}
		cells := make([]any, len(t.Columns))
		for i, c := range t.Columns {
			cells[i] = c.Heading()
		}
		if err := s.SetRow("A1", cells); err != nil {
			return nil, err
		}
		n := 1
		done, err := t.walk(ctx, progress, func(row []Value) error {
			n++
			for i, v := range row {
				cells[i] = v.String()
			}
			at, err := excelize.CoordinatesToCellName(1, n)
			if err != nil {
				return err
			}
			return s.SetRow(at, cells)
		})
		if err != nil {
			return nil, err
		}
		if err := s.Flush(); err != nil {
			return nil, err
		}
		done.Sheets = 1
		written = append(written, done)
	}
	if b.Back != nil {
		if _, err := b.Back(written); err != nil {
			return nil, err
		}
	}
	return written, f.Write(w)
}
