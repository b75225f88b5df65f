package sheet

// Page is a sheet that is read from top to bottom: a front page, what a report
// rests on, its arithmetic.
type Page struct {
	Title  string
	Blocks []Block
}

// Block is a part of a page. What is empty is left out; the rest follows in
// the order of the fields.
type Block struct {
	Heading string
	Text    string // a paragraph; blank lines part several
	Lines   []Line
	Grid    *Grid
	Sign    []string // who signs: each gets boxes for name, date and signature
}

// Line is a label and its value.
type Line struct {
	Label string
	Value Value
	Mono  bool // something to copy or compare letter by letter
}

// Grid is a small table on a page.
type Grid struct {
	Columns []Column
	Rows    [][]Value
}
