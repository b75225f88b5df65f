package demo

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// attribute is one attribute of an entry with its values in the order in which
// they came.
type attribute struct {
	typ    *attributeType
	values []string
}

// entry is one object. An entry in a tree never changes: an update puts a clone
// in its place, so that a search can run on while others write.
type entry struct {
	seq   uint64 // rises with every entry added; the order of every answer
	dn    dn
	key   string // dn.key()
	attrs []attribute
}

func (e *entry) clone() *entry {
	c := *e
	c.attrs = slices.Clone(e.attrs) // values are replaced, never written into
	return &c
}

// valuesOf are the values stored under a itself.
func (e *entry) valuesOf(a *attributeType) []string {
	for _, have := range e.attrs {
		if have.typ == a {
			return have.values
		}
	}
	return nil
}

// values are those of the named attribute, which must be one of the schema.
func (e *entry) values(name string) []string { return e.valuesOf(standard.attribute(name)) }

// first is the first value of the named attribute, empty if there is none.
func (e *entry) first(name string) string {
	if v := e.values(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// setOf replaces the values of a; none removes it.
func (e *entry) setOf(a *attributeType, values ...string) {
	i := slices.IndexFunc(e.attrs, func(have attribute) bool { return have.typ == a })
	switch {
	case i < 0 && len(values) > 0:
		e.attrs = append(e.attrs, attribute{a, values})
	case i >= 0 && len(values) > 0:
		e.attrs[i].values = values
	case i >= 0:
		e.attrs = slices.Delete(e.attrs, i, i+1)
	}
}

// set replaces the values of the named attribute, which must be one of the
// schema.
func (e *entry) set(name string, values ...string) { e.setOf(standard.attribute(name), values...) }

// place gives the entry its name and what follows from it.
func (e *entry) place(d dn) {
	e.dn, e.key = d, d.key()
	e.set("entryDN", d.String())
	e.set("subschemaSubentry", subschemaDN)
}

// tree is one state of the directory. Readers hold one and see it unchanged;
// a writer clones it, changes the clone and publishes that.
type tree struct {
	base    dn
	entries map[string]*entry // by key
	order   []*entry          // by seq
	lastSeq uint64
}

func newTree(base dn) *tree { return &tree{base: base, entries: map[string]*entry{}} }

func (t *tree) clone() *tree {
	c := *t
	c.entries, c.order = maps.Clone(t.entries), slices.Clone(t.order)
	return &c
}

// add puts a new entry at the end.
func (t *tree) add(e *entry) {
	t.lastSeq++
	e.seq = t.lastSeq
	t.entries[e.key] = e
	t.order = append(t.order, e)
}

// put replaces the entry that has the key was.
func (t *tree) put(was string, e *entry) {
	delete(t.entries, was)
	t.entries[e.key] = e
	t.order[t.index(e.seq)] = e
}

func (t *tree) remove(e *entry) {
	delete(t.entries, e.key)
	i := t.index(e.seq)
	t.order = slices.Delete(t.order, i, i+1)
}

func (t *tree) index(seq uint64) int {
	i, _ := slices.BinarySearchFunc(t.order, seq, func(e *entry, seq uint64) int { return cmp.Compare(e.seq, seq) })
	return i
}

// find is the entry of that name. Without one it fails with noSuchObject and
// names the nearest entry above (RFC 4511 section 4.1.9).
func (t *tree) find(name string) (*entry, error) {
	d, err := parseDN(name)
	if err != nil {
		return nil, err
	}
	if e := t.entries[d.key()]; e != nil {
		return e, nil
	}
	f := faultf(noSuchObject, "no such object")
	for up := d.parent(); len(up) > 0; up = up.parent() {
		if e := t.entries[up.key()]; e != nil {
			f.matched = e.dn.String()
			break
		}
	}
	return nil, f
}

// hasChildren reports whether an entry lies below e.
func (t *tree) hasChildren(e *entry) bool {
	for key := range t.entries {
		if strings.HasSuffix(key, ","+e.key) {
			return true
		}
	}
	return false
}

// Names the directory answers to besides its tree.
const subschemaDN = "cn=Subschema"

// rootDSE says what the server can do (RFC 4512 section 5.1).
func (t *tree) rootDSE() *entry {
	e := &entry{}
	e.set("objectClass", "top", "extensibleObject")
	e.set("namingContexts", t.base.String())
	e.set("subschemaSubentry", subschemaDN)
	e.set("supportedLDAPVersion", "3")
	e.set("supportedControl", controlPaging, controlManageDsaIT)
	e.set("supportedExtension", extendedPassword, extendedWhoAmI)
	e.set("supportedFeatures", "1.3.6.1.4.1.4203.1.5.1") // RFC 3673: "+" asks for operational attributes
	e.set("vendorName", "Gatehouse")
	e.set("vendorVersion", "demo directory 1")
	return e
}

// subschema advertises the schema (RFC 4512 section 4.2).
func subschema() *entry {
	d, _ := parseDN(subschemaDN)
	e := &entry{}
	e.place(d)
	e.set("objectClass", "top", "subentry", "subschema", "extensibleObject")
	e.set("cn", "Subschema")
	e.set("attributeTypes", standard.attributeLines...)
	e.set("objectClasses", standard.classLines...)
	return e
}
