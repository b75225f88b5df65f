package policy

import (
	"fmt"
	"strings"
	"testing"
)

// large is a policy of a hundred statements, as teams write them over the
// years; in one of them some text stands for another.
func large(t testing.TB, old, new string, times int) *Document {
	t.Helper()
	services := []string{"s3", "ec2", "dynamodb", "sqs", "sns", "lambda", "kms", "logs", "iam", "rds"}
	var statements []string
	for i := range 100 {
		service, effect := services[i%len(services)], "Allow"
		if i%9 == 8 {
			effect = "Deny"
		}
		resource := fmt.Sprintf(`"arn:aws:%s:*:%s:app%d/*","arn:aws:%s:::data-%d/team/*"`, service, home, i, service, i)
		condition := fmt.Sprintf(`"StringEquals":{"aws:PrincipalOrgID":"o-1"},"IpAddress":{"aws:SourceIp":["10.%d.0.0/16","192.0.2.0/24"]}`, i%7)
		if i%3 == 0 {
			condition = fmt.Sprintf(`"StringLike":{"aws:PrincipalTag/team":["t%d*","ops"]},"Bool":{"aws:SecureTransport":"true"}`, i%5)
		}
		statements = append(statements, fmt.Sprintf(`{"Effect":%q,"Action":["%s:Get%d*","%s:List*","%s:PutThing%d"],"Resource":[%s],"Condition":{%s}}`,
			effect, service, i/10, service, service, i/10, resource, condition))
	}
	return documentOf(t, strings.Replace(strings.Join(statements, ","), old, new, times))
}

func BenchmarkCompare(b *testing.B) {
	before := large(b, "", "", 1)
	for name, change := range map[string]struct {
		old, new string
		times    int
	}{
		"an action":       {"s3:PutThing5", "s3:*Thing5", 1},
		"a resource":      {"app44/*", "app4?/*", 1},
		"a condition":     {"10.3.0.0/16", "10.2.0.0/15", 1},
		"an effect":       {"Deny", "Allow", 1},
		"nothing said":    {"sqs:List*\",", "sqs:List*\",\"sqs:ListQueues\",", 1},
		"every action":    {"PutThing", "PutThin", -1},
		"every effect":    {"Deny", "Allow", -1},
		"every condition": {"o-1", "o-2", -1},
		"every resource":  {"/team/", "/teams/", -1},
		"variables":       {"/team/", "/${aws:username}/", -1},
	} {
		after := large(b, change.old, change.new, change.times)
		b.Run(name, func(b *testing.B) {
			begun := cpuTime()
			for b.Loop() {
				if _, err := CompareDocuments(before, after, IdentityPolicy); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(cpuTime()-begun)/1e6/float64(b.N), "cpu-ms/op")
		})
	}
}
