package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// hundred is what a principal of a large company has: about a hundred
// statements in its own policies, groups, boundary and organization.
func hundred(t testing.TB) (*Policies, []Request) {
	services := []string{"s3", "ec2", "dynamodb", "sqs", "sns", "lambda", "kms", "logs", "iam", "rds"}
	var set Set
	for i, service := range services {
		var statements []string
		for j := range 8 {
			statements = append(statements, fmt.Sprintf(
				`{"Sid":"S%d","Effect":"Allow","Action":["%s:Get%d*","%s:List*","%s:PutThing%d"],"Resource":["arn:aws:%s:*:%s:app%d/*","arn:aws:%s:::data-%d/${aws:username}/*"],
				"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"},"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]}}}`,
				j, service, j, service, service, j, service, home, j, service, j))
		}
		statements = append(statements, fmt.Sprintf(`{"Effect":"Allow","Action":"%s:*","Resource":"arn:aws:%s:::open-%d/*"}`, service, service, i))
		set.Identity = append(set.Identity, Named{Name: service, Document: written(t, `{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`)})
	}
	set.Boundary = &Named{Name: "boundary", Document: written(t, allow)}
	set.SCP = [][]Named{{{Name: "full", Document: written(t, allow)}}, {
		{Name: "full", Document: written(t, allow)},
		{Name: "guard", Document: written(t, `{"Version":"2012-10-17","Statement":[
			{"Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]}}},
			{"Effect":"Deny","Action":"organizations:*","Resource":"*"},
			{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`)},
	}}
	p, err := Compile(set)
	if err != nil {
		t.Fatal(err)
	}
	context := Context{Keys: map[string]ContextValue{
		"aws:username": {Values: []string{"anna"}}, "aws:principalorgid": {Values: []string{"o-1"}},
		"aws:sourceip": {Values: []string{"192.0.2.7"}}, "aws:requestedregion": {Values: []string{"eu-west-1"}},
		"aws:securetransport": {Values: []string{"true"}},
	}}
	var requests []Request
	for i, service := range services {
		for _, action := range []string{"PutThing3", "Get5Thing", "ListThings", "DeleteThing"} {
			for _, part := range []string{"::data-3/anna/x", ":eu-west-1:" + home + ":app5/y", fmt.Sprintf("::open-%d/z", i), "::closed/z"} {
				requests = append(requests, Request{anna, service + ":" + action, Resource{ARN: "arn:aws:" + service + ":" + part}, context})
			}
		}
	}
	return p, requests
}

func TestDecideTakesNoMemory(t *testing.T) {
	p, requests := hundred(t)
	var d Decision
	verdicts := map[Verdict]int{}
	for i := range requests {
		p.Decide(&requests[i], &d)
		verdicts[d.Verdict]++
	}
	if verdicts[Allowed] == 0 || verdicts[ImplicitlyDenied] == 0 {
		t.Fatalf("one-sided: %v", verdicts)
	}
	if n := testing.AllocsPerRun(10, func() {
		for i := range requests {
			p.Decide(&requests[i], &d)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecide(b *testing.B) {
	p, requests := hundred(b)
	b.ReportMetric(float64(len(p.placed)), "statements")
	var d Decision
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		p.Decide(&requests[i%len(requests)], &d)
		i++
	}
}

// The index finds what going through all statements finds.
func TestIndexFindsEveryStatement(t *testing.T) {
	p, requests := hundred(t)
	for _, r := range requests {
		for _, action := range []string{r.Action, strings.ToUpper(r.Action), "x" + r.Action, "s3", "", "é:x", strings.Repeat("a", 200)} {
			var want, got []int32
			for i := range p.placed {
				if p.placed[i].matchesAction(action) {
					want = append(want, int32(i))
				}
			}
			var a actionText
			a.read(action)
			for _, c := range p.index.candidates(&a) {
				if c.matches(&p.placed[c.statement], &a) {
					got = append(got, c.statement)
				}
			}
			got = slices.Compact(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%q: got %v, want %v", action, got, want)
			}
		}
	}
}
