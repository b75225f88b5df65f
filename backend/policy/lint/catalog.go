package lint

import "slices"

// Rule is what is told of a code. Meaning has places in braces for what a
// finding is about.
type Rule struct {
	Code    string
	Class   Class
	Meaning string
	Remedy  string
	Page    string // of the IAM User Guide, or of the guide named
}

// Listed is the state of the AWS page of policy checks that the codes follow
// (access-analyzer-reference-policy-checks.html).
const Listed = "September 2026"

// Rules are all codes, those of a class together, the gravest first.
func Rules() []Rule { return slices.Concat(errorRules, securityRules, warningRules, suggestionRules) }

var rules = func() map[string]Rule {
	all := map[string]Rule{}
	for _, r := range Rules() {
		all[r.Code] = r
	}
	return all
}()

// Obsolete are codes that AWS lists or listed for what it has allowed since
// September 2025, when service control policies got the whole language
// (orgs_manage_policies_scps_syntax.html). They are not reported.
var Obsolete = []string{
	"SCP_SYNTAX_ERROR_ACTION_WILDCARD", "SCP_SYNTAX_ERROR_ALLOW_CONDITION", "SCP_SYNTAX_ERROR_ALLOW_NOTACTION",
	"SCP_SYNTAX_ERROR_ALLOW_RESOURCE", "SCP_SYNTAX_ERROR_NOTRESOURCE",
}

// The pages that rules lead to.
const (
	grammarPage   = "reference_policies_grammar.html"
	versionPage   = "reference_policies_elements_version.html"
	statementPage = "reference_policies_elements_statement.html"
	sidPage       = "reference_policies_elements_sid.html"
	effectPage    = "reference_policies_elements_effect.html"
	principalPage = "reference_policies_elements_principal.html"
	actionPage    = "reference_policies_elements_action.html"
	resourcePage  = "reference_policies_elements_resource.html"
	arnPage       = "reference-arns.html"
	conditionPage = "reference_policies_elements_condition.html"
	operatorPage  = "reference_policies_elements_condition_operators.html"
	globalPage    = "reference_policies_condition-keys.html"
	multiPage     = "reference_policies_condition-single-vs-multi-valued-context-keys.html"
	variablePage  = "reference_policies_variables.html"
	passRolePage  = "id_roles_use_passrole.html"
	linkedPage    = "id_roles_create-service-linked-role.html"
	deputyPage    = "confused-deputy.html"
	oidcPage      = "id_roles_create_for-idp_oidc.html"
	tagPage       = "access_tags.html"
	quotaPage     = "reference_iam-quotas.html"
	scpPage       = "orgs_manage_policies_scps_syntax.html"
	rcpPage       = "orgs_manage_policies_rcps_syntax.html"
	notPage       = "reference_policies_elements_notprincipal.html"
	servicesPage  = "reference_policies_actions-resources-contextkeys.html"
)
