package lint

import (
	"testing"
	"time"

	"gatehouse/backend/policy"
	"gatehouse/backend/policy/reference"
)

// large is a policy of as many characters as a managed one may have.
func large(t testing.TB) []byte {
	for _, e := range examples(t, "codes") {
		if e.code == "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA" && e.passes {
			return e.source
		}
	}
	t.Fatal("there is no large policy")
	return nil
}

// TestLintIsQuick allows five milliseconds for a large policy, in the best of
// several runs, because tests share the machine.
func TestLintIsQuick(t *testing.T) {
	source, data := large(t), reference.Embedded()
	best := time.Hour
	for range 20 {
		start := time.Now()
		Lint(source, policy.IdentityPolicy, data)
		best = min(best, time.Since(start))
	}
	if best > 5*time.Millisecond {
		t.Errorf("%d bytes take %v", len(source), best)
	}
}

func BenchmarkLint(b *testing.B) {
	source, data := large(b), reference.Embedded()
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		Lint(source, policy.IdentityPolicy, data)
	}
}
