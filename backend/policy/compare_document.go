package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Kind is what a document hangs on, which decides how two are compared and what
// a check expects of it.
type Kind string

// The kinds of documents.
const (
	IdentityPolicy        Kind = "identity" // of a user, group or role, a permission boundary, a session policy
	ResourcePolicy        Kind = "resource" // of a bucket, queue, key …
	ServiceControlPolicy  Kind = "scp"
	ResourceControlPolicy Kind = "rcp"
	TrustPolicy           Kind = "trust" // who may assume a role
)

// Kinds are all kinds of documents.
var Kinds = []Kind{IdentityPolicy, ResourcePolicy, ServiceControlPolicy, ResourceControlPolicy, TrustPolicy}

// CompareDocuments compares two documents of a kind by what they do where
// everything else allows: an identity policy alone, a resource policy both for
// callers whose own policies allow everything and for those who have none.
func CompareDocuments(old, new *Document, kind Kind) (Comparison, error) {
	var pairs [][2]Set
	each := func(set func(d *Document) Set) { pairs = append(pairs, [2]Set{set(old), set(new)}) }
	full := []Named{{Name: "full access", Document: fullAccess}}
	switch kind {
	case ResourcePolicy, TrustPolicy:
		each(func(d *Document) Set { return Set{Resource: &Named{Document: d}} })
		each(func(d *Document) Set { return Set{Resource: &Named{Document: d}, Identity: full} })
	case ResourceControlPolicy:
		each(func(d *Document) Set { return Set{Identity: full, RCP: [][]Named{{{Document: d}}}} })
	default:
		each(func(d *Document) Set { return Set{Identity: []Named{{Document: d}}} })
	}
	var all Comparison
	for _, p := range pairs {
		s, err := newComparing(p[0], p[1])
		if err != nil {
			return Comparison{}, err
		}
		if kind == ResourcePolicy || kind == TrustPolicy {
			s.owner = ownAccount
		}
		if kind == TrustPolicy {
			roles := newARNPattern("arn:*:iam:*:*:role/*", arnRule{})
			s.target = &roles
		}
		c := s.compare()
		all.Gained, all.Lost = mergeWitnesses(all.Gained, c.Gained), mergeWitnesses(all.Lost, c.Lost)
		all.GainDoubts, all.LossDoubts = append(all.GainDoubts, c.GainDoubts...), append(all.LossDoubts, c.LossDoubts...)
	}
	slices.Sort(all.GainDoubts)
	slices.Sort(all.LossDoubts)
	all.GainDoubts, all.LossDoubts = slices.Compact(all.GainDoubts), slices.Compact(all.LossDoubts)
	all.relate()
	return all, nil
}

// mergeWitnesses adds witnesses of other requests.
func mergeWitnesses(list, more []Witness) []Witness {
	for _, w := range more {
		if !slices.ContainsFunc(list, func(o Witness) bool { return o.Words == w.Words }) {
			list = append(list, w)
		}
	}
	slices.SortStableFunc(list, byRequest)
	return list
}

// words says a request in words, with the keys as the policies write them.
func (s *comparing) words(r *Request) string {
	text := r.Action + " on " + r.Resource.ARN
	if len(s.callers) > 1 {
		text += " by " + r.Principal.words()
	}
	names := map[string]string{}
	for i := range s.sides {
		for j := range s.sides[i].conditions {
			c := &s.sides[i].conditions[j]
			names[c.key] = c.name
		}
	}
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(r.Context.Keys)) {
		name, value := key, r.Context.Keys[key]
		if names[key] != "" {
			name = names[key]
		}
		texts := make([]string, len(value.Values))
		for i, v := range value.Values {
			texts[i] = fmt.Sprintf("%q", v)
		}
		switch {
		case value.Multi && len(texts) != 1:
			keys = append(keys, fmt.Sprintf("%s has the values %s", name, strings.Join(texts, ", ")))
		default:
			keys = append(keys, fmt.Sprintf("%s is %s", name, strings.Join(texts, ", ")))
		}
	}
	if len(keys) > 0 {
		text += " when " + strings.Join(keys, " and ")
	}
	return text
}

// words names a caller.
func (p *Principal) words() string {
	switch {
	case p.Type == Anonymous:
		return "anyone, not signed in"
	case p.Type == Service:
		return "the service " + p.Name
	case p.ARN == "":
		return "somebody federated by " + p.Name
	case p.Account == stranger:
		return "somebody of an account that is not named"
	}
	return p.ARN
}
