package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// onContexts tries the values of all condition keys of the statements that are
// left.
func (s *comparing) onContexts(r *Request, left []int, m may) {
	byKey := map[string][]tested{}
	vague := map[string]bool{} // keys that variables tie to others
	for _, i := range left {
		one := &s.sides[i]
		tie := func(key string) {
			vague[key] = true
			byKey[key] = slices.Clip(byKey[key])
		}
		for j := range one.resources {
			one.resources[j].variableKeys(tie)
		}
		for j := range one.conditions {
			c := tested{&one.conditions[j], &one.source.Conditions[j]}
			byKey[c.key] = append(byKey[c.key], c)
			if c.variables {
				tie(c.key)
				c.variableKeys(tie)
			}
		}
	}
	if m = s.possible(r, nil, nil, m); m == (may{}) {
		return
	}
	keys := slices.Sorted(maps.Keys(byKey))
	trials := make([][]trial, len(keys))
	var doubts, sure []string
	var exact [][]trial // of the sure keys
	if len(vague) > 0 {
		doubts = append(doubts, fmt.Sprintf("What is said on %s %s depends on variables, of which only some values were tried.", r.Action, r.Resource.ARN))
	}
	for i, key := range keys {
		t := s.trialsOf(key, byKey[key], vague[key])
		if !t.exact {
			doubts = append(doubts, fmt.Sprintf("The conditions on %s are too manifold to try all values that they tell apart.", key))
		}
		trials[i] = t.all
		if t.exact && !vague[key] {
			sure, exact = append(sure, key), append(exact, t.all)
		}
	}
	total := combinations(trials)
	if total > s.budget {
		doubts = append(doubts, fmt.Sprintf("What is said on %s %s depends on too many condition keys to try all combinations.", r.Action, r.Resource.ARN))
		total = min(max(s.budget, 0), 2000)
	}
	r.Context.Keys = map[string]ContextValue{}
	s.each(keys, trials, total, func(key string, value *ContextValue) {
		if value != nil {
			r.Context.Keys[key] = *value
		} else {
			delete(r.Context.Keys, key)
		}
	}, func() bool {
		s.ask(r, &m)
		return m != (may{})
	})
	if len(doubts) > 0 && m != (may{}) {
		m = s.possible(r, sure, exact, m)
	}
	for _, text := range doubts {
		s.doubt(m, "%s", text)
	}
}

// combinations is how many ways there are to choose a trial of each key; more
// than can be tried are all the same.
func combinations(trials [][]trial) int {
	total := 1
	for _, t := range trials {
		total = min(total*len(t), manyDecisions+1)
	}
	return total
}

// each sets the keys to one combination of their trials after the other and
// calls try, until that has enough.
func (s *comparing) each(keys []string, trials [][]trial, total int, set func(key string, value *ContextValue), try func() bool) {
	turn := make([]int, len(keys))
	for range total {
		for i, key := range keys {
			set(key, trials[i][turn[i]].value)
		}
		if s.budget--; !try() {
			return
		}
		for i := range turn {
			if turn[i]++; turn[i] < len(trials[i]) {
				break
			}
			turn[i] = 0
		}
	}
}

// possible says which differences cannot be ruled out if nothing is known of
// any but the given keys: what a set answers even so, it answers whatever the
// others are.
func (s *comparing) possible(r *Request, keys []string, trials [][]trial, m may) (found may) {
	total := combinations(trials)
	if total > s.budget {
		return m
	}
	q := *r
	q.Context = Context{Keys: map[string]ContextValue{}, Incomplete: true}
	s.each(keys, trials, total, func(key string, value *ContextValue) {
		if value == nil {
			value = new(ContextValue) // known to be absent
		}
		q.Context.Keys[key] = *value
	}, func() bool {
		var allows, may [2]bool
		for i := range s.sets {
			s.sets[i].Decide(&q, &s.decision[i])
			v := s.decision[i].Verdict
			allows[i], may[i] = v == Allowed, v == Allowed || v == Unknown
		}
		found.gain = found.gain || m.gain && may[1] && !allows[0]
		found.lose = found.lose || m.lose && may[0] && !allows[1]
		return found != m
	})
	return found
}

// ask puts one request to both sets. What it finds need not be looked for any
// more among these statements.
func (s *comparing) ask(r *Request, m *may) {
	for i := range s.sets {
		s.sets[i].Decide(r, &s.decision[i])
		if s.decision[i].Verdict == Unknown {
			return // a policy was not read; that doubt is noted
		}
	}
	before, after := s.decision[0].Verdict == Allowed, s.decision[1].Verdict == Allowed
	if before == after || after && !m.gain || before && !m.lose {
		return
	}
	if after {
		m.gain = false
	} else {
		m.lose = false
	}
	s.witness(r, &s.decision)
}

// trialsOf are the values to try for a key, one for each way in which the
// conditions come out.
func (s *comparing) trialsOf(key string, conditions []tested, vague bool) trialSet {
	var name strings.Builder
	fmt.Fprint(&name, key, vague)
	for _, c := range conditions {
		fmt.Fprintf(&name, "|%s%v", c.source.Operator, c.variables)
		for _, v := range c.source.Values {
			fmt.Fprintf(&name, "%q", v.Text)
		}
	}
	if known, ok := s.trials[name.String()]; ok {
		return known
	}
	var t trialSet
	t.all, t.exact = trialsFor(conditions, s.vars)
	for _, v := range s.vars[key] {
		if vague {
			t.all = append(t.all, trial{value: &ContextValue{Values: []string{v}}})
		}
	}
	if s.outside {
		t.all = slices.DeleteFunc(t.all, func(one trial) bool { return one.fixed && !free(key) })
	}
	slices.SortStableFunc(t.all, plainer)
	if !vague {
		t.all = distinct(key, conditions, t.all)
	}
	s.trials[name.String()] = t
	return t
}

// distinct drops values that no condition tells from an earlier one.
func distinct(key string, conditions []tested, all []trial) []trial {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(t trial) bool {
		ctx := Context{Keys: map[string]ContextValue{}}
		if t.value != nil {
			ctx.Keys[key] = *t.value
		}
		var came []byte
		for _, c := range conditions {
			holds, _ := c.holds(&ctx)
			came = append(came, byte(holds))
		}
		known := seen[string(came)]
		seen[string(came)] = true
		return known
	})
}
