package lint

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/policy"
	"gatehouse/backend/policy/reference"
)

// quiet are the codes whose fix takes away what says nothing.
var quiet = []string{
	"REDUNDANT_ACTION", "REDUNDANT_RESOURCE", "REDUNDANT_STATEMENT", "REDUNDANT_CONDITION_VALUE_NUM",
	"REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", "EQUIVALENT_TO_NULL_FALSE", "EQUIVALENT_TO_NULL_TRUE",
	"IMPROVE_IP_RANGE", "EMPTY_OBJECT_CONDITION", "EMPTY_SID_VALUE", "MISSING_VERSION",
	"EMPTY_ARRAY_CONDITION_FORALLVALUES", "EMPTY_ARRAY_CONDITION_IFEXISTS",
}

// What the policies and requests of the law are made of: little, so that much of
// it is redundant.
var (
	lawActions   = []string{"*", "s3:*", "s3:Get*", "s3:GetObject", "S3:getobject", "s3:*Object", "s3:PutObject", "s3:GetObject?cl"}
	lawResources = []string{
		"*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/a*", "arn:aws:s3:::b/anna", "arn:aws:s3:::b/?*", "arn:aws:s3:::b/????",
		"arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/${aws:UserName}*", "arn:aws:s3:::b/${*}", "arn:aws:s3:::b/$*", "arn:aws:*:::b/*",
	}
	lawConditions = []string{
		`{}`, `{"StringLike": {"aws:username": "*"}}`, `{"StringNotLike": {"aws:username": ["*", "ben"]}}`,
		`{"StringLikeIfExists": {"aws:username": "*"}}`, `{"ForAllValues:StringLike": {"aws:TagKeys": "*"}}`,
		`{"ForAnyValue:StringLike": {"aws:TagKeys": ["cost", "*"]}}`, `{"ForAllValues:StringEquals": {"aws:TagKeys": []}}`,
		`{"StringEqualsIfExists": {"aws:username": []}}`, `{"StringEquals": {"aws:username": ["anna", "ben"]}}`,
		`{"stringequals": {"AWS:UserName": ["ben", "anna"]}}`, `{"IpAddress": {"aws:SourceIp": "203.0.113.9/24"}}`,
		`{"NumericLessThan": {"aws:MultiFactorAuthAge": ["60", "3600", "600"]}}`,
		`{"NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": ["60", "3600"]}}`,
		`{"StringLikeIfExists": {"aws:username": "*"}, "NumericLessThan": {"aws:MultiFactorAuthAge": ["60", 3600]}}`,
		`{"Bool": {}, "StringLikeIfExists": {"aws:username": "a*", "aws:userid": "*"}}`,
	}
)

// drawn is a statement of the law's parts.
func drawn(t *rapid.T) map[string]any {
	s := map[string]any{"Effect": rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(t, "effect")}
	some := func(all []string, label string) []string {
		return rapid.SliceOfN(rapid.SampledFrom(all), 1, 3).Draw(t, label)
	}
	s[rapid.SampledFrom([]string{"Action", "Action", "NotAction"}).Draw(t, "form")] = some(lawActions, "actions")
	s[rapid.SampledFrom([]string{"Resource", "Resource", "NotResource"}).Draw(t, "form")] = some(lawResources, "resources")
	if rapid.Bool().Draw(t, "conditional") {
		s["Condition"] = json.RawMessage(rapid.SampledFrom(lawConditions).Draw(t, "condition"))
	}
	if rapid.IntRange(0, 9).Draw(t, "sid") == 0 {
		s["Sid"] = ""
	}
	return s
}

func drawnRequest(t *rapid.T) *policy.Request {
	keys := map[string]policy.ContextValue{}
	for _, k := range []struct {
		key    string
		values []string // "-": the request does not have the key
	}{
		{"aws:username", []string{"-", "anna", "ben", "*", ""}}, {"aws:sourceip", []string{"-", "203.0.113.7", "198.51.100.1"}},
		{"aws:multifactorauthage", []string{"-", "59", "60", "599", "3600", "4000"}}, {"aws:userid", []string{"-", "AIDAANNA"}},
	} {
		if v := rapid.SampledFrom(k.values).Draw(t, k.key); v != "-" {
			keys[k.key] = policy.ContextValue{Values: []string{v}}
		}
	}
	if rapid.Bool().Draw(t, "tags") {
		keys["aws:tagkeys"] = policy.ContextValue{Values: []string{"cost", "team"}, Multi: true}
	}
	return &policy.Request{
		Principal: policy.Principal{Type: policy.User, ARN: "arn:aws:iam::111122223333:user/anna", Account: "111122223333"},
		Action:    rapid.SampledFrom([]string{"s3:GetObject", "s3:PutObject", "s3:GetObjectAcl", "s3:ListBucket", "ec2:RunInstances"}).Draw(t, "action"),
		Resource: policy.Resource{
			ARN:     rapid.SampledFrom([]string{"arn:aws:s3:::b/anna", "arn:aws:s3:::b/ann", "arn:aws:s3:::b/*", "arn:aws:s3:::b/$anna", "arn:aws:s3:::b/", "arn:aws:s3:::c", "*"}).Draw(t, "resource"),
			Account: "111122223333",
		},
		Context: policy.Context{Keys: keys},
	}
}

// TestQuietFixesChangeNoDecision: what a redundancy fix takes away decided
// nothing.
func TestQuietFixesChangeNoDecision(t *testing.T) {
	data := reference.Embedded()
	rapid.Check(t, func(t *rapid.T) {
		document := map[string]any{}
		if v := rapid.SampledFrom([]string{"", policy.Version2008, policy.Version2012, policy.Version2012}).Draw(t, "version"); v != "" {
			document["Version"] = v
		}
		document["Statement"] = []any{drawn(t), drawn(t), drawn(t)}[:rapid.IntRange(1, 3).Draw(t, "statements")]
		source, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		before := decider(t, source)
		for _, f := range Lint(source, policy.IdentityPolicy, data) {
			if f.Fix == nil || !slices.Contains(quiet, f.Code) {
				continue
			}
			changed := f.Fix.Apply(source)
			after := decider(t, changed)
			for range 4 {
				r := drawnRequest(t)
				if a, b := before(r), after(r); a != b {
					t.Fatalf("%s: %q makes %v of %v for %+v\n%s\n%s", f.Code, f.Fix.Title, b, a, r, source, changed)
				}
			}
		}
	})
}

// decider decides requests by one policy of a user.
func decider(t *rapid.T, source []byte) func(*policy.Request) policy.Verdict {
	document, err := policy.Parse(source)
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}
	compiled, err := policy.Compile(policy.Set{Identity: []policy.Named{{Name: "own", Document: document}}})
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}
	return func(r *policy.Request) policy.Verdict {
		var d policy.Decision
		compiled.Decide(r, &d)
		return d.Verdict
	}
}
