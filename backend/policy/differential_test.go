package policy_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/policy"
)

// rcpServices are those of the corpus and of the random requests that support
// resource control policies.
func rcpServices(service string) bool {
	return slices.Contains([]string{"s3", "sts", "sqs", "kms", "secretsmanager", "dynamodb", "ecr", "logs"}, service)
}

// TestReferenceAgreesWithTheCorpus: two readings of the documentation, the
// cases and the slow evaluator, say the same.
func TestReferenceAgreesWithTheCorpus(t *testing.T) {
	for _, c := range readCorpus(t) {
		got, err := refDecide(&c, rcpServices)
		if err != nil {
			t.Fatalf("%s:%d: %v", c.File, c.Line, err)
		}
		if got.Verdict != c.Want.Verdict || got.Blocked != c.Want.Blocked || c.Want.Matched != nil && !sameTexts(got.Matched, c.Want.Matched) {
			t.Errorf("%s:%d: %s %s\nthe evaluator says %s by %v, the case %s by %v", c.File, c.Line, c.Title, c.Why,
				verdictText(got.Verdict, got.Blocked), got.Matched, verdictText(c.Want.Verdict, c.Want.Blocked), c.Want.Matched)
		}
	}
}

// TestEngineAgreesWithTheReference: random policies and requests from a small
// world, in which statements often concern the request and often disagree, get
// the same verdict, layer and matches from the engine and the slow evaluator.
// GATEHOUSE_SEEDS multiplies the tries.
func TestEngineAgreesWithTheReference(t *testing.T) {
	times := 1
	if n, err := strconv.Atoi(os.Getenv("GATEHOUSE_SEEDS")); err == nil && n > 0 {
		times = n
	}
	for range times {
		rapid.Check(t, func(t *rapid.T) {
			c := conformanceCase{Layers: drawLayers(t)}
			policies, err := policy.Compile(c.set(t))
			if err != nil {
				t.Fatal(err)
			}
			var got policy.Decision
			for range 8 {
				c.Request = drawRequest(t)
				want, err := refDecide(&c, rcpServices)
				if err != nil {
					t.Fatal(err)
				}
				policies.Decide(&c.Request, &got)
				if fault := want.fault(&got); fault != "" {
					t.Fatalf("%s\n%+v\n%s", fault, c.Request, c.written())
				}
			}
		})
	}
}

// written is a case's policies as text, for a message.
func (c *conformanceCase) written() string {
	var out strings.Builder
	for kind := policy.LayerIdentity; kind <= policy.LayerRCP; kind++ {
		for level, texts := range c.Layers[kind] {
			for i, text := range texts {
				fmt.Fprintf(&out, "%s.%d %s\n", layerName(policy.Layer{Kind: kind, Level: level}), i+1, text.Source)
			}
		}
	}
	return out.String()
}

func oneOf[T any](t *rapid.T, label string, from ...T) T {
	return rapid.SampledFrom(from).Draw(t, label)
}

func someOf(t *rapid.T, label string, from ...string) string {
	var quoted []string
	for _, s := range rapid.SliceOfN(rapid.SampledFrom(from), 1, 3).Draw(t, label) {
		quoted = append(quoted, quoteUnlessStar(s))
	}
	return strings.Join(quoted, ", ")
}

// quoteUnlessStar quotes what the terse notation would take for a keyword.
func quoteUnlessStar(s string) string {
	if strings.HasPrefix(s, "Service ") || s == "*" {
		return s
	}
	return quote(s)
}

const (
	ours, theirs = "111122223333", "444455556666"
	vault        = "arn:aws:s3:::vault/anna/x"
	keyARN       = "arn:aws:kms:eu-west-1:111122223333:key/k1"
	roleARN      = "arn:aws:iam::111122223333:role/Deploy"
)

var randomCast = []policy.Principal{
	{Type: policy.User, ARN: "arn:aws:iam::111122223333:user/anna", Account: ours},
	{Type: policy.User, ARN: "arn:aws:iam::444455556666:user/carl", Account: theirs},
	{Type: policy.User, ARN: "arn:aws:iam::111122223333:root", Account: ours},
	{Type: policy.Session, ARN: "arn:aws:sts::111122223333:assumed-role/Ops/anna", Account: ours, Role: "arn:aws:iam::111122223333:role/Ops"},
	{Type: policy.Session, ARN: "arn:aws:sts::444455556666:assumed-role/Audit/carl", Account: theirs, Role: "arn:aws:iam::444455556666:role/Audit"},
	{Type: policy.Session, ARN: "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/x", Account: ours, Role: "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"},
	{Type: policy.Federated, ARN: "arn:aws:sts::111122223333:federated-user/web", Account: ours, User: "arn:aws:iam::111122223333:user/anna"},
	{Type: policy.Service, Name: "lambda.amazonaws.com"},
	{Type: policy.Anonymous},
}

// drawLayers draws a policy for some of the layers, sometimes one unread.
func drawLayers(t *rapid.T) map[policy.LayerKind][][]policyText {
	layers := map[policy.LayerKind][][]policyText{}
	for kind := policy.LayerIdentity; kind <= policy.LayerRCP; kind++ {
		levels, each := 1, 1
		switch kind {
		case policy.LayerIdentity:
			each = 2
		case policy.LayerSCP, policy.LayerRCP:
			levels, each = 2, 2
		}
		if rapid.IntRange(0, 2).Draw(t, "absent") == 0 {
			continue
		}
		for range rapid.IntRange(1, levels).Draw(t, "levels") {
			level := []policyText{}
			for range rapid.IntRange(1, each).Draw(t, "policies") {
				level = append(level, drawPolicy(t, kind))
			}
			layers[kind] = append(layers[kind], level)
		}
	}
	return layers
}

func drawPolicy(t *rapid.T, kind policy.LayerKind) policyText {
	if rapid.IntRange(0, 14).Draw(t, "unread") == 0 {
		return policyText{Name: "unread"}
	}
	var lines []string
	if rapid.Bool().Draw(t, "wide") { // so that not everything is denied
		line := "allow * on *"
		if kind == policy.LayerResource || kind == policy.LayerRCP {
			line += " to " + oneOf(t, "wideTo", "*", ours, theirs, randomCast[3].Role)
		}
		lines = append(lines, line)
	}
	for range rapid.IntRange(1, 3).Draw(t, "statements") {
		lines = append(lines, drawLine(t, kind))
	}
	source, err := documentJSON(oneOf(t, "version", policy.Version2012, policy.Version2012, policy.Version2008, ""), lines, func(s string) string { return s })
	if err != nil {
		t.Fatalf("%v: %q", err, lines)
	}
	return policyText{Name: "p", Source: source, Statements: len(lines)}
}

// drawLine draws a terse statement.
func drawLine(t *rapid.T, kind policy.LayerKind) string {
	effect := oneOf(t, "effect", "allow", "allow", "deny")
	line := effect + " " + oneOf(t, "notAction", "", "", "", "not ") +
		someOf(t, "actions", "*", "s3:*", "s3:Get*", "S3:?etobject", "sqs:SendMessage", "kms:Decrypt", "sts:Assume*", "*:GetObject", "iam:CreateUser")
	resources := []string{"*", "*", "arn:aws:s3:::vault/*", "arn:aws:s3:::vault/${aws:username}/*", "arn:aws:s3:::*/${aws:PrincipalTag/team, 'anna'}/?",
		"arn:aws:s3:::vault/${*}*", "arn:aws:sqs:*:*:orders", "arn:*:*:*:*:*", "arn:aws:s3:::Vault*", keyARN, roleARN}
	if kind != policy.LayerResource && kind != policy.LayerRCP {
		resources = append(resources, "arn:aws:sqs") // short ARNs are of identity policies and SCPs
	}
	line += " on " + oneOf(t, "notResource", "", "", "", "not ") + someOf(t, "resources", resources...)
	if kind == policy.LayerResource || kind == policy.LayerRCP {
		from := []string{"*", ours, theirs, "arn:aws:iam::111122223333:root", "Service lambda.amazonaws.com"}
		for _, p := range randomCast {
			for _, arn := range []string{p.ARN, p.Role} {
				if arn != "" {
					from = append(from, arn)
				}
			}
		}
		list := someOf(t, "principals", from...)
		if strings.Contains(list, "*") {
			list = "*"
		}
		line += " to " + list
	}
	var conditions, operators []string
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		operator, condition := drawCondition(t)
		if !slices.Contains(operators, operator) {
			operators, conditions = append(operators, operator), append(conditions, condition)
		}
	}
	if conditions != nil {
		line += " when " + strings.Join(conditions, " and ")
	}
	return line
}

// randomKeys are keys, the operators that fit them, and values.
var randomKeys = []struct {
	key               string
	operators, values []string
	multi             bool
}{
	{"aws:username", []string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"}, []string{"anna", "Anna", "an*", "?nna", "ben", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/team, 'anna'}", "a${*}", "*"}, false},
	{"aws:PrincipalTag/team", []string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike"}, []string{"anna", "red", "r*", "a*", "${aws:username}", "r${?}d"}, false},
	{"aws:TagKeys", []string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"}, []string{"env", "own", "e*", "${aws:username}", "ENV"}, true},
	{"aws:SecureTransport", []string{"Bool"}, []string{"true", "false", "TRUE", "0"}, false},
	{"s3:max-keys", []string{"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"}, []string{"10", "10.0", "9", "-1", "1e", "10.5"}, false},
	{"aws:CurrentTime", []string{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"}, []string{"2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00", "1772366400", "2026-03", "2026", "2026-03-01T12:00Z", "never"}, false},
	{"aws:SourceIp", []string{"IpAddress", "NotIpAddress"}, []string{"203.0.113.0/24", "203.0.113.9", "0.0.0.0/0", "::/0", "2001:db8::/33", "2001:DB8:0::1", "203.0.113.77/25"}, false},
	{"aws:SourceArn", []string{"ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"}, []string{"arn:aws:s3:::vault", "arn:aws:s3:*:*:v*", "arn:aws:sns:eu-*:*:*", "arn:aws:sns:eu-west-1:111122223333:news", "arn:aws:s3:::${aws:username}"}, false},
}

func drawCondition(t *rapid.T) (operator, condition string) {
	k := oneOf(t, "key", randomKeys...)
	operator = oneOf(t, "operator", k.operators...) + oneOf(t, "ifExists", "", "", "IfExists")
	if k.multi || rapid.IntRange(0, 9).Draw(t, "anySet") == 0 {
		operator = oneOf(t, "set", "ForAllValues:", "ForAnyValue:", "") + operator
	}
	if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
		operator = "Null"
		return operator, "Null " + k.key + " = " + oneOf(t, "nullValue", "true", "false", "true, false")
	}
	return operator, operator + " " + k.key + " = " + someValues(t, k.values)
}

func someValues(t *rapid.T, from []string) string {
	var quoted []string
	for _, s := range rapid.SliceOfN(rapid.SampledFrom(from), 1, 3).Draw(t, "values") {
		quoted = append(quoted, quote(s))
	}
	return strings.Join(quoted, ", ")
}

func drawRequest(t *rapid.T) policy.Request {
	subject := oneOf(t, "request", [2]string{"s3:GetObject", vault}, [2]string{"s3:GetObject", "arn:aws:s3:::vault/ben/x"}, [2]string{"s3:ListAllMyBuckets", "*"},
		[2]string{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:orders"}, [2]string{"ec2:StartInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"},
		[2]string{"kms:Decrypt", keyARN}, [2]string{"sts:AssumeRole", roleARN}, [2]string{"sts:GetCallerIdentity", "*"},
		[2]string{"iam:DeletePolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess"}, [2]string{"iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess"})
	r := policy.Request{
		Principal: oneOf(t, "who", randomCast...), Action: subject[0],
		Resource: policy.Resource{ARN: subject[1], Account: oneOf(t, "owner", ours, ours, theirs, "")},
		Context:  policy.Context{Keys: map[string]policy.ContextValue{}, Incomplete: rapid.IntRange(0, 5).Draw(t, "incomplete") == 0},
	}
	if r.Principal.Account == "" {
		r.Resource.Account = ours
	}
	for _, k := range randomKeys {
		if rapid.IntRange(0, 2).Draw(t, "missing") == 0 {
			continue
		}
		values := rapid.SampledFrom(k.values)
		if k.multi {
			r.Context.Keys[strings.ToLower(k.key)] = policy.ContextValue{Multi: true, Values: rapid.SliceOfN(values, 0, 3).Draw(t, "values")}
		} else {
			r.Context.Keys[strings.ToLower(k.key)] = policy.ContextValue{Values: []string{values.Draw(t, "value")}}
		}
	}
	return r
}
