package policy

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// Tree is the text of a JSON document as its nodes. Nothing of the text is
// lost: white space, the order of members, repeated members, the spelling of
// numbers.
type Tree struct {
	Source []byte
	Root   *Node
	lines  []int // where each line starts
}

// NodeKind is the JSON type of a node.
type NodeKind uint8

// The kinds of nodes.
const (
	Object NodeKind = iota + 1
	Array
	String
	Number
	Boolean
	Null
)

// Node is a JSON value. Start and End are byte offsets in the tree's source,
// End behind the last byte.
type Node struct {
	Kind       NodeKind
	Start, End int
	Text       string   // what a string says, or the characters of a number, boolean or null
	Members    []Member // of an object, in order, repeated names included
	Items      []*Node  // of an array
	Parent     *Node    // nil at the root
}

// Member is one member of an object.
type Member struct {
	Name     string
	NameNode *Node
	Value    *Node
}

// Position is where something stands in a text: line and column from 1, the
// column in characters, and the byte offset from 0.
type Position struct {
	Line, Column, Offset int
}

// SyntaxError is a text that is no policy document, and where it stops being one.
type SyntaxError struct {
	Position
	Message string // what is wrong and what would be right, in plain words
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Position is where the byte at offset stands. Lines end as editors end them:
// at a line feed, a carriage return, or both.
func (t *Tree) Position(offset int) Position {
	offset = min(max(offset, 0), len(t.Source))
	line, found := slices.BinarySearch(t.lines, offset)
	if !found {
		line--
	}
	start := t.lines[line]
	if start == 0 && offset >= len(mark) && hasMark(t.Source) {
		start = len(mark) // it shows nowhere
	}
	return Position{Line: line + 1, Column: utf8.RuneCount(t.Source[start:offset]) + 1, Offset: offset}
}

// Member is the value of an object's first member of that name, nil if there
// is none.
func (n *Node) Member(name string) *Node {
	for i := range n.Members {
		if n.Members[i].Name == name {
			return n.Members[i].Value
		}
	}
	return nil
}

// mark is the byte order mark that some editors put before a text. It is kept
// and means nothing.
const mark = "\uFEFF"

func hasMark(source []byte) bool {
	return len(source) >= len(mark) && string(source[:len(mark)]) == mark
}

// lineStarts are the offsets at which the lines of source start.
func lineStarts(source []byte) []int {
	starts := []int{0}
	for i, c := range source {
		if c == '\n' || c == '\r' && (i+1 == len(source) || source[i+1] != '\n') {
			starts = append(starts, i+1)
		}
	}
	return starts
}
