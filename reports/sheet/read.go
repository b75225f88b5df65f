package sheet

import "time"

// Row is one row of a table that is read. Its cells are used again for the
// next.
type Row struct {
	Number int // of the line where it begins, or of the sheet's row, from 1
	Cells  []Cell
	Hidden bool   // a sheet's row that is not shown
	Fault  string // why the row has no cells
}

// Blank reports whether nothing stands in the row.
func (r Row) Blank() bool {
	if r.Fault != "" {
		return false
	}
	for _, c := range r.Cells {
		if c.Text != "" || c.Fault != "" {
			return false
		}
	}
	return true
}

// Cell is what stands in one place of a row.
type Cell struct {
	Text string
	// Time is that of a cell which a workbook shows as a date: the wall clock,
	// taken for UTC. Zero otherwise.
	Time time.Time
	// Number is set where a workbook holds a number that it does not show as a
	// date.
	Number bool
	Fault  string // why there is no value, such as a formula without a stored one
}

// longestRow bounds what one row may take in memory, in bytes.
const longestRow = 8 << 20
