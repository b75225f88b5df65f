package reference

import (
	"maps"
	"slices"
	"strings"
)

// Services are the prefixes of all services, sorted.
func (d *Data) Services() []string { return slices.Sorted(maps.Keys(d.services)) }

// Service is the service of that prefix, in any case; nil if none is known.
func (d *Data) Service(prefix string) *Service {
	if l := d.services[strings.ToLower(prefix)]; l != nil {
		s, _ := l.decoded() // cannot fail: the build's reference is right, and Read has tried any other
		return s
	}
	return nil
}

// Globals are the condition keys that do not belong to one service.
func (d *Data) Globals() []ConditionKey { return d.globals }

// Action is the action of that name, in any case, without the prefix; nil if
// the service has none.
func (s *Service) Action(name string) *Action {
	if i, found := slices.BinarySearchFunc(s.Actions, strings.ToLower(name), byName); found {
		return &s.Actions[i]
	}
	return nil
}

// Resource is the resource type of that name; nil if the service has none.
func (s *Service) Resource(name string) *ResourceType {
	for i := range s.Resources {
		if s.Resources[i].Name == name {
			return &s.Resources[i]
		}
	}
	return nil
}

// Key is the condition key of that name, in any case; nil if none is known. A
// key of which a policy chooses a part is found both as it is listed,
// "aws:ResourceTag/${TagKey}", and as a policy writes it,
// "aws:ResourceTag/team". Keys of identity providers, such as "saml:aud", are
// found too.
func (d *Data) Key(name string) *ConditionKey {
	name = strings.ToLower(name)
	if k := d.global.find(name); k != nil {
		return k
	}
	prefix, _, _ := strings.Cut(name, ":")
	for _, service := range append([]string{prefix}, d.foreign...) {
		if d.Service(service) != nil {
			if k := d.services[service].keys.find(name); k != nil {
				return k
			}
		}
	}
	return nil
}

// keyIndex finds keys by their names in lower case.
type keyIndex struct {
	exact    map[string]*ConditionKey
	patterns []keyPattern // the more of it is fixed, the earlier
}

func (x keyIndex) find(name string) *ConditionKey {
	if k := x.exact[name]; k != nil {
		return k
	}
	for _, p := range x.patterns {
		if p.matches(name) {
			return p.key
		}
	}
	return nil
}

// keyPattern is a key with parts that a policy chooses.
type keyPattern struct {
	fixed []string // what stands before, between and behind those parts
	key   *ConditionKey
}

// matches wants at least one character for each part.
func (p keyPattern) matches(name string) bool {
	rest, ok := strings.CutPrefix(name, p.fixed[0])
	last := p.fixed[len(p.fixed)-1]
	if !ok || !strings.HasSuffix(rest, last) {
		return false
	}
	rest = strings.TrimSuffix(rest, last)
	for _, f := range p.fixed[1 : len(p.fixed)-1] {
		if rest == "" {
			return false
		}
		at := strings.Index(rest[1:], f)
		if at < 0 {
			return false
		}
		rest = rest[1+at+len(f):]
	}
	return rest != ""
}

func index(keys []ConditionKey) keyIndex {
	x := keyIndex{exact: make(map[string]*ConditionKey, len(keys))}
	for i := range keys {
		name := strings.ToLower(keys[i].Name)
		x.exact[name] = &keys[i]
		if fixed := fixedParts(name); len(fixed) > 1 {
			x.patterns = append(x.patterns, keyPattern{fixed, &keys[i]})
		}
	}
	length := func(p keyPattern) int { return len(strings.Join(p.fixed, "")) }
	slices.SortStableFunc(x.patterns, func(a, b keyPattern) int { return length(b) - length(a) })
	return x
}

// fixedParts cuts a key at its ${…}.
func fixedParts(name string) (fixed []string) {
	for {
		before, behind, found := strings.Cut(name, "${")
		fixed = append(fixed, before)
		_, name, _ = strings.Cut(behind, "}")
		if !found {
			return fixed
		}
	}
}
