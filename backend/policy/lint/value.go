package lint

import (
	"encoding/base64"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/backend/policy"
)

// Values of conditions (reference_policies_elements_condition_operators.html).

// checkValues compares the values with the operator, and the operator with the key.
func (l *linter) checkValues(_ *statement, c *condition) {
	if c.empty() {
		l.emptyCondition(c)
		return
	}
	l.checkKinds(c)
	if c.operator.base == "Bool" && len(c.values) > 1 {
		l.report("INVALID_CONDITION_MULTIPLE_BOOLEAN", c.value, c.key)
	}
	l.checkFamily(c)
	for _, v := range c.values {
		if strings.Contains(v.Text, "${") {
			continue // reported where it is not allowed, unknown where it is
		}
		switch c.operator.family {
		case "Bool", "Null":
			if !strings.EqualFold(v.Text, "true") && !strings.EqualFold(v.Text, "false") {
				l.report("TYPE_MISMATCH_BOOLEAN", v, v.Text, c.operatorName.Text)
			}
		case "Numeric":
			if _, err := strconv.ParseFloat(v.Text, 64); err != nil || !decimal.MatchString(v.Text) {
				l.report("TYPE_MISMATCH_NUMBER", v, v.Text, c.operatorName.Text)
			}
		case "Date":
			if _, err := strconv.ParseFloat(v.Text, 64); err == nil && decimal.MatchString(v.Text) && !year.MatchString(v.Text) {
				l.report("INVALID_DATE_VALUE", v, v.Text)
			} else if !isDate(v.Text) {
				l.report("TYPE_MISMATCH_DATE", v, v.Text, c.operatorName.Text)
			}
		case "Binary":
			if _, err := base64.StdEncoding.DecodeString(v.Text); err != nil {
				l.report("TYPE_MISMATCH_STRING", v, v.Text, c.operatorName.Text)
			}
		}
	}
}

func (l *linter) emptyCondition(c *condition) {
	code := "EMPTY_ARRAY_CONDITION"
	switch o := c.operator; {
	case o.set == "ForAllValues":
		code = "EMPTY_ARRAY_CONDITION_FORALLVALUES"
	case o.set == "ForAnyValue":
		code = "EMPTY_ARRAY_CONDITION_FORANYVALUE"
	case o.ifExists:
		code = "EMPTY_ARRAY_CONDITION_IFEXISTS"
	}
	f := l.report(code, c.value, c.key)
	if (code == "EMPTY_ARRAY_CONDITION_FORALLVALUES" || code == "EMPTY_ARRAY_CONDITION_IFEXISTS") && c.alone("Null") && !c.operator.negated {
		f.fix("Test that the key is absent", setString(c.operatorName, "Null"), setString(c.value, "true"))
	}
}

// checkKinds reports values of mixed JSON types.
func (l *linter) checkKinds(c *condition) {
	for _, v := range c.values {
		if v.Kind == c.values[0].Kind {
			continue
		}
		var edits []Edit
		for _, v := range c.values {
			if v.Kind != policy.String {
				edits = append(edits, setString(v, v.Text))
			}
		}
		l.report("INVALID_CONDITION_DATA_TYPE", c.value, c.key).fix("Write all values as texts", edits...)
		return
	}
}

// families are the operators that fit the type of a key. What a text operator
// compares is the text form, which fits several types.
var families = map[string][]string{
	"String": {"String"}, "ARN": {"ARN", "String"}, "Arn": {"ARN", "String"}, "Numeric": {"Numeric"}, "Long": {"Numeric"},
	"Bool": {"Bool"}, "Boolean": {"Bool"}, "Date": {"Date"}, "IPAddress": {"IP"}, "Binary": {"Binary"},
}

// checkFamily reports an operator of another family than the type of the key.
func (l *linter) checkFamily(c *condition) {
	k := l.keyOf(c.key)
	if k == nil || c.operator.base == "" || c.operator.family == "Null" {
		return
	}
	kind := strings.TrimPrefix(k.Type, "ArrayOf")
	fit := families[kind]
	if strings.EqualFold(c.key, "aws:EpochTime") {
		fit = []string{"Date", "Numeric"}
	}
	if len(fit) > 0 && !slices.Contains(fit, c.operator.family) {
		l.report("TYPE_MISMATCH", c.operatorName, c.operatorName.Text, c.key, kind)
	}
	if kind == "ARN" && (c.operator.base == "StringLike" || c.operator.base == "StringNotLike") {
		l.likeARN(c)
	}
}

func (l *linter) likeARN(c *condition) {
	o := c.operator
	name := o.name(strings.Replace(o.base, "String", "Arn", 1))
	f := l.report("STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS", c.operatorName, c.operatorName.Text, c.key, name)
	whole := !slices.ContainsFunc(c.values, func(v *policy.Node) bool { return len(splitARN(v.Text)) < 6 })
	if whole && c.alone(name) {
		f.fix("Write "+name, setString(c.operatorName, name))
	}
}

var (
	decimal = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$`)
	year    = regexp.MustCompile(`^[0-9]{4}$`)
)

// dateForms are the forms of the W3C note on dates and times.
var dateForms = []string{
	"2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00",
}

func isDate(text string) bool {
	return slices.ContainsFunc(dateForms, func(form string) bool {
		_, err := time.Parse(form, text)
		return err == nil
	})
}

// private are the ranges that no request from the internet comes from.
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("::1/128"),
}

// checkAddresses looks at ranges of addresses.
func (l *linter) checkAddresses(_ *statement, c *condition) {
	if c.operator.family != "IP" {
		return
	}
	inside := 0
	for _, v := range c.values {
		if strings.Contains(v.Text, "${") {
			continue
		}
		prefix, err := netip.ParsePrefix(v.Text)
		if address, bare := netip.ParseAddr(v.Text); bare == nil && address.Zone() == "" {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			l.report("TYPE_MISMATCH_IP_RANGE", v, v.Text)
			continue
		}
		if m := prefix.Masked(); m != prefix {
			l.report("IMPROVE_IP_RANGE", v, v.Text, m.String()).fix("Write "+m.String(), setString(v, m.String()))
		}
		if slices.ContainsFunc(private, func(p netip.Prefix) bool { return p.Bits() <= prefix.Bits() && p.Contains(prefix.Addr()) }) {
			inside++
		}
	}
	if c.low != "aws:sourceip" || inside == 0 {
		return
	}
	code := "PRIVATE_IP_ADDRESS"
	if c.operator.negated {
		code = "PRIVATE_NOT_IP_ADDRESS"
	}
	if inside < len(c.values) {
		code += "_SUBSET"
	}
	l.report(code, c.value, c.key)
}

// formats are the forms of the values of some keys.
var formats = []struct {
	code string
	keys []string
	form *regexp.Regexp
}{
	{"INVALID_VPC_FORMAT", []string{"aws:sourcevpc", "aws:ec2instancesourcevpc"}, regexp.MustCompile(`^vpc-([0-9a-f]{8}|[0-9a-f]{17})$`)},
	{"INVALID_VPCE_FORMAT", []string{"aws:sourcevpce"}, regexp.MustCompile(`^vpce-([0-9a-f]{8}|[0-9a-f]{17})$`)},
	{"INVALID_KMS_KEY_VALUE", []string{"s3:x-amz-server-side-encryption-aws-kms-key-id", "ec2:kmskeyid", "s3express:kmskeyid"},
		regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9A-Za-z-]+$`)},
	{"INVALID_SERVICE_PRINCIPAL_FORMAT", []string{
		"aws:principalservicename", "aws:principalservicenameslist", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast",
		"iam:passedtoservice", "iam:awsservicename",
	}, servicePrincipal},
}

// servicePrincipal is the name of a service as a principal.
var servicePrincipal = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.(amazonaws\.com(\.cn)?|aws\.internal|amazon\.com|api\.aws)$`)

// checkFormats looks at values that can only be of a certain form. A wildcard is
// left for those that know what it may stand for.
func (l *linter) checkFormats(_ *statement, c *condition) {
	if c.operator.family != "String" && c.operator.family != "ARN" {
		return
	}
	for _, v := range c.values {
		if open(v.Text) {
			continue
		}
		if c.low == "aws:requestedregion" && v.Text != "aws-global" && !knownRegion(v.Text) {
			l.report("INVALID_REGION", v, v.Text)
		}
		for _, f := range formats {
			if slices.Contains(f.keys, c.low) && !f.form.MatchString(v.Text) {
				l.report(f.code, v, v.Text, c.key)
			}
		}
	}
}

// The keys whose values decide who is let in
// (reference_policies_condition-keys.html#condition-keys-sensitive): a wildcard
// in one of the first has no good use, the others need a beginning.
var (
	sensitiveKeys = strings.Fields(`
		aws:principalaccount aws:principalorgid aws:resourceaccount aws:resourceorgid aws:sourceaccount
		aws:sourceorgid aws:sourcevpc aws:sourcevpce aws:vpceaccount aws:vpceorgid`)
	pathKeys = strings.Fields("aws:principalorgpaths aws:resourceorgpaths aws:sourceorgpaths aws:vpceorgpaths")
)

// fixedEnough is how many characters must stand before a wildcard or variable.
const fixedEnough = 6

// checkWildcards looks at * and ? in values.
func (l *linter) checkWildcards(_ *statement, c *condition) {
	if c.operator.family != "String" && c.operator.family != "ARN" {
		return
	}
	for _, v := range c.values {
		text := unfixed(strings.NewReplacer("${*}", "-", "${?}", "-", "${$}", "-").Replace(v.Text))
		plain := !strings.Contains(v.Text, "${")
		at := strings.IndexAny(text, "*?")
		if at < 0 {
			continue
		}
		switch {
		case plain && !c.operator.like():
			l.report("WILDCARD_WITHOUT_LIKE_OPERATOR", v, v.Text, c.operatorName.Text)
		case plain && l.tooOpen(c, text, at):
			l.report("WILDCARD_USAGE_TOO_PERMISSIVE", v, v.Text, c.key)
		case !plain && at < fixedEnough && l.tooOpen(c, text, at) && !trustedVariable(v.Text):
			l.report("VARIABLE_USAGE_TOO_PERMISSIVE", v, v.Text, c.key)
		}
	}
}

// tooOpen reports whether a value with a first wildcard at a place leaves a
// sensitive key open.
func (l *linter) tooOpen(c *condition, text string, at int) bool {
	switch {
	case slices.Contains(sensitiveKeys, c.low):
		return true
	case slices.Contains(pathKeys, c.low):
		return at < fixedEnough
	case c.low == "aws:userid":
		// Before the colon stands the unique id of the role, behind it a name that
		// the caller chooses.
		id, _, found := strings.Cut(text, ":")
		return !found || strings.ContainsAny(id, "*?")
	}
	return false
}

// trustedVariables are those that neither the caller nor a tag sets.
var trustedVariables = append(strings.Fields(`
	aws:ec2instancesourcevpc aws:principalarn aws:userid`), append(slices.Clone(sensitiveKeys), pathKeys...)...)

func trustedVariable(text string) bool {
	_, rest, _ := strings.Cut(text, "${")
	name, _, _ := strings.Cut(rest, "}")
	name, _, _ = strings.Cut(name, ",")
	return slices.Contains(trustedVariables, strings.ToLower(strings.TrimSpace(name)))
}
