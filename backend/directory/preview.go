package directory

// Preview is a table as it stands in a file, for whoever says what its columns
// mean.
type Preview struct {
	Columns []PreviewColumn
	Rows    []PreviewRow // the first below the header
	Total   int64        // rows below the header, blank ones left out
	Faulty  int64        // of them, rows that cannot be used
	Faults  []Fault      // the first, in the order of the rows
	Sheets  []string     // of a workbook, those that are shown
	Words   []string     // of the column with the status, if they are few
}

// PreviewColumn is one column of the table.
type PreviewColumn struct {
	Name   string
	Filled int64 // rows in which it is not empty
}

// PreviewRow is one row as it stands in the file.
type PreviewRow struct {
	Number int // of the line, or of the sheet's row
	Cells  []string
}

// Fault is why a row cannot be used.
type Fault struct {
	Row    int
	Column string // empty if the row as a whole is at fault
	Value  string
	Text   string // what is wrong and what was expected
}
