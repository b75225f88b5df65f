package sheet

import (
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// part writes the XML of one sheet: begin, then rows of cells from left to
// right, then end.
type part struct {
	out     io.Writer
	styles  styles
	buf     []byte
	columns []string // their letters
	at      []byte   // the number of the row
	row     int
	size    int64 // bytes written so far
	merged  []string
}

func newPart(out io.Writer, s styles) *part {
	return &part{out: out, styles: s, buf: make([]byte, 0, 2*chunk)}
}

// format is how a sheet looks as a whole.
type format struct {
	widths []float64
	table  bool   // the first row stays in sight, and the lines between the cells
	area   string // what the filter is over; empty: no filter
	footer string
}

const namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

// begin writes what stands before the rows.
func (p *part) begin(f format, first bool) error {
	b := append(p.buf, `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+"\n"+`<worksheet xmlns="`+namespace+`"><sheetPr>`...)
	b = append(b, `<pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView`...)
	if !f.table {
		b = append(b, ` showGridLines="0"`...)
	}
	if first {
		b = append(b, ` tabSelected="1"`...)
	}
	b = append(b, ` workbookViewId="0">`...)
	if f.table {
		b = append(b, `<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A2" sqref="A2"/>`...)
	}
	b = append(b, `</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>`...)
	if len(f.widths) > 0 {
		b = append(b, `<cols>`...)
		for i, w := range f.widths {
			n := strconv.Itoa(i + 1)
			b = append(b, `<col min="`+n+`" max="`+n+`" width="`+strconv.FormatFloat(w, 'f', -1, 64)+`" customWidth="1"/>`...)
			name, err := excelize.ColumnNumberToName(i + 1)
			if err != nil {
				return err
			}
			p.columns = append(p.columns, name)
		}
		b = append(b, `</cols>`...)
	}
	p.buf = append(b, `<sheetData>`...)
	return nil
}

// pagesAcross is how many pages of paper a sheet takes side by side: so many
// that it can still be read.
func pagesAcross(widths []float64) int {
	const readable = 240 // characters across A4 on its side, small but clear
	sum := 0.0
	for _, w := range widths {
		sum += w
	}
	return max(1, int(math.Ceil(sum/readable)))
}

// startRow begins the next row; a height of 0 is the usual one.
func (p *part) startRow(height float64) {
	p.row++
	p.at = strconv.AppendInt(p.at[:0], int64(p.row), 10)
	p.buf = append(p.buf, `<row r="`...)
	p.buf = append(p.buf, p.at...)
	if height > 0 {
		p.buf = append(p.buf, `" ht="`...)
		p.buf = strconv.AppendFloat(p.buf, height, 'f', -1, 64)
		p.buf = append(p.buf, `" customHeight="1`...)
	}
	p.buf = append(p.buf, `">`...)
}

// endRow ends the row, and writes if there is enough to write.
func (p *part) endRow() error {
	p.buf = append(p.buf, `</row>`...)
	if len(p.buf) < chunk {
		return nil
	}
	return p.flush()
}

func (p *part) flush() error {
	p.size += int64(len(p.buf))
	_, err := p.out.Write(p.buf)
	p.buf = p.buf[:0]
	return err
}

// value writes a cell that looks as its value does in that place.
func (p *part) value(column int, where place, v Value) {
	look := v.look()
	switch look {
	case looksNumber:
		if exact(v.n) {
			p.open(column, p.styles.value[where][look])
			p.buf = append(p.buf, `"><v>`...)
			p.buf = strconv.AppendInt(p.buf, v.n, 10)
			p.buf = append(p.buf, `</v></c>`...)
			return
		}
	case looksTime:
		if day, ok := serial(v.n); ok {
			p.open(column, p.styles.value[where][look])
			p.buf = append(p.buf, `"><v>`...)
			p.buf = strconv.AppendFloat(p.buf, day, 'f', -1, 64)
			p.buf = append(p.buf, `</v></c>`...)
			return
		}
	default:
		p.text(column, p.styles.value[where][look], v.s)
		return
	}
	p.text(column, p.styles.value[where][looksText], v.String())
}

// text writes a cell that holds a string, which is clean. There is no other way
// to a cell with a string, and none to a formula.
func (p *part) text(column, style int, s string) {
	p.open(column, style)
	if s == "" {
		p.buf = append(p.buf, `"/>`...)
		return
	}
	p.buf = append(p.buf, `" t="inlineStr"><is><t`...)
	if s[0] <= ' ' || s[len(s)-1] <= ' ' {
		p.buf = append(p.buf, ` xml:space="preserve"`...)
	}
	p.buf = append(p.buf, '>')
	p.buf = escape(p.buf, s)
	p.buf = append(p.buf, `</t></is></c>`...)
}

func (p *part) open(column, style int) {
	p.buf = append(p.buf, `<c r="`...)
	p.buf = append(p.buf, p.columns[column]...)
	p.buf = append(p.buf, p.at...)
	p.buf = append(p.buf, `" s="`...)
	p.buf = strconv.AppendInt(p.buf, int64(style), 10)
}

// merge makes one cell of those from one column to another in this row.
func (p *part) merge(from, to int) {
	if from < to {
		p.merged = append(p.merged, p.columns[from]+string(p.at)+":"+p.columns[to]+string(p.at))
	}
}

// end writes what stands behind the rows. The order of the elements is that of
// the schema.
func (p *part) end(f format) error {
	b := append(p.buf, `</sheetData>`...)
	if f.area != "" {
		b = append(b, `<autoFilter ref="`+f.area+`"/>`...)
	}
	if len(p.merged) > 0 {
		b = append(b, `<mergeCells count="`+strconv.Itoa(len(p.merged))+`">`...)
		for _, m := range p.merged {
			b = append(b, `<mergeCell ref="`+m+`"/>`...)
		}
		b = append(b, `</mergeCells>`...)
	}
	b = append(b, `<pageMargins left="0.5" right="0.5" top="0.5" bottom="0.7" header="0.3" footer="0.3"/>`...)
	b = append(b, `<pageSetup paperSize="9" orientation="landscape" fitToWidth="`+strconv.Itoa(pagesAcross(f.widths))+`" fitToHeight="0"/>`...)
	b = append(b, `<headerFooter><oddFooter>`...)
	b = escape(b, f.footer)
	b = append(b, `</oddFooter></headerFooter>`...)
	if f.area != "" { // an id of digits is no mistake
		b = append(b, `<ignoredErrors><ignoredError sqref="`+f.area+`" numberStoredAsText="1"/></ignoredErrors>`...)
	}
	p.buf = append(b, `</worksheet>`...)
	return p.flush()
}

// footerLength is the most characters that a footer may have.
const footerLength = 255

// footer names the sheet, and its page of how many.
func footer(left string) string {
	const right = "&R&8 &P / &N"
	left = strings.ReplaceAll(strings.Join(strings.Fields(clean(left)), " "), "&", "&&")
	short := shorten("&L&8 "+left, footerLength-len(right))
	if n := len(short) - len(strings.TrimRight(short, "&")); n%2 == 1 {
		short = short[:len(short)-1] // half an ampersand
	}
	return short + right
}

// exact says whether a spreadsheet program keeps all digits of the number.
func exact(n int64) bool { return -1e15 < n && n < 1e15 }

// Moments between which a date can be a date: programs disagree on the days
// before March 1900, as one of them believes in a 29 February of that year.
var (
	earliest = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC).Unix()
	latest   = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	dayZero  = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Unix()
)

// serial is the number of days that stands for a moment, to the second, and
// whether there is one.
func serial(micros int64) (float64, bool) {
	seconds := time.UnixMicro(micros).Unix() // downwards, also before 1970
	if seconds < earliest || seconds >= latest {
		return 0, false
	}
	seconds -= dayZero
	const day = 24 * 60 * 60
	return float64(seconds/day) + float64(seconds%day)/day, true
}

// escape adds clean s to b as text of XML. _x000D_ and the like would be read
// as the character of that number, so their first underscore is written as one.
func escape(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		var with string
		switch s[i] {
		case '&':
			with = "&amp;"
		case '<':
			with = "&lt;"
		case '>':
			with = "&gt;"
		case '\r':
			with = "&#13;"
		case '_':
			if !numbered(s[i:]) {
				continue
			}
			with = "_x005F_"
		default:
			continue
		}
		b = append(b, s[from:i]...)
		b = append(b, with...)
		from = i + 1
	}
	return append(b, s[from:]...)
}

// numbered says whether s begins with _xHHHH_.
func numbered(s string) bool {
	return len(s) >= 7 && s[1] == 'x' && s[6] == '_' && !slices.ContainsFunc([]byte(s[2:6]), func(c byte) bool {
		return !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F')
	})
}

// units is how many UTF-16 code units s has, if more than most; else any
// number up to it.
func units(s string, most int) int {
	if len(s) <= most {
		return len(s)
	}
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
