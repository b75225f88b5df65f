package sheet

import (
	"math"
	"strings"

	"github.com/xuri/excelize/v2"

	"gatehouse/backend/iam"
)

// Measures of a page, in characters and points.
const (
	labelWidth   = 28
	boxWidth     = 14
	pageWidth    = 124 // what fills a landscape page at its natural size
	lineHeight   = 15
	gapHeight    = 9
	headerHeight = 20
	boxHeight    = 30
)

// boxes are what a signature needs, beside who signs.
var boxes = []string{"Name", "Date", "Signature"}

// layout writes one page.
type layout struct {
	*part
	widths []float64
	where  string
	err    error // the first
}

// page writes a page to a sheet of its own, as wide as the paper.
func (x *bookWriter) page(book string, p Page) error {
	for _, b := range p.Blocks {
		if b.Grid == nil {
			continue
		}
		for i, row := range b.Grid.Rows {
			if len(row) != len(b.Grid.Columns) {
				return iam.Errorf(iam.Internal, "Row %d of a grid on %s has %d values for %d columns.", i+1, p.Title, len(row), len(b.Grid.Columns))
			}
		}
	}
	name, out, err := x.begin(p.Title)
	if err != nil {
		return err
	}
	first := len(x.pages) == 0
	x.pages = append(x.pages, name)
	f := format{widths: pageWidths(p), footer: footer(strings.TrimPrefix(book+" · "+p.Title, " · "))}
	if err := out.begin(f, first); err != nil {
		return err
	}
	l := &layout{part: out, widths: f.widths, where: p.Title}
	l.wide(30, pageTitle, p.Title)
	if book != p.Title {
		l.wide(lineHeight+3, pageSubtitle, book)
	}
	for _, b := range p.Blocks {
		l.gap()
		l.block(b)
	}
	if l.err != nil {
		return l.err
	}
	return out.end(f)
}

// pageWidths are the widths of a page's columns: what its grids need, at least
// as many as signatures need, and all but the first share what is left.
func pageWidths(p Page) []float64 {
	widths := []float64{labelWidth, boxWidth, boxWidth, boxWidth}
	for _, b := range p.Blocks {
		if b.Grid == nil {
			continue
		}
		for i, c := range b.Grid.Columns {
			if i == len(widths) {
				widths = append(widths, narrowest)
			}
			widths[i] = max(widths[i], fit(c, i, b.Grid.Rows)-arrow+1)
		}
	}
	left := float64(pageWidth)
	for _, w := range widths {
		left -= w
	}
	for i := range widths[1:] {
		widths[i+1] += math.Floor(max(0, left) / float64(len(widths)-1))
	}
	return widths
}

func (l *layout) block(b Block) {
	if b.Heading != "" {
		l.startRow(headerHeight)
		for i := range l.widths {
			l.string(i, l.styles.other[pageHeading], []string{b.Heading, ""}[min(i, 1)])
		}
		l.finish()
	}
	for i, paragraph := range strings.Split(b.Text, "\n\n") {
		if paragraph == "" {
			continue
		}
		if i > 0 {
			l.gap()
		}
		l.wide(lineHeight*l.lines(paragraph, 0, len(l.widths)), pageText, paragraph)
	}
	if b.Text != "" && len(b.Lines)+len(b.Sign) > 0 || b.Text != "" && b.Grid != nil {
		l.gap()
	}
	for _, line := range b.Lines {
		l.line(line)
	}
	if b.Grid != nil {
		l.grid(b.Grid)
	}
	if len(b.Sign) > 0 {
		l.sign(b.Sign)
	}
}

func (l *layout) line(line Line) {
	where := inLine
	if line.Mono {
		where = inMono
	}
	l.startRow(lineHeight * max(l.lines(line.Value.String(), 1, len(l.widths)), l.lines(line.Label, 0, 1)))
	l.string(0, l.styles.other[pageLabel], line.Label)
	l.put(1, where, line.Value)
	l.merge(1, len(l.widths)-1)
	l.finish()
}

func (l *layout) grid(g *Grid) {
	l.startRow(headerHeight)
	for i, c := range g.Columns {
		style := header
		if c.Kind == Number {
			style = gridOfNumbers
		}
		l.string(i, l.styles.other[style], c.Heading())
	}
	l.finish()
	for _, row := range g.Rows {
		most := 1.0
		for i, v := range row {
			most = max(most, l.lines(v.String(), i, i+1))
		}
		l.startRow(lineHeight * most)
		for i, v := range row {
			where := inGrid
			if g.Columns[i].Kind == Number {
				where = inNumbers
			}
			l.put(i, where, v)
		}
		l.finish()
	}
}

func (l *layout) sign(who []string) {
	last := len(l.widths) - 1
	row := func(height float64, first string, cells []string, style int) {
		l.startRow(height)
		l.string(0, style, first)
		for i, s := range cells {
			l.string(i+1, style, s)
		}
		for i := len(cells) + 1; i <= last; i++ {
			l.string(i, style, "")
		}
		l.merge(len(cells), last)
		l.finish()
	}
	row(headerHeight, "", boxes, l.styles.other[pageBoxLabel])
	for _, w := range who {
		row(boxHeight, w, make([]string, len(boxes)), l.styles.other[pageBoxLabel])
	}
}

// wide writes a row of one cell over the whole page.
func (l *layout) wide(height float64, style int, s string) {
	l.startRow(height)
	l.string(0, l.styles.other[style], s)
	l.merge(0, len(l.widths)-1)
	l.finish()
}

func (l *layout) gap() {
	l.startRow(gapHeight)
	l.finish()
}

// lines is about how many lines a text takes between two columns; cells that
// were made one do not grow by themselves.
func (l *layout) lines(s string, from, to int) float64 {
	width := -1.0
	for _, w := range l.widths[from:to] {
		width += w
	}
	n := 0.0
	for line := range strings.SplitSeq(s, "\n") {
		n += max(1, math.Ceil(float64(cells(line))/width))
	}
	return min(n, math.Floor(excelize.MaxRowHeight/lineHeight))
}

func (l *layout) string(column, style int, s string) {
	s = clean(s)
	l.check(s)
	l.text(column, style, s)
}

func (l *layout) put(column int, where place, v Value) {
	l.check(v.s)
	l.value(column, where, v)
}

func (l *layout) check(s string) {
	if err := checkCell(s, "one on "+l.where); err != nil && l.err == nil {
		l.err = err
	}
}

func (l *layout) finish() {
	if err := l.endRow(); err != nil && l.err == nil {
		l.err = err
	}
}
