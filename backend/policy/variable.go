package policy

import "strings"

// variable is a ${key} in a policy, with the text that stands in for a key
// that is absent: ${key, 'text'} (reference_policies_variables.html).
type variable struct {
	key      string // in lower case
	name     string // as written
	fallback string
	hasElse  bool
}

// readVariable reads the variable at the start of text, which begins with
// "${". It returns what is left behind it. The escapes ${*}, ${?} and ${$}
// give their character as literal.
func readVariable(text string) (v variable, literal, rest string, ok bool) {
	end := variableEnd(text)
	if end < 0 {
		return variable{}, "", "", false
	}
	inner, rest := strings.TrimSpace(text[2:end]), text[end+1:]
	switch inner {
	case "*", "?", "$":
		return variable{}, inner, rest, true
	case "":
		return variable{}, "", "", false
	}
	name, tail, hasElse := strings.Cut(inner, ",")
	if hasElse {
		tail = strings.TrimSpace(tail)
		if len(tail) < 2 || tail[0] != '\'' || tail[len(tail)-1] != '\'' {
			// Not the form of a default: a key that no request has.
			name, hasElse = inner, false
		} else {
			v.fallback = tail[1 : len(tail)-1]
		}
	}
	v.name = strings.TrimSpace(name)
	v.key, v.hasElse = strings.ToLower(v.name), hasElse
	return v, "", rest, true
}

// variableEnd is where the brace that closes the variable at the start of text
// stands, or -1. A default may hold braces between its quotes.
func variableEnd(text string) int {
	quoted := false
	for i := 2; i < len(text); i++ {
		switch {
		case text[i] == '\'':
			quoted = !quoted
		case text[i] == '}' && !quoted:
			return i
		}
	}
	return strings.IndexByte(text, '}') // a quote that never closes is text
}

// value is what the variable stands for in a request. It is no when there is
// nothing to put in its place: then what holds it matches nothing. A key of
// several values never stands in for text
// (reference_policies_condition-single-vs-multi-valued-context-keys.html).
func (v *variable) value(c *Context) (string, truth) {
	found, ok := c.Keys[v.key]
	switch {
	case ok && (found.Multi || len(found.Values) != 1):
		return "", no
	case ok:
		return found.Values[0], yes
	case c.Incomplete:
		return "", unsure
	case v.hasElse:
		return v.fallback, yes
	}
	return "", no
}
