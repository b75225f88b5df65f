package policy

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestExplain(t *testing.T) {
	mfa := `"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`
	for name, c := range map[string]struct {
		scene
		says []string
	}{
		"what allows": {scene{who: anna, on: object, identity: allow},
			[]string{`Allowed: statement 1 of the identity policy "P" allows s3:GetObject on arn:aws:s3:::b/o.`, "Without that statement it would be denied."}},
		"what is missing": {scene{who: anna, on: object, identity: none},
			[]string{`Denied: nothing allows s3:GetObject on arn:aws:s3:::b/o in the identity policy "P".`, `add Allow s3:GetObject on arn:aws:s3:::b/o to the identity policy "P".`}},
		"a condition that fails": {scene{who: anna, on: object, identity: statement("Allow", mfa)},
			[]string{`Statement 1 of the identity policy "P" would allow it if aws:MultiFactorAuthPresent is "true" (absent from the request).`}},
		"what denies": {scene{who: anna, on: object, identity: allow, scp: [][]string{{allow, statement("Deny", `"Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-west-2"]}}`)}}},
			[]string{`Denied: statement 1 of the service control policy "C" at the organization's root denies`,
				`denies only while aws:RequestedRegion is not "eu-west-1" or "eu-west-2" (absent from the request).`}},
		"what denies, and what is missing besides": {scene{who: anna, on: object, identity: deny},
			[]string{"has no condition: only changing or removing it helps.", "Even then it would not be allowed: nothing allows it in"}},
		"both sides": {scene{who: anna, on: foreign},
			[]string{"Denied: the resource has no policy, so nothing allows", "for " + anna.ARN + " to a new resource policy.", "It must also be allowed in the caller's identity policies."}},
		"a boundary that does not count": {scene{who: anna, on: object, boundary: none, resource: statement("Allow", principal(anna.ARN))},
			[]string{`The permission boundary "B" does not allow it, which does not count`}},
		"delegation": {scene{who: anna, on: object, resource: statement("Allow", principal(home))},
			[]string{"The resource policy names the account, which only lets the account's own policies allow it."}},
		"a policy that was not read": {scene{who: anna, on: object, identity: allow, boundary: "?"},
			[]string{`Unknown: whether s3:GetObject on arn:aws:s3:::b/o is allowed depends on`, `The permission boundary "B" has not been read.`}},
		"a key that was not named": {scene{who: anna, on: object, identity: statement("Allow", mfa), incomplete: true},
			[]string{"Unknown:", "Name the value of aws:MultiFactorAuthPresent, or say that the request has none."}},
		"no permission needed": {scene{who: anna, action: "sts:GetCallerIdentity", on: Resource{ARN: "*"}, identity: deny},
			[]string{"Allowed: sts:GetCallerIdentity needs no permission"}},
		"what AWS keeps": {scene{who: anna, action: "iam:DeletePolicy", on: Resource{ARN: "arn:aws:iam::aws:policy/ReadOnlyAccess"}, identity: allow},
			[]string{"would change what AWS keeps for itself."}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Compile(c.set(t))
			if err != nil {
				t.Fatal(err)
			}
			var d Decision
			p.Decide(c.request(), &d)
			got := p.Explain(c.request(), &d).String()
			for _, want := range c.says {
				if !strings.Contains(got, want) {
					t.Errorf("lacks %q:\n%s", want, got)
				}
			}
		})
	}
}

// Every decision can be explained, and quickly.
func TestExplainAlwaysSpeaks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSet(t), drawRequest(t)
		r.Context.Incomplete = rapid.Bool().Draw(t, "incomplete")
		for _, at := range s.documents() {
			if rapid.IntRange(0, 5).Draw(t, "unread") == 0 {
				*at = nil
			}
		}
		p, err := Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		var d Decision
		p.Decide(r, &d)
		e := p.Explain(r, &d)
		begins := map[Verdict]string{Allowed: "Allowed:", ExplicitlyDenied: "Denied:", ImplicitlyDenied: "Denied:", Unknown: "Unknown:"}[d.Verdict]
		if !strings.HasPrefix(e.Answer, begins) || !strings.HasSuffix(e.String(), ".") {
			t.Fatalf("%v explained as %q", d.Verdict, e)
		}
	})
}

func BenchmarkExplain(b *testing.B) {
	p, requests := hundred(b)
	var d Decision
	var worst time.Duration
	i := 0
	for b.Loop() {
		r := &requests[i%len(requests)]
		p.Decide(r, &d)
		begun := time.Now()
		p.Explain(r, &d)
		worst = max(worst, time.Since(begun))
		i++
	}
	b.ReportMetric(float64(worst.Microseconds()), "worst-µs")
}
