package policy

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// deepest is how many objects and arrays may stand inside one another. A
// policy needs six.
const deepest = 64

// ParseTree reads JSON as RFC 8259 has it, no more and no less; a byte order
// mark before it is passed over. Repeated members are kept. The error is a
// *SyntaxError.
func ParseTree(source []byte) (*Tree, error) {
	t := &Tree{Source: slices.Clone(source), lines: lineStarts(source)}
	r := &reader{tree: t, text: string(source)}
	if hasMark(source) {
		r.at = len(mark)
	}
	err := r.wellFormed()
	if err == nil {
		t.Root, err = r.value(nil, 0)
	}
	if err == nil {
		if r.space(); r.at < len(r.text) {
			err = r.wrong(r.at, "There is text behind the end of the JSON value. A document is one value.")
		}
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// reader walks over the text once.
type reader struct {
	tree *Tree
	text string
	at   int
}

func (r *reader) wrong(at int, format string, args ...any) error {
	return &SyntaxError{r.tree.Position(at), fmt.Sprintf(format, args...)}
}

// wellFormed looks for bytes that are no UTF-8, wherever they stand.
func (r *reader) wellFormed() error {
	for i := 0; i < len(r.text); {
		c, n := utf8.DecodeRuneInString(r.text[i:])
		if c == utf8.RuneError && n <= 1 {
			return r.wrong(i, "The byte 0x%02X is no UTF-8 here. Save the document as UTF-8.", r.text[i])
		}
		i += n
	}
	return nil
}

func (r *reader) space() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// next passes over white space and is the byte behind it, 0 at the end.
func (r *reader) next() byte {
	if r.space(); r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *reader) ended() bool { return r.at >= len(r.text) }

// seen is what stands at the place, for an error.
func (r *reader) seen() string {
	if r.ended() {
		return "the text ends"
	}
	c, _ := utf8.DecodeRuneInString(r.text[r.at:])
	return "there is " + strconv.QuoteRune(c)
}

func (r *reader) value(parent *Node, depth int) (*Node, error) {
	c := r.next()
	n := &Node{Start: r.at, Parent: parent}
	var err error
	switch {
	case depth >= deepest && (c == '{' || c == '['):
		err = r.wrong(r.at, "Objects and arrays stand more than %d deep here. No policy does.", deepest)
	case c == '{':
		n.Kind = Object
		err = r.object(n, depth)
	case c == '[':
		n.Kind = Array
		err = r.array(n, depth)
	case c == '"':
		n.Kind = String
		n.Text, err = r.quoted()
	case c == '-' || '0' <= c && c <= '9':
		n.Kind = Number
		n.Text, err = r.number()
	default:
		err = r.word(n)
	}
	n.End = r.at
	return n, err
}

func (r *reader) object(n *Node, depth int) error {
	open := r.at
	r.at++
	for {
		c := r.next()
		if c == '}' && len(n.Members) == 0 {
			break
		}
		if c != '"' {
			switch {
			case r.ended():
				return r.wrong(open, "This object is not closed: a } is missing.")
			case c == '}':
				return r.wrong(r.at, "A comma stands before the closing }. Remove the comma, or add a member behind it.")
			}
			return r.wrong(r.at, "The name of a member in double quotation marks must stand here, but %s.", r.seen())
		}
		name := &Node{Kind: String, Start: r.at, Parent: n}
		text, err := r.quoted()
		if err != nil {
			return err
		}
		name.Text, name.End = text, r.at
		if r.next() != ':' {
			return r.wrong(r.at, "A colon must stand behind the name %q, but %s.", text, r.seen())
		}
		r.at++
		value, err := r.value(n, depth+1)
		if err != nil {
			return err
		}
		n.Members = append(n.Members, Member{Name: text, NameNode: name, Value: value})
		c = r.next()
		if c == '}' {
			break
		}
		if r.ended() {
			return r.wrong(open, "This object is not closed: a } is missing.")
		}
		if c != ',' {
			return r.wrong(r.at, "A comma or a closing } must stand here, but %s.", r.seen())
		}
		r.at++
	}
	r.at++
	return nil
}

func (r *reader) array(n *Node, depth int) error {
	open := r.at
	r.at++
	for {
		switch c := r.next(); {
		case r.ended():
			return r.wrong(open, "This list is not closed: a ] is missing.")
		case c == ']' && len(n.Items) > 0:
			return r.wrong(r.at, "A comma stands before the closing ]. Remove the comma, or add a value behind it.")
		case c == ']':
			r.at++
			return nil
		}
		item, err := r.value(n, depth+1)
		if err != nil {
			return err
		}
		n.Items = append(n.Items, item)
		switch c := r.next(); {
		case c == ']':
			r.at++
			return nil
		case r.ended():
			return r.wrong(open, "This list is not closed: a ] is missing.")
		case c != ',':
			return r.wrong(r.at, "A comma or a closing ] must stand here, but %s.", r.seen())
		}
		r.at++
	}
}

// word reads true, false or null.
func (r *reader) word(n *Node) error {
	for _, w := range []string{"true", "false", "null"} {
		if end := r.at + len(w); end <= len(r.text) && r.text[r.at:end] == w {
			n.Kind, n.Text = Boolean, w
			if w == "null" {
				n.Kind = Null
			}
			r.at = end
			return nil
		}
	}
	if r.ended() && r.at == 0 {
		return r.wrong(0, "The document is empty. A policy is a JSON object.")
	}
	return r.wrong(r.at, "A value must stand here, but %s.", r.seen())
}

func (r *reader) digits() int {
	from := r.at
	for r.at < len(r.text) && '0' <= r.text[r.at] && r.text[r.at] <= '9' {
		r.at++
	}
	return r.at - from
}

func (r *reader) number() (string, error) {
	from := r.at
	if r.text[r.at] == '-' {
		r.at++
	}
	first := r.at
	switch n := r.digits(); {
	case n == 0:
		return "", r.wrong(r.at, "A digit must stand behind the minus, but %s.", r.seen())
	case n > 1 && r.text[first] == '0':
		return "", r.wrong(first, "A number does not start with a needless 0. Put text in double quotation marks.")
	}
	if r.at < len(r.text) && r.text[r.at] == '.' {
		r.at++
		if r.digits() == 0 {
			return "", r.wrong(r.at, "A digit must stand behind the point of a number, but %s.", r.seen())
		}
	}
	if r.at < len(r.text) && (r.text[r.at] == 'e' || r.text[r.at] == 'E') {
		r.at++
		if r.at < len(r.text) && (r.text[r.at] == '+' || r.text[r.at] == '-') {
			r.at++
		}
		if r.digits() == 0 {
			return "", r.wrong(r.at, "A digit must stand in the exponent of a number, but %s.", r.seen())
		}
	}
	return r.text[from:r.at], nil
}

// quoted reads a string and gives what it says. One without escapes shares the
// memory of the document.
func (r *reader) quoted() (string, error) {
	open := r.at
	r.at++
	from := r.at
	var said []byte // nil as long as there was no escape
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '"':
			text := r.text[from:r.at]
			if said != nil {
				text = string(append(said, text...))
			}
			r.at++
			return text, nil
		case c < ' ':
			return "", r.wrong(r.at, "The control character 0x%02X stands in a string. Write it as an escape such as \\n or \\u00%02x.", c, c)
		case c == '\\':
			said = append(said, r.text[from:r.at]...)
			c, err := r.escape()
			if err != nil {
				return "", err
			}
			said = utf8.AppendRune(said, c)
			from = r.at
		default:
			r.at++
		}
	}
	return "", r.wrong(open, "This string is not closed: a double quotation mark is missing.")
}

// escapes are the characters behind a backslash, and what they stand for.
var escapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (r *reader) escape() (rune, error) {
	start := r.at
	r.at++
	if r.ended() {
		return 0, r.wrong(start, "The text ends inside an escape.")
	}
	if c, ok := escapes[r.text[r.at]]; ok {
		r.at++
		return c, nil
	}
	if r.text[r.at] != 'u' {
		return 0, r.wrong(start, `Behind a backslash must stand one of " \ / b f n r t u, but %s. Write a backslash itself twice.`, r.seen())
	}
	c, err := r.unit(start)
	if err != nil || !utf16.IsSurrogate(c) {
		return c, err
	}
	if r.at+1 < len(r.text) && r.text[r.at] == '\\' && r.text[r.at+1] == 'u' {
		r.at++
		low, err := r.unit(r.at - 1)
		if err != nil {
			return 0, err
		}
		if both := utf16.DecodeRune(c, low); both != utf8.RuneError {
			return both, nil
		}
	}
	return 0, r.wrong(start, "The escape \\u%04X is one half of a character, and its other half is missing.", c)
}

// unit reads the four digits of a \u escape that starts at start.
func (r *reader) unit(start int) (rune, error) {
	r.at++
	if r.at+4 <= len(r.text) {
		digits := r.text[r.at : r.at+4]
		if v, err := strconv.ParseUint(digits, 16, 16); err == nil {
			r.at += 4
			return rune(v), nil
		}
	}
	return 0, r.wrong(start, "Four hexadecimal digits must stand behind \\u.")
}
