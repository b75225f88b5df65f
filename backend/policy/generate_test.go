package policy

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/iam"
	"gatehouse/backend/policy/reference"
)

func usageOf(t testing.TB, texts ...string) (u Usage) {
	t.Helper()
	for _, text := range texts {
		if err := u.Read(strings.NewReader(text), reference.Embedded()); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

// observations are what was observed, on a line each.
func observations(u Usage) string {
	var lines []string
	for _, o := range u.Observed {
		lines = append(lines, strings.Join([]string{o.Action, o.Resource, string(rune('0' + o.Count)), o.LastUsed}, " "))
	}
	for _, n := range u.NotMapped {
		lines = append(lines, "not "+n.What)
	}
	return strings.Join(lines, "\n")
}

func TestUsageIsRead(t *testing.T) {
	trail := `{"Records":[
		{"eventTime":"2026-01-02T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","resources":[{"ARN":"arn:aws:s3:::b/k"},{"ARN":"arn:aws:s3:::b"}]},
		{"eventTime":"2026-01-03T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"HeadObject","resources":[{"ARN":"arn:aws:s3:::b/k"}]},
		{"eventTime":"2026-01-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListObjects","resources":[{"ARN":"arn:aws:s3:::b/"},{"ARN":"arn:aws:s3:::b"}]},
		{"eventTime":"2026-01-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","errorCode":"AccessDenied"},
		{"eventTime":"2026-01-01T00:00:00Z","eventSource":"lambda.amazonaws.com","eventName":"ListFunctions20150331"},
		{"eventTime":"2026-01-01T00:00:00Z","eventSource":"monitoring.amazonaws.com","eventName":"GetMetricData"},
		{"eventTime":"2026-01-01T00:00:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin"},
		{"eventTime":"2026-01-01T00:00:00Z","eventSource":"nosuch.amazonaws.com","eventName":"Do"}]}`
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(trail))
	z.Close()
	const want = "cloudwatch:GetMetricData  1 2026-01-01T00:00:00Z\nlambda:ListFunctions  1 2026-01-01T00:00:00Z\n" +
		"s3:GetObject arn:aws:s3:::b/k 2 2026-01-03T00:00:00Z\ns3:ListBucket arn:aws:s3:::b 1 2026-01-01T00:00:00Z\n" +
		"not nosuch.amazonaws.com Do\nnot signin.amazonaws.com ConsoleLogin"
	for _, text := range []string{trail, packed.String()} {
		u := usageOf(t, text)
		if got := observations(u); got != want || u.Failed != 1 {
			t.Errorf("%d failed,\n%s\nwant\n%s", u.Failed, got, want)
		}
	}
	for _, c := range []struct{ name, text, want string }{
		{"a list", `{"observed":[{"action":"S3:getobject","resource":"arn:aws:s3:::b/k","count":3},{"action":"s3:GetObject","resource":"arn:aws:s3:::b/k","count":4,"lastUsed":"2026-02-02"},{"action":"new:Thing"}]}`,
			"new:Thing  0 \ns3:GetObject arn:aws:s3:::b/k 7 2026-02-02"},
		{"last accessed", `{"ServicesLastAccessed":[{"ServiceNamespace":"s3","LastAuthenticated":"2026-01-01","TrackedActionsLastAccessed":[{"ActionName":"ListBuckets"},{"ActionName":"GetBucketPolicy","LastAccessedTime":"2026-01-01"},{"ActionName":"Nothing","LastAccessedTime":"2026-01-01"}]},{"ServiceNamespace":"sqs","LastAuthenticated":"2026-01-01"},{"ServiceNamespace":"sns"}]}`,
			"s3:GetBucketPolicy  0 2026-01-01\nnot s3:Nothing\nnot sqs"},
		{"nothing", `{"observed":[]}`, ""},
	} {
		if got := observations(usageOf(t, c.text)); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// TestKnownEventsNameActions holds the list of events against the reference.
func TestKnownEventsNameActions(t *testing.T) {
	for event, actions := range eventActions {
		for _, a := range actions {
			prefix, name, _ := strings.Cut(a, ":")
			if reference.Embedded().Service(prefix).Action(name) == nil {
				t.Errorf("%s needs %s, which does not exist", event, a)
			}
		}
	}
}

func TestUsageRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`[]`: "it is no object", `{"observed":[{"count":"3"}]}`: "observed.count must not be of the type string", `{}`: "no known form", `x`: "no JSON", "\x1f\x8b": "cannot be read",
		`{"observed":[{"action":"s3"}]}`:                                   `Entry 1 of the usage: "s3" is no action`,
		`{"observed":[{"action":"s3:*"}]}`:                                 `"s3:*" is no action`,
		`{"observed":[{"action":"s3:Get","resource":"b"}]}`:                `"b" is no ARN`,
		`{"observed":[{"action":"s3:Get","resource":"arn:aws:s3:::b/*"}]}`: "is a pattern",
		`{"observed":[{"action":"s3:Get","count":-1}]}`:                    "a count of -1",
	} {
		var u Usage
		if err := u.Read(strings.NewReader(text), reference.Embedded()); iam.KindOf(err) != iam.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

const seen = `{"observed":[
	{"action":"s3:GetObject","resource":"arn:aws:s3:::b/in/1","count":1},{"action":"s3:GetObject","resource":"arn:aws:s3:::b/in/2","count":2,"lastUsed":"2026-01-01"},
	{"action":"s3:PutObject","resource":"arn:aws:s3:::b/out/1","count":5},{"action":"s3:ListBucket","resource":"arn:aws:s3:::b","count":1},
	{"action":"s3:ListBucket","resource":"arn:aws:s3:::c","count":1},{"action":"ec2:DescribeInstances","resource":"*","count":9}]}`

func TestGenerate(t *testing.T) {
	u := usageOf(t, seen)
	for _, c := range []struct {
		name     string
		patterns bool
		current  string
		want     string // as told writes it
		leftOut  int
	}{
		{"exact", false, "", "2012-10-17|\nUsed1 Allow Action ec2:DescribeInstances Resource *\nUsed2 Allow Action s3:GetObject Resource arn:aws:s3:::b/in/1 arn:aws:s3:::b/in/2\nUsed3 Allow Action s3:ListBucket Resource arn:aws:s3:::b arn:aws:s3:::c\nUsed4 Allow Action s3:PutObject Resource arn:aws:s3:::b/out/1", 0},
		{"patterns", true, "", "2012-10-17|\nUsed1 Allow Action ec2:DescribeInstances Resource *\nUsed2 Allow Action s3:GetObject Resource arn:aws:s3:::b/in/*\nUsed3 Allow Action s3:ListBucket Resource arn:aws:s3:::b arn:aws:s3:::c\nUsed4 Allow Action s3:PutObject Resource arn:aws:s3:::b/out/1", 0},
		{"within the current policy", true, says("Allow", "s3:*", "arn:aws:s3:::b arn:aws:s3:::b/*", `"Bool":{"aws:SecureTransport":"true"}`) + "," + says("Deny", "s3:Delete*", "*"),
			"2012-10-17|\nUsed1 Allow Action s3:GetObject Resource arn:aws:s3:::b/in/* Bool(aws:SecureTransport true)\nUsed2 Allow Action s3:ListBucket Resource arn:aws:s3:::b Bool(aws:SecureTransport true)\nUsed3 Allow Action s3:PutObject Resource arn:aws:s3:::b/out/1 Bool(aws:SecureTransport true)\n Deny Action s3:Delete* Resource *", 2},
	} {
		o := GenerateOptions{Patterns: c.patterns, Reference: reference.Embedded()}
		if c.current != "" {
			o.Current = documentOf(t, c.current)
		}
		g, err := Generate(u, o)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := told(g.Document); got != c.want || len(g.Evidence.LeftOut) != c.leftOut {
			t.Errorf("%s: left out %v\n%s\nwant\n%s", c.name, g.Evidence.LeftOut, got, c.want)
		}
		again, err := Generate(u, o)
		if err != nil || !bytes.Equal(again.Document.Tree.Source, g.Document.Tree.Source) {
			t.Errorf("%s: another policy the second time", c.name)
		}
	}
}

func TestGenerateRefusesWhatIsWider(t *testing.T) {
	u := usageOf(t, seen)
	current := documentOf(t, says("Allow", "s3:GetObject", "arn:aws:s3:::b/in/1 arn:aws:s3:::b/in/2"))
	if _, err := Generate(u, GenerateOptions{Patterns: true, Current: current, Reference: reference.Embedded()}); iam.KindOf(err) != iam.Conflict || !strings.Contains(err.Error(), "it would allow s3:GetObject on arn:aws:s3:::b/in/") {
		t.Errorf("patterns that go beyond the current policy: %v", err)
	}
	if _, err := Generate(Usage{}, GenerateOptions{Reference: reference.Embedded()}); iam.KindOf(err) != iam.Invalid {
		t.Errorf("nothing used: %v", err)
	}
}

func TestGenerateTellsItsEvidence(t *testing.T) {
	g, err := Generate(usageOf(t, seen, `{"ServicesLastAccessed":[{"ServiceNamespace":"sqs","LastAuthenticated":"2026-01-01"}]}`), GenerateOptions{Reference: reference.Embedded()})
	if err != nil {
		t.Fatal(err)
	}
	objects := g.Evidence.Statements[1]
	if objects.Sid != "Used2" || objects.Count != 3 || objects.LastUsed != "2026-01-01" || len(objects.Uses) != 2 {
		t.Errorf("%+v", objects)
	}
	if len(g.Evidence.NotMapped) != 1 || g.Evidence.NotMapped[0].What != "sqs" || g.Evidence.Size == 0 || g.Evidence.Quota != 6144 {
		t.Errorf("%+v", g.Evidence)
	}
}

// TestGeneratedPoliciesAllowWhatWasUsed asks the evaluator about every
// observation, names with wildcards in them included.
func TestGeneratedPoliciesAllowWhatWasUsed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var u Usage
		for range rapid.IntRange(1, 12).Draw(t, "uses") {
			u.Observed = append(u.Observed, Observation{
				Action:   pick(t, "action", "s3:GetObject", "s3:PutObject", "dynamodb:GetItem", "new:Thing"),
				Resource: pick(t, "resource", "arn:aws:s3:::b/in/1", "arn:aws:s3:::b/in/2", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${x}?", "arn:aws:dynamodb:us-east-1:123456789012:table/a", "arn:aws:dynamodb:us-east-1:123456789012:table/b", ""),
			})
		}
		g, err := Generate(u, GenerateOptions{Patterns: rapid.Bool().Draw(t, "patterns"), Reference: reference.Embedded()})
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(Set{Identity: []Named{{Document: g.Document}}})
		if err != nil {
			t.Fatal(err)
		}
		var d Decision
		for _, o := range u.Observed {
			r := Request{Principal: userOf(ownAccount), Action: o.Action, Resource: Resource{ARN: o.Resource}}
			if o.Resource == "" {
				r.Resource.ARN = "*"
			}
			if p.Decide(&r, &d); d.Verdict != Allowed {
				t.Fatalf("%+v is not allowed by\n%s", o, g.Document.Tree.Source)
			}
		}
		used := func(action string) bool {
			return slices.ContainsFunc(u.Observed, func(o Observation) bool { return o.Action == action })
		}
		r := Request{Principal: userOf(ownAccount), Action: "s3:DeleteObject", Resource: Resource{ARN: "arn:aws:s3:::b/in/1"}}
		if p.Decide(&r, &d); d.Verdict == Allowed || used(r.Action) {
			t.Fatal("an action that was not used is allowed")
		}
	})
}

func FuzzUsage(f *testing.F) {
	for _, s := range []string{seen, `{"Records":[{"eventSource":"s3.amazonaws.com","eventName":"GetObject","resources":[{"ARN":"arn:aws:s3:::b/k"}]}]}`, `{"ServicesLastAccessed":[{}]}`, "{"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var u Usage
		if u.Read(bytes.NewReader(text), reference.Embedded()) != nil || len(u.Observed) == 0 {
			return
		}
		if g, err := Generate(u, GenerateOptions{Patterns: true, Reference: reference.Embedded()}); err == nil && g.Document == nil {
			t.Fatal("no policy and no error")
		}
	})
}
