package lint

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"gatehouse/backend/policy"
	"gatehouse/backend/policy/reference"
)

// Class says how grave a finding is.
type Class string

// The classes, the gravest first.
const (
	Error           Class = "ERROR"            // a part of the policy cannot work
	SecurityWarning Class = "SECURITY_WARNING" // it gives more than is safe
	Warning         Class = "WARNING"          // it departs from good practice
	Suggestion      Class = "SUGGESTION"       // it can be written better
)

// Finding is one thing that a policy has wrong.
type Finding struct {
	Code    string `json:"code"`
	Class   Class  `json:"class"`
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1, in characters
	Start   int    `json:"start"`  // the bytes of the document it is about
	End     int    `json:"end"`
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
	Fix     *Fix   `json:"fix,omitempty"` // nil where what is right is for a person to say
}

// Lint checks a policy document. Without data, nothing is said of services,
// actions and keys. The findings stand in the order of the document.
func Lint(source []byte, kind policy.Kind, data *reference.Data) []Finding {
	l := &linter{source: source, kind: kind, data: data, own: map[string][][]string{}, forms: map[string][][]string{}}
	tree, err := policy.ParseTree(source)
	if err != nil {
		l.brokenJSON(err)
		return l.found
	}
	l.tree = tree
	l.readDocument()
	l.checkQuota()
	l.checkSids()
	l.checkHome()
	for _, s := range l.statements {
		for _, check := range statementChecks {
			check(l, s)
		}
		for i := range s.conditions {
			for _, check := range conditionChecks {
				check(l, s, &s.conditions[i])
			}
		}
	}
	l.checkRedundantStatements()
	slices.SortStableFunc(l.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), strings.Compare(a.Code, b.Code))
	})
	return l.found
}

// statementChecks look at a statement, conditionChecks at one key under one
// operator.
var (
	statementChecks = []func(*linter, *statement){
		(*linter).checkElements, (*linter).checkEmpty,
		(*linter).checkActions, (*linter).checkResources,
		(*linter).checkPrincipals, (*linter).checkServicePrincipals, (*linter).checkTrust, (*linter).checkFederation,
		(*linter).checkOrganization, (*linter).checkPerimeter,
		(*linter).checkKeysOfBlock, (*linter).checkKeysTogether, (*linter).checkTagSupport,
		(*linter).checkPassRole, (*linter).checkVariablePlaces,
		(*linter).checkRedundantValues,
	}
	conditionChecks = []func(*linter, *statement, *condition){
		(*linter).checkOperator, (*linter).checkKey, (*linter).checkQualifier, (*linter).checkScope,
		(*linter).checkValues, (*linter).checkAddresses, (*linter).checkFormats,
		(*linter).checkWildcards, (*linter).checkVariables, (*linter).checkAlways,
	}
)

// linter is one call of Lint.
type linter struct {
	source     []byte
	kind       policy.Kind
	data       *reference.Data
	tree       *policy.Tree
	version    string // "" where the document names none
	versionAt  *policy.Node
	statements []*statement
	found      []Finding
	own, forms map[string][][]string // what ownForms and arnForms have found
}

// report adds a finding about a part of the document. The words fill the places
// of the message, in order.
func (l *linter) report(code string, at *policy.Node, words ...string) *Finding {
	p := l.tree.Position(at.Start)
	return l.add(code, p, at.End, words)
}

func (l *linter) add(code string, p policy.Position, end int, words []string) *Finding {
	r := rules[code]
	l.found = append(l.found, Finding{
		Code: code, Class: r.Class, Line: p.Line, Column: p.Column, Start: p.Offset, End: end,
		Message: fill(r.Meaning, words), Remedy: r.Remedy,
	})
	return &l.found[len(l.found)-1]
}

// fill puts words into the {places} of a text, in order.
func fill(text string, words []string) string {
	var b strings.Builder
	for _, w := range words {
		before, rest, found := strings.Cut(text, "{")
		if !found {
			break
		}
		_, text, _ = strings.Cut(rest, "}")
		b.WriteString(before)
		b.WriteString(w)
	}
	b.WriteString(text)
	return b.String()
}

func (l *linter) brokenJSON(err error) {
	var syntax *policy.SyntaxError
	if !errors.As(err, &syntax) {
		syntax = &policy.SyntaxError{Position: policy.Position{Line: 1, Column: 1}, Message: err.Error()}
	}
	at := min(syntax.Offset, len(l.source))
	l.add("JSON_SYNTAX_ERROR", syntax.Position, min(at+1, len(l.source)), []string{syntax.Message})
}
