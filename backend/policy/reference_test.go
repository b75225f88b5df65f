package policy_test

import (
	"encoding/json"
	"slices"
	"strings"

	"gatehouse/backend/policy"
)

// A second evaluator, slow and literal, written from the documentation and
// sharing nothing with the engine: not its parser, not its patterns. Where the
// two disagree, one of them is wrong.

// truth is yes, no, or not known.
type truth int8

const (
	no truth = iota
	perhaps
	yes
)

func or(a, b truth) truth  { return max(a, b) }
func and(a, b truth) truth { return min(a, b) }
func not(a truth) truth    { return yes - a }
func known(b bool) truth {
	if b {
		return yes
	}
	return no
}

// refStatement is a statement as encoding/json reads it.
type refStatement struct {
	Effect                            string
	Action, NotAction                 refTexts
	Resource, NotResource             refTexts
	Principal, NotPrincipal           refPrincipals
	Condition                         map[string]map[string]refTexts
	hasNotAction, hasPrincipal        bool
	hasResource, hasNotResource       bool
	hasNotPrincipal, variablesAllowed bool
}

// refTexts is one text or a list of them.
type refTexts []string

func (r *refTexts) UnmarshalJSON(b []byte) error {
	var list []any
	if json.Unmarshal(b, &list) != nil {
		list = []any{nil}
		if err := json.Unmarshal(b, &list[0]); err != nil {
			return err
		}
	}
	*r = refTexts{}
	for _, item := range list {
		if s, is := item.(string); is {
			*r = append(*r, s)
		} else {
			b, _ := json.Marshal(item)
			*r = append(*r, string(b))
		}
	}
	return nil
}

// refPrincipals maps AWS, Service … to their values; the bare star is AWS "*".
type refPrincipals map[string]refTexts

func (r *refPrincipals) UnmarshalJSON(b []byte) error {
	if string(b) == `"*"` {
		*r = refPrincipals{"AWS": {"*"}}
		return nil
	}
	kinds := map[string]refTexts{}
	err := json.Unmarshal(b, &kinds)
	*r = kinds
	return err
}

func refParse(source []byte) ([]refStatement, error) {
	var document struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal(source, &document); err != nil {
		return nil, err
	}
	var raw []json.RawMessage
	if json.Unmarshal(document.Statement, &raw) != nil {
		raw = []json.RawMessage{document.Statement}
	}
	var out []refStatement
	for _, r := range raw {
		var s refStatement
		var members map[string]json.RawMessage
		if err := json.Unmarshal(r, &s); err != nil {
			return nil, err
		}
		_ = json.Unmarshal(r, &members)
		_, s.hasNotAction = members["NotAction"]
		_, s.hasResource = members["Resource"]
		_, s.hasNotResource = members["NotResource"]
		_, s.hasPrincipal = members["Principal"]
		_, s.hasNotPrincipal = members["NotPrincipal"]
		s.variablesAllowed = document.Version == policy.Version2012
		out = append(out, s)
	}
	return out, nil
}

// How a resource policy names a caller. The larger, the less is needed beside it.
const (
	unnamed = iota
	byAccount
	byParent // the role of a session, the user of a federated session
	directly
)

// naming is the strongest way in which a list of principals names the caller.
func naming(p policy.Principal, list refPrincipals) int {
	best := unnamed
	if p.Canonical != "" && slices.Contains(list["CanonicalUser"], p.Canonical) {
		best = byAccount
	}
	for _, value := range list["AWS"] {
		switch {
		case value == "*" || value == p.ARN && p.ARN != "" && !strings.HasSuffix(value, ":root"):
			best = max(best, directly)
		case p.Type == policy.Session && value == p.Role || p.Type == policy.Federated && value == p.User:
			best = max(best, byParent)
		case p.Account != "" && (value == p.Account || value == "arn:aws:iam::"+p.Account+":root"):
			best = max(best, byAccount)
		}
	}
	if p.Type == policy.Service && slices.Contains(list["Service"], p.Name) ||
		p.Type == policy.Federated && p.Name != "" && slices.Contains(list["Federated"], p.Name) {
		best = directly
	}
	return best
}

// exempt: the caller and all its parents are in a NotPrincipal list of a deny.
func exempt(p policy.Principal, bounded bool, list refPrincipals) bool {
	aws := list["AWS"]
	if p.Account == "" {
		return naming(p, list) != unnamed
	}
	account := slices.Contains(aws, p.Account) || slices.Contains(aws, "arn:aws:iam::"+p.Account+":root")
	switch p.Type {
	case policy.User:
		return !bounded && account && (slices.Contains(aws, p.ARN) || strings.HasSuffix(p.ARN, ":root"))
	}
	return !bounded && account && slices.Contains(aws, p.ARN) && slices.Contains(aws, p.Role+p.User)
}

// refLayer is what a layer (or a level of one) says.
type refLayer struct {
	layer       policy.Layer
	allow, deny truth
	named       [directly + 1]truth // of a resource policy: allowed by a statement that names at least so strongly
	matched     []string
}

// applies evaluates a statement's elements but its principal.
func (s *refStatement) applies(r *policy.Request, pad bool) truth {
	action := known(slices.ContainsFunc(append(slices.Clone(s.Action), s.NotAction...), func(pattern string) bool {
		return globMatch(strings.ToLower(pattern), strings.ToLower(r.Action))
	}))
	if s.hasNotAction {
		action = not(action)
	}
	resource := yes
	if s.hasResource || s.hasNotResource {
		resource = no
		for _, pattern := range append(slices.Clone(s.Resource), s.NotResource...) {
			resource = or(resource, resourceMatch(pattern, r.Resource.ARN, r.Context, s.variablesAllowed, pad))
		}
		if s.hasNotResource {
			resource = not(resource)
		}
	}
	result := and(action, resource)
	for operator, keys := range s.Condition {
		for key, values := range keys {
			result = and(result, conditionHolds(operator, key, values, r.Context, s.variablesAllowed))
		}
	}
	return result
}

func (l *refLayer) read(texts []policyText, r *policy.Request, bounded bool) error {
	for i, text := range texts {
		if text.Source == nil {
			l.allow, l.deny = or(l.allow, perhaps), or(l.deny, perhaps)
			for n := range l.named {
				l.named[n] = or(l.named[n], perhaps)
			}
			continue
		}
		statements, err := refParse(text.Source)
		if err != nil {
			return err
		}
		for j, s := range statements {
			result, how := s.applies(r, l.layer.Kind != policy.LayerResource), unnamed
			if s.hasPrincipal {
				how = naming(r.Principal, s.Principal)
				if how == unnamed && s.Principal["CanonicalUser"] != nil && r.Principal.Account != "" && r.Principal.Canonical == "" && r.Context.Incomplete {
					how, result = byAccount, and(result, perhaps)
				}
			} else if s.hasNotPrincipal {
				listed := naming(r.Principal, s.NotPrincipal) != unnamed
				if s.Effect == "Deny" {
					listed = exempt(r.Principal, bounded, s.NotPrincipal)
				}
				if !listed {
					how = directly
				}
			}
			if l.layer.Kind == policy.LayerResource || l.layer.Kind == policy.LayerRCP {
				result = and(result, known(how != unnamed))
			}
			if result == yes {
				l.matched = append(l.matched, layerName(l.layer)+"."+itoa(i+1)+"."+itoa(j+1))
			}
			if s.Effect == "Deny" {
				l.deny = or(l.deny, result)
				continue
			}
			l.allow = or(l.allow, result)
			for n := range l.named {
				if n <= how {
					l.named[n] = or(l.named[n], result)
				}
			}
		}
	}
	return nil
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

// refDecide answers a case.
func refDecide(c *conformanceCase, rcpService func(string) bool) (expectation, error) {
	r := &c.Request
	p := r.Principal
	linked := strings.Contains(p.Role, ":role/aws-service-role/")
	bounded := c.Layers[policy.LayerBoundary] != nil
	var layers []*refLayer
	byKind := map[policy.LayerKind]*refLayer{}
	for _, kind := range []policy.LayerKind{policy.LayerIdentity, policy.LayerBoundary, policy.LayerSession, policy.LayerResource, policy.LayerSCP, policy.LayerRCP} {
		byKind[kind] = &refLayer{}
		service, _, _ := strings.Cut(strings.ToLower(r.Action), ":")
		switch {
		case kind < policy.LayerResource && p.Account == "", // a service, or nobody, has no policies of its own
			kind == policy.LayerSCP && (linked || p.Account == ""),
			kind == policy.LayerRCP && (linked || !rcpService(service)):
			continue
		}
		for level, texts := range c.Layers[kind] {
			l := &refLayer{layer: policy.Layer{Kind: kind, Level: level}}
			if err := l.read(texts, r, bounded); err != nil {
				return expectation{}, err
			}
			byKind[kind] = l
			layers = append(layers, l)
		}
	}
	want := expectation{Matched: []string{}}
	for _, l := range layers {
		want.Matched = append(want.Matched, l.matched...)
	}
	if strings.EqualFold(r.Action, "sts:GetCallerIdentity") && p.Type != policy.Anonymous {
		want.Verdict = policy.Allowed
		return want, nil
	}
	for _, l := range layers {
		if l.deny == yes {
			want.Verdict, want.Blocked = policy.ExplicitlyDenied, l.layer
			return want, nil
		}
	}

	// What must hold, in the order of evaluation, and which layer an unknown
	// one is laid to.
	type need struct {
		holds       truth
		no, perhaps policy.Layer
	}
	var needs []need
	identity, boundary, session, resource := byKind[policy.LayerIdentity], byKind[policy.LayerBoundary], byKind[policy.LayerSession], byKind[policy.LayerResource]
	sameAccount := r.Resource.Account == "" || r.Resource.Account == p.Account
	root := p.Type == policy.User && strings.HasSuffix(p.ARN, ":root")
	add := func(kind policy.LayerKind, own, waived truth) {
		blame := policy.Layer{Kind: kind}
		if own != perhaps {
			blame.Kind = policy.LayerResource
		}
		needs = append(needs, need{or(own, waived), policy.Layer{Kind: kind}, blame})
	}
	waived := func(how int) truth {
		if sameAccount {
			return resource.named[how]
		}
		return no
	}
	if ownedByAWS(r) {
		needs = append(needs, need{no, policy.Layer{Kind: policy.LayerResource}, policy.Layer{}})
	}
	for _, l := range layers {
		if l.layer.Kind == policy.LayerSCP {
			needs = append(needs, need{l.allow, l.layer, l.layer})
		}
	}
	anIdentity := p.Account != ""
	if !anIdentity || !sameAccount || strict(r) {
		add(policy.LayerResource, resource.named[byAccount], no)
	}
	if anIdentity && !root {
		add(policy.LayerIdentity, identity.allow, waived(byParent))
	}
	if anIdentity && bounded {
		add(policy.LayerBoundary, boundary.allow, waived(directly))
	}
	if anIdentity && (c.Layers[policy.LayerSession] != nil || p.Type == policy.Federated) {
		add(policy.LayerSession, session.allow, waived(directly))
	}
	doubted := slices.ContainsFunc(layers, func(l *refLayer) bool { return l.deny == perhaps })
	for _, n := range needs {
		if n.holds == no && !doubted {
			want.Verdict, want.Blocked = policy.ImplicitlyDenied, n.no
			return want, nil
		}
	}
	want.Verdict = policy.Allowed
	lay := func(l policy.Layer) {
		if want.Verdict == policy.Allowed {
			want.Verdict, want.Blocked = policy.Unknown, l
		}
	}
	for _, l := range layers {
		if l.deny == perhaps {
			lay(l.layer)
		}
	}
	for _, n := range needs {
		if n.holds == perhaps {
			lay(n.perhaps)
		}
	}
	return want, nil
}

// strict: role trust policies and KMS keys must name the caller.
func strict(r *policy.Request) bool {
	parts := strings.SplitN(r.Resource.ARN, ":", 6)
	service, _, _ := strings.Cut(strings.ToLower(r.Action), ":")
	return len(parts) == 6 && (service == "kms" && strings.HasPrefix(parts[5], "key/") ||
		service == "sts" && parts[2] == "iam" && strings.HasPrefix(parts[5], "role/"))
}

// ownedByAWS: writes on AWS managed policies and reserved roles.
func ownedByAWS(r *policy.Request) bool {
	service, name, _ := strings.Cut(strings.ToLower(r.Action), ":")
	owned := strings.HasPrefix(r.Resource.ARN, "arn:aws:iam::aws:policy/") || strings.Contains(r.Resource.ARN, ":role/aws-reserved/")
	return owned && service == "iam" && !strings.HasPrefix(name, "get") && !strings.HasPrefix(name, "list")
}
