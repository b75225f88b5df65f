package demo

import (
	"encoding/binary"
	"slices"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// found is the answer to a search before it is written.
type found struct {
	entries []*entry
	err     error // sizeLimitExceeded comes with the entries that fit
	next    *paging
}

// search evaluates a request on one state of the tree.
func (t *tree) search(req searchRequest, page *paging, admin bool) found {
	d, err := parseDN(req.base)
	if err != nil {
		return found{err: err}
	}
	if req.scope < 0 || req.scope > 2 {
		return found{err: faultf(protocolError, "there is no scope %d", req.scope)}
	}
	if len(d) == 0 && req.scope == 0 {
		return one(t.rootDSE(), req)
	}
	if schema := subschema(); d.key() == schema.key {
		return one(schema, req)
	}
	if len(d) > 0 {
		if _, err := t.find(req.base); err != nil {
			return found{err: err}
		}
	}
	var after uint64
	if page != nil && page.cookie != "" {
		after = binary.BigEndian.Uint64([]byte(page.cookie))
	}
	var out found
	base := d.key()
	for _, e := range t.order {
		if e.seq <= after || !inScope(e, d, base, req.scope) || req.filter.match(e, admin) != isTrue {
			continue
		}
		if req.sizeLimit > 0 && int64(len(out.entries)) >= req.sizeLimit {
			out.err = faultf(sizeLimitExceeded, "size limit exceeded")
			return out
		}
		if page != nil && page.size > 0 && int64(len(out.entries)) >= page.size {
			last := out.entries[len(out.entries)-1].seq
			out.next = &paging{cookie: string(binary.BigEndian.AppendUint64(nil, last))}
			return out
		}
		out.entries = append(out.entries, e)
	}
	if page != nil {
		out.next = &paging{}
	}
	return out
}

func one(e *entry, req searchRequest) found {
	if req.filter.match(e, false) != isTrue {
		return found{}
	}
	return found{entries: []*entry{e}}
}

// inScope compares keys: a comma inside a value is escaped there, so that what
// ends in a comma and the base's key lies below the base.
func inScope(e *entry, d dn, base string, scope int64) bool {
	within := len(d) == 0 || e.key == base || strings.HasSuffix(e.key, ","+base)
	switch scope {
	case 0:
		return e.key == base
	case 1:
		// Below the root the first entry is the naming context itself.
		return within && (len(e.dn) == len(d)+1 || len(d) == 0 && e.seq == 1)
	}
	return within
}

// selected is the part of an entry that the request asks for (RFC 4511 section
// 4.5.1.8): "*" and an empty list mean the ordinary attributes, "+" the
// operational ones, "1.1" none.
func selected(e *entry, req searchRequest, admin bool) []attribute {
	ordinary := len(req.attrs) == 0 || slices.Contains(req.attrs, "*")
	operational := slices.Contains(req.attrs, "+")
	named := map[*attributeType]bool{}
	for _, name := range req.attrs {
		if a := standard.attribute(name); a != nil {
			named[a] = true
		}
	}
	var out []attribute
	for _, a := range e.attrs {
		wanted := named[a.typ] || a.typ.operational && operational || !a.typ.operational && ordinary
		for up := a.typ.sup; up != nil && !wanted; up = up.sup {
			wanted = named[up]
		}
		if !wanted || hidden(a.typ, admin) {
			continue
		}
		if req.typesOnly {
			a.values = nil
		}
		out = append(out, a)
	}
	return out
}

// compare answers a compare request: compareTrue or compareFalse as a *fault.
func (t *tree) compare(req compareRequest, admin bool) error {
	e, err := t.find(req.dn)
	if err != nil {
		return err
	}
	a := standard.attribute(req.attr)
	switch {
	case a == nil:
		return faultf(undefinedAttributeType, "%s: attribute type undefined", req.attr)
	case hidden(a, admin):
		return faultf(insufficientAccessRights, "%s cannot be compared", a.name())
	case len(e.valuesOf(a)) == 0:
		return faultf(noSuchAttribute, "%s: no such attribute", a.name())
	}
	if (filter{op: filterEqual, attr: req.attr, value: req.value}).match(e, admin) == isTrue {
		return &fault{code: compareTrue}
	}
	return &fault{code: compareFalse}
}

// passwordChange is the value of an RFC 3062 request.
type passwordChange struct {
	user, old, new string
}

func decodePasswordChange(value string) (passwordChange, error) {
	var c passwordChange
	if value == "" {
		return c, nil
	}
	p, err := ber.DecodePacketErr([]byte(value))
	if err != nil {
		return c, faultf(protocolError, "bad password modify request")
	}
	for _, kid := range p.Children {
		switch kid.Tag {
		case 0:
			c.user = strings.TrimPrefix(text(kid), "dn:")
		case 1:
			c.old = text(kid)
		case 2:
			c.new = text(kid)
		}
	}
	return c, nil
}
