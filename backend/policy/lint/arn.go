package lint

import (
	"regexp"
	"slices"
	"strings"

	"gatehouse/backend/policy"
	"gatehouse/backend/policy/reference"
)

// splitARN cuts a name at its first five colons; those of a variable do not
// count.
func splitARN(arn string) []string {
	var parts []string
	depth, from := 0, 0
	for i := 0; i < len(arn) && len(parts) < 5; i++ {
		switch {
		case strings.HasPrefix(arn[i:], "${"):
			depth++
		case arn[i] == '}' && depth > 0:
			depth--
		case arn[i] == ':' && depth == 0:
			parts = append(parts, arn[from:i])
			from = i + 1
		}
	}
	return append(parts, arn[from:])
}

// arnPart is a part of an ARN, counted from 0; "" where there is none.
func arnPart(arn string, i int) string {
	if parts := splitARN(arn); i < len(parts) {
		return parts[i]
	}
	return ""
}

// open reports whether a part stands for more than one text.
func open(part string) bool { return strings.ContainsAny(part, "*?") || strings.Contains(part, "${") }

// partitions of AWS (reference-arns.html).
var partitions = []string{"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"}

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// owners stand in the account part of what AWS itself or a seller owns.
var owners = []string{"aws", "aws-managed", "aws-marketplace", "amazon", "cloudfront", "third-party"}

// checkResources looks at the ARNs of a statement
// (reference_policies_elements_resource.html, reference-arns.html).
func (l *linter) checkResources(s *statement) {
	for _, n := range s.resource.values {
		if n.Text != "*" && !strings.HasPrefix(n.Text, "${") {
			l.checkARN(n)
		}
	}
}

func (l *linter) checkARN(n *policy.Node) {
	parts := splitARN(n.Text)
	if !policy.Contains(parts[0], "arn", false) {
		f := l.report("INVALID_ARN_PREFIX", n, n.Text)
		if strings.EqualFold(parts[0], "arn") {
			f.fix("Write arn", setString(n, "arn"+n.Text[3:]))
		}
		return
	}
	if len(parts) < 6 {
		l.report("MISSING_ARN_FIELD", n, n.Text)
		return
	}
	partition, service, region, account := parts[1], parts[2], parts[3], parts[4]
	if !open(partition) && !slices.Contains(partitions, partition) {
		l.report("INVALID_PARTITION", n, partition, n.Text)
	}
	if low := strings.ToLower(service); low != service && !strings.Contains(service, "${") {
		parts[2] = low
		l.report("INVALID_ARN_SERVICE_CASE", n, service).fix("Write "+low, setString(n, strings.Join(parts, ":")))
	}
	if region != "" && !open(region) && !knownRegion(region) {
		l.report("INVALID_ARN_REGION", n, region, n.Text)
	}
	if account != "" && !open(account) && !accountID.MatchString(account) && !slices.Contains(owners, account) {
		l.report("INVALID_ARN_ACCOUNT", n, account, n.Text)
	}
	if !open(service) {
		l.checkARNForm(n, parts)
	}
}

// checkARNForm compares an ARN with the forms that the service's resources have.
func (l *linter) checkARNForm(n *policy.Node, parts []string) {
	if l.data == nil {
		return
	}
	name := strings.ToLower(parts[2])
	if !l.knownARNService(name) {
		near := nearest(name, l.data.Services())
		l.report("INVALID_SERVICE", n, name, "the ARN "+n.Text, hint("Did you mean "+near+"?", near != ""))
		return
	}
	var regions, accounts []string
	look := func(forms []string) {
		for _, form := range forms {
			if f := splitARN(form); len(f) == 6 && policy.Overlaps(unfixed(f[5]), unfixed(parts[5]), false) {
				regions, accounts = append(regions, f[3]), append(accounts, f[4])
			}
		}
	}
	// Most ARNs are of the service whose name they have.
	if look(ownForms(l.data.Service(name), name)); regions == nil {
		look(l.arnForms(name))
	}
	if regions == nil {
		if len(l.arnForms(name)) > 0 {
			l.report("INVALID_ARN_RESOURCE", n, parts[5], name)
		}
		return
	}
	all := func(of []string, none bool) bool {
		return !slices.ContainsFunc(of, func(part string) bool { return (part == "") != none })
	}
	const region, account = 3, 4
	switch {
	case parts[region] == "" && all(regions, false):
		l.report("MISSING_ARN_REGION", n, n.Text)
	case parts[region] != "" && parts[region] != "*" && all(regions, true):
		l.report("ARN_REGION_NOT_ALLOWED", n, name, parts[region]).fix("Remove the Region", setString(n, without(parts, region)))
	}
	switch {
	case parts[account] == "" && all(accounts, false):
		l.report("MISSING_ARN_ACCOUNT", n, n.Text)
	case parts[account] != "" && parts[account] != "*" && all(accounts, true):
		l.report("ARN_ACCOUNT_NOT_ALLOWED", n, name, parts[account]).fix("Remove the account", setString(n, without(parts, account)))
	}
}

// without is an ARN with one part left empty.
func without(parts []string, i int) string {
	parts = slices.Clone(parts)
	parts[i] = ""
	return strings.Join(parts, ":")
}

// unfixed puts * in the place of each variable.
func unfixed(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('*')
		if _, text, found = strings.Cut(rest, "}"); !found {
			return b.String()
		}
	}
}

// knownARNService reports whether ARNs have that service part.
func (l *linter) knownARNService(name string) bool {
	return l.data.Service(name) != nil || len(l.arnForms(name)) > 0
}

// ownForms are the forms of a service's ARNs that have a name as their service
// part.
func ownForms(service *reference.Service, name string) (forms []string) {
	if service == nil {
		return nil
	}
	for _, r := range service.Resources {
		if arnPart(r.ARN, 2) == name {
			forms = append(forms, r.ARN)
		}
	}
	return forms
}

// arnForms are the forms of the ARNs with that service part in all services: it
// is not always the prefix of the service's actions.
func (l *linter) arnForms(name string) []string {
	forms, known := l.forms[name]
	if !known {
		for _, prefix := range l.data.Services() {
			forms = append(forms, ownForms(l.data.Service(prefix), name)...)
		}
		if l.forms == nil {
			l.forms = map[string][]string{}
		}
		l.forms[name] = forms
	}
	return forms
}

// regions are the names of the Regions without their number, as of September
// 2026. A new number of one of them is not taken for a mistake.
var regions = strings.Fields(`
	af-south ap-east ap-northeast ap-south ap-southeast ca-central ca-west eu-central eu-north eu-south eu-west
	il-central me-central me-south me-west mx-central sa-east sa-west us-east us-west us-gov-east us-gov-west
	cn-north cn-northwest us-iso-east us-iso-west us-isob-east us-isob-west eu-isoe-west us-isof-east us-isof-south
	eusc-de-east`)

func knownRegion(name string) bool {
	i := strings.LastIndexByte(name, '-')
	return i > 0 && len(name) == i+2 && '1' <= name[i+1] && name[i+1] <= '9' && slices.Contains(regions, name[:i])
}
