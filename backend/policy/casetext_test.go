package policy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gatehouse/backend/policy"
)

// word is a token of the terse notation. What stands in double quotes is never
// a keyword.
type word struct {
	text   string
	quoted bool
}

// words cuts a line: at spaces, and around "," ";" "{" and "}". A variable
// "${key, 'default'}" is one word, and so is a JSON string.
func words(line string) ([]word, error) {
	var out []word
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == ' ' || c == '\t':
			i++
		case strings.IndexByte(",;{}", c) >= 0:
			out = append(out, word{text: line[i : i+1]})
			i++
		case c == '"':
			end := i + 1
			for end < len(line) && line[end] != '"' {
				if line[end] == '\\' {
					end++
				}
				end++
			}
			var text string
			if end >= len(line) || json.Unmarshal([]byte(line[i:end+1]), &text) != nil {
				return nil, fmt.Errorf("a string that does not end or is no JSON: %s", line[i:])
			}
			out = append(out, word{text, true})
			i = end + 1
		default:
			end := i
			for end < len(line) && strings.IndexByte(" \t,;{}\"", line[end]) < 0 {
				if strings.HasPrefix(line[end:], "${") {
					length := strings.IndexByte(line[end:], '}')
					if length < 0 {
						return nil, fmt.Errorf("a variable that does not end: %s", line[end:])
					}
					end += length
				}
				end++
			}
			out = append(out, word{text: line[i:end]})
			i = end
		}
	}
	return out, nil
}

// statementReader reads one terse statement.
type statementReader struct{ rest []word }

func (r *statementReader) keyword(text string) bool {
	if len(r.rest) == 0 || r.rest[0].quoted || r.rest[0].text != text {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *statementReader) next() (string, error) {
	if len(r.rest) == 0 {
		return "", errors.New("the statement ends too early")
	}
	w := r.rest[0]
	if !w.quoted && strings.ContainsAny(w.text, ",;{}") && len(w.text) == 1 {
		return "", fmt.Errorf("%q stands where a word belongs", w.text)
	}
	r.rest = r.rest[1:]
	return w.text, nil
}

// list reads "a, b, c".
func (r *statementReader) list() ([]string, error) {
	var out []string
	for {
		item, err := r.next()
		if err != nil {
			return nil, err
		}
		out = append(out, item)
		if !r.keyword(",") {
			return out, nil
		}
	}
}

var (
	actionText   = regexp.MustCompile(`^(\*|[a-zA-Z0-9*?-]+:[a-zA-Z0-9*?]+)$`)
	resourceText = regexp.MustCompile(`^(\*|arn:.*)$`)
	operatorText = regexp.MustCompile(`^(ForAllValues:|ForAnyValue:)?(Null|(String(Not)?(Equals|EqualsIgnoreCase|Like)|Arn(Not)?(Equals|Like)|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress)(IfExists)?)$`)
	keyText      = regexp.MustCompile(`^[A-Za-z0-9.-]+:[A-Za-z0-9+=._:/@-]+$`)
	layerText    = regexp.MustCompile(`^(identity|boundary|session|resource|scp[1-9]|rcp[1-9])$`)
)

// documentJSON writes terse statements as a document:
//
//	allow|deny [not] ACTION, … [on [not] RESOURCE, …] [to [not] PRINCIPAL, …] [when OPERATOR KEY = VALUE, … [and …]]
func documentJSON(version string, lines []string, fill func(string) string) ([]byte, error) {
	var statements []string
	for _, line := range lines {
		w, err := words(fill(line))
		if err != nil {
			return nil, err
		}
		s, err := (&statementReader{rest: w}).statement()
		if err != nil {
			return nil, fmt.Errorf("%q: %w", fill(line), err)
		}
		statements = append(statements, s)
	}
	if len(statements) == 0 {
		return nil, errors.New("no statement")
	}
	head := ""
	if version != "" {
		head = `"Version": ` + quote(version) + `, `
	}
	return []byte("{" + head + `"Statement": [` + strings.Join(statements, ", ") + "]}"), nil
}

func (r *statementReader) statement() (string, error) {
	effect := "Allow"
	if !r.keyword("allow") {
		if effect = "Deny"; !r.keyword("deny") {
			return "", errors.New("a statement begins with allow or deny")
		}
	}
	out := `{"Effect": ` + quote(effect)
	element := func(name string, form *regexp.Regexp) error {
		if r.keyword("not") {
			name = "Not" + name
		}
		items, err := r.list()
		if err != nil {
			return err
		}
		for _, item := range items {
			if !form.MatchString(item) {
				return fmt.Errorf("%q is no %s", item, strings.ToLower(name))
			}
		}
		out += `, ` + quote(name) + `: ` + quoteList(items)
		return nil
	}
	if err := element("Action", actionText); err != nil {
		return "", err
	}
	if r.keyword("on") {
		if err := element("Resource", resourceText); err != nil {
			return "", err
		}
	}
	if r.keyword("to") {
		principals, err := r.principals()
		if err != nil {
			return "", err
		}
		out += principals
	}
	if r.keyword("when") {
		conditions, err := r.conditions()
		if err != nil {
			return "", err
		}
		out += `, "Condition": ` + conditions
	}
	if len(r.rest) > 0 {
		return "", fmt.Errorf("%q is not understood", r.rest[0].text)
	}
	return out + "}", nil
}

// principals reads "*", or "anna's ARN, Service lambda.amazonaws.com": without
// a kind it is AWS.
func (r *statementReader) principals() (string, error) {
	name := "Principal"
	if r.keyword("not") {
		name = "NotPrincipal"
	}
	if len(r.rest) > 0 && r.rest[0].text == "*" && !r.rest[0].quoted {
		r.rest = r.rest[1:]
		return `, ` + quote(name) + `: "*"`, nil
	}
	kinds := []string{"AWS", "Service", "Federated", "CanonicalUser"}
	byKind := map[string][]string{}
	for {
		text, err := r.next()
		kind := "AWS"
		if slices.Contains(kinds, text) {
			kind = text
			text, err = r.next()
		}
		if err != nil {
			return "", err
		}
		byKind[kind] = append(byKind[kind], text)
		if !r.keyword(",") {
			break
		}
	}
	var parts []string
	for _, kind := range kinds {
		if byKind[kind] != nil {
			parts = append(parts, quote(kind)+`: `+quoteList(byKind[kind]))
		}
	}
	return `, ` + quote(name) + `: {` + strings.Join(parts, ", ") + `}`, nil
}

// conditions reads "StringEquals aws:username = anna, bob and Bool …"; the
// value none is the empty list.
func (r *statementReader) conditions() (string, error) {
	var operators []string
	keys := map[string][]string{}
	for {
		operator, err := r.next()
		if err != nil {
			return "", err
		}
		if !operatorText.MatchString(operator) {
			return "", fmt.Errorf("%q is no operator", operator)
		}
		key, err := r.next()
		if err != nil {
			return "", err
		}
		if !keyText.MatchString(key) || !r.keyword("=") {
			return "", fmt.Errorf("%q is no key followed by =", key)
		}
		values := "[]"
		if !r.keyword("none") {
			list, err := r.list()
			if err != nil {
				return "", err
			}
			values = quoteList(list)
		}
		if !slices.Contains(operators, operator) {
			operators = append(operators, operator)
		}
		if slices.ContainsFunc(keys[operator], func(s string) bool { return strings.HasPrefix(s, quote(key)+":") }) {
			return "", fmt.Errorf("%s is tested twice with %s: write one list", key, operator)
		}
		keys[operator] = append(keys[operator], quote(key)+": "+values)
		if !r.keyword("and") {
			break
		}
	}
	var parts []string
	for _, operator := range operators {
		parts = append(parts, quote(operator)+": {"+strings.Join(keys[operator], ", ")+"}")
	}
	return "{" + strings.Join(parts, ", ") + "}", nil
}

func quote(text string) string {
	b, _ := json.Marshal(text) // a string always has a JSON form
	return string(b)
}

// quoteList writes one item alone and several as a list: both forms mean the same.
func quoteList(items []string) string {
	if len(items) == 1 {
		return quote(items[0])
	}
	var quoted []string
	for _, item := range items {
		quoted = append(quoted, quote(item))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// parsePrincipal reads "user ARN", "session ARN of ROLE-ARN", "federated ARN
// of USER-ARN", "service NAME", "anonymous".
func parsePrincipal(said []string) (policy.Principal, error) {
	account := func(arn string) string {
		if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && len(parts[4]) == 12 {
			return parts[4]
		}
		return ""
	}
	is := func(kind string, length int) bool { return len(said) == length && said[0] == kind }
	switch {
	case is("user", 2) && account(said[1]) != "":
		return policy.Principal{Type: policy.User, ARN: said[1], Account: account(said[1])}, nil
	case is("session", 4) && said[2] == "of" && account(said[1]) != "" && account(said[1]) == account(said[3]):
		return policy.Principal{Type: policy.Session, ARN: said[1], Account: account(said[1]), Role: said[3]}, nil
	case is("federated", 4) && said[2] == "of" && account(said[1]) != "" && account(said[1]) == account(said[3]):
		return policy.Principal{Type: policy.Federated, ARN: said[1], Account: account(said[1]), User: said[3]}, nil
	case is("service", 2):
		return policy.Principal{Type: policy.Service, Name: said[1]}, nil
	case is("anonymous", 1):
		return policy.Principal{Type: policy.Anonymous}, nil
	}
	return policy.Principal{}, fmt.Errorf("no principal: %q", strings.Join(said, " "))
}

// parseContext reads "aws:username = anna; aws:TagKeys = {a, b}; ...", where
// the dots say that the context is not complete.
func parseContext(said string) (policy.Context, error) {
	context := policy.Context{Keys: map[string]policy.ContextValue{}}
	if said == "" || said == "-" {
		return context, nil
	}
	w, err := words(said)
	if err != nil {
		return context, err
	}
	r := &statementReader{rest: w}
	for {
		if r.keyword("...") {
			context.Incomplete = true
			break
		}
		key, err := r.next()
		if err != nil {
			return context, err
		}
		folded := strings.ToLower(key)
		if _, twice := context.Keys[folded]; twice || !keyText.MatchString(key) || !r.keyword("=") {
			return context, fmt.Errorf("%q is no key followed by =, or it is there twice", key)
		}
		var value policy.ContextValue
		if r.keyword("{") {
			value.Multi = true
			if !r.keyword("}") {
				if value.Values, err = r.list(); err == nil && !r.keyword("}") {
					err = fmt.Errorf("the values of %s do not end with }", key)
				}
			}
		} else {
			var one string
			one, err = r.next()
			value.Values = []string{one}
		}
		if err != nil {
			return context, err
		}
		context.Keys[folded] = value
		if !r.keyword(";") {
			break
		}
	}
	if len(r.rest) > 0 {
		return context, fmt.Errorf("%q is not understood in a context", r.rest[0].text)
	}
	return context, nil
}

var verdictWords = map[string]policy.Verdict{
	"implicit": policy.ImplicitlyDenied, "explicit": policy.ExplicitlyDenied, "unknown": policy.Unknown,
}

// parseExpectation reads "allowed | implicit|explicit|unknown LAYER [by
// LAYER.POLICY.STATEMENT … | by nothing] [missing KEY … | missing nothing]".
func parseExpectation(said string, layers map[policy.LayerKind][][]policyText) (expectation, error) {
	rest := strings.Fields(said)
	var want expectation
	switch {
	case len(rest) >= 1 && rest[0] == "allowed":
		want.Verdict, rest = policy.Allowed, rest[1:]
	case len(rest) >= 2:
		verdict, known := verdictWords[rest[0]]
		if !known || !layerText.MatchString(rest[1]) {
			return want, fmt.Errorf("%q is no verdict with its layer", said)
		}
		want.Verdict, want.Blocked, rest = verdict, parseLayer(rest[1]), rest[2:]
	default:
		return want, fmt.Errorf("%q expects nothing: allowed, implicit LAYER, explicit LAYER or unknown LAYER", said)
	}
	for len(rest) > 0 {
		end := 1
		for end < len(rest) && rest[end] != "by" && rest[end] != "missing" {
			end++
		}
		items := rest[1:end]
		if len(items) == 1 && items[0] == "nothing" {
			items = []string{}
		} else if len(items) == 0 {
			return want, fmt.Errorf("%q lists nothing after %q: write nothing", said, rest[0])
		}
		switch {
		case rest[0] == "by" && want.Matched == nil:
			for _, item := range items {
				if err := checkReference(item, layers); err != nil {
					return want, err
				}
			}
			want.Matched = items
		case rest[0] == "missing" && want.Missing == nil:
			for _, item := range items {
				if !keyText.MatchString(item) {
					return want, fmt.Errorf("%q is no condition key", item)
				}
			}
			want.Missing = items
		default:
			return want, fmt.Errorf("%q is not understood in %q", rest[0], said)
		}
		rest = rest[end:]
	}
	return want, nil
}

// parseLayer reads "identity", "scp2"; the levels count from 1, the root.
func parseLayer(said string) policy.Layer {
	kinds := map[string]policy.LayerKind{"identity": policy.LayerIdentity, "boundary": policy.LayerBoundary, "session": policy.LayerSession, "resource": policy.LayerResource}
	if kind, single := kinds[said]; single {
		return policy.Layer{Kind: kind}
	}
	kind := policy.LayerSCP
	if said[0] == 'r' {
		kind = policy.LayerRCP
	}
	return policy.Layer{Kind: kind, Level: int(said[3] - '1')}
}

// checkReference says whether "identity.1.2" names a statement that the row has.
func checkReference(said string, layers map[policy.LayerKind][][]policyText) error {
	parts := strings.Split(said, ".")
	if len(parts) != 3 || !layerText.MatchString(parts[0]) {
		return fmt.Errorf("%q is no LAYER.POLICY.STATEMENT", said)
	}
	layer := parseLayer(parts[0])
	number, err1 := strconv.Atoi(parts[1])
	statement, err2 := strconv.Atoi(parts[2])
	levels := layers[layer.Kind]
	switch {
	case err1 != nil || err2 != nil || number < 1 || statement < 1:
		return fmt.Errorf("%q is no LAYER.POLICY.STATEMENT", said)
	case layer.Level >= len(levels) || number > len(levels[layer.Level]):
		return fmt.Errorf("%q names a policy that the row does not have", said)
	}
	if n := levels[layer.Level][number-1].Statements; n > 0 && statement > n {
		return fmt.Errorf("%q names statement %d of %d", said, statement, n)
	}
	return nil
}
