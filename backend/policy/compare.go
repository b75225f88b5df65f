package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Relation is how what a new set allows stands to what an old one allows.
type Relation uint8

// The relations. Undecided is said where differences cannot be ruled out; the
// witnesses that were found hold all the same.
const (
	Undecided Relation = iota
	Same
	Wider
	Narrower
	Incomparable
)

var comparisonWords = [...]string{Undecided: "undecided", Same: "same", Wider: "wider", Narrower: "narrower", Incomparable: "incomparable"}

// String is the relation in a word.
func (r Relation) String() string { return comparisonWords[r] }

// Witness is a request that two sets answer differently, as deciding it with
// either has confirmed.
type Witness struct {
	Request  Request
	Words    string // the request in words
	Old, New Verdict
	// The statements that matched, in the old set and in the new one.
	OldMatched, NewMatched []Match
}

// Comparison is the answer to Compare. For each pair of groups of statements
// that make a difference there is one witness.
type Comparison struct {
	Relation     Relation
	Gained, Lost []Witness // what the new set allows in addition, and what it allows no more
	// Why it cannot be ruled out that more is gained, or lost.
	GainDoubts, LossDoubts []string
}

// Compare says how what new allows stands to what old allows, for every
// request: every action, resource, caller and context, and not only those that
// exist today. It supposes that a condition key has one value unless some
// condition tests it as a set, and that a value is of the sort its operator
// compares.
//
// If the sets hold no resource policy, the request is that of a user of the
// account on a resource of the account.
func Compare(old, new Set) (Comparison, error) {
	s, err := newComparing(old, new)
	if err != nil {
		return Comparison{}, err
	}
	return s.compare(), nil
}

// manyWitnesses is how many differences of a sort a comparison names.
const manyWitnesses = 50

func (s *comparing) compare() (c Comparison) {
	if s.callers == nil {
		s.callers = s.everyone()
	}
	seen := map[string]bool{}
	s.witness = func(r *Request, d *[2]Decision) {
		list, side := &c.Lost, "lost"
		if d[1].Verdict == Allowed {
			list, side = &c.Gained, "gained"
		}
		if k := fmt.Sprint(side, d[0].Matched, d[1].Matched); !seen[k] && len(*list) < manyWitnesses {
			seen[k] = true
			*list = append(*list, s.told(r, d))
		}
	}
	s.run()
	c.GainDoubts, c.LossDoubts = s.doubts[0], s.doubts[1]
	slices.SortFunc(c.Gained, byRequest)
	slices.SortFunc(c.Lost, byRequest)
	c.relate()
	return c
}

func (c *Comparison) relate() {
	gains, loses := len(c.Gained) > 0, len(c.Lost) > 0
	sure := func(found bool, doubts []string) bool { return found || len(doubts) == 0 }
	switch {
	case !sure(gains, c.GainDoubts) || !sure(loses, c.LossDoubts):
		c.Relation = Undecided
	case gains && loses:
		c.Relation = Incomparable
	case gains:
		c.Relation = Wider
	case loses:
		c.Relation = Narrower
	default:
		c.Relation = Same
	}
}

// byRequest orders witnesses by what they ask for.
func byRequest(a, b Witness) int {
	return cmp.Or(
		cmp.Compare(strings.ToLower(a.Request.Action), strings.ToLower(b.Request.Action)),
		cmp.Compare(a.Request.Resource.ARN, b.Request.Resource.ARN),
		cmp.Compare(a.Request.Principal.ARN, b.Request.Principal.ARN),
	)
}

// told is a witness that stands for the request, as plain as the verdicts
// permit: names that exist instead of ones that fill a pattern, and no key that
// does not matter.
func (s *comparing) told(r *Request, d *[2]Decision) Witness {
	verdicts := [2]Verdict{d[0].Verdict, d[1].Verdict}
	best := *r
	best.Context.Keys = maps.Clone(r.Context.Keys)
	try := func(change func(*Request)) bool {
		next := best
		next.Context.Keys = maps.Clone(best.Context.Keys)
		change(&next)
		for i := range s.sets {
			var now Decision
			if s.sets[i].Decide(&next, &now); now.Verdict != verdicts[i] || !slices.Equal(now.Matched, d[i].Matched) {
				return false
			}
		}
		best = next
		return true
	}
	for _, key := range slices.Sorted(maps.Keys(best.Context.Keys)) {
		try(func(r *Request) { delete(r.Context.Keys, key) })
	}
	for _, action := range s.known(best.Action) {
		if try(func(r *Request) { r.Action = action }) {
			break
		}
	}
	if best.Resource.ARN != "*" {
		for _, arn := range s.likely(best.Action, best.Resource.ARN) {
			if try(func(r *Request) { r.Resource.ARN = arn }) {
				break
			}
		}
	}
	w := Witness{Request: best, Words: s.words(&best), Old: verdicts[0], New: verdicts[1]}
	w.OldMatched, w.NewMatched = slices.Clone(d[0].Matched), slices.Clone(d[1].Matched)
	return w
}

// Answer is the answer to a question that a comparison decides: yes with a
// witness, no, or undecided with the reasons.
type Answer struct {
	Yes     bool
	Witness *Witness
	Doubts  []string // what a no leaves open
}

// GrantsNew says whether the new set allows anything that the old one does not.
func (c *Comparison) GrantsNew() Answer {
	if len(c.Gained) > 0 {
		return Answer{Yes: true, Witness: &c.Gained[0]}
	}
	return Answer{Doubts: c.GainDoubts}
}

// Allows says whether a set ever allows an action, which may be a pattern, on a
// resource, which may be a pattern too; "" stands for any.
func Allows(set Set, action, resource string) (Answer, error) {
	none := set
	none.Identity, none.Resource = nil, nil
	s, err := newComparing(none, set)
	if err != nil {
		return Answer{}, err
	}
	if action != "" {
		p := newPattern(action, dialect{wildcards: true, fold: true})
		s.action = &p
	}
	if resource != "" {
		p := newARNPattern(resource, arnRule{pad: true})
		s.target = &p
	}
	c := s.compare()
	return c.GrantsNew(), nil
}

// Public says whether a resource policy lets anyone in: somebody who is not
// signed in, or a user of an account that the policy does not name, with
// nothing but what everyone can bring along. A condition that names a caller, an
// organization, a network or the like keeps others out, unless it names all
// (access-control-block-public-access.html of the S3 guide).
func Public(resource *Document) (Answer, error) {
	full := Set{Identity: []Named{{Name: "full access", Document: fullAccess}}}
	open := full
	open.Resource = &Named{Name: "resource policy", Document: resource}
	s, err := newComparing(full, open)
	if err != nil {
		return Answer{}, err
	}
	s.owner, s.outside = ownAccount, true
	s.callers = []Principal{{Type: Anonymous}, userOf(stranger)}
	c := s.compare()
	return c.GrantsNew(), nil
}

// restricting are the starts of keys whose values not everyone can bring along: they say who
// calls, from where, or for whom.
var restricting = []string{
	"aws:principal", "aws:userid", "aws:username", "aws:source", "aws:vpc", "aws:calledvia", "aws:federatedprovider",
	"s3:dataaccesspoint", "kms:calleraccount", "aws:ec2instancesource", "aws:tokenissuetime", "aws:multifactorauth",
}

// free says that everyone can choose the value of a key.
func free(key string) bool {
	return !slices.ContainsFunc(restricting, func(start string) bool { return strings.HasPrefix(key, start) })
}
