package policy

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/backend/policy"
)

const account = "123456789012"

// parse reads a document.
func parse(b *testing.B, text string) *policy.Document {
	b.Helper()
	doc, err := policy.Parse([]byte(text))
	if err != nil {
		b.Fatal(err)
	}
	return doc
}

// roleDocuments are the policies of the roles, a statement each.
func roleDocuments(b *testing.B, c *company) []*policy.Document {
	b.Helper()
	out := make([]*policy.Document, roles)
	for r := range out {
		var list []string
		for o := range c.grants[r] {
			list = append(list, fmt.Sprintf("%q", objectName(o)))
		}
		out[r] = parse(b, `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": [`+strings.Join(list, ", ")+`]}}`)
	}
	return out
}

func userARN(u int) string { return "arn:aws:iam::" + account + ":user/" + userName(u) }

// newOurs compiles the policies of everybody who is asked about.
func newOurs(b *testing.B, c *company, questions []question) func(question) bool {
	b.Helper()
	documents := roleDocuments(b, c)
	sets := map[int]*policy.Policies{}
	var compiler policy.Compiler // the roles are shared
	for _, q := range questions {
		if sets[q.user] != nil {
			continue
		}
		var set policy.Set
		for _, r := range c.users[q.user] {
			set.Identity = append(set.Identity, policy.Named{Name: fmt.Sprintf("role %d", r), Document: documents[r]})
		}
		compiled, err := compiler.Compile(set)
		if err != nil {
			b.Fatal(err)
		}
		sets[q.user] = compiled
	}
	requests := map[question]*policy.Request{}
	for _, q := range questions {
		requests[q] = &policy.Request{
			Principal: policy.Principal{Type: policy.User, ARN: userARN(q.user), Account: account},
			Action:    "s3:ListBucket", Resource: policy.Resource{ARN: objectName(q.object)},
		}
	}
	var d policy.Decision
	return func(q question) bool {
		sets[q.user].Decide(requests[q], &d)
		return d.Verdict == policy.Allowed
	}
}

// newPrincipals makes the whole company ready to answer who can.
func newPrincipals(b *testing.B, c *company) *policy.Principals {
	b.Helper()
	u := &policy.Universe{Account: account, Users: map[string]policy.UniverseUser{}, Groups: map[string]policy.UniverseGroup{}}
	for r, doc := range roleDocuments(b, c) {
		for n := range depth {
			var g policy.UniverseGroup
			if n == depth-1 {
				g.Policies = []policy.Named{{Name: fmt.Sprintf("role %d", r), Document: doc}}
			} else {
				g.Parents = []string{groupName(r, n+1)}
			}
			u.Groups[groupName(r, n)] = g
		}
	}
	for n, chains := range c.users {
		groups := []string{groupName(chains[0], 0)}
		if chains[1] != chains[0] {
			groups = append(groups, groupName(chains[1], 0))
		}
		u.Users[userName(n)] = policy.UniverseUser{ARN: userARN(n), Groups: groups}
	}
	p, err := policy.NewPrincipals(u)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// hundred is a principal with about a hundred statements in every layer, and
// requests of many sorts.
func hundred(b *testing.B) (*policy.Policies, []policy.Request) {
	b.Helper()
	const version = `{"Version": "2012-10-17", "Statement": [`
	document := func(statements ...string) *policy.Document {
		return parse(b, version+strings.Join(statements, ", ")+"]}")
	}
	services := []string{"s3", "ec2", "sqs", "sns", "dynamodb", "lambda", "kms", "logs"}
	var set policy.Set
	for p := range 8 {
		service := services[p]
		var list []string
		for i := range 9 {
			list = append(list, fmt.Sprintf(`{"Effect": "Allow", "Action": ["%[1]s:Get*", "%[1]s:List%[2]d*"], "Resource": "arn:aws:%[1]s:*:*:thing-%[2]d/*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "team-%[2]d"}, "IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}}}`, service, i))
		}
		list = append(list, fmt.Sprintf(`{"Effect": "Deny", "Action": "%s:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}`, service))
		set.Identity = append(set.Identity, policy.Named{Name: service, Document: document(list...)})
	}
	set.Boundary = &policy.Named{Name: "boundary", Document: document(
		`{"Effect": "Allow", "Action": ["s3:*", "ec2:*", "sqs:*", "sns:*", "dynamodb:*", "lambda:*", "kms:*", "logs:*"], "Resource": "*"}`,
		`{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}`)}
	for level := range 3 {
		set.SCP = append(set.SCP, []policy.Named{{Name: fmt.Sprintf("level %d", level), Document: document(
			`{"Effect": "Allow", "Action": "*", "Resource": "*"}`,
			`{"Effect": "Deny", "NotAction": ["iam:*", "sts:*", "s3:*", "kms:*", "sqs:*", "sns:*", "ec2:*", "dynamodb:*", "lambda:*", "logs:*"], "Resource": "*"}`,
			`{"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}}}`)}})
	}
	compiled, err := policy.Compile(set)
	if err != nil {
		b.Fatal(err)
	}
	var requests []policy.Request
	for i := range 96 {
		service := services[i%len(services)]
		one := func(s string) policy.ContextValue { return policy.ContextValue{Values: []string{s}} }
		requests = append(requests, policy.Request{
			Principal: policy.Principal{Type: policy.User, ARN: userARN(i), Account: account},
			Action:    service + []string{":GetThing", ":List3Things", ":DeleteThing"}[i%3],
			Resource:  policy.Resource{ARN: fmt.Sprintf("arn:aws:%s:eu-central-1:%s:thing-%d/part", service, account, i%9)},
			Context: policy.Context{Keys: map[string]policy.ContextValue{
				"aws:principaltag/team": one(fmt.Sprintf("team-%d", i%9)), "aws:sourceip": one("10.1.2.3"), "aws:securetransport": one("true"),
				"aws:requestedregion": one("eu-central-1"), "aws:currenttime": one("2026-11-22T08:00:00Z"),
			}},
		})
	}
	return compiled, requests
}
