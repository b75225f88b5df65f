package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// comparing looks for requests that two sets answer differently. It cuts actions,
// resources, callers and values of condition keys into pieces that no
// statement tells apart, and asks both sets about one request of each. What it
// cannot cut exactly becomes a doubt.
type comparing struct {
	sets    [2]*Policies // old and new
	sides   []side
	skips   bool // statements that both sets have alike decide alike
	callers []Principal
	owner   string // the account whose the resource is; "" is the caller's own
	outside bool   // ask only what everyone can bring about
	action  *pattern
	target  *arnPattern
	vars    map[string][]string // what variables are filled with

	budget   int
	doubts   [2][]string                              // of what may be gained, of what may be lost
	witness  func(r *Request, decisions *[2]Decision) // called for each request that is answered differently
	trials   map[string]trialSet
	decision [2]Decision
}

type trialSet struct {
	all   []trial
	exact bool
}

// manyDecisions is how many requests a comparison asks about.
const manyDecisions = 400_000

func newComparing(old, new Set) (*comparing, error) {
	s := &comparing{budget: manyDecisions, trials: map[string]trialSet{}, vars: map[string][]string{}}
	for i, set := range []Set{old, new} {
		p, err := Compile(set)
		if err != nil {
			return nil, err
		}
		s.sets[i] = p
		for j := range p.placed {
			at := &p.placed[j]
			l := p.layers[at.layer].Layer
			s.sides = append(s.sides, side{placed: at, set: i, layer: l, document: set.named(l)[at.policy].Document, source: &set.named(l)[at.policy].Document.Statements[at.statement]})
		}
	}
	for i := range s.sides {
		s.sides[i].describe()
		s.sides[i].write()
	}
	// What is tried must not depend on which set is the old one.
	slices.SortStableFunc(s.sides, func(a, b side) int { return strings.Compare(a.text, b.text) })
	s.skips = s.alike()
	s.fillVariables()
	return s, nil
}

// alike says that the sets have the same layers, all of them read.
func (s *comparing) alike() bool {
	shape := func(p *Policies) string {
		text := fmt.Sprint(p.set.Boundary == nil, p.set.Session == nil, len(p.set.SCP), len(p.set.RCP))
		for _, l := range p.layers {
			text += fmt.Sprint(l.Layer, l.unread)
		}
		return text
	}
	return shape(s.sets[0]) == shape(s.sets[1])
}

// may says what can still differ: what the new set may allow that the old one
// does not, and the other way round.
type may struct{ gain, lose bool }

func (s *comparing) doubt(m may, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for i, concerned := range []bool{m.gain, m.lose} {
		if concerned && !slices.Contains(s.doubts[i], text) {
			s.doubts[i] = append(s.doubts[i], text)
		}
	}
}

// run goes through the pieces.
func (s *comparing) run() {
	for i := range s.sets {
		for _, l := range s.sets[i].layers {
			if l.unread {
				s.doubt(may{true, true}, "A policy was not read, so that what it says is not known.")
			}
		}
	}
	if s.differ(s.keep(nil, func(*rule) bool { return true }), 0) == (may{}) {
		return
	}
	seen := map[string]bool{}
	for _, action := range s.actions() {
		left := s.keep(nil, func(r *rule) bool { return r.matchesAction(action) })
		if k := signature(left) + s.nature(action); seen[k] {
			continue
		} else {
			seen[k] = true
		}
		if s.differ(left, 1) != (may{}) {
			s.onResources(action, left)
		}
	}
}

// peculiar are actions and resources that have rules of their own, whatever the
// policies say.
var (
	peculiarActions   = []string{"sts:getcalleridentity", "sts:*", "kms:*", "iam:*", "iam:get*", "iam:list*", "iam:generate*", "iam:simulate*"}
	peculiarResources = map[string][]string{
		"iam": {"arn:*:iam:*:*:role/aws-reserved/*", "arn:*:iam::aws:policy/*"},
		"sts": {"arn:*:iam:*:*:role/*"}, "kms": {"arn:*:kms:*:*:key/*"},
	}
)

// nature is what the rules of the evaluation make of an action.
func (s *comparing) nature(action string) string {
	service, name, _ := strings.Cut(action, ":")
	switch service {
	case "sts", "kms", "iam":
	default:
		service = ""
	}
	read := service == "iam" && (strings.HasPrefix(name, "get") || strings.HasPrefix(name, "list") || strings.HasPrefix(name, "generate") || strings.HasPrefix(name, "simulate"))
	return fmt.Sprint(service, read, name == "getcalleridentity", len(s.sets[0].set.RCP)+len(s.sets[1].set.RCP) > 0 && controlledByRCP(action))
}

// actions are texts that stand for all actions.
func (s *comparing) actions() []string {
	var patterns []region
	add := func(p *pattern) {
		for _, g := range p.globs(nil) {
			patterns = append(patterns, region{g})
		}
	}
	for i := range s.sides {
		for j := range s.sides[i].actions {
			add(&s.sides[i].actions[j])
		}
	}
	texts := peculiarActions
	if len(s.sets[0].set.RCP)+len(s.sets[1].set.RCP) > 0 {
		for _, prefix := range rcpServices() {
			texts = append(slices.Clone(texts), prefix+":*")
		}
	}
	for _, text := range texts {
		p := newPattern(text, dialect{wildcards: true, fold: true})
		add(&p)
	}
	whole := []region{{glob{anyRunRune, ':', anyRunRune}}}
	if s.action != nil {
		whole = within(whole, region{s.action.globs(nil)[0]})
	}
	return s.cut(whole, patterns, "", "actions")
}

// within is what of the regions lies in r.
func within(regions []region, r region) (found []region) {
	for _, one := range regions {
		common, _ := one.overlap(r)
		found = append(found, common...)
	}
	return found
}

// cut is texts for the corners that patterns cut.
func (s *comparing) cut(whole, patterns []region, between, what string) (texts []string) {
	found, ok := corners(whole, patterns)
	f := fillerFor(slices.Concat(whole, patterns))
	for _, r := range found {
		all, whole := f.texts(r, between)
		ok = ok && whole
		texts = append(texts, all...)
	}
	if !ok {
		s.doubt(may{true, true}, "The patterns of %s overlap in too many ways to look at all of them.", what)
	}
	return texts
}

func (s *comparing) onResources(action string, left []int) {
	var patterns []region
	for _, i := range left {
		for j := range s.sides[i].resources {
			p := &s.sides[i].resources[j]
			patterns = append(patterns, p.regions(s.vars)...)
			if p.variables() {
				patterns = append(patterns, p.regions(nil)...)
			}
		}
	}
	service, _, _ := strings.Cut(action, ":")
	for _, text := range peculiarResources[service] {
		p := newARNPattern(text, arnRule{})
		patterns = append(patterns, p.regions(nil)...)
	}
	whole := []region{wholeARN('a', 'r', 'n')}
	texts := []string{"*"}
	if s.target != nil && !s.target.all {
		texts = nil
		var inside []region
		for _, r := range s.target.regions(nil) {
			inside = append(inside, within(whole, r)...)
		}
		whole = inside
	}
	seen := map[string]bool{}
	for _, text := range append(texts, s.cut(whole, patterns, ":", "resources")...) {
		arn := newARNText(text)
		// Whatever variables stand for is tried later: here it is enough that
		// some text would fit.
		open := Context{Incomplete: true}
		concerned := s.keep(left, func(r *rule) bool { return r.anyResource || r.matchesResource(&arn, &open) != no })
		k := signature(concerned)
		for _, i := range concerned { // how variables come out is told apart by their texts
			if s.sides[i].variable() {
				k += text
				break
			}
		}
		for _, peculiar := range peculiarResources[service] {
			p := newARNPattern(peculiar, arnRule{})
			k += fmt.Sprint(p.match(&arn, &Context{}))
		}
		if seen[k] {
			continue
		}
		seen[k] = true
		if s.differ(concerned, 2) != (may{}) {
			s.onCallers(&Request{Action: action, Resource: Resource{ARN: text, Account: s.owner}}, concerned)
		}
	}
}

func (s *comparing) onCallers(r *Request, left []int) {
	seen := map[string]bool{}
	for _, caller := range s.callers {
		r.Principal = caller
		k := fmt.Sprint(caller.Type, caller.isIdentity(), caller.Account == s.owner, caller.serviceLinked())
		concerned := s.keep(left, func(rule *rule) bool {
			with := rule.matchesPrincipal(&caller, true, &Context{})
			without := rule.matchesPrincipal(&caller, false, &Context{})
			k += fmt.Sprint(with, without)
			return with.any() != no || without.any() != no
		})
		if k += signature(concerned); seen[k] {
			continue
		}
		seen[k] = true
		if m := s.differ(concerned, 3); m != (may{}) {
			s.onContexts(r, concerned, m)
		}
	}
}

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
	m.gain = m.gain && !s.always(left, 0)
	m.lose = m.lose && !s.always(left, 1)
	keys := slices.Sorted(maps.Keys(byKey))
	trials := make([][]trial, len(keys))
	total := 1
	var doubts []string
	if len(vague) > 0 {
		doubts = append(doubts, fmt.Sprintf("What is said on %s %s depends on variables, of which only some values were tried.", r.Action, r.Resource.ARN))
	}
	for i, key := range keys {
		t := s.trialsOf(key, byKey[key], vague[key])
		if !t.exact {
			doubts = append(doubts, fmt.Sprintf("The conditions on %s are too manifold to try all values that they tell apart.", key))
		}
		trials[i] = t.all
		total = min(total*len(t.all), manyDecisions+1)
	}
	if total > s.budget {
		doubts = append(doubts, fmt.Sprintf("What is said on %s %s depends on too many condition keys to try all combinations.", r.Action, r.Resource.ARN))
		total = min(max(s.budget, 0), 2000)
	}
	r.Context.Keys = map[string]ContextValue{}
	turn := make([]int, len(keys))
	for n := 0; n < total && m != (may{}); n++ {
		for i, key := range keys {
			if t := trials[i][turn[i]]; t.value != nil {
				r.Context.Keys[key] = *t.value
			} else {
				delete(r.Context.Keys, key)
			}
		}
		s.ask(r, &m)
		for i := range turn {
			if turn[i]++; turn[i] < len(trials[i]) {
				break
			}
			turn[i] = 0
		}
	}
	for _, text := range doubts {
		s.doubt(m, "%s", text)
	}
}

// always says that a set of identity policies alone allows whatever the context
// is: a statement without conditions allows and none denies.
func (s *comparing) always(left []int, set int) bool {
	if of := &s.sets[set].set; s.owner != "" || of.Boundary != nil || of.Session != nil || of.Resource != nil || len(of.SCP)+len(of.RCP) > 0 {
		return false
	}
	allows := false
	for _, i := range left {
		if one := &s.sides[i]; one.set == set {
			if one.effect == Deny {
				return false
			}
			allows = allows || len(one.conditions) == 0 && !one.variable()
		}
	}
	return allows
}

// ask puts one request to both sets. What it finds need not be looked for any
// more among these statements.
func (s *comparing) ask(r *Request, m *may) {
	s.budget--
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
