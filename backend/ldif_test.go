//go:build linux

package backend_test

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gatehouse/backend/directory/directorytest"
)

// The independent computation: what a directory says of membership, worked out
// from ldapsearch's own output with nothing of the product in between.

// entry is one entry of an LDIF file (RFC 2849), attributes in lower case.
type entry struct {
	dn     string
	values map[string][]string
}

// parseLDIF reads content records.
func parseLDIF(t testing.TB, text string) []entry {
	t.Helper()
	var all []entry
	at := entry{values: map[string][]string{}}
	text = strings.ReplaceAll(text, "\n ", "") // folded lines
	for line := range strings.Lines(text + "\n\n") {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "":
			if at.dn != "" {
				all = append(all, at)
			}
			at = entry{values: map[string][]string{}}
			continue
		case strings.HasPrefix(line, "#"):
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("LDIF: %q", line)
		}
		if coded, ok := strings.CutPrefix(value, ":"); ok {
			raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(coded))
			must(t, err)
			value = string(raw)
		} else {
			value = strings.TrimPrefix(value, " ")
		}
		if name = strings.ToLower(name); name == "dn" {
			at.dn = value
		} else {
			at.values[name] = append(at.values[name], value)
		}
	}
	return all
}

func (e entry) is(classes ...string) bool {
	return slices.ContainsFunc(e.values["objectclass"], func(have string) bool {
		return slices.ContainsFunc(classes, func(want string) bool { return strings.EqualFold(have, want) })
	})
}

func (e entry) first(names ...string) string {
	for _, name := range names {
		if v := e.values[name]; len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

// oneSpelling brings a DN (RFC 4514) to one spelling: case, spaces around
// separators, escapes and the order within a multi-valued name do not matter.
func oneSpelling(dn string) string {
	var rdns, pairs []string
	var value []byte
	solid := 0 // how much of value must not be trimmed
	put := func() {
		text := string(value[:solid]) + strings.TrimRight(string(value[solid:]), " ")
		name, v, _ := strings.Cut(text, "=")
		v = strings.Join(strings.Fields(v), " ")
		pairs = append(pairs, strings.ToLower(strings.TrimSpace(name))+"="+strconv.Quote(strings.ToLower(v)))
		value, solid = nil, 0
	}
	for i := 0; i < len(dn); i++ {
		switch c := dn[i]; {
		case c == '\\' && i+2 < len(dn) && isHex(dn[i+1:i+3]):
			raw, _ := hex.DecodeString(dn[i+1 : i+3])
			value, i = append(value, raw...), i+2
			solid = len(value)
		case c == '\\' && i+1 < len(dn):
			value, i = append(value, dn[i+1]), i+1
			solid = len(value)
		case c == '+' || c == ',':
			put()
			if c == ',' {
				slices.Sort(pairs)
				rdns, pairs = append(rdns, strings.Join(pairs, "+")), nil
			}
		default:
			value = append(value, c)
		}
	}
	put()
	slices.Sort(pairs)
	return strings.Join(append(rdns, strings.Join(pairs, "+")), ",")
}

func isHex(s string) bool { _, err := hex.DecodeString(s); return err == nil }

// truth is a directory as graph. Nodes are DNs in one spelling.
type truth struct {
	logins     map[string]string   // of the accounts, by login
	accounts   []string            // logins, sorted
	names      map[string]string   // cn of the groups
	groups     map[string]string   // node by cn
	up         map[string][]string // node -> the groups that name it
	unresolved map[string][]string // group -> "value reason" of members that are no account and no group
	ids        map[string]string   // entryUUID by node
}

var bitString = regexp.MustCompile(`#'[01]*'B$`)

// truthOf reads the whole directory with ldapsearch.
func truthOf(t testing.TB, s *directorytest.Slapd) *truth {
	t.Helper()
	g := &truth{
		logins: map[string]string{}, names: map[string]string{}, groups: map[string]string{}, up: map[string][]string{},
		unresolved: map[string][]string{}, ids: map[string]string{},
	}
	all := parseLDIF(t, s.Search("(objectClass=*)", "*", "entryUUID"))
	byUID := map[string]string{}
	for _, e := range all {
		node := oneSpelling(e.dn)
		switch {
		case e.is("groupOfNames", "groupOfUniqueNames", "posixGroup"):
			name := e.first("cn")
			if g.groups[name] != "" {
				t.Fatalf("two groups are called %q: their paths could not be told apart", name)
			}
			g.names[node], g.groups[name] = name, node
		case e.is("person", "organizationalPerson", "inetOrgPerson", "posixAccount", "account", "simpleSecurityObject"):
			login := e.first("uid", "cn")
			g.logins[login] = node
			g.accounts = append(g.accounts, login)
			for _, uid := range e.values["uid"] {
				byUID[uid] = node
			}
		default:
			continue
		}
		g.ids[node] = e.first("entryuuid")
	}
	slices.Sort(g.accounts)
	for _, e := range all {
		node := oneSpelling(e.dn)
		if g.names[node] == "" {
			continue
		}
		put := func(member, value, reason string) {
			if g.ids[member] != "" {
				g.up[member] = append(g.up[member], node)
			} else {
				g.unresolved[node] = append(g.unresolved[node], value+" "+reason)
			}
		}
		for _, attribute := range []string{"member", "uniquemember"} {
			for _, v := range e.values[attribute] {
				member := oneSpelling(v)
				if attribute == "uniquemember" {
					member = oneSpelling(bitString.ReplaceAllString(v, ""))
				}
				reason := "dangling"
				if !strings.HasSuffix(member, ","+oneSpelling(s.Suffix)) {
					reason = "outsideScope"
				}
				put(member, oneSpelling(v), reason)
			}
		}
		for _, uid := range e.values["memberuid"] {
			put(byUID[uid], uid, "dangling")
		}
	}
	return g
}

// paths are all ways by which an account reaches each group, as names, shortest
// first.
func (g *truth) paths(login string) map[string][][]string {
	found := map[string][][]string{}
	var walk func(from string, way []string)
	walk = func(from string, way []string) {
		for _, group := range g.up[from] {
			if name := g.names[group]; !slices.Contains(way, name) {
				next := append(slices.Clone(way), name)
				found[name] = append(found[name], next)
				walk(group, next)
			}
		}
	}
	walk(g.logins[login], nil)
	for _, ways := range found {
		slices.SortStableFunc(ways, func(a, b []string) int { return cmp.Compare(len(a), len(b)) })
	}
	return found
}

// below are the groups in a group, itself included.
func (g *truth) below(group string) []string {
	seen := []string{group}
	for i := 0; i < len(seen); i++ {
		for member, groups := range g.up {
			if g.names[member] != "" && slices.Contains(groups, seen[i]) && !slices.Contains(seen, member) {
				seen = append(seen, member)
			}
		}
	}
	return seen
}
