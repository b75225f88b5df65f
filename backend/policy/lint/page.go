package lint

import (
	"fmt"
	"slices"
	"strings"
)

// The guides that pages stand in.
const (
	iamGuide           = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
	organizationsGuide = "https://docs.aws.amazon.com/organizations/latest/userguide/"
	serviceReference   = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
)

// Link is the address of the page that explains a rule.
func (r Rule) Link() string {
	switch {
	case strings.HasPrefix(r.Page, "https:"):
		return r.Page
	case strings.HasPrefix(r.Page, "orgs_"):
		return organizationsGuide + r.Page
	case r.Page == servicesPage:
		return serviceReference + r.Page
	}
	return iamGuide + r.Page
}

// Page is the documentation of all codes, in Markdown (docs/policy-lint.md).
func Page() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Checks of policies

`+"`gatehouse policy lint FILE --type identity|resource|scp|rcp|trust`"+` reads a policy document and reports what is wrong, dangerous, unclear or idle in it. The codes and classes are those of the [policy checks of IAM Access Analyzer](%saccess-analyzer-reference-policy-checks.html) as of %s; the texts are ours. There are %d codes.

A document is read as far as it can be, so that several faults are told at once. A finding says line and column (from 1, in characters), what is wrong and what to do; where what is right is certain, it brings a fix, and `+"`--fix`"+` prints the document with all of them. Services, actions, resources and keys are looked up in the service reference that comes with the program; its date is shown, and `+"`--reference FILE`"+` takes a newer one. Exit code 3 says that there is an ERROR or a SECURITY_WARNING. What was chosen where the page leaves it open stands in [policy evaluation](policy.md#checks).

`, iamGuide, Listed, len(Rules()))
	for _, class := range []struct {
		class        Class
		title, about string
	}{
		{Error, "Errors", "A part of the policy cannot work, or not as it reads."},
		{SecurityWarning, "Security warnings", "The policy gives more than is safe."},
		{Warning, "Warnings", "The policy departs from good practice."},
		{Suggestion, "Suggestions", "The policy can be written better; what it allows stays the same."},
	} {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n| code | what it says | what to do |\n|---|---|---|\n", class.title, class.about)
		for _, r := range Rules() {
			if r.Class == class.class {
				fmt.Fprintf(&b, "| [%s](%s) | %s | %s |\n", r.Code, r.Link(), escapes.Replace(r.Meaning), plain.Replace(r.Remedy))
			}
		}
		b.WriteByte('\n')
	}
	obsolete := slices.Clone(Obsolete)
	for i, code := range obsolete {
		obsolete[i] = "`" + code + "`"
	}
	fmt.Fprintf(&b, "## Not reported\n\nSince September 2025 service control policies take the whole language. These codes are therefore out of date and never reported: %s.\n", strings.Join(obsolete, ", "))
	return b.String()
}

// plain keeps the signs of Markdown out of a remedy.
var plain = strings.NewReplacer("|", `\|`, "*", `\*`)

// escapes shows * as it is, and what fills the places of a message in italics.
var escapes = strings.NewReplacer("|", `\|`, "*", `\*`, "{hint}", "", "{", "*", "}", "*")
