package policy

import "strings"

// arnParts is how many parts an ARN has; the last takes every further colon
// (reference-arns.html).
const arnParts = 6

// arnText is a text of a request with the ends of its first five parts.
type arnText struct {
	text string
	ends [arnParts - 1]int
	ok   bool // it has six parts
}

func newARNText(s string) arnText {
	a := arnText{text: s}
	at := 0
	for i := range a.ends {
		n := strings.IndexByte(s[at:], ':')
		if n < 0 {
			return a
		}
		a.ends[i] = at + n
		at += n + 1
	}
	a.ok = true
	return a
}

func (a *arnText) part(i int) string {
	start := 0
	if i > 0 {
		start = a.ends[i-1] + 1
	}
	if i == len(a.ends) {
		return a.text[start:]
	}
	return a.text[start:a.ends[i]]
}

// arnPattern is an ARN of a policy. Its six parts are compared one by one, so
// that a wildcard never crosses one of the first five colons
// (reference_policies_elements_resource.html).
type arnPattern struct {
	all    bool                   // "*": anything, no ARN included
	never  bool                   // it cannot match
	lead   string                 // the first five parts and their colons, where they are only text
	first  *[arnParts - 1]pattern // the first five parts, where they are not
	last   pattern
	source string
}

// arnRule says how an ARN of a policy is read.
type arnRule struct {
	variables bool // the policy's version knows variables
	pad       bool // parts that are missing are "*"
	early     bool // variables may stand before the fifth colon
}

func newARNPattern(text string, r arnRule) arnPattern {
	p := arnPattern{source: text}
	if text != "" && strings.Trim(text, "*") == "" {
		p.all = true
		return p
	}
	parts := splitARN(text, r.variables)
	if len(parts) < arnParts && !r.pad {
		p.never = true
		return p
	}
	for len(parts) < arnParts {
		parts = append(parts, "*")
	}
	d := dialect{wildcards: true, variables: r.variables}
	var first [arnParts - 1]pattern
	text0 := true
	for i := range first {
		first[i] = newPattern(parts[i], d)
		p.never = p.never || first[i].variables && !r.early
		text0 = text0 && first[i].shape == exactly
	}
	p.last = newPattern(parts[arnParts-1], d)
	if !text0 {
		p.first = &first
		return p
	}
	for i := range first {
		p.lead += first[i].text + ":"
	}
	return p
}

// splitARN cuts at the first five colons outside of variables.
func splitARN(text string, variables bool) []string {
	var parts []string
	start := 0
	for i := 0; i < len(text) && len(parts) < arnParts-1; i++ {
		if variables && strings.HasPrefix(text[i:], "${") {
			if end := variableEnd(text[i:]); end > 0 {
				i += end
				continue
			}
		}
		if text[i] == ':' {
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

func (p *arnPattern) match(a *arnText, c *Context) truth {
	switch {
	case p.all:
		return yes
	case p.never || !a.ok:
		return no
	case p.first == nil:
		n := a.ends[arnParts-2] + 1
		if n != len(p.lead) || a.text[:n] != p.lead {
			return no
		}
		return p.last.match(a.text[n:], c)
	}
	result := p.last.match(a.part(arnParts-1), c)
	for i := range p.first {
		if result == no {
			return no
		}
		result = min(result, p.first[i].match(a.part(i), c))
	}
	return result
}

func (p *arnPattern) variables() bool {
	if p.first != nil {
		for i := range p.first {
			if p.first[i].variables {
				return true
			}
		}
	}
	return p.last.variables
}
