package policy

import (
	"runtime"
	"slices"
	"sync"
)

// Question asks who can do an action on a resource.
type Question struct {
	Action   string
	Resource Resource
	// Context is what is known besides the caller: aws:PrincipalArn,
	// aws:PrincipalAccount, aws:PrincipalType, aws:username and the
	// aws:PrincipalTag keys come from the user that is asked for.
	Context Context
}

// Crowd is who can: the names of users, sorted. One goroutine may ask it why.
type Crowd struct {
	Allowed          []string
	ExplicitlyDenied []string
	Unknown          []string

	search *search
}

// search is one question on its way. Every statement is evaluated once, with
// nothing known of the caller; only what that leaves open is asked for each
// user.
type search struct {
	*Principals
	request  Request // asked by a user that no policy names
	policies *Policies
	bearing  bearing
	resource arnText

	hits       []hit      // statements of users and groups that may apply
	hitsOf     [][2]int32 // of each document: from, to
	userStamps []stamp    // what a user's own documents say
	stamps     []stamp    // what the documents of a group and those above it say
	tag        string     // that decides hits, if nothing else of the caller does
	openAbove  [][]int32  // of each group that has members: the hits there and above that the caller decides

	common     Decision        // what bears on everyone, as far as the caller does not matter
	commonOpen []hit           // the statements of it for which the caller does
	named      map[string]bool // the principals that the resource policy names by ARN

	asked   Decision // what Why has decided last
	ladders [][]rung // the way up from each group, as far as Why went it
	seen    []int32  // of each group: the last round in which Why came by
	round   int32
}

// hit is a statement that applies, or may.
type hit struct {
	*placed
	allows   bool
	applies  truth
	resource truth
	open     []*condition // conditions that the caller decides
}

// stamp is what is known of documents: bits.
type stamp uint8

const (
	allows stamp = 1 << iota
	denies
	unread
	open // some statement depends on the caller
)

// WhoCan answers a question for every user of the universe, on all processors.
func (p *Principals) WhoCan(q Question) *Crowd {
	s := p.search(q)
	s.evaluate()
	s.spread()
	s.tag = s.deciding()
	s.weighCommon()
	for i := range p.groups {
		if len(p.groups[i].members) > 0 && s.stamps[i]&open != 0 {
			s.openAbove[i] = s.openFrom(int32(i))
		}
	}
	verdicts := make([]Verdict, len(p.users))
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for part := range workers {
		from, to := len(p.users)*part/workers, len(p.users)*(part+1)/workers
		group.Go(func() { s.decideAll(verdicts, from, to) })
	}
	group.Wait()
	var count [Unknown + 1]int
	for _, v := range verdicts {
		count[v]++
	}
	crowd := &Crowd{search: s}
	for v, list := range map[Verdict]*[]string{Allowed: &crowd.Allowed, ExplicitlyDenied: &crowd.ExplicitlyDenied, Unknown: &crowd.Unknown} {
		*list = make([]string, 0, count[v])
		for i := range verdicts {
			if verdicts[i] == v {
				*list = append(*list, p.users[i].name)
			}
		}
	}
	return crowd
}

func (p *Principals) search(q Question) *search {
	s := &search{
		Principals: p, policies: p.policiesOf(q.Resource.ARN),
		hitsOf: make([][2]int32, len(p.documents)), userStamps: make([]stamp, len(p.users)), stamps: make([]stamp, len(p.groups)),
		openAbove: make([][]int32, len(p.groups)), named: map[string]bool{},
	}
	keys := make(map[string]ContextValue, len(q.Context.Keys)+2)
	for k, v := range q.Context.Keys {
		if callerKeyOf(k) == notCaller {
			keys[k] = v
		}
	}
	keys["aws:principalaccount"] = ContextValue{Values: []string{p.account}}
	keys["aws:principaltype"] = ContextValue{Values: []string{"User"}}
	s.request = Request{
		Principal: Principal{Type: User, Account: p.account, ARN: "arn:aws:iam::" + p.account + ":user/"},
		Action:    q.Action, Resource: q.Resource,
		Context: Context{Keys: keys, Incomplete: q.Context.Incomplete, caller: &caller{anyone: true}},
	}
	s.resource = newARNText(q.Resource.ARN)
	s.bearing = s.policies.bearingOf(&s.request)
	return s
}

// evaluate asks every statement that concerns the action once, and stamps whom
// it hangs on.
func (s *search) evaluate() {
	var action actionText
	action.read(s.request.Action)
	last := int32(-1)
	list := s.index.candidates(&action)
	for i := range list {
		c := &list[i]
		at := &s.placed[c.statement]
		if c.statement == last || !c.matches(at, &action) {
			continue
		}
		last = c.statement
		h := s.hit(at)
		if h.applies == no {
			continue
		}
		if span := &s.hitsOf[at.policy]; span[1] == 0 {
			*span = [2]int32{int32(len(s.hits)), int32(len(s.hits)) + 1}
		} else {
			span[1]++
		}
		s.hits = append(s.hits, h)
		switch {
		case h.applies == unsure:
			s.stamp(at.policy, open)
		case at.effect == Allow:
			s.stamp(at.policy, allows)
		default:
			s.stamp(at.policy, denies)
		}
	}
	for i := range s.documents {
		if s.documents[i].unread {
			s.stamp(i, unread)
		}
	}
}

// hit evaluates a statement as far as the caller does not matter.
func (s *search) hit(at *placed) hit {
	h := hit{placed: at, allows: at.effect == Allow, resource: at.matchesResource(&s.resource, &s.request.Context)}
	h.applies = h.resource
	for i := range at.conditions {
		if h.applies == no {
			break
		}
		holds, _ := at.conditions[i].holds(&s.request.Context)
		if h.applies = min(h.applies, holds); holds == unsure {
			h.open = append(h.open, &at.conditions[i])
		}
	}
	return h
}

// appliesTo says whether the statement applies to a caller.
func (h *hit) appliesTo(resource *arnText, ctx *Context) truth {
	t := h.resource
	if t == unsure {
		t = h.matchesResource(resource, ctx)
	}
	for _, c := range h.open {
		if t == no {
			break
		}
		holds, _ := c.holds(ctx)
		t = min(t, holds)
	}
	return t
}

func (s *search) stamp(document int, m stamp) {
	d := &s.documents[document]
	for _, g := range d.groups {
		s.stamps[g] |= m
	}
	for _, u := range d.users {
		s.userStamps[u] |= m
	}
}

// spread hands the stamps of groups down to the groups in them.
func (s *search) spread() {
	var work []int32
	for i, m := range s.stamps {
		if m != 0 {
			work = append(work, int32(i))
		}
	}
	for len(work) > 0 {
		g := work[len(work)-1]
		work = work[:len(work)-1]
		for _, child := range s.groups[g].children {
			if both := s.stamps[child] | s.stamps[g]; both != s.stamps[child] {
				s.stamps[child] = both
				work = append(work, child)
			}
		}
	}
}

func (s *search) stampsOf(i int32) stamp {
	m := s.userStamps[i]
	for _, g := range s.users[i].groups {
		m |= s.stamps[g]
	}
	return m
}

// weighCommon evaluates the policies that bear on everyone. What depends on
// the caller is left open, and users that the resource policy names are asked
// for one by one.
func (s *search) weighCommon() {
	s.common.reset(s.policies)
	var action actionText
	action.read(s.request.Action)
	last := int32(-1)
	for _, c := range s.policies.index.candidates(&action) {
		at := &s.policies.placed[c.statement]
		if c.statement == last || !s.bearing.has(s.policies.layers[at.layer].Kind) || !c.matches(at, &action) {
			continue
		}
		last = c.statement
		for i := range at.principals {
			if at.principals[i].kind == anARN {
				s.named[at.principals[i].text] = true
			}
		}
		by := s.policies.weigh(at, &s.resource, &s.request, &s.common)
		if slices.Contains(by[:], unsure) {
			s.commonOpen = append(s.commonOpen, s.hit(at))
		} else if by.any() == yes {
			s.policies.add(at, by, &s.common)
		}
	}
}

// decide answers for one user. What matched in the policies that bear on
// everyone stands in the decision as well.
func (s *search) decide(i int32, d *Decision) {
	r := s.requestOf(i)
	d.reset(s.policies)
	if s.named[r.Principal.ARN] {
		s.policies.count(&r, s.bearing, d)
	} else {
		copy(d.tally, s.common.tally)
		d.Matched = append(d.Matched, s.common.Matched...)
		for n := range s.commonOpen {
			at := s.commonOpen[n].placed
			if by := s.policies.weigh(at, &s.resource, &r, d); by.any() != no {
				s.policies.add(at, by, d)
			}
		}
	}
	at := &d.tally[atIdentity]
	at.deny, at.allow[directly] = s.say(i, &r.Context, nil)
	s.policies.judge(&r, s.bearing, d)
}

// requestOf is the question as a user asks it.
func (s *search) requestOf(i int32) Request {
	r := s.request
	r.Context.caller = &s.users[i].who
	r.Principal.ARN = r.Context.caller.arn[0]
	return r
}

func (s *search) hitsIn(document int32) []hit {
	span := s.hitsOf[document]
	return s.hits[span[0]:span[1]]
}

// openFrom are the hits that the caller decides, of a group and of those above
// it.
func (s *search) openFrom(g int32) []int32 {
	var list []int32
	s.climb(g, func(above int32, _ int, _ string) {
		for _, n := range s.groups[above].documents {
			for at := s.hitsOf[n][0]; at < s.hitsOf[n][1]; at++ {
				if s.hits[at].applies == unsure {
					list = append(list, at)
				}
			}
		}
	})
	slices.Sort(list)
	return slices.Compact(list)
}
