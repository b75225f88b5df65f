package policy_test

import (
	"slices"
	"testing"
)

// rcpServices are those of the corpus and of the random requests that support
// resource control policies.
func rcpServices(service string) bool {
	return slices.Contains([]string{"s3", "sts", "sqs", "kms", "secretsmanager"}, service)
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
