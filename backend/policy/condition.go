package policy

import (
	"encoding/base64"
	"net/netip"
	"strings"
)

// condition is one key under one operator, its values read beforehand. A value
// that is not of the operator's sort matches nothing.
type condition struct {
	operator
	key       string // in lower case
	name      string // as written
	texts     []pattern
	arns      []arnPattern
	numbers   []decimal
	dates     []instant
	networks  []netip.Prefix
	bools     [2]bool // which of false and true are named
	binaries  []string
	variables bool
}

func newCondition(c *Condition, op operator, variables bool) condition {
	out := condition{operator: op, name: c.Key, key: strings.ToLower(c.Key)}
	for _, v := range c.Values {
		out.add(v.Text, variables)
	}
	return out
}

func (c *condition) add(text string, variables bool) {
	switch c.family {
	case ofText, ofFolded, ofLike:
		p := newPattern(text, dialect{wildcards: c.family == ofLike, variables: variables, fold: c.family == ofFolded})
		c.texts = append(c.texts, p)
		c.variables = c.variables || p.variables
	case ofARN:
		p := newARNPattern(text, arnRule{variables: variables, early: true})
		c.arns = append(c.arns, p)
		c.variables = c.variables || p.variables()
	case ofNumber:
		if d, ok := parseDecimal(text); ok {
			c.numbers = append(c.numbers, d)
		}
	case ofDate:
		if at, ok := parseInstant(text); ok {
			c.dates = append(c.dates, at)
		}
	case ofAddress:
		if n, ok := parseNetwork(text); ok {
			c.networks = append(c.networks, n)
		}
	case ofBool, ofPresence:
		if b, ok := parseBool(text); ok {
			c.bools[b] = true
		}
	case ofBinary:
		if b, err := base64.StdEncoding.DecodeString(text); err == nil {
			c.binaries = append(c.binaries, string(b))
		}
	}
}

// holds says whether the condition is met, and whether its key is absent. The
// rules for keys that are absent and for keys of several values are those of
// reference_policies_elements_condition_operators.html and
// reference_policies_condition-single-vs-multi-valued-context-keys.html. A key
// that came with an empty list is absent.
func (c *condition) holds(ctx *Context) (result truth, absent bool) {
	value, told := ctx.Keys[c.key]
	absent = len(value.Values) == 0
	switch {
	case !told && ctx.Incomplete:
		return unsure, true
	case c.family == ofPresence:
		return c.presence(absent), absent
	case c.set == forAll:
		return c.allOf(ctx, value.Values), absent
	case absent:
		return whether(c.ifExists || c.negated && c.set == single), true
	case c.set == forAny:
		return c.anyOf(ctx, value.Values), false
	case value.Multi || len(value.Values) > 1:
		return no, false
	}
	return c.one(ctx, value.Values[0]), false
}

// presence is the operator Null. Under a set operator it no longer looks at
// the key: ForAllValues is then always met and ForAnyValue never.
func (c *condition) presence(absent bool) truth {
	switch {
	case c.set != single:
		return whether(c.set == forAll)
	case absent:
		return whether(c.bools[1])
	}
	return whether(c.bools[0])
}

// empty says that values are no data: none, or nothing but an empty text.
func empty(values []string) bool {
	return len(values) == 0 || len(values) == 1 && values[0] == ""
}

func (c *condition) allOf(ctx *Context, values []string) truth {
	if empty(values) {
		return yes
	}
	result := yes
	for _, v := range values {
		if result = min(result, c.one(ctx, v)); result == no {
			break
		}
	}
	return result
}

func (c *condition) anyOf(ctx *Context, values []string) truth {
	result := no
	if empty(values) {
		return no
	}
	for _, v := range values {
		if result = max(result, c.one(ctx, v)); result == yes {
			break
		}
	}
	return result
}

// one compares one value of the request: with any value of the policy, or,
// negated, with none.
func (c *condition) one(ctx *Context, value string) truth {
	result := c.matches(ctx, value)
	if c.negated {
		return result.not()
	}
	return result
}

func (c *condition) matches(ctx *Context, value string) truth {
	result := no
	switch c.family {
	case ofText, ofFolded, ofLike:
		for i := range c.texts {
			if result = max(result, c.texts[i].match(value, ctx)); result == yes {
				break
			}
		}
	case ofARN:
		a := newARNText(value)
		for i := range c.arns {
			if result = max(result, c.arns[i].match(&a, ctx)); result == yes {
				break
			}
		}
	case ofNumber:
		d, ok := parseDecimal(value)
		for _, n := range c.numbers {
			result = max(result, whether(ok && c.relation.holds(d.compare(n))))
		}
	case ofDate:
		at, ok := parseInstant(value)
		for _, d := range c.dates {
			result = max(result, whether(ok && c.relation.holds(at.compare(d))))
		}
	case ofAddress:
		addr, ok := parseAddress(value)
		for _, n := range c.networks {
			result = max(result, whether(ok && n.Contains(addr)))
		}
	case ofBool:
		b, ok := parseBool(value)
		result = whether(ok && c.bools[b])
	case ofBinary:
		result = whether(c.sameBytes(value))
	}
	return result
}

// sameBytes compares what base64 stands for. A long value takes memory; those
// that occur fit.
func (c *condition) sameBytes(value string) bool {
	var short [384]byte
	room := short[:]
	if n := base64.StdEncoding.DecodedLen(len(value)); n > len(room) {
		room = make([]byte, n)
	}
	var text [512]byte
	n, err := base64.StdEncoding.Decode(room, append(text[:0], value...))
	if err != nil {
		return false
	}
	for _, b := range c.binaries {
		if b == string(room[:n]) {
			return true
		}
	}
	return false
}

func parseBool(s string) (int, bool) {
	switch {
	case strings.EqualFold(s, "true"):
		return 1, true
	case strings.EqualFold(s, "false"):
		return 0, true
	}
	return 0, false
}

// parseNetwork reads a range in CIDR form, or one address. Bits behind the
// length are ignored.
func parseNetwork(s string) (netip.Prefix, bool) {
	if !strings.Contains(s, "/") {
		a, ok := parseAddress(s)
		return netip.PrefixFrom(a, a.BitLen()), ok
	}
	n, err := netip.ParsePrefix(s)
	return n, err == nil
}

// parseAddress reads an address without a zone: zones mean nothing to anyone
// but the machine they were made on.
func parseAddress(s string) (netip.Addr, bool) {
	if len(s) > len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255") || strings.Contains(s, "%") || !strings.ContainsAny(s, ".:") {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	return a, err == nil
}
