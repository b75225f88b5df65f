package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/reports/sheet"
)

// table is a csv file or a sheet: rows below a row with the columns' names.
type table struct {
	file    *opened
	cfg     iam.FileConfig // with what the content told filled in
	columns []string       // as they are named, made different where two are the same
	twice   map[string]bool
}

// mostColumns is far more than any export has.
const mostColumns = 500

// format is what the file's beginning says it is.
func (o *opened) format(said string) string {
	if said != "" {
		return said
	}
	switch head := o.survey.head; {
	case bytes.HasPrefix(head, []byte("PK")), bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return formatXLSX
	case looksLikeLDIF(head):
		return formatLDIF
	}
	return formatCSV
}

// encoding is what the bytes say.
func (v survey) encoding() string {
	switch head := v.head; {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return sheet.UTF16LE
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return sheet.UTF16BE
	case len(head) > 3 && head[1] == 0 && head[3] == 0:
		return sheet.UTF16LE
	case len(head) > 3 && head[0] == 0 && head[2] == 0:
		return sheet.UTF16BE
	case v.utf8:
		return sheet.UTF8
	}
	return sheet.Windows1252
}

// delimiter is the sign that parts the first lines into as many fields each.
func delimiter(head []byte, encoding string) string {
	text, _ := io.ReadAll(sheet.Decode(bytes.NewReader(head), encoding))
	best, most := ",", 0
	for _, d := range delimiters {
		quoted, n, counts := false, 0, []int{}
		for _, c := range string(text) {
			switch {
			case c == '"':
				quoted = !quoted
			case c == d && !quoted:
				n++
			case c == '\n' && !quoted:
				counts, n = append(counts, n), 0
			}
			if len(counts) == 20 {
				break
			}
		}
		if len(counts) == 0 {
			counts = append(counts, n)
		}
		slices.Sort(counts)
		if typical := counts[len(counts)/2]; typical > most {
			best, most = string(d), typical
		}
	}
	return best
}

// table finds the columns of the file.
func (o *opened) table(ctx context.Context) (*table, error) {
	cfg := o.source.file
	cfg.Format = o.format(cfg.Format)
	t := &table{file: o, cfg: cfg, twice: map[string]bool{}}
	if cfg.Format == formatXLSX {
		var err error
		if o.book, err = sheet.ReadXLSX(o, o.info.Size()); err != nil {
			return nil, err
		}
		if cfg.Sheet == "" {
			if names := o.book.Sheets(); len(names) > 0 {
				t.cfg.Sheet = names[0]
			}
		}
	} else {
		if cfg.Encoding == "" {
			t.cfg.Encoding = o.survey.encoding()
		}
		if cfg.Delimiter == "" {
			t.cfg.Delimiter = delimiter(o.survey.head, t.cfg.Encoding)
		}
	}
	if err := t.head(ctx); err != nil {
		return nil, err
	}
	return t, nil
}

// rows reads every row of the file.
func (t *table) rows(ctx context.Context) iter.Seq2[sheet.Row, error] {
	return func(yield func(sheet.Row, error) bool) {
		var all iter.Seq2[sheet.Row, error]
		if t.cfg.Format == formatXLSX {
			all = t.file.book.Rows(t.cfg.Sheet)
		} else {
			if _, err := t.file.Seek(0, io.SeekStart); err != nil {
				yield(sheet.Row{}, err)
				return
			}
			all = sheet.ReadCSV(sheet.Decode(t.file, t.cfg.Encoding), rune(t.cfg.Delimiter[0]))
		}
		n := 0
		for row, err := range all {
			if n++; err == nil && n%64 == 1 {
				err = ctx.Err()
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// head finds the row with the columns' names: the one that was said, or the
// first of twenty that has nearly as many as the widest.
func (t *table) head(ctx context.Context) error {
	type candidate struct {
		number int
		names  []string
	}
	var first []candidate
	widest := 0
	for row, err := range t.rows(ctx) {
		if err != nil {
			return err
		}
		if row.Blank() || row.Fault != "" || t.cfg.HeaderRow > row.Number {
			continue
		}
		if t.cfg.HeaderRow != 0 && t.cfg.HeaderRow != row.Number {
			break
		}
		var names []string
		for _, c := range row.Cells {
			names = append(names, strings.Join(strings.Fields(c.Text), " "))
		}
		for len(names) > 0 && names[len(names)-1] == "" {
			names = names[:len(names)-1]
		}
		first = append(first, candidate{row.Number, names})
		widest = max(widest, filled(names))
		if t.cfg.HeaderRow != 0 || len(first) == 20 {
			break
		}
	}
	for _, c := range first {
		if t.cfg.HeaderRow == 0 && filled(c.names)*10 < widest*7 {
			continue
		}
		if len(c.names) > mostColumns {
			return fmt.Errorf("row %d names %d columns, more than %d", c.number, len(c.names), mostColumns)
		}
		t.cfg.HeaderRow = c.number
		t.name(c.names)
		return nil
	}
	if t.cfg.HeaderRow != 0 {
		return iam.Errorf(iam.Unavailable, "The file %s has no names of columns in row %d.", t.file.source.name, t.cfg.HeaderRow).In("file.headerRow").Fix("Say in which row they stand.")
	}
	return iam.Errorf(iam.Unavailable, "The file %s has no row with the names of its columns.", t.file.source.name).In("file.headerRow").Fix("Say in which row they stand, or export the file with names.")
}

func filled(names []string) (n int) {
	for _, s := range names {
		if s != "" {
			n++
		}
	}
	return n
}

// name keeps the columns' names. One that is empty or there before gets its
// place.
func (t *table) name(names []string) {
	seen := map[string]bool{}
	for i, s := range names {
		if s == "" {
			s = fmt.Sprintf("column %d", i+1)
		}
		if seen[s] {
			t.twice[s] = true
			s = fmt.Sprintf("%s (column %d)", s, i+1)
		}
		seen[s] = true
		t.columns = append(t.columns, s)
	}
}

// place is where a column stands; its absence is an error that names the field.
func (t *table) place(field, column string) (int, error) {
	if t.twice[column] {
		return 0, iam.Errorf(iam.Unavailable, "The file %s has more than one column named %q.", t.file.source.name, column).In(field).Fix("Give each column a name of its own in the export.")
	}
	if i := slices.Index(t.columns, column); i >= 0 {
		return i, nil
	}
	return 0, iam.Errorf(iam.Unavailable, "The file %s has no column %q. Its columns are %s.", t.file.source.name, column, strings.Join(t.columns, ", ")).
		In(field).Fix("Map the columns anew, or export the file as before.")
}

var errStopped = errors.New("the reader was stopped")

// walk calls each for every row below the names that is not blank, with as
// many cells as there are columns. It returns how many rows there were. A csv
// file that ends within a row is refused: more may have been meant to follow.
func (t *table) walk(ctx context.Context, each func(sheet.Row) error) (n int64, err error) {
	cut := false
	for row, err := range t.rows(ctx) {
		if err != nil {
			return n, err
		}
		if row.Number <= t.cfg.HeaderRow || row.Blank() {
			continue
		}
		n++
		cut = row.Fault != "" || len(row.Cells) < len(t.columns)
		if err := each(t.even(row)); err != nil {
			return n, err
		}
	}
	if t.cfg.Format == formatCSV && cut && t.file.survey.lastByte != '\n' && t.file.survey.lastByte != '\r' {
		return n, iam.Errorf(iam.Unavailable, "The file %s ends in the middle of its last row; was it being written?", t.file.source.name).Fix("Read again when the export has ended.")
	}
	return n, nil
}

// even gives a row as many cells as there are columns. A sheet leaves out the
// empty cells at a row's end; a csv file does not.
func (t *table) even(row sheet.Row) sheet.Row {
	want := len(t.columns)
	if row.Fault != "" {
		return row
	}
	for len(row.Cells) > want && row.Cells[len(row.Cells)-1] == (sheet.Cell{}) {
		row.Cells = row.Cells[:len(row.Cells)-1]
	}
	if t.cfg.Format == formatXLSX {
		for len(row.Cells) < want {
			row.Cells = append(row.Cells, sheet.Cell{})
		}
	}
	if len(row.Cells) != want {
		row.Fault = fmt.Sprintf("has %d fields; the row of names has %d", len(row.Cells), want)
	}
	return row
}
