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
	// Most ARNs are of the service whose name they have.
	forms := matching(l.ownForms(name), parts[5])
	if forms == nil {
		forms = matching(l.arnForms(name), parts[5])
	}
	if forms == nil {
		if len(l.arnForms(name)) > 0 {
			l.report("INVALID_ARN_RESOURCE", n, name, parts[5])
		}
		return
	}
	const region, account = 3, 4
	all := func(part int, empty bool) bool {
		return !slices.ContainsFunc(forms, func(form []string) bool { return (form[part] == "") != empty })
	}
	switch {
	case parts[region] == "" && all(region, false):
		l.report("MISSING_ARN_REGION", n, n.Text)
	case parts[region] != "" && parts[region] != "*" && all(region, true):
		l.report("ARN_REGION_NOT_ALLOWED", n, name, parts[region]).fix("Remove the Region", setString(n, without(parts, region)))
	}
	switch {
	case parts[account] == "" && all(account, false):
		l.report("MISSING_ARN_ACCOUNT", n, n.Text)
	case parts[account] != "" && parts[account] != "*" && all(account, true):
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

// matching are the forms whose last part may be that of an ARN.
func matching(forms [][]string, name string) (some [][]string) {
	name = unfixed(name)
	for _, form := range forms {
		if policy.Overlaps(form[5], name, false) {
			some = append(some, form)
		}
	}
	return some
}

// ownForms are the forms of the ARNs of the service of that prefix which have it
// as their service part as well.
func (l *linter) ownForms(name string) [][]string {
	forms, known := l.own[name]
	if !known {
		forms = formsOf(l.data.Service(name), name)
		l.own[name] = forms
	}
	return forms
}

// arnForms are the forms of the ARNs with that service part in all services: it
// is not always the prefix of the service's actions.
func (l *linter) arnForms(name string) [][]string {
	forms, known := l.forms[name]
	if !known {
		for _, prefix := range l.data.Services() {
			forms = append(forms, formsOf(l.data.Service(prefix), name)...)
		}
		l.forms[name] = forms
	}
	return forms
}

// formsOf are a service's ARNs with that service part, as their parts, with *
// for what is left open in the last.
func formsOf(service *reference.Service, name string) (forms [][]string) {
	if service == nil {
		return nil
	}
	for _, r := range service.Resources {
		if form := splitARN(r.ARN); len(form) == 6 && form[2] == name {
			form[5] = unfixed(form[5])
			forms = append(forms, form)
		}
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
