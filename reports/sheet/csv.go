package sheet

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"
)

// WriteCSV writes the table as comma-separated values (RFC 4180 with line
// feeds) in UTF-8, its headings first.
//
// A text that a spreadsheet program would take for a formula, because it begins
// with = + - @ a tab or a line end, is written with a ' before it; so is one
// that begins with such apostrophes already. Whoever reads the file by a
// program removes one ' where apostrophes stand before one of these.
func WriteCSV(ctx context.Context, w io.Writer, t Table, progress func(rows int64)) (Written, error) {
	out := lines{w: bufio.NewWriterSize(w, 64<<10), alone: len(t.Columns) == 1}
	for i, c := range t.Columns {
		out.field(i, guard(nil, clean(c.Heading())))
	}
	if err := out.end(); err != nil {
		return Written{Name: t.Name}, err
	}
	var cell []byte
	done, err := t.walk(ctx, progress, func(row []Value) error {
		for i, v := range row {
			switch v.letter {
			case number, moment: // a minus is a number's own
				cell = v.append(cell[:0])
			default:
				cell = guard(cell[:0], v.s)
			}
			out.field(i, cell)
		}
		return out.end()
	})
	if err != nil {
		return done, err
	}
	return done, out.w.Flush()
}

// guard adds s to b, with a ' before it if a spreadsheet program would
// calculate it.
func guard(b []byte, s string) []byte {
	if rest := strings.TrimLeft(s, "'"); rest != "" && strings.IndexByte("=+-@\t\r\n", rest[0]) >= 0 {
		b = append(b, '\'')
	}
	return append(b, s...)
}

// lines writes fields, quoted where they must be.
type lines struct {
	w     *bufio.Writer
	alone bool // one column: an empty line would be no row
}

func (l *lines) field(i int, cell []byte) {
	if i > 0 {
		l.w.WriteByte(',')
	}
	if len(cell) == 0 && !l.alone || len(cell) > 0 && cell[0] != ' ' && cell[len(cell)-1] != ' ' && !bytes.ContainsAny(cell, ",\"\r\n\t") {
		l.w.Write(cell)
		return
	}
	l.w.WriteByte('"')
	for len(cell) > 0 {
		i := bytes.IndexByte(cell, '"')
		if i < 0 {
			break
		}
		l.w.Write(cell[:i+1])
		l.w.WriteByte('"')
		cell = cell[i+1:]
	}
	l.w.Write(cell)
	l.w.WriteByte('"')
}

// end ends the row and tells of the first error: a bufio.Writer keeps it.
func (l *lines) end() error {
	return l.w.WriteByte('\n')
}
