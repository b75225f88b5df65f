package policy_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gatehouse/backend/policy"
)

// A conformance case as testdata/conformance/README.txt describes it: one row
// of a table, with everything its group says filled in. Nothing in it has been
// through the engine.
type conformanceCase struct {
	File    string
	Line    int
	Title   string
	Page    string
	Why     string
	Request policy.Request
	Layers  map[policy.LayerKind][][]policyText // by level; identity has one, the single layers one of one
	Want    expectation
}

// policyText is a policy before it is parsed. A nil Source is a policy that
// exists and was not read.
type policyText struct {
	Name       string
	Source     []byte
	Statements int // of a terse policy; 0 where the text is JSON
}

// expectation is what a row expects. Matched and Missing are nil where the row
// says nothing of them, and empty where it says "nothing".
type expectation struct {
	Verdict policy.Verdict
	Blocked policy.Layer
	Matched []string // "identity.1.2", "scp1.1.1"
	Missing []string
}

// The fields a group sets for all its rows and a column sets for one.
var caseFields = []string{"who", "action", "on", "owner", "context", "identity", "boundary", "session", "policy", "scp", "rcp", "expect"}

var layerFields = map[string]policy.LayerKind{
	"identity": policy.LayerIdentity, "boundary": policy.LayerBoundary, "session": policy.LayerSession,
	"policy": policy.LayerResource, "scp": policy.LayerSCP, "rcp": policy.LayerRCP,
}

var (
	fieldLine   = regexp.MustCompile(`^([a-z]+): *(.*)$`)
	policyLine  = regexp.MustCompile(`^policy ([A-Za-z0-9]+)(?: \((2012-10-17|2008-10-17|no version)\))?( json)?:$`)
	placeholder = regexp.MustCompile(`<([a-z][a-z0-9]*)>`)
	columnName  = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
)

// caseGroup is a group while it is read.
type caseGroup struct {
	title, page string
	line        int
	fields      map[string]string
	policies    map[string]*groupPolicy
	columns     []string
	used        map[string]bool // columns that a text asks for, policies that a row names
	seen        map[string]int  // rows, for what is written twice
}

type groupPolicy struct {
	version string // "" for JSON and for none
	json    bool
	lines   []string
}

// caseReader reads files of cases. It is strict: what it does not know, what
// is written twice and what nothing uses is an error.
type caseReader struct {
	cast  map[string]policy.Principal
	acted map[string]bool
}

// readCast reads the principals that the files share: "anna = user arn:…".
func (r *caseReader) readCast(name, text string) error {
	r.cast, r.acted = map[string]policy.Principal{}, map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		who, said, found := strings.Cut(line, " = ")
		if who = strings.TrimSpace(who); !found || r.cast[who].Type != 0 {
			return fmt.Errorf("%s:%d: want a new name, then \" = \", then a principal", name, i+1)
		}
		p, err := parsePrincipal(strings.Fields(said))
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
		r.cast[who] = p
	}
	return nil
}

// readCases reads one file of groups.
func (r *caseReader) readCases(name, text string) ([]conformanceCase, error) {
	var (
		cases []conformanceCase
		group *caseGroup
		last  *groupPolicy // the policy that indented lines belong to
	)
	fail := func(i int, err error) error { return fmt.Errorf("%s:%d: %w", name, i+1, err) }
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, " \t\r")
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "== "):
			if err := group.finish(); err != nil {
				return nil, fail(i, err)
			}
			last = nil
			group = &caseGroup{
				title: line[3:], line: i + 1, fields: map[string]string{},
				policies: map[string]*groupPolicy{}, used: map[string]bool{}, seen: map[string]int{},
			}
		case group == nil:
			return nil, fail(i, errors.New("a group begins with \"== title\""))
		case line[0] == ' ':
			if last == nil {
				return nil, fail(i, errors.New("an indented line that belongs to no policy"))
			}
			last.lines = append(last.lines, strings.TrimSpace(line))
		case group.columns != nil:
			c, err := r.row(group, strings.Split(line, "|"))
			if err != nil {
				return nil, fail(i, err)
			}
			c.File, c.Line = name, i+1
			cases = append(cases, c)
		default:
			var err error
			if last, err = group.header(line); err != nil {
				return nil, fail(i, err)
			}
		}
	}
	if err := group.finish(); err != nil {
		return nil, fail(len(lines)-1, err)
	}
	return cases, nil
}

// header takes a line above the table, or the table's own head.
func (g *caseGroup) header(line string) (*groupPolicy, error) {
	if m := policyLine.FindStringSubmatch(line); m != nil {
		if g.policies[m[1]] != nil {
			return nil, fmt.Errorf("policy %s is written twice", m[1])
		}
		p := &groupPolicy{version: m[2], json: m[3] != ""}
		switch {
		case p.json && p.version != "":
			return nil, errors.New("a policy in JSON says its version itself")
		case p.version == "":
			p.version = policy.Version2012
		case p.version == "no version":
			p.version = ""
		}
		g.policies[m[1]] = p
		return p, nil
	}
	if strings.Contains(line, "|") {
		return nil, g.head(strings.Split(line, "|"))
	}
	m := fieldLine.FindStringSubmatch(line)
	switch {
	case m == nil:
		return nil, fmt.Errorf("not a field, a policy or a table: %q", line)
	case m[1] == "page" && g.page == "":
		g.page = m[2]
	case m[1] == "page", slices.Contains(caseFields, m[1]) && g.has(m[1]):
		return nil, fmt.Errorf("%s is said twice", m[1])
	case slices.Contains(caseFields, m[1]):
		g.fields[m[1]] = m[2]
	default:
		return nil, fmt.Errorf("no field is called %q", m[1])
	}
	return nil, nil
}

func (g *caseGroup) has(field string) bool { _, has := g.fields[field]; return has }

// head takes the names of the columns.
func (g *caseGroup) head(cells []string) error {
	if !strings.HasSuffix(strings.SplitN(g.page, "#", 2)[0], ".html") {
		return errors.New("the group names no documentation page (…html)")
	}
	texts := slices.Collect(maps.Values(g.fields))
	for _, p := range g.policies {
		texts = append(texts, p.lines...)
	}
	asked := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
		asked[m[1]] = true
	}
	for _, cell := range cells {
		name := strings.TrimSpace(cell)
		switch {
		case !columnName.MatchString(name) || slices.Contains(g.columns, name):
			return fmt.Errorf("%q is no name of a column, or it is there twice", name)
		case name != "why" && !slices.Contains(caseFields, name) && !asked[name]:
			return fmt.Errorf("nothing in the group says <%s>", name)
		}
		delete(asked, name)
		g.columns = append(g.columns, name)
	}
	for name := range asked {
		return fmt.Errorf("the table has no column %q for <%s>", name, name)
	}
	return nil
}

// finish checks what can be known only at the end of a group.
func (g *caseGroup) finish() error {
	switch {
	case g == nil:
		return nil
	case len(g.seen) == 0:
		return fmt.Errorf("the group of line %d has no case", g.line)
	}
	for name := range g.policies {
		if !g.used[name] {
			return fmt.Errorf("no case of the group of line %d uses the policy %s", g.line, name)
		}
	}
	return nil
}

// row makes a case of a line of the table.
func (r *caseReader) row(g *caseGroup, cells []string) (conformanceCase, error) {
	c := conformanceCase{Title: g.title, Page: g.page}
	if len(cells) != len(g.columns) {
		return c, fmt.Errorf("the row has %d cells, the table %d columns", len(cells), len(g.columns))
	}
	value := map[string]string{}
	for i, cell := range cells {
		value[g.columns[i]] = strings.TrimSpace(cell)
	}
	fill := func(text string) string {
		return placeholder.ReplaceAllStringFunc(text, func(s string) string { return value[s[1:len(s)-1]] })
	}
	field := func(name string) string {
		if said := value[name]; said != "" {
			return said
		}
		return fill(g.fields[name])
	}
	c.Why = value["why"]
	var key []string
	for _, name := range g.columns {
		if name != "why" && name != "expect" {
			key = append(key, value[name])
		}
	}
	if before, twice := g.seen[strings.Join(key, "|")]; twice {
		return c, fmt.Errorf("the same question as row %d of the group", before)
	}
	g.seen[strings.Join(key, "|")] = len(g.seen) + 1

	if err := r.request(&c, field); err != nil {
		return c, err
	}
	c.Layers = map[policy.LayerKind][][]policyText{}
	for name, kind := range layerFields {
		levels, err := g.layer(kind, field(name), fill)
		if err != nil {
			return c, fmt.Errorf("%s: %w", name, err)
		}
		if levels != nil {
			c.Layers[kind] = levels
		}
	}
	want, err := parseExpectation(field("expect"), c.Layers)
	c.Want = want
	return c, err
}

func (r *caseReader) request(c *conformanceCase, field func(string) string) error {
	who := field("who")
	p, known := r.cast[who]
	if known {
		r.acted[who] = true
	} else {
		var err error
		if p, err = parsePrincipal(strings.Fields(who)); err != nil {
			return err
		}
	}
	action, on := field("action"), field("on")
	if !strings.Contains(action, ":") || strings.ContainsAny(action, "*? ,") {
		return fmt.Errorf("%q is no action", action)
	}
	if on != "*" && strings.Count(on, ":") < 5 {
		return fmt.Errorf("%q is no resource", on)
	}
	context, err := parseContext(field("context"))
	c.Request = policy.Request{
		Principal: p, Action: action, Context: context,
		Resource: policy.Resource{ARN: on, Account: field("owner")},
	}
	return err
}

// layer reads the names of a layer's policies: "Read, Write", by level
// "Full / Full, NoEast"; "-" is none, "?" a policy that was not read.
func (g *caseGroup) layer(kind policy.LayerKind, said string, fill func(string) string) ([][]policyText, error) {
	if said == "" || said == "-" {
		return nil, nil
	}
	byLevel := kind == policy.LayerSCP || kind == policy.LayerRCP
	parts := strings.Split(said, "/")
	if !byLevel && len(parts) > 1 {
		return nil, errors.New("this layer has no levels")
	}
	var levels [][]policyText
	for _, part := range parts {
		level := []policyText{}
		for name := range strings.SplitSeq(part, ",") {
			switch name = strings.TrimSpace(name); name {
			case "none":
				if !byLevel || strings.TrimSpace(part) != "none" {
					return nil, errors.New("\"none\" stands alone, for a level without policies")
				}
			case "?":
				level = append(level, policyText{Name: "unread"})
			default:
				text, err := g.text(name, fill)
				if err != nil {
					return nil, err
				}
				level = append(level, text)
			}
		}
		levels = append(levels, level)
	}
	if !byLevel && kind != policy.LayerIdentity && len(levels[0]) != 1 {
		return nil, errors.New("this layer has one policy")
	}
	return levels, nil
}

// text is a policy of the group as JSON, with the row's values filled in.
func (g *caseGroup) text(name string, fill func(string) string) (policyText, error) {
	p := g.policies[name]
	if p == nil {
		return policyText{}, fmt.Errorf("the group has no policy %q", name)
	}
	g.used[name] = true
	if p.json {
		return policyText{Name: name, Source: []byte(fill(strings.Join(p.lines, "\n")))}, nil
	}
	source, err := documentJSON(p.version, p.lines, fill)
	if err != nil {
		return policyText{}, fmt.Errorf("policy %s: %w", name, err)
	}
	return policyText{Name: name, Source: source, Statements: len(p.lines)}, nil
}
