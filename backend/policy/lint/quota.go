package lint

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf8"

	"gatehouse/backend/policy"
)

// quotas are how many characters a policy may have (reference_iam-quotas.html;
// orgs_reference_limits.html). IAM does not count white space; Organizations and
// most services keep a policy as it is given to them, so that it counts.
var quotas = map[policy.Kind]struct {
	code string
	most int
}{
	policy.IdentityPolicy:        {"POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", 6144}, // a managed policy; inline ones share less
	policy.ResourcePolicy:        {"POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", 20480},
	policy.TrustPolicy:           {"POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", 2048},
	policy.ServiceControlPolicy:  {"POLICY_SIZE_EXCEEDS_SCP_QUOTA", 5120},
	policy.ResourceControlPolicy: {"POLICY_SIZE_EXCEEDS_RCP_QUOTA", 5120},
}

// checkQuota reports a policy that is too long to be saved.
func (l *linter) checkQuota() {
	q, known := quotas[l.kind]
	if !known {
		return
	}
	size := 0
	for rest := bytes.TrimSpace(l.source); len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		rest = rest[n:]
		switch {
		case l.kind == policy.ResourcePolicy:
			size += n // in bytes
		case l.kind == policy.ServiceControlPolicy || l.kind == policy.ResourceControlPolicy || !unicode.IsSpace(r):
			size++
		}
	}
	if size > q.most {
		l.add(q.code, policy.Position{Line: 1, Column: 1}, min(1, len(l.source)), []string{strconv.Itoa(size), strconv.Itoa(q.most)})
	}
}
