package policy

import (
	"fmt"
	"strings"
	"testing"
)

// A chain needs the identity side and the trust side at every step
// (id_roles_terms-and-concepts.html#iam-term-role-chaining).
func TestChains(t *testing.T) {
	const a, b, c = "arn:aws:iam::111111111111:role/A", "arn:aws:iam::111111111111:role/team/B", "arn:aws:iam::222222222222:role/C"
	doc := func(text string) *Named {
		if text == "?" {
			return &Named{}
		}
		return &Named{Document: written(t, text)}
	}
	trusts := func(who, more string) *Named {
		return doc(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + who + `"},"Action":"sts:AssumeRole"` + more + `}}`)
	}
	can := func(action, on string) []Named {
		return []Named{*doc(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"` + on + `"}}`)}
	}
	user := func(policies ...Named) Actor { return Actor{Principal: anna, Identity: policies} }
	role := func(arn string, trust *Named, policies ...Named) Actor {
		return Actor{Principal: Principal{ARN: arn}, Trust: trust, Identity: policies}
	}
	assume, read := can("sts:AssumeRole", "*")[0], can("s3:GetObject", "*")[0]
	for name, x := range map[string]struct {
		from  Actor
		roles []Actor
		want  string // of the object in the account of the last role
	}{
		"as itself":                        {user(read), nil, "as itself Allowed"},
		"one role, named by its trust":     {user(), []Actor{role(a, trusts(anna.ARN, ""), read)}, "A Allowed"},
		"trust that names the account":     {user(), []Actor{role(a, trusts(home, ""), read)}, ""},
		"and the user's own allow":         {user(assume), []Actor{role(a, trusts(home, ""), read)}, "A Allowed"},
		"two roles":                        {user(assume), []Actor{role(b, trusts(a, ""), read), role(a, trusts(home, ""))}, "A B Allowed"},
		"into another account: both sides": {user(), []Actor{role(a, trusts(anna.ARN, ""), assume), role(c, trusts(a, ""), read)}, "A C Allowed"},
		"another account's trust alone":    {user(), []Actor{role(a, trusts(anna.ARN, "")), role(c, trusts(a, ""), read)}, ""},
		"nobody trusts":                    {user(assume), []Actor{role(a, nil, read)}, ""},
		"roles that trust each other":      {user(assume), []Actor{role(a, trusts(b, "")), role(b, trusts(a, ""), read)}, ""},
		"a trust policy that is not read":  {user(assume), []Actor{role(a, doc("?"), read)}, "A Unknown"},
		"sure ways come first":             {user(assume), []Actor{role(a, doc("?"), read), role(b, trusts(anna.ARN, ""), read)}, "B Allowed, A Unknown"},
		"the condition sees who assumes": {user(), []Actor{
			role(a, trusts(anna.ARN, `,"Condition":{"StringEquals":{"aws:username":"anna"}}`)),
			role(b, trusts(a, `,"Condition":{"ArnEquals":{"aws:PrincipalArn":"`+a+`"},"Null":{"aws:username":"true"}}`), read)}, "A B Allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			on := object
			if n := len(x.roles); n > 0 && x.roles[n-1].Principal.ARN == c {
				on = foreign
			}
			got, err := Chains(x.from, x.roles, &Request{Action: "s3:GetObject", Resource: on}, Set{})
			if err != nil {
				t.Fatal(err)
			}
			var words []string
			for _, chain := range got {
				way := "as itself"
				for i, arn := range chain.Roles {
					if i == 0 {
						way = ""
					}
					way = strings.TrimSpace(way + " " + lastSegment(arn))
				}
				words = append(words, fmt.Sprint(way, " ", map[Verdict]string{Allowed: "Allowed", Unknown: "Unknown"}[chain.Verdict]))
			}
			if strings.Join(words, ", ") != x.want {
				t.Errorf("got %q, want %q", words, x.want)
			}
		})
	}
}
