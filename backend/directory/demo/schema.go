package demo

import (
	_ "embed"
	"fmt"
	"strings"
)

// attributeType is one attribute type description of RFC 4512 section 4.1.2.
type attributeType struct {
	oid      string
	names    []string
	sup      *attributeType
	equality string
	ordering string
	substr   string
	syntax   string
	single   bool
	// readOnly: the server alone sets it (NO-USER-MODIFICATION).
	readOnly bool
	// operational attributes are returned only by name or for "+".
	operational bool
}

// name is the attribute's name as the directory writes it.
func (a *attributeType) name() string { return a.names[0] }

// isA reports whether a is b or a subtype of it.
func (a *attributeType) isA(b *attributeType) bool {
	for ; a != nil; a = a.sup {
		if a == b {
			return true
		}
	}
	return false
}

// objectClass is one object class description of RFC 4512 section 4.1.1.
type objectClass struct {
	name string
	sup  *objectClass
	kind string // ABSTRACT, STRUCTURAL or AUXILIARY
	must []*attributeType
	may  []*attributeType
}

// schema is what the directory can store. It is advertised as it was written.
type schema struct {
	attrs          map[string]*attributeType // by lower-case name and by OID
	classes        map[string]*objectClass
	attributeLines []string
	classLines     []string
}

//go:embed company/schema.txt
var schemaText string

// standard is the schema of the demo directory. Its text is part of the
// program, so a mistake in it is one of ours and shows in every test.
var standard = mustSchema(schemaText)

func mustSchema(text string) *schema {
	s, err := parseSchema(text)
	if err != nil {
		panic("demo schema: " + err.Error())
	}
	return s
}

// parseSchema reads one description a line. What a description refers to must
// stand above it.
func parseSchema(text string) (*schema, error) {
	s := &schema{attrs: map[string]*attributeType{}, classes: map[string]*objectClass{}}
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		sort, body, _ := strings.Cut(line, " ")
		var err error
		switch sort {
		case "attributetype":
			s.attributeLines = append(s.attributeLines, body)
			err = s.addAttribute(describe(body))
		case "objectclass":
			s.classLines = append(s.classLines, body)
			err = s.addClass(describe(body))
		default:
			err = fmt.Errorf("unknown description %q", sort)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	return s, nil
}

// description is a parsed "( OID KEY value KEY ( value $ value ) FLAG )".
type description struct {
	oid    string
	fields map[string][]string
}

var flags = map[string]bool{
	"SINGLE-VALUE": true, "NO-USER-MODIFICATION": true, "ABSTRACT": true, "STRUCTURAL": true, "AUXILIARY": true,
}

func describe(body string) description {
	words := strings.Fields(body)
	d := description{fields: map[string][]string{}}
	if len(words) < 3 {
		return d
	}
	d.oid = words[1]
	words = words[2 : len(words)-1]
	for len(words) > 0 {
		key := words[0]
		words = words[1:]
		if flags[key] || len(words) == 0 {
			d.fields[key] = nil
			continue
		}
		n := 1
		if words[0] == "(" {
			for n < len(words) && words[n-1] != ")" {
				n++
			}
		}
		for _, w := range words[:n] {
			if w != "(" && w != ")" && w != "$" {
				d.fields[key] = append(d.fields[key], strings.Trim(w, "'"))
			}
		}
		words = words[n:]
	}
	return d
}

func (d description) first(key string) string {
	if v := d.fields[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func (d description) has(key string) bool { _, ok := d.fields[key]; return ok }

func (s *schema) addAttribute(d description) error {
	a := &attributeType{
		oid: d.oid, names: d.fields["NAME"],
		equality: d.first("EQUALITY"), ordering: d.first("ORDERING"), substr: d.first("SUBSTR"), syntax: d.first("SYNTAX"),
		single: d.has("SINGLE-VALUE"), readOnly: d.has("NO-USER-MODIFICATION"), operational: d.has("USAGE"),
	}
	if len(a.names) == 0 {
		return fmt.Errorf("attribute %s has no name", d.oid)
	}
	if sup := d.first("SUP"); sup != "" {
		if a.sup = s.attrs[strings.ToLower(sup)]; a.sup == nil {
			return fmt.Errorf("attribute %s: no %s above it", a.name(), sup)
		}
		// A subtype has its supertype's rules unless it names its own.
		a.equality, a.ordering, a.substr, a.syntax = a.sup.equality, a.sup.ordering, a.sup.substr, a.sup.syntax
	}
	s.attrs[a.oid] = a
	for _, name := range a.names {
		s.attrs[strings.ToLower(name)] = a
	}
	return nil
}

func (s *schema) addClass(d description) error {
	c := &objectClass{name: d.first("NAME"), kind: "STRUCTURAL"}
	for _, kind := range []string{"ABSTRACT", "AUXILIARY"} {
		if d.has(kind) {
			c.kind = kind
		}
	}
	if sup := d.first("SUP"); sup != "" {
		if c.sup = s.classes[strings.ToLower(sup)]; c.sup == nil {
			return fmt.Errorf("class %s: no %s above it", c.name, sup)
		}
	}
	for key, list := range map[string]*[]*attributeType{"MUST": &c.must, "MAY": &c.may} {
		for _, name := range d.fields[key] {
			a := s.attrs[strings.ToLower(name)]
			if a == nil {
				return fmt.Errorf("class %s: no attribute %s above it", c.name, name)
			}
			*list = append(*list, a)
		}
	}
	s.classes[strings.ToLower(c.name)] = c
	s.classes[d.oid] = c
	return nil
}

// attribute is the type that a description names, nil if there is none. An
// option such as ";lang-fr" names a subtype that nothing here is stored under.
func (s *schema) attribute(description string) *attributeType {
	return s.attrs[strings.ToLower(description)]
}

// check proves that an entry obeys its object classes (RFC 4512 section 2.4).
// It fails with objectClassViolation.
func (s *schema) check(e *entry) error {
	allowed := map[*attributeType]bool{}
	structural, anything := false, false
	for _, name := range e.values("objectClass") {
		c := s.classes[strings.ToLower(name)]
		if c == nil {
			return faultf(invalidAttributeSyntax, "there is no object class %s", name)
		}
		structural = structural || c.kind == "STRUCTURAL"
		anything = anything || c.name == "extensibleObject"
		for ; c != nil; c = c.sup {
			for _, a := range c.must {
				if len(e.valuesOf(a)) == 0 {
					return faultf(objectClassViolation, "object class %s requires attribute %s", c.name, a.name())
				}
				allowed[a] = true
			}
			for _, a := range c.may {
				allowed[a] = true
			}
		}
	}
	if !structural {
		return faultf(objectClassViolation, "no structural object class")
	}
	for _, a := range e.attrs {
		if !anything && !a.typ.operational && !allowed[a.typ] {
			return faultf(objectClassViolation, "attribute %s not allowed", a.typ.name())
		}
	}
	return nil
}
