package policy

import "strings"

// controlledByRCP says whether resource control policies are evaluated for the
// action's service (orgs_manage_policies_rcps.html).
func controlledByRCP(action string) bool {
	service, _, _ := strings.Cut(action, ":")
	for _, s := range [...]string{"s3", "sts", "kms", "sqs", "secretsmanager"} {
		if strings.EqualFold(s, service) {
			return true
		}
	}
	return false
}
