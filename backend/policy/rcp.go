package policy

import (
	"strings"

	"gatehouse/backend/policy/reference"
)

// controlledByRCP says whether resource control policies are evaluated for the
// action's service, by the service reference
// (orgs_manage_policies_rcps.html).
func controlledByRCP(action string) bool {
	prefix, _, _ := strings.Cut(action, ":")
	s := reference.Embedded().Service(prefix)
	return s != nil && s.RCP
}
