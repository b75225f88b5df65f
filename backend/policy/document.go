package policy

// Document is a parsed policy. It keeps its bytes, and every part of it knows
// where it stands in them.
type Document struct {
	Tree       *Tree
	Version    string // "" where the document names none, which means Version2008
	ID         string
	Statements []Statement // in the order of the document
}

// The versions of the policy language
// (reference_policies_elements_version.html). Variables are text in the older.
const (
	Version2008 = "2008-10-17"
	Version2012 = "2012-10-17"
)

// Effect says what a statement that matches does.
type Effect uint8

// The effects.
const (
	Allow Effect = iota + 1
	Deny
)

// Statement is one statement. A field that has a Not form is either or:
// NotAction says that Actions are those that are left out.
type Statement struct {
	Node         *Node
	Sid          string
	Effect       Effect
	Principals   []PrincipalValue // nil where the statement names none
	NotPrincipal bool
	Actions      []Value
	NotAction    bool
	Resources    []Value
	NotResource  bool
	Conditions   []Condition
}

// Value is one text of a list, and where it stands.
type Value struct {
	Text string
	Node *Node
}

// PrincipalValue is one entry of a Principal element: Key is AWS, Federated,
// Service or CanonicalUser; the bare "*" has the key "*".
type PrincipalValue struct {
	Key  string
	Text string
	Node *Node
}

// Condition is one key under one operator: {"StringLike": {"aws:username": ["a*"]}}.
// Booleans and numbers of the JSON are kept as they are written there.
type Condition struct {
	Operator string // as written: "ForAnyValue:StringLikeIfExists"
	Key      string // as written
	Values   []Value
	Node     *Node // the member that holds the values
}
