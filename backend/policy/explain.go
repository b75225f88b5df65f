package policy

import (
	"fmt"
	"strings"
)

// Explanation is a decision in words.
type Explanation struct {
	Answer  string   // the answer in one sentence
	Reasons []string // what led to it
	Changes []string // the smallest changes that would alter it
}

// String is the whole explanation as one paragraph.
func (e Explanation) String() string {
	return strings.Join(append(append([]string{e.Answer}, e.Reasons...), e.Changes...), " ")
}

// mostNamed is how many statements of a sort an explanation names before it
// only counts them.
const mostNamed = 3

// Explain says in words why the request was decided so and what would alter
// it. d is what Decide answered to the same request.
func (p *Policies) Explain(r *Request, d *Decision) Explanation {
	if len(d.tally) != len(p.layers) {
		p.Decide(r, d)
	}
	e := explainer{Policies: p, r: r, d: d, reach: p.reachOf(r)}
	e.what = r.Action + " on " + r.Resource.ARN
	switch d.Verdict {
	case Allowed:
		e.allowed()
	case ExplicitlyDenied:
		e.denied()
	case ImplicitlyDenied:
		e.notAllowed()
	default:
		e.unknown()
	}
	return e.out
}

// explainer writes one explanation.
type explainer struct {
	*Policies
	r     *Request
	d     *Decision
	reach reach
	what  string
	out   Explanation
}

func (e *explainer) reason(format string, args ...any) {
	e.out.Reasons = append(e.out.Reasons, fmt.Sprintf(format, args...))
}

func (e *explainer) change(format string, args ...any) {
	e.out.Changes = append(e.out.Changes, fmt.Sprintf(format, args...))
}

// statement is where a statement stands, in words.
func (e *explainer) statement(m Match) string {
	n := e.set.named(m.Layer)[m.Policy]
	return fmt.Sprintf("%s of %s", statementName(&n.Document.Statements[m.Statement], m.Statement), policyName(n, m.Layer))
}

func (e *explainer) written(m Match) *Statement {
	return &e.set.named(m.Layer)[m.Policy].Document.Statements[m.Statement]
}

// matched are the statements of an effect that matched, in a layer or, where
// kind is zero, in any.
func (e *explainer) matched(effect Effect, kind LayerKind) []Match {
	var out []Match
	for _, m := range e.d.Matched {
		if m.Effect == effect && (kind == 0 || m.Layer.Kind == kind) {
			out = append(out, m)
		}
	}
	return out
}

// list names statements, the first few.
func (e *explainer) list(ms []Match) string {
	var names []string
	for i, m := range ms {
		if i == mostNamed {
			names = append(names, fmt.Sprintf("%d more", len(ms)-i))
			break
		}
		names = append(names, e.statement(m))
	}
	return join(names, "and")
}

func join(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

func (e *explainer) allowed() {
	if isCallerIdentity(e.r) {
		e.out.Answer = "Allowed: sts:GetCallerIdentity needs no permission, and none can be taken away."
		return
	}
	var grants []Match
	for _, kind := range []LayerKind{LayerResource, LayerIdentity} {
		grants = append(grants, e.matched(Allow, kind)...)
	}
	e.out.Answer = fmt.Sprintf("Allowed: %s %s %s.", e.list(grants), plural(len(grants), "allows", "allow"), e.what)
	if len(grants) == 0 { // the root user
		e.out.Answer = "Allowed: the root user of the account may do " + e.what + "."
	}
	for _, kind := range []LayerKind{LayerSCP, LayerBoundary, LayerSession} {
		if ms := e.matched(Allow, kind); len(ms) > 0 && e.reach.has(kind) {
			e.reason("%s %s it too.", capital(e.list(ms)), plural(len(ms), "lets", "let"))
		}
	}
	e.passedBy()
	switch {
	case len(grants) == 1:
		e.change("Without that statement it would be denied.")
	case len(grants) > 1 && !e.reach.crossAccount:
		e.change("It would be denied without these statements together, or by a Deny in any policy.")
	default:
		e.change("A Deny in any policy would stop it.")
	}
}

// passedBy says when a direct grant made ceilings irrelevant.
func (e *explainer) passedBy() {
	direct := e.d.tally[atResource].allow[directly] == yes
	if e.reach.crossAccount || !e.reach.identity || !direct {
		return
	}
	for i, l := range []*Named{e.set.Boundary, e.set.Session} {
		at := atBoundary + i
		if l == nil || e.d.tally[at].allow.any() == yes {
			continue
		}
		e.reason("%s does not allow it, which does not count: the resource policy names the caller itself or everyone.", capital(policyName(*l, e.layers[at].Layer)))
		if at == atSession {
			e.reason("For session policies sources disagree; this follows the IAM User Guide.")
		}
	}
}

func (e *explainer) denied() {
	denies := e.matched(Deny, 0)
	var blocking []Match
	for _, m := range denies {
		if m.Layer == e.d.Blocked {
			blocking = append(blocking, m)
		}
	}
	e.out.Answer = fmt.Sprintf("Denied: %s %s %s.", e.list(blocking), plural(len(blocking), "denies", "deny"), e.what)
	if more := len(denies) - len(blocking); more > 0 {
		var others []Match
		for _, m := range denies {
			if m.Layer != e.d.Blocked {
				others = append(others, m)
			}
		}
		e.reason("So %s %s.", plural(more, "does", "do"), e.list(others))
	}
	for i, m := range denies {
		if i == mostNamed {
			break
		}
		s := e.written(m)
		if len(s.Conditions) == 0 {
			e.change("%s has no condition: only changing or removing it helps.", capital(e.statement(m)))
			continue
		}
		var terms []string
		for j := range s.Conditions {
			terms = append(terms, e.condition(&s.Conditions[j]))
		}
		e.change("%s denies only while %s.", capital(e.statement(m)), join(terms, "and"))
	}
	if len(denies) > 1 {
		e.change("None of these statements may match.")
	}
	if short := e.short(); len(short) > 0 {
		e.change("Even then it would not be allowed: nothing allows it in %s.", join(short, "and"))
	}
}

// short are the layers that ought to allow and do not.
func (e *explainer) short() []string {
	var out []string
	e.gates(e.r, e.reach, e.d.tally, func(t truth, l Layer) {
		if t != yes {
			out = append(out, e.layer(l))
		}
	})
	return out
}

// layer is a layer in words: its policy where it can only be one.
func (e *explainer) layer(l Layer) string {
	list := e.set.named(l)
	switch {
	case len(list) == 1:
		return policyName(list[0], l)
	case l.Kind == LayerIdentity:
		return "the caller's identity policies"
	case len(list) == 0:
		return "a " + l.Kind.String() + l.where()
	}
	return fmt.Sprintf("the %d %sies%s", len(list), strings.TrimSuffix(l.Kind.String(), "y"), l.where())
}

func (e *explainer) notAllowed() {
	if isReserved(e.r) {
		e.out.Answer = fmt.Sprintf("Denied: %s would change what AWS keeps for itself.", e.what)
		return
	}
	l := e.d.Blocked
	e.out.Answer = fmt.Sprintf("Denied: nothing allows %s in %s.", e.what, e.layer(l))
	if len(e.set.named(l)) == 0 {
		e.out.Answer = fmt.Sprintf("Denied: %s, so nothing allows %s.", e.lacking(l), e.what)
	}
	if delegated := e.d.tally[atResource].allow[byAccount]; l.Kind == LayerIdentity && delegated == yes {
		e.reason("The resource policy names the account, which only lets the account's own policies allow it.")
	}
	for _, kind := range []LayerKind{LayerResource, LayerIdentity} {
		if ms := e.matched(Allow, kind); len(ms) > 0 && kind != l.Kind {
			e.reason("%s %s it, which is not enough.", capital(e.list(ms)), plural(len(ms), "allows", "allow"))
		}
	}
	near := e.near(l)
	if len(near) == 0 {
		e.change("%s", e.remedy(l))
	} else {
		for _, each := range near {
			e.change("%s", each)
		}
		e.change("Or: %s", e.remedy(l))
	}
	if short := e.short(); len(short) > 1 {
		e.change("It must also be allowed in %s.", join(short[1:], "and"))
	}
}

// lacking says that a layer has no policy.
func (e *explainer) lacking(l Layer) string {
	switch l.Kind {
	case LayerResource:
		return "the resource has no policy"
	case LayerIdentity:
		return "the caller has no identity policy"
	}
	return "there is no " + l.Kind.String() + l.where()
}

// remedy is the statement that is missing.
func (e *explainer) remedy(l Layer) string {
	list := e.set.named(l)
	to := "a new " + l.Kind.String() + l.where()
	if len(list) > 0 {
		to = policyName(list[0], l)
	}
	caller := ""
	if l.Kind == LayerResource {
		caller = " for " + e.r.Principal.title()
	}
	return fmt.Sprintf("add Allow %s%s to %s.", e.what, caller, to)
}

// title is what the caller is called.
func (p *Principal) title() string {
	switch {
	case p.ARN != "":
		return p.ARN
	case p.Name != "":
		return p.Name
	}
	return "everyone"
}

// near are the statements that would allow if one thing were different.
func (e *explainer) near(l Layer) []string {
	var out []string
	resource := newARNText(e.r.Resource.ARN)
	for i := range e.placed {
		s := &e.placed[i]
		if e.layers[s.layer].Layer != l || s.effect != Allow || !s.matchesAction(e.r.Action) || len(out) == mostNamed {
			continue
		}
		m := Match{l, s.policy, s.statement, Allow}
		by := s.matchesPrincipal(&e.r.Principal, e.set.Boundary != nil, &e.r.Context).any()
		on := s.matchesResource(&resource, &e.r.Context)
		switch {
		case by == yes && on == yes:
			var unmet []string
			for j := range s.conditions {
				if holds, _ := s.conditions[j].holds(&e.r.Context); holds != yes {
					unmet = append(unmet, e.condition(&e.written(m).Conditions[j]))
				}
			}
			if len(unmet) > 0 {
				out = append(out, fmt.Sprintf("%s would allow it if %s.", capital(e.statement(m)), join(unmet, "and")))
			}
		case by == yes:
			out = append(out, fmt.Sprintf("%s allows the action, but not on this resource.", capital(e.statement(m))))
		case on == yes:
			out = append(out, fmt.Sprintf("%s allows it, but not to this caller.", capital(e.statement(m))))
		}
	}
	return out
}

func (e *explainer) unknown() {
	e.out.Answer = fmt.Sprintf("Unknown: whether %s is allowed depends on what is not known in %s.", e.what, e.layer(e.d.Blocked))
	for i := range e.layers {
		l := e.layers[i]
		if !l.unread || !e.reach.has(l.Kind) {
			continue
		}
		for _, n := range e.set.named(l.Layer) {
			if n.Document == nil {
				e.reason("%s has not been read.", capital(policyName(n, l.Layer)))
				e.change("Read it to know.")
			}
		}
	}
	if e.r.Context.Incomplete && len(e.d.Missing) > 0 {
		e.change("Name the value of %s, or say that the request has none.", join(e.d.Missing, "and"))
	}
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
