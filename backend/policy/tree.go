package policy

// Tree is the text of a JSON document as its nodes. Nothing of the text is
// lost: white space, the order of members, repeated members, the spelling of
// numbers.
type Tree struct {
	Source []byte
	Root   *Node
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
