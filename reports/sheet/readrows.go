package sheet

import (
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rows reads the rows of a sheet, the first that is shown if none is named.
// Rows that the file leaves out are left out.
func (b *Workbook) Rows(sheet string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := b.rows(sheet, func(r Row) bool { return yield(r, nil) }); err != nil {
			yield(Row{}, err)
		}
	}
}

func (b *Workbook) rows(sheet string, yield func(Row) bool) error {
	at := slices.IndexFunc(b.sheets, func(s sheetPart) bool { return s.name == sheet || sheet == "" && !s.hidden })
	if at < 0 {
		return fmt.Errorf("it has no sheet named %q; its sheets are %s", sheet, strings.Join(b.Sheets(), ", "))
	}
	name := b.sheets[at].part
	in, err := b.parts[name].Open()
	if err != nil {
		return partError(name, err)
	}
	defer in.Close()
	r := sheetReader{book: b, d: newDecoder(in, mostOfPart)}
	b.Merged = 0
	for {
		token, err := r.d.RawToken()
		if err == io.EOF {
			return r.whole(name)
		}
		if err != nil {
			return partError(name, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = r.start(t)
		case xml.EndElement:
			r.ended = r.ended || t.Name.Local == "worksheet"
			if t.Name.Local == "row" && !yield(r.row) {
				return nil
			}
		}
		if err != nil {
			return partError(name, err)
		}
	}
}

// sheetReader reads one sheet from its beginning to its end.
type sheetReader struct {
	book  *Workbook
	d     *xml.Decoder
	row   Row
	count int
	ended bool
}

// whole fails if the part ended before its last element.
func (r *sheetReader) whole(name string) error {
	if !r.ended {
		return fmt.Errorf("its part %s is damaged or not complete", name)
	}
	return nil
}

func (r *sheetReader) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "row":
		number := r.row.Number + 1
		if said, err := strconv.Atoi(attribute(e, "r")); err == nil && said >= number && said <= mostRows {
			number = said
		}
		if r.count++; r.count > mostRows || number > mostRows {
			return fmt.Errorf("a sheet has more than %d rows", mostRows)
		}
		hidden := attribute(e, "hidden")
		r.row = Row{Number: number, Cells: r.row.Cells[:0], Hidden: hidden == "1" || hidden == "true"}
	case "c":
		return r.cell(e)
	case "mergeCell":
		r.book.Merged++
	}
	return nil
}

// cell reads one cell into its place in the row.
func (r *sheetReader) cell(e xml.StartElement) error {
	place := len(r.row.Cells)
	if said, ok := columnOf(attribute(e, "r")); ok {
		place = said
	}
	if place < len(r.row.Cells) || place >= mostCells {
		return fmt.Errorf("row %d has cells that are out of order", r.row.Number)
	}
	kind, style := attribute(e, "t"), attribute(e, "s")
	var value strings.Builder
	inline, formula, valued, taking := "", false, false, false
	for {
		token, err := r.d.RawToken()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch taking = t.Name.Local == "v"; t.Name.Local {
			case "f":
				formula = true
			case "v":
				valued = true
			case "is":
				if inline, err = richText(r.d, "is"); err != nil {
					return err
				}
			}
		case xml.CharData:
			if taking {
				value.Write(t)
			}
		case xml.EndElement:
			if taking = false; t.Name.Local != "c" {
				continue
			}
			for len(r.row.Cells) < place {
				r.row.Cells = append(r.row.Cells, Cell{})
			}
			r.row.Cells = append(r.row.Cells, r.book.cell(kind, style, value.String(), inline, formula && !valued))
			return nil
		}
	}
}

// cell is what a cell of a kind and style says (ISO 29500-1 section 18.3.1.4).
// One that is unsolved holds a formula without what it came to.
func (b *Workbook) cell(kind, style, value, inline string, unsolved bool) Cell {
	if unsolved {
		return Cell{Fault: "holds a formula without a stored value; open and save the workbook in a spreadsheet program"}
	}
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || i < 0 || i >= len(b.texts) {
			return Cell{Fault: "points at a text that the workbook does not have"}
		}
		return cellOf(b.texts[i])
	case "inlineStr":
		return cellOf(inline)
	case "str":
		return cellOf(value)
	case "b":
		return Cell{Text: map[string]string{"0": "FALSE", "1": "TRUE"}[value]}
	case "e":
		return Cell{Text: clean(value), Fault: "holds the error " + clean(value) + " instead of a value"}
	case "d":
		for _, layout := range []string{"2006-01-02T15:04:05.999Z", "2006-01-02T15:04:05.999", "2006-01-02"} {
			if t, err := time.Parse(layout, value); err == nil {
				return timeCell(t)
			}
		}
		return Cell{Text: clean(value), Fault: "holds a date that cannot be read"}
	}
	if value = strings.TrimSpace(value); value == "" {
		return Cell{}
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return Cell{Text: clean(value), Fault: "holds a number that cannot be read"}
	}
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(b.dates) && b.dates[i] {
		if t, ok := b.serial(n); ok {
			return timeCell(t)
		}
		return Cell{Text: value, Fault: "shows a number as a date that is none"}
	}
	return Cell{Text: plainNumber(n), Number: true}
}

func timeCell(t time.Time) Cell {
	t = t.Round(time.Second)
	text := t.Format(time.DateOnly)
	if !t.Equal(t.Truncate(24 * time.Hour)) {
		text = t.Format(time.DateTime)
	}
	return Cell{Text: text, Time: t}
}

// plainNumber writes an employee number as people type it, whatever form the
// file has it in.
func plainNumber(n float64) string {
	if n == math.Trunc(n) && math.Abs(n) < 1e15 {
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// serial is the day with a number. In the system of 1900 the number 60 is a
// 29 February that never was.
func (b *Workbook) serial(n float64) (time.Time, bool) {
	if n < 1 || n >= 2_958_466 {
		return time.Time{}, false
	}
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case b.since == 1904:
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case n >= 60 && n < 61:
		return time.Time{}, false
	case n < 60:
		start = start.AddDate(0, 0, 1)
	}
	day, fraction := math.Modf(n)
	return start.AddDate(0, 0, int(day)).Add(time.Duration(fraction * float64(24*time.Hour))), true
}

// columnOf is the place of a cell such as AB12, from 0.
func columnOf(cell string) (int, bool) {
	n := 0
	for i := 0; i < len(cell); i++ {
		c := cell[i]
		if c >= '0' && c <= '9' {
			return n - 1, i > 0
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c < 'A' || c > 'Z' || n > mostCells {
			return 0, false
		}
		n = n*26 + int(c-'A') + 1
	}
	return 0, false
}
