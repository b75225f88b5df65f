package sheet

import "github.com/xuri/excelize/v2"

// look is how a value is shown, before it is said where.
type look int

const (
	looksText look = iota
	looksNumber
	looksTime
	looksWord
	looksPass
	looksFail
	looksNotApplicable
	looksCannotConclude
	looks
)

// place is where on a sheet a value stands.
type place int

const (
	inTable   place = iota
	inNumbers       // in a column of numbers
	inGrid          // on a page
	inLine          // behind a label
	inMono          // behind a label, to be compared letter by letter
	places
)

// Further styles, each for one thing.
const (
	header = iota
	headerOfNumbers
	gridOfNumbers // as above, without the room for the filter's arrow
	pageTitle
	pageSubtitle
	pageHeading
	pageText
	pageLabel
	pageBoxLabel
	furniture
)

// styles are the numbers under which the workbook knows its styles.
type styles struct {
	value [places][looks]int
	other [furniture]int
}

// Colours: of ink on paper, and three that say how a test ended.
const (
	ink   = "1F2933"
	faint = "7B8794"
	rule  = "DDE3E8"
	shade = "EEF2F5"
	green = "1E7B4A"
	red   = "B42318"
	amber = "9A6700"
)

// Number formats. 49 is Excel's own for text.
const (
	asText   = 49
	asNumber = "#,##0"
	asTime   = "yyyy\\-mm\\-dd\\ hh:mm:ss"
	asMoment = asTime + "\\ \"UTC\"" // where no heading says it
	asDigits = "0"                   // to be copied
)

func (v Value) look() look {
	switch v.letter {
	case number:
		return looksNumber
	case moment:
		return looksTime
	case word:
		return looksWord
	case outcome:
		switch Result(v.s) {
		case Pass:
			return looksPass
		case Fail:
			return looksFail
		case NotApplicable:
			return looksNotApplicable
		case CannotConclude:
			return looksCannotConclude
		}
	}
	return looksText
}

func makeStyles(f *excelize.File) (s styles, err error) {
	add := func(to *int, style excelize.Style) {
		if err == nil {
			*to, err = f.NewStyle(&style)
		}
	}
	for p := range places {
		for l := range looks {
			add(&s.value[p][l], valueStyle(p, l))
		}
	}
	border := func(sides ...string) (b []excelize.Border) {
		for _, side := range sides {
			b = append(b, excelize.Border{Type: side, Color: "B8C2CC", Style: 1})
		}
		return b
	}
	wrapped := &excelize.Alignment{Vertical: "top", WrapText: true}
	head := func(align string, indent int) excelize.Style {
		return excelize.Style{
			NumFmt: asText, Font: font(10, ink, true), Border: border("bottom"),
			Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{shade}},
			Alignment: &excelize.Alignment{Vertical: "center", WrapText: true, Horizontal: align, Indent: indent},
		}
	}
	add(&s.other[header], head("left", 0))
	add(&s.other[headerOfNumbers], head("right", 2))
	add(&s.other[gridOfNumbers], head("right", 1))
	add(&s.other[pageTitle], excelize.Style{NumFmt: asText, Font: font(18, ink, true), Alignment: &excelize.Alignment{Vertical: "center"}})
	add(&s.other[pageSubtitle], excelize.Style{NumFmt: asText, Font: font(10, faint, false), Alignment: &excelize.Alignment{Vertical: "center"}})
	add(&s.other[pageHeading], excelize.Style{NumFmt: asText, Font: font(12, ink, true), Border: border("bottom"), Alignment: &excelize.Alignment{Vertical: "center"}})
	add(&s.other[pageText], excelize.Style{NumFmt: asText, Font: font(10, ink, false), Alignment: wrapped})
	add(&s.other[pageLabel], excelize.Style{NumFmt: asText, Font: font(10, faint, false), Alignment: wrapped})
	add(&s.other[pageBoxLabel], excelize.Style{
		NumFmt: asText, Font: font(10, ink, false), Border: border("left", "right", "top", "bottom"),
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true, Horizontal: "left", Indent: 1},
	})
	return s, err
}

func font(size float64, color string, bold bool) *excelize.Font {
	return &excelize.Font{Family: "Calibri", Size: size, Color: color, Bold: bold}
}

func valueStyle(p place, l look) excelize.Style {
	s := excelize.Style{NumFmt: asText, Font: font(10, ink, false), Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}}
	switch l {
	case looksNumber:
		s.NumFmt, s.CustomNumFmt = 0, new(asNumber)
	case looksTime:
		s.NumFmt, s.CustomNumFmt = 0, new(asTime)
	case looksWord, looksNotApplicable:
		s.Font.Color = faint
	case looksPass:
		s.Font.Color = green
	case looksFail:
		s.Font.Color, s.Font.Bold = red, true
	case looksCannotConclude:
		s.Font.Color = amber
	}
	switch p {
	case inTable, inNumbers, inGrid:
		s.Border = []excelize.Border{{Type: "bottom", Color: rule, Style: 1}}
		if p == inNumbers || l == looksNumber {
			s.Alignment.Horizontal, s.Alignment.Indent = "right", 1
		}
		s.Alignment.WrapText = p == inGrid
		return s
	case inMono:
		s.Font.Family, s.Font.Size = "Consolas", 9
		if l == looksNumber {
			s.CustomNumFmt = new(asDigits)
		}
	}
	if l == looksTime {
		s.CustomNumFmt = new(asMoment)
	}
	s.Alignment.WrapText = true
	return s
}
