package policy

import (
	"strings"
	"testing"
)

const (
	home  = "111111111111"
	other = "222222222222"
)

var (
	anna    = Principal{Type: User, ARN: "arn:aws:iam::111111111111:user/anna", Account: home}
	session = Principal{Type: Session, ARN: "arn:aws:sts::111111111111:assumed-role/Admin/bob", Account: home, Role: "arn:aws:iam::111111111111:role/Admin"}
	fed     = Principal{Type: Federated, ARN: "arn:aws:sts::111111111111:federated-user/eve", Account: home, User: "arn:aws:iam::111111111111:user/anna"}
	lambda  = Principal{Type: Service, Name: "lambda.amazonaws.com"}
	nobody  = Principal{Type: Anonymous}
	object  = Resource{ARN: "arn:aws:s3:::b/o", Account: home}
	foreign = Resource{ARN: "arn:aws:s3:::b/o", Account: other}
	role    = Resource{ARN: "arn:aws:iam::111111111111:role/Target", Account: home}
	key     = Resource{ARN: "arn:aws:kms:eu-west-1:111111111111:key/1", Account: home}
)

// statement is a document of one statement of this effect; more is added to it.
func statement(effect, more string) string {
	if more != "" {
		more = "," + more
	}
	text := `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":"*"`
	if !strings.Contains(more, "Resource") {
		text += `,"Resource":"*"`
	}
	return text + more + `}]}`
}

func principal(aws string) string { return `"Principal":{"AWS":"` + aws + `"}` }

var (
	allow = statement("Allow", "")
	deny  = statement("Deny", "")
	none  = `{"Version":"2012-10-17","Statement":[]}`
)

// scene is a request and the policies that bear on it, as texts.
type scene struct {
	who                                   Principal
	action                                string
	on                                    Resource
	context                               map[string]ContextValue
	incomplete                            bool
	identity, boundary, session, resource string // "" none; "?" not read
	scp, rcp                              [][]string
}

func (s scene) set(t testing.TB) Set {
	var set Set
	named := func(name, text string) *Named {
		if text == "" {
			return nil
		}
		n := &Named{Name: name}
		if text != "?" {
			n.Document = written(t, text)
		}
		return n
	}
	if n := named("P", s.identity); n != nil {
		set.Identity = []Named{*n}
	}
	set.Boundary, set.Session, set.Resource = named("B", s.boundary), named("S", s.session), named("R", s.resource)
	levels := func(texts [][]string) (out [][]Named) {
		for _, level := range texts {
			list := []Named{}
			for _, text := range level {
				list = append(list, *named("C", text))
			}
			out = append(out, list)
		}
		return out
	}
	set.SCP, set.RCP = levels(s.scp), levels(s.rcp)
	return set
}

func (s scene) request() *Request {
	if s.action == "" {
		s.action = "s3:GetObject"
	}
	return &Request{s.who, s.action, s.on, Context{s.context, s.incomplete}}
}

func (s scene) decide(t testing.TB) Decision {
	t.Helper()
	p, err := Compile(s.set(t))
	if err != nil {
		t.Fatal(err)
	}
	var d Decision
	p.Decide(s.request(), &d)
	return d
}

// The four ways a resource policy names the caller, in its own account
// (reference_policies_evaluation-logic_policy-eval-denyallow.html).
func TestResourcePolicyInTheSameAccount(t *testing.T) {
	names := func(aws string) string { return statement("Allow", principal(aws)) }
	resource, identity, boundary, sessions := Layer{Kind: LayerResource}, Layer{Kind: LayerIdentity}, Layer{Kind: LayerBoundary}, Layer{Kind: LayerSession}
	for name, c := range map[string]struct {
		scene
		verdict Verdict
		blocked Layer
	}{
		"nothing allows":                     {scene{who: anna, on: object}, ImplicitlyDenied, identity},
		"identity alone":                     {scene{who: anna, on: object, identity: allow}, Allowed, Layer{}},
		"boundary alone":                     {scene{who: anna, on: object, boundary: allow}, ImplicitlyDenied, identity},
		"boundary caps":                      {scene{who: anna, on: object, identity: allow, boundary: none}, ImplicitlyDenied, boundary},
		"session policy caps":                {scene{who: session, on: object, identity: allow, session: none}, ImplicitlyDenied, sessions},
		"user named":                         {scene{who: anna, on: object, boundary: none, resource: names(anna.ARN)}, Allowed, Layer{}},
		"everyone named":                     {scene{who: anna, on: object, boundary: none, resource: names("*")}, Allowed, Layer{}},
		"session named":                      {scene{who: session, on: object, boundary: none, session: none, resource: names(session.ARN)}, Allowed, Layer{}},
		"everyone, session":                  {scene{who: session, on: object, boundary: none, session: none, resource: names("*")}, Allowed, Layer{}},
		"federated session named":            {scene{who: fed, on: object, boundary: none, session: none, resource: names(fed.ARN)}, Allowed, Layer{}},
		"role named":                         {scene{who: session, on: object, resource: names(session.Role)}, Allowed, Layer{}},
		"role named, boundary":               {scene{who: session, on: object, boundary: none, resource: names(session.Role)}, ImplicitlyDenied, boundary},
		"role named, session policy":         {scene{who: session, on: object, session: none, resource: names(session.Role)}, ImplicitlyDenied, sessions},
		"user of a federated session":        {scene{who: fed, on: object, resource: names(fed.User)}, Allowed, Layer{}},
		"user of a federated session, cap":   {scene{who: fed, on: object, session: none, resource: names(fed.User)}, ImplicitlyDenied, sessions},
		"account only":                       {scene{who: anna, on: object, resource: names(home)}, ImplicitlyDenied, identity},
		"root of account":                    {scene{who: anna, on: object, resource: names("arn:aws:iam::111111111111:root")}, ImplicitlyDenied, identity},
		"account and identity":               {scene{who: anna, on: object, identity: allow, resource: names(home)}, Allowed, Layer{}},
		"another user named":                 {scene{who: anna, on: object, resource: names("arn:aws:iam::111111111111:user/Anna")}, ImplicitlyDenied, identity},
		"explicit deny of a boundary counts": {scene{who: anna, on: object, boundary: deny, resource: names(anna.ARN)}, ExplicitlyDenied, boundary},
		"explicit deny of the resource":      {scene{who: anna, on: object, identity: allow, resource: statement("Deny", principal("*"))}, ExplicitlyDenied, resource},
		"trust does not name":                {scene{who: anna, action: "sts:AssumeRole", on: role, identity: allow, resource: names(session.Role)}, ImplicitlyDenied, resource},
		"trust names the user":               {scene{who: anna, action: "sts:AssumeRole", on: role, resource: names(anna.ARN)}, Allowed, Layer{}},
		"trust names the account":            {scene{who: anna, action: "sts:AssumeRole", on: role, resource: names(home)}, ImplicitlyDenied, identity},
		"trust and identity":                 {scene{who: anna, action: "sts:AssumeRole", on: role, identity: allow, resource: names(home)}, Allowed, Layer{}},
		"key without a policy for it":        {scene{who: anna, action: "kms:Decrypt", on: key, identity: allow}, ImplicitlyDenied, resource},
		"key delegated":                      {scene{who: anna, action: "kms:Decrypt", on: key, identity: allow, resource: names(home)}, Allowed, Layer{}},
		"a statement without principal":      {scene{who: anna, on: object, resource: allow}, ImplicitlyDenied, identity},
	} {
		t.Run(name, func(t *testing.T) {
			d := c.decide(t)
			if d.Verdict != c.verdict || d.Blocked != c.blocked {
				t.Errorf("got %v by %v, want %v by %v", d.Verdict, d.Blocked, c.verdict, c.blocked)
			}
		})
	}
}
