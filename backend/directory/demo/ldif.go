package demo

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// block is one record of an LDIF file (RFC 2849): its lines, decoded, in order.
type block struct {
	line  int // in the file, for errors
	lines []ldifLine
}

type ldifLine struct{ name, value string }

// parseLDIF splits a file into records. Comments and the version line are
// dropped.
func parseLDIF(text string) ([]block, error) {
	var blocks []block
	var b block
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n ", "")
	flush := func() {
		if len(b.lines) > 0 {
			blocks = append(blocks, b)
		}
		b = block{}
	}
	for n, line := range strings.Split(text, "\n") {
		if line == "" {
			flush()
			continue
		}
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "version:") {
			continue
		}
		if b.lines == nil {
			b.line = n + 1
		}
		if line == "-" {
			b.lines = append(b.lines, ldifLine{"-", ""})
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("record at line %d: %q is no attribute and value", b.line, line)
		}
		if coded, ok := strings.CutPrefix(value, ":"); ok {
			raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(coded))
			if err != nil {
				return nil, fmt.Errorf("record at line %d: %s: %w", b.line, name, err)
			}
			value = string(raw)
		} else {
			value = strings.TrimLeft(value, " ")
		}
		b.lines = append(b.lines, ldifLine{name, value})
	}
	flush()
	return blocks, nil
}

// entry is the block as an entry of a saved tree.
func (b block) entry() (*entry, error) {
	if b.lines[0].name != "dn" {
		return nil, fmt.Errorf("record at line %d does not begin with dn", b.line)
	}
	d, err := parseDN(b.lines[0].value)
	if err != nil {
		return nil, fmt.Errorf("record at line %d: %w", b.line, err)
	}
	e := &entry{}
	for _, l := range b.lines[1:] {
		typ := standard.attribute(l.name)
		if typ == nil {
			return nil, fmt.Errorf("record at line %d: attribute %s is not known", b.line, l.name)
		}
		e.setOf(typ, append(slices.Clip(e.valuesOf(typ)), l.value)...)
	}
	e.place(d)
	return e, nil
}

// change is the block as a change record. Without a changetype it adds.
func (b block) change() (change, error) {
	bad := func(why string) (change, error) { return nil, fmt.Errorf("record at line %d: %s", b.line, why) }
	if b.lines[0].name != "dn" || len(b.lines) < 2 {
		return bad("a change has a dn and more")
	}
	name, lines, sort := b.lines[0].value, b.lines[1:], "add"
	if lines[0].name == "changetype" {
		sort, lines = lines[0].value, lines[1:]
	}
	switch sort {
	case "add":
		a := addition{dn: name}
		for _, l := range lines {
			i := slices.IndexFunc(a.attrs, func(ch valueChange) bool { return ch.attr == l.name })
			if i < 0 {
				a.attrs, i = append(a.attrs, valueChange{attr: l.name}), len(a.attrs)
			}
			a.attrs[i].values = append(a.attrs[i].values, l.value)
		}
		return a, nil
	case "delete":
		return removal{name}, nil
	case "modrdn", "moddn":
		r := rename{dn: name}
		for _, l := range lines {
			switch l.name {
			case "newrdn":
				r.newRDN = l.value
			case "deleteoldrdn":
				r.deleteOld = l.value == "1"
			case "newsuperior":
				r.superior, r.move = l.value, true
			}
		}
		return r, nil
	case "modify":
		m := modification{dn: name}
		ops := map[string]int64{"add": 0, "delete": 1, "replace": 2}
		for i := 0; i < len(lines); i++ {
			op, ok := ops[lines[i].name]
			if !ok {
				return bad("a modification is add, delete or replace")
			}
			ch := valueChange{op: op, attr: lines[i].value}
			for i++; i < len(lines) && lines[i].name != "-"; i++ {
				ch.values = append(ch.values, lines[i].value)
			}
			m.changes = append(m.changes, ch)
		}
		return m, nil
	}
	return bad("there is no changetype " + sort)
}

// ldif writes the tree, entries in their order and operational attributes
// included. What follows from the name is left out.
func (t *tree) ldif() []byte {
	var b bytes.Buffer
	derived := []*attributeType{standard.attribute("entryDN"), standard.attribute("subschemaSubentry")}
	for _, e := range t.order {
		writeLine(&b, "dn", e.dn.String())
		for _, a := range e.attrs {
			if slices.Contains(derived, a.typ) {
				continue
			}
			for _, v := range a.values {
				writeLine(&b, a.typ.name(), v)
			}
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// writeLine writes one value, coded if RFC 2849 forbids it as it is. Letters
// beyond ASCII stay readable: every reader of this file is ours and takes UTF-8.
func writeLine(b *bytes.Buffer, name, v string) {
	plain := utf8.ValidString(v) && !strings.ContainsAny(v, "\x00\r\n") && strings.TrimSpace(v) == v &&
		(v == "" || !strings.ContainsRune(":<", rune(v[0])))
	if plain {
		fmt.Fprintf(b, "%s: %s\n", name, v)
		return
	}
	fmt.Fprintf(b, "%s:: %s\n", name, base64.StdEncoding.EncodeToString([]byte(v)))
}
