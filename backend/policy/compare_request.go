package policy

import (
	"slices"
	"strings"

	"gatehouse/backend/policy/reference"
)

// The accounts of witnesses: the one that owns, and one that no policy names.
const (
	ownAccount = "123456789012"
	stranger   = "999988887777"
)

// fullAccess is a policy that allows everything.
var fullAccess = &Document{Version: Version2012, Statements: []Statement{
	{Effect: Allow, Actions: []Value{{Text: "*"}}, Resources: []Value{{Text: "*"}}},
}}

func userOf(account string) Principal {
	return Principal{Type: User, ARN: "arn:aws:iam::" + account + ":user/someone", Account: account}
}

func sessionOf(account, role string) Principal {
	name := lastSegment(role)
	return Principal{Type: Session, ARN: "arn:aws:sts::" + account + ":assumed-role/" + name + "/someone", Account: account, Role: role}
}

// everyone is the callers that statements can tell apart.
func (s *comparing) everyone() []Principal {
	if s.sets[0].set.Resource == nil && s.sets[1].set.Resource == nil {
		return []Principal{userOf(ownAccount)}
	}
	var all []Principal
	add := func(p Principal) {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	account := func(id string) {
		add(userOf(id))
		add(sessionOf(id, "arn:aws:iam::"+id+":role/Someone"))
	}
	add(Principal{Type: Anonymous})
	account(stranger)
	account(ownAccount)
	add(Principal{Type: Service, Name: "example.amazonaws.com"})
	add(Principal{Type: Federated, Name: "example.com"})
	for i := range s.sides {
		for _, p := range s.sides[i].principals {
			switch p.kind {
			case anAccount:
				account(p.text)
			case aService:
				add(Principal{Type: Service, Name: p.text})
			case aFederation:
				add(Principal{Type: Federated, Name: p.text})
			case aCanonical:
				canonical := userOf(stranger)
				canonical.Canonical = p.text
				add(canonical)
			case anARN:
				s.callersOf(p, account, add)
			}
		}
	}
	return all
}

// callersOf are the callers that an ARN in a Principal element names, and
// others of their account.
func (s *comparing) callersOf(p principalPattern, account func(string), add func(Principal)) {
	a := newARNText(p.text)
	if !a.ok || !isAccount(a.part(4)) {
		return // an id of something deleted, or no ARN: nobody is named
	}
	id, last := a.part(4), a.part(5)
	account(id)
	switch kind, name, _ := strings.Cut(last, "/"); kind {
	case "user":
		add(Principal{Type: User, ARN: p.text, Account: id})
		add(Principal{Type: Federated, ARN: "arn:aws:sts::" + id + ":federated-user/someone", Account: id, User: p.text})
	case "role":
		add(sessionOf(id, p.text))
	case "assumed-role":
		role, _, _ := strings.Cut(name, "/")
		add(Principal{Type: Session, ARN: p.text, Account: id, Role: "arn:aws:iam::" + id + ":role/" + role})
	case "federated-user":
		add(Principal{Type: Federated, ARN: p.text, Account: id})
	}
}

func rcpServices() (prefixes []string) {
	for _, prefix := range reference.Embedded().Services() {
		if controlledByRCP(prefix + ":") {
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes
}

// familiar are actions to show where any would do.
var familiar = []string{"s3:GetObject", "ec2:DescribeInstances", "iam:CreateUser", "lambda:InvokeFunction", "dynamodb:GetItem", "sqs:SendMessage", "iam:GetUser"}

// known are actions that exist, which may stand for one that fills a pattern.
func (s *comparing) known(action string) (names []string) {
	prefix, name, _ := strings.Cut(action, ":")
	service := reference.Embedded().Service(prefix)
	if service == nil {
		return familiar
	}
	if a := service.Action(name); a != nil {
		return []string{service.Prefix + ":" + a.Name}
	}
	for _, f := range familiar {
		if strings.HasPrefix(f, prefix+":") {
			names = append(names, f)
		}
	}
	for i := range service.Actions {
		names = append(names, service.Prefix+":"+service.Actions[i].Name)
	}
	return names
}

// likely are ARNs that look like those of the action's resources, which may
// stand for one that fills a pattern.
func (s *comparing) likely(action, arn string) (all []string) {
	parts := strings.SplitN(arn, ":", arnParts)
	if len(parts) < arnParts {
		return nil
	}
	prefix, name, _ := strings.Cut(action, ":")
	if service := reference.Embedded().Service(prefix); service != nil && service.Action(name) != nil {
		for _, r := range service.Action(name).Resources {
			if t := service.Resource(r.Type); t != nil {
				all = append(all, filled(t.ARN))
			}
		}
	}
	// At least the parts before the last are put in order where they may be.
	for i, usual := range []string{"arn", "aws", prefix, "us-east-1", ownAccount} {
		if parts[i] == "" || i == 0 {
			continue
		}
		tidy := slices.Clone(parts)
		tidy[i] = usual
		all = append(all, strings.Join(tidy, ":"))
	}
	all = slices.DeleteFunc(all, func(a string) bool { return a == arn })
	return append(all, tidied(parts, prefix))
}

func tidied(parts []string, prefix string) string {
	return strings.Join([]string{"arn", "aws", prefix, "us-east-1", ownAccount, parts[5]}, ":")
}

// filled is the form of an ARN with something for each of its variables.
func filled(form string) string {
	var out strings.Builder
	for {
		before, behind, found := strings.Cut(form, "${")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, rest, _ := strings.Cut(behind, "}")
		switch name {
		case "Partition":
			out.WriteString("aws")
		case "Region":
			out.WriteString("us-east-1")
		case "Account":
			out.WriteString(ownAccount)
		default:
			out.WriteString("example")
		}
		form = rest
	}
}
