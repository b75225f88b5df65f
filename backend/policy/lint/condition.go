package lint

import (
	"slices"
	"strings"

	"gatehouse/backend/policy"
	"gatehouse/backend/policy/reference"
)

// Operators and keys (reference_policies_elements_condition.html).

// checkKeysOfBlock reports a key that stands twice under an operator.
func (l *linter) checkKeysOfBlock(s *statement) {
	for i := range s.conditions {
		for j := range s.conditions[:i] {
			a, b := &s.conditions[j], &s.conditions[i]
			if a.block == b.block && a.low == b.low && a.key != b.key {
				l.report("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", b.keyName, a.key, b.key)
			}
		}
	}
}

func (l *linter) checkOperator(_ *statement, c *condition) {
	o := c.operator
	switch {
	case o.base == "":
		if c.keyName == c.block.Members[0].NameNode { // once for all keys under it
			l.report("INVALID_CONDITION_OPERATOR", c.operatorName, c.operatorName.Text)
		}
	case o.base == "Null" && o.ifExists:
		f := l.report("NULL_WITH_IF_EXISTS", c.operatorName, c.operatorName.Text)
		if c.alone("Null") && o.set == "" {
			f.fix("Write Null", setString(c.operatorName, "Null"))
		}
	case o.base == "Null" && o.set != "":
		always := map[string]string{"ForAllValues": "true", "ForAnyValue": "false"}[o.set]
		l.report("NULL_WITH_QUALIFIER", c.operatorName, c.operatorName.Text, always)
	}
}

// keyOf is what the reference has of a key; nil if nothing.
func (l *linter) keyOf(key string) *reference.ConditionKey {
	if l.data == nil {
		return nil
	}
	return l.data.Key(key)
}

// tagKeys are the keys that go on with the name of a tag.
var tagKeys = []string{"aws:resourcetag", "aws:requesttag", "aws:principaltag"}

// newerKeys are global keys that a reference may not list yet
// (reference_policies_condition-keys.html).
var newerKeys = []string{"aws:signinsessionarn", "codebuild:buildarn", "codebuild:projectarn"}

// isGlobal reports whether a key, in lower case, is in requests to all services.
// Some of these begin with the prefix of one.
func (l *linter) isGlobal(low string) bool {
	return strings.HasPrefix(low, "aws:") || slices.Contains(newerKeys, low) ||
		l.data != nil && slices.ContainsFunc(l.data.Globals(), func(k reference.ConditionKey) bool { return sameKey(k.Name, low) })
}

// checkKey reports keys that are not.
func (l *linter) checkKey(_ *statement, c *condition) {
	prefix, name, found := strings.Cut(c.low, ":")
	switch {
	case !found || prefix == "" || name == "" || strings.ContainsAny(prefix, " *?"):
		l.report("INVALID_CONDITION_KEY_FORMAT", c.keyName, c.key)
	case slices.Contains(tagKeys, strings.TrimSuffix(c.low, "/")):
		l.report("MISSING_TAG_KEY_IN_CONDITION", c.keyName, c.key)
	case c.low == "aws:arn":
		l.report("UNSUPPORTED_GLOBAL_CONDITION_KEY", c.keyName, c.key)
	case l.data == nil || slices.Contains(newerKeys, c.low) || isProviderKey(c.low) || l.keyOf(c.key) != nil:
	case prefix == "aws":
		near := nearest(c.key, keyNames(l.data.Globals()))
		l.report("INVALID_GLOBAL_CONDITION_KEY", c.keyName, c.key, hint("Did you mean "+near+"?", near != ""))
	case l.data.Service(prefix) != nil:
		service := l.data.Service(prefix)
		near := nearest(c.key, keyNames(service.Keys))
		l.report("INVALID_SERVICE_CONDITION_KEY", c.keyName, service.Prefix, c.key, hint("Did you mean "+near+"?", near != ""))
	default:
		near := nearest(prefix, l.data.Services())
		l.report("INVALID_SERVICE", c.keyName, prefix, "the condition key "+c.key, hint("Did you mean "+near+"?", near != ""))
	}
}

// isProviderKey reports whether a key comes from an identity provider, whose
// name is that of a host, or from SAML (reference_policies_iam-condition-keys.html).
func isProviderKey(low string) bool {
	host, _, _ := strings.Cut(low, ":")
	return host == "saml" || strings.Contains(host, ".")
}

func keyNames(keys []reference.ConditionKey) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return names
}

// multivalued says whether a key may have several values in one request; known
// is false where nothing says so.
func (l *linter) multivalued(key string) (multi, known bool) {
	if k := l.keyOf(key); k != nil {
		return strings.HasPrefix(k.Type, "ArrayOf"), true
	}
	return false, false
}

// checkQualifier compares the set operator with the number of values that the
// key can have (reference_policies_condition-single-vs-multi-valued-context-keys.html).
func (l *linter) checkQualifier(s *statement, c *condition) {
	if strings.HasSuffix(c.low, ":aud") && isProviderKey(c.low) {
		l.checkAudience(s, c)
		return
	}
	multi, known := l.multivalued(c.key)
	o := c.operator
	switch {
	case !known || o.base == "" || o.base == "Null":
	case multi && o.set == "":
		l.report("MISSING_QUALIFIER", c.operatorName, c.key, c.operatorName.Text)
	case !multi && o.set == "ForAllValues" && s.effect == "Allow":
		l.report("FORALLVALUES_WITH_SINGLE_VALUED_KEY", c.operatorName, c.key).unqualify(c)
	}
}

// unqualify offers to take the set operator away.
func (f *Finding) unqualify(c *condition) {
	o := c.operator
	o.set = ""
	if c.alone(o.name(o.base)) {
		f.fix("Write "+o.name(o.base), setString(c.operatorName, o.name(o.base)))
	}
}

// neededActions are keys that only some actions bring along; a statement that
// lists none of them never meets the condition.
var neededActions = map[string][]string{
	"sts:sourceidentity":    {"sts:SetSourceIdentity"},
	"sts:transitivetagkeys": {"sts:TagSession"},
	"iam:passedtoservice":   {"iam:PassRole"},
	"iam:awsservicename":    {"iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole"},
	"ec2:createaction":      {"ec2:CreateTags"},
}

// checkScope compares a key with the actions that the statement lists.
func (l *linter) checkScope(s *statement, c *condition) {
	if s.action.not || len(s.action.values) == 0 || c.operator.base == "" {
		return
	}
	needed := neededActions[c.low]
	if l.kind == policy.TrustPolicy && (strings.HasPrefix(c.low, "aws:requesttag/") || c.low == "aws:tagkeys") {
		needed = []string{"sts:TagSession"}
	}
	if needed != nil {
		if !slices.ContainsFunc(needed, s.covers) {
			l.report("MISSING_ACTION_FOR_CONDITION_KEY", c.keyName, c.key, strings.Join(needed, " or "))
		}
		return
	}
	if slices.Contains([]string{"aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"}, c.low) {
		for _, n := range s.action.values {
			if n.Text == "*" {
				l.report("USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES", c.keyName, c.key)
			}
		}
		return
	}
	if l.isGlobal(c.low) || isProviderKey(c.low) || !c.demands() || l.keyOf(c.key) == nil {
		return
	}
	var without []string
	for _, n := range s.action.values {
		if service, actions := l.actionsOf(n.Text); exact(n.Text) && len(actions) == 1 && !l.hasKey(service, actions[0], c.low) {
			without = append(without, n.Text)
		}
	}
	if without != nil {
		l.report("UNSUPPORTED_ACTION_FOR_CONDITION_KEY", c.keyName, c.key, strings.Join(without, ", "))
	}
}

// hasKey reports whether requests of an action bring a key along, in lower case.
func (l *linter) hasKey(service *reference.Service, a *reference.Action, low string) bool {
	has := func(keys []string) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return sameKey(k, low) })
	}
	if has(a.Keys) {
		return true
	}
	for _, r := range a.Resources {
		if t := service.Resource(r.Type); has(r.Keys) || t != nil && has(t.Keys) {
			return true
		}
	}
	return false
}

// sameKey reports whether a key of the reference, which may leave a part open,
// is the one of a policy.
func sameKey(listed, low string) bool {
	listed = strings.ToLower(listed)
	if before, _, found := strings.Cut(listed, "${"); found {
		return strings.HasPrefix(low, before)
	}
	return listed == low
}

// checkTagSupport looks for services in whose requests the tags of the resource
// are not to be seen, so that a condition on them never holds.
func (l *linter) checkTagSupport(s *statement) {
	if s.effect == "" || l.data == nil {
		return
	}
	prefix := strings.ToUpper(s.effect)
	for _, c := range s.conditionsOf("aws:resourcetag/") {
		if !c.demands() {
			continue
		}
		if s.action.not {
			l.report(prefix+"_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", c.keyName, c.key)
			return
		}
		for _, n := range s.action.values {
			service, actions := l.actionsOf(n.Text)
			supports := func(a *reference.Action) bool { return l.hasKey(service, a, c.low) }
			if len(actions) > 0 && !slices.ContainsFunc(actions, supports) {
				l.report(prefix+"_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", n, n.Text, c.key)
			}
		}
		return // one condition on tags is enough to say it
	}
}

// networkKeys tell the network from which a request comes through an endpoint.
var networkKeys = []string{"aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"}

// checkKeysTogether reports keys that are unsafe alone or where they stand.
func (l *linter) checkKeysTogether(s *statement) {
	for _, c := range s.conditionsOf("aws:vpcsourceip") {
		if !s.tests(networkKeys...) {
			l.report("MISSING_PAIRED_CONDITION_KEYS", c.keyName, c.key, "aws:SourceVpc or aws:SourceVpce")
			break
		}
	}
	for _, c := range s.conditionsOf("aws:referer", "aws:useragent") {
		l.report("UNTRUSTWORTHY_CONDITION_KEY", c.keyName, c.key)
	}
	if l.kind == policy.ResourcePolicy {
		for _, c := range s.conditionsOf("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths") {
			l.report("IRRELEVANT_CONDITION_KEY_IN_POLICY", c.keyName, c.key)
		}
	}
	if attributes := s.conditionsOf("dynamodb:attributes"); len(attributes) > 0 && s.effect == "Allow" && !s.tests("dynamodb:select") {
		reads := []string{"dynamodb:Query", "dynamodb:Scan", "dynamodb:GetItem", "dynamodb:BatchGetItem"}
		if slices.ContainsFunc(reads, s.covers) {
			l.report("DYNAMODB_ATTRIBUTES_WITHOUT_SELECT", attributes[0].keyName)
		}
	}
	for _, c := range s.conditionsOf("s3:prefix") {
		if o := c.operator; o.family == "String" && o.negated == (s.effect == "Allow") && s.effect != "" {
			l.report("S3_PREFIX_IN_NEGATIVE_CONTEXT", c.keyName, s.effect, c.operatorName.Text)
		}
	}
}

// texts of a condition that is a single value, as "true" in {"Bool": {k: "true"}}.
func (c *condition) is(base, value string) bool {
	return c.operator.base == base && len(c.values) == 1 && strings.EqualFold(c.values[0].Text, value)
}

// empty reports whether the key has an empty list of values.
func (c *condition) empty() bool { return c.value.Kind == policy.Array && len(c.value.Items) == 0 }
