package policy

import (
	"slices"
	"strings"
)

// decideAll answers for the users from one to another. Users to whom all
// statements say the same are answered once.
func (s *search) decideAll(verdicts []Verdict, from, to int) {
	var (
		d       Decision
		last    standing
		of      Verdict // the answer for last
		settled = map[standing]Verdict{}
		alike   = likes{search: s}
		ctx     = s.request.Context
		many    = len(s.commonOpen) > len(last.common)
	)
	for i := int32(from); i < int32(to); i++ {
		arn := s.users[i].who.arn[0]
		if many || len(s.named) > 0 && s.named[arn] || strings.HasSuffix(arn, ":root") {
			s.decide(i, &d)
			verdicts[i] = d.Verdict
			continue
		}
		ctx.caller = &s.users[i].who
		var now standing
		now.deny, now.allow = s.say(i, &ctx, &alike)
		for n := range s.commonOpen {
			now.common[n] = s.commonOpen[n].appliesTo(&s.resource, &ctx)
		}
		if now != last || len(settled) == 0 {
			known := false
			if of, known = settled[now]; !known {
				s.decide(i, &d)
				of = d.Verdict
				settled[now] = of
			}
			last = now
		}
		verdicts[i] = of
	}
}

// standing is all on which the answer for a user depends that no policy names.
type standing struct {
	deny, allow truth     // what its own policies and those of its groups say
	common      [14]truth // what the open statements that bear on everyone say
}

// say is what the policies of a user and of its groups say. alike may remember
// what they say to users with the same tag.
func (s *search) say(i int32, ctx *Context, alike *likes) (deny, allow truth) {
	m := s.stampsOf(i)
	if m&unread != 0 {
		deny, allow = unsure, unsure
	}
	if m&allows != 0 {
		allow = yes
	}
	if m&denies != 0 {
		deny = yes
	}
	if m&open == 0 {
		return deny, allow
	}
	told := alike.of(ctx.caller)
	ask := func(at int32) {
		h, said := &s.hits[at], &deny
		if h.allows {
			said = &allow
		}
		switch {
		case *said == yes || h.applies != unsure:
		case told == nil:
			*said = max(*said, h.appliesTo(&s.resource, ctx))
		default:
			if told[at] == 0 {
				told[at] = 1 + h.appliesTo(&s.resource, ctx)
			}
			*said = max(*said, told[at]-1)
		}
	}
	u := &s.users[i]
	for _, n := range u.documents {
		for at := s.hitsOf[n][0]; at < s.hitsOf[n][1]; at++ {
			ask(at)
		}
	}
	for _, g := range u.groups {
		for _, at := range s.openAbove[g] {
			ask(at)
		}
	}
	return deny, allow
}

// likes remembers what hits say to users with the same value of the tag that
// decides.
type likes struct {
	*search
	told map[string][]truth // by value: of each hit 1 more than what it says, 0 if it was not asked
}

const (
	mostLikes = 1 << 20 // answers that are remembered
	noTag     = "\xff"  // no value of a tag
)

// of is what hits have said to users such as one, nil if that is not kept.
func (l *likes) of(c *caller) []truth {
	if l == nil || l.tag == "" {
		return nil
	}
	value := noTag
	if v := c.value(l.tag, callerTag); len(v) > 0 {
		value = v[0]
	}
	told := l.told[value]
	if told == nil && (len(l.told)+1)*len(l.hits) <= mostLikes {
		if l.told == nil {
			l.told = map[string][]truth{}
		}
		told = make([]truth, len(l.hits))
		l.told[value] = told
	}
	return told
}

// deciding is the tag of the caller that the hits depend on; none if they
// depend on who it is, or on several tags.
func (s *search) deciding() string {
	var keys []string
	add := func(key string) {
		if callerKeyOf(key) != notCaller && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for i := range s.hits {
		h := &s.hits[i]
		if h.resource == unsure {
			for j := range h.resources {
				h.resources[j].variableKeys(add)
			}
		}
		for _, c := range h.open {
			add(c.key)
			c.variableKeys(add)
		}
	}
	if len(keys) != 1 || callerKeyOf(keys[0]) != callerTag {
		return ""
	}
	return keys[0]
}
