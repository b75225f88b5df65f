package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The encodings that ReadCSV knows.
const (
	UTF8        = "utf-8"
	Windows1252 = "windows-1252"
	UTF16LE     = "utf-16le"
	UTF16BE     = "utf-16be"
)

// Encodings are all of them.
var Encodings = []string{UTF8, Windows1252, UTF16LE, UTF16BE}

// Decode reads r as UTF-8. A byte order mark is dropped. Bytes that are no
// UTF-8 are kept, so that the row with them can be named.
func Decode(r io.Reader, encoding string) io.Reader {
	switch encoding {
	case Windows1252:
		return charmap.Windows1252.NewDecoder().Reader(r)
	case UTF16LE:
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case UTF16BE:
		return transform.NewReader(r, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder())
	}
	return &unmarked{r: r}
}

// unmarked drops a byte order mark of UTF-8.
type unmarked struct {
	r     io.Reader
	begun bool
	rest  []byte
}

func (u *unmarked) Read(p []byte) (int, error) {
	if !u.begun {
		u.begun = true
		head := make([]byte, 3)
		n, err := io.ReadFull(u.r, head)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, err
		}
		if u.rest = head[:n]; string(u.rest) == "\xef\xbb\xbf" {
			u.rest = nil
		}
	}
	if len(u.rest) > 0 {
		n := copy(p, u.rest)
		u.rest = u.rest[n:]
		return n, nil
	}
	return u.r.Read(p)
}

// ReadCSV reads the rows of a text in UTF-8 (RFC 4180) whose fields are parted
// by delimiter. A row whose quotes are wrong has a Fault; where it cannot be
// said any more in which line the next row begins, reading ends with an error.
func ReadCSV(r io.Reader, delimiter rune) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		in := &bounded{r: r, left: longestRow}
		c := csv.NewReader(in)
		c.Comma, c.FieldsPerRecord, c.ReuseRecord = delimiter, -1, true
		var row Row
		for {
			in.left = longestRow
			record, err := c.Read()
			if err == io.EOF {
				return
			}
			row = Row{Cells: row.Cells[:0]}
			var wrong *csv.ParseError
			switch {
			case errors.As(err, &wrong) && wrong.StartLine == wrong.Line:
				row.Number, row.Fault = wrong.StartLine, "a quotation mark stands where none may"
			case errors.As(err, &wrong):
				yield(Row{}, fmt.Errorf("the quotation mark that opens in line %d is not closed as it should be", wrong.StartLine))
				return
			case err != nil:
				yield(Row{}, err)
				return
			default:
				row.Number, _ = c.FieldPos(0)
				for _, field := range record {
					row.Cells = append(row.Cells, cellOf(field))
				}
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func cellOf(s string) Cell {
	if !utf8.ValidString(s) {
		return Cell{Text: clean(s), Fault: "holds bytes that are no UTF-8: the file has another encoding"}
	}
	if s = strings.TrimSpace(s); clean(s) != s {
		return Cell{Text: clean(s), Fault: "holds control characters"}
	}
	return Cell{Text: s}
}

// bounded ends a text in which a row is too long to be one.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("a row is longer than %d MB; is this the right delimiter, and are all quotation marks closed?", longestRow>>20)
	}
	n, err := b.r.Read(p)
	b.left -= n
	return n, err
}
