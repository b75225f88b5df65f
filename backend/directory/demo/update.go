package demo

import (
	"slices"
	"strings"
	"time"
)

// author is who writes, and when.
type author struct {
	dn  string
	now time.Time
}

// change is an update of the tree: an addition, modification, removal or
// rename. A request on the wire and a line of the company's own text become the
// same values and take the same way.
type change interface {
	// apply changes t, which is the caller's own clone, or leaves it as it was
	// and fails with a *fault.
	apply(t *tree, by author) error
}

// valueChange is one change of one attribute. In an addition op has no meaning.
type valueChange struct {
	op     int64 // 0 add, 1 delete, 2 replace (RFC 4511 section 4.6)
	attr   string
	values []string
}

type addition struct {
	dn    string
	attrs []valueChange
}

type modification struct {
	dn      string
	changes []valueChange
}

type removal struct{ dn string }

type rename struct {
	dn        string
	newRDN    string
	deleteOld bool
	move      bool // to superior
	superior  string
}

func (a addition) apply(t *tree, by author) error {
	d, err := parseDN(a.dn)
	if err != nil {
		return err
	}
	if !d.within(t.base) {
		return faultf(unwillingToPerform, "no global superior knowledge")
	}
	if t.entries[d.key()] != nil {
		return faultf(entryAlreadyExists, "the entry exists already")
	}
	if len(d) > len(t.base) {
		if _, err := t.find(d.parent().String()); err != nil {
			return err
		}
	}
	e := &entry{}
	for _, ch := range a.attrs {
		typ, err := writable(ch.attr)
		if err != nil {
			return err
		}
		if err := e.addValues(typ, ch.values); err != nil {
			return err
		}
	}
	for _, ava := range d[0] {
		if err := e.name(ava); err != nil {
			return err
		}
	}
	e.place(d)
	if err := standard.check(e); err != nil {
		return err
	}
	stamp := by.now.UTC().Format(timeForm)
	e.set("createTimestamp", stamp)
	e.set("creatorsName", by.dn)
	e.touch(by)
	t.add(e)
	e.set("entryUUID", uuidOf(e.key, by.now.UTC().Format(time.RFC3339Nano), t.lastSeq))
	return nil
}

func (m modification) apply(t *tree, by author) error {
	old, err := t.find(m.dn)
	if err != nil {
		return err
	}
	e := old.clone()
	for _, ch := range m.changes {
		typ, err := writable(ch.attr)
		if err != nil {
			return err
		}
		switch ch.op {
		case 0:
			err = e.addValues(typ, ch.values)
		case 1:
			err = e.deleteValues(typ, ch.values)
		case 2:
			e.setOf(typ)
			if len(ch.values) > 0 {
				err = e.addValues(typ, ch.values)
			}
		default:
			err = faultf(protocolError, "there is no modify operation %d", ch.op)
		}
		if err != nil {
			return err
		}
		if typ == standard.attribute("userPassword") {
			e.passwordChanged(by)
		}
	}
	for _, ava := range e.dn[0] {
		if typ := standard.attribute(ava.attr); !e.holds(typ, ava.value) {
			return faultf(notAllowedOnRDN, "the value of %s that names the entry cannot go", typ.name())
		}
	}
	if err := standard.check(e); err != nil {
		return err
	}
	e.touch(by)
	t.put(old.key, e)
	return nil
}

func (r removal) apply(t *tree, _ author) error {
	e, err := t.find(r.dn)
	if err != nil {
		return err
	}
	if t.hasChildren(e) {
		return faultf(notAllowedOnNonLeaf, "subordinate objects must be deleted first")
	}
	t.remove(e)
	return nil
}

func (r rename) apply(t *tree, by author) error {
	old, err := t.find(r.dn)
	if err != nil {
		return err
	}
	if len(old.dn) == len(t.base) {
		return faultf(unwillingToPerform, "the base cannot be renamed")
	}
	first, err := parseDN(r.newRDN)
	if err != nil || len(first) != 1 {
		return faultf(invalidDNSyntax, "invalid new RDN")
	}
	up := old.dn.parent()
	if r.move {
		above, err := t.find(r.superior)
		if err != nil {
			return err
		}
		up = above.dn
		if up.within(old.dn) {
			return faultf(unwillingToPerform, "an entry cannot move below itself")
		}
	}
	to := append(dn{first[0]}, up...)
	if there := t.entries[to.key()]; there != nil && there != old {
		return faultf(entryAlreadyExists, "the new name is taken")
	}
	e := old.clone()
	if r.deleteOld {
		for _, ava := range old.dn[0] {
			if err := e.deleteValues(standard.attribute(ava.attr), []string{ava.value}); err != nil {
				return err
			}
		}
	}
	for _, ava := range first[0] {
		if err := e.name(ava); err != nil {
			return err
		}
	}
	if err := standard.check(e); err != nil {
		return err
	}
	t.moveChildren(old.dn, to)
	e.place(to)
	e.touch(by)
	t.put(old.key, e)
	return nil
}

// moveChildren gives every entry below from its new name.
func (t *tree) moveChildren(from, to dn) {
	for _, e := range slices.Clone(t.order) {
		if len(e.dn) > len(from) && e.dn.within(from) {
			c := e.clone()
			c.place(append(slices.Clone(e.dn[:len(e.dn)-len(from)]), to...))
			t.put(e.key, c)
		}
	}
}

// writable is the named attribute if clients may write it.
func writable(name string) (*attributeType, error) {
	typ := standard.attribute(name)
	if typ == nil {
		return nil, faultf(undefinedAttributeType, "%s: attribute type undefined", name)
	}
	if typ.readOnly {
		return nil, faultf(constraintViolation, "%s: no user modification allowed", typ.name())
	}
	return typ, nil
}

// holds reports whether v is a value of typ.
func (e *entry) holds(typ *attributeType, v string) bool {
	want := typ.normal(v)
	return slices.ContainsFunc(e.valuesOf(typ), func(have string) bool { return typ.normal(have) == want })
}

// name makes sure that the entry holds the value it is named by.
func (e *entry) name(a ava) error {
	typ := standard.attribute(a.attr)
	if typ == nil {
		return faultf(undefinedAttributeType, "%s: attribute type undefined", a.attr)
	}
	if e.holds(typ, a.value) {
		return nil
	}
	return e.addValues(typ, []string{a.value})
}

func (e *entry) addValues(typ *attributeType, values []string) error {
	if len(values) == 0 {
		return faultf(protocolError, "%s: no values given", typ.name())
	}
	have := e.valuesOf(typ)
	seen := make(map[string]bool, len(have)+len(values))
	for _, v := range have {
		seen[typ.normal(v)] = true
	}
	all := slices.Clone(have)
	for _, v := range values {
		if !typ.valid(v) {
			return faultf(invalidAttributeSyntax, "%s: value invalid per syntax", typ.name())
		}
		if seen[typ.normal(v)] {
			return faultf(attributeOrValueExists, "%s: value exists already", typ.name())
		}
		seen[typ.normal(v)] = true
		if typ == standard.attribute("userPassword") {
			v = stored(v)
		}
		all = append(all, v)
	}
	if typ.single && len(all) > 1 {
		return faultf(constraintViolation, "%s: multiple values provided", typ.name())
	}
	e.setOf(typ, all...)
	return nil
}

func (e *entry) deleteValues(typ *attributeType, values []string) error {
	left := slices.Clone(e.valuesOf(typ))
	if len(left) == 0 {
		return faultf(noSuchAttribute, "%s: no such attribute", typ.name())
	}
	if len(values) == 0 {
		left = nil
	}
	for _, v := range values {
		i := slices.IndexFunc(left, func(have string) bool { return typ.normal(have) == typ.normal(v) })
		if i < 0 {
			return faultf(noSuchAttribute, "%s: no such value", typ.name())
		}
		left = slices.Delete(left, i, i+1)
	}
	e.setOf(typ, left...)
	return nil
}

// touch says who changed the entry last, and when.
func (e *entry) touch(by author) {
	e.set("modifyTimestamp", by.now.UTC().Format(timeForm))
	e.set("modifiersName", by.dn)
}

// disabledTime is the lock that no time ends: an administrator's.
const disabledTime = "000001010000Z"

// passwordChanged notes a new password as the password policy draft asks: a
// lock after wrong tries ends, an administrator's stays, and who did not choose
// the password must change it.
func (e *entry) passwordChanged(by author) {
	e.set("pwdChangedTime", by.now.UTC().Format(timeForm))
	if e.first("pwdAccountLockedTime") != disabledTime {
		e.set("pwdAccountLockedTime")
	}
	e.set("pwdReset")
	if d, err := parseDN(by.dn); err == nil && d.key() != e.key && strings.HasPrefix(e.key, "uid=") {
		e.set("pwdReset", "TRUE")
	}
}
