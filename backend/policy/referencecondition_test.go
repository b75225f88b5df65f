package policy_test

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/backend/policy"
)

// globMatch: a star is any run, a question mark one character.
func globMatch(pattern, text string) bool {
	expression := "(?s)^"
	for _, c := range pattern {
		switch c {
		case '*':
			expression += ".*"
		case '?':
			expression += "."
		default:
			expression += regexp.QuoteMeta(string(c))
		}
	}
	return regexp.MustCompile(expression + "$").MatchString(text)
}

var variableText = regexp.MustCompile(`\$\{[^}]*\}`)

// expression makes a regular expression of a value with its variables filled
// in; the truth says whether it can match anything at all.
func expression(value string, wildcards bool, context policy.Context, variables bool) (*regexp.Regexp, truth) {
	out, can := "(?s)^", yes
	literal := func(text string) {
		for _, c := range text {
			switch {
			case c == '*' && wildcards:
				out += ".*"
			case c == '?' && wildcards:
				out += "."
			default:
				out += regexp.QuoteMeta(string(c))
			}
		}
	}
	for variables {
		at := variableText.FindStringIndex(value)
		if at == nil {
			break
		}
		literal(value[:at[0]])
		name := value[at[0]+2 : at[1]-1]
		value = value[at[1]:]
		key, fallback, hasDefault := strings.Cut(name, ", '")
		v, there := context.Keys[strings.ToLower(key)]
		switch {
		case name == "*" || name == "?" || name == "$":
			out += regexp.QuoteMeta(name)
		case there && !v.Multi:
			out += regexp.QuoteMeta(v.Values[0])
		case !there && context.Incomplete:
			out, can = out+".*", min(can, perhaps)
		case hasDefault && !there:
			out += regexp.QuoteMeta(strings.TrimSuffix(fallback, "'"))
		default:
			can = no
		}
	}
	literal(value)
	return regexp.MustCompile(out + "$"), can
}

// textMatch: whether a value with variables matches a text.
func textMatch(value, text string, wildcards bool, context policy.Context, variables bool) truth {
	e, can := expression(value, wildcards, context, variables)
	return and(can, known(e.MatchString(text)))
}

// arnParts cuts an ARN into six, not at colons inside of variables.
func arnParts(arn string) []string {
	parts, depth := []string{""}, 0
	for _, c := range arn {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == ':' && depth == 0 && len(parts) < 6:
			parts = append(parts, "")
			continue
		}
		parts[len(parts)-1] += string(c)
	}
	return parts
}

func resourceMatch(pattern, arn string, context policy.Context, variables bool) truth {
	if pattern == "*" || arn == "*" {
		return known(pattern == "*")
	}
	parts := arnParts(pattern)
	for _, part := range parts[:min(5, len(parts))] {
		if strings.Contains(part, "${") {
			return no
		}
	}
	for len(parts) < 6 {
		parts = append(parts, "*")
	}
	return arnMatch(parts, arn, context, variables)
}

func arnMatch(parts []string, arn string, context policy.Context, variables bool) truth {
	texts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || len(texts) != 6 {
		return no
	}
	result := yes
	for i := range parts {
		result = and(result, textMatch(parts[i], texts[i], true, context, variables))
	}
	return result
}

// conditionHolds evaluates one key under one operator.
func conditionHolds(operator, key string, values refTexts, context policy.Context, variables bool) truth {
	name := strings.ToLower(operator)
	set, name2, hasSet := strings.Cut(name, ":")
	if hasSet {
		name = name2
	}
	name, ifExists := strings.CutSuffix(name, "ifexists")
	v, told := context.Keys[strings.ToLower(key)]
	there, maybe := len(v.Values) > 0, !told && context.Incomplete // an empty list is no value
	if maybe {
		return perhaps
	}
	if name == "null" && hasSet {
		return known(set == "forallvalues")
	}
	if name == "null" {
		return known(slices.ContainsFunc(values, func(want string) bool {
			return strings.EqualFold(want, strconv.FormatBool(!there))
		}))
	}
	positive := strings.Replace(name, "not", "", 1)
	negated := positive != name
	one := func(text string) truth {
		result := no
		for _, value := range values {
			result = or(result, valueMatch(positive, value, text, context, variables))
		}
		if negated {
			return not(result)
		}
		return result
	}
	switch {
	case !there:
		return known(ifExists || set == "forallvalues" || negated && !hasSet)
	case hasSet && len(v.Values) == 1 && v.Values[0] == "":
		return known(set == "forallvalues")
	case set == "forallvalues":
		result := yes
		for _, text := range v.Values {
			result = and(result, one(text))
		}
		return result
	case set == "foranyvalue":
		result := no
		for _, text := range v.Values {
			result = or(result, one(text))
		}
		return result
	case v.Multi:
		return no
	}
	return one(v.Values[0])
}

// valueMatch is the positive form of an operator for one value and one text.
func valueMatch(operator, value, text string, context policy.Context, variables bool) truth {
	switch operator {
	case "stringequals":
		return textMatch(value, text, false, context, variables)
	case "stringequalsignorecase":
		lower := policy.Context{Keys: map[string]policy.ContextValue{}, Incomplete: context.Incomplete}
		for key, v := range context.Keys {
			for _, s := range v.Values {
				lower.Keys[key] = policy.ContextValue{Multi: v.Multi, Values: append(lower.Keys[key].Values, strings.ToLower(s))}
			}
		}
		return textMatch(strings.ToLower(value), strings.ToLower(text), false, lower, variables)
	case "stringlike":
		return textMatch(value, text, true, context, variables)
	case "arnequals", "arnlike":
		return arnMatch(arnParts(value), text, context, variables)
	case "bool":
		return known(strings.EqualFold(value, text) && (strings.EqualFold(text, "true") || strings.EqualFold(text, "false")))
	case "binaryequals":
		a, err1 := base64.StdEncoding.DecodeString(value)
		b, err2 := base64.StdEncoding.DecodeString(text)
		return known(err1 == nil && err2 == nil && slices.Equal(a, b))
	case "ipaddress":
		address, err := netip.ParseAddr(text)
		if bare, err := netip.ParseAddr(value); err == nil {
			return known(bare == address)
		}
		prefix, err2 := netip.ParsePrefix(value)
		return known(err == nil && err2 == nil && prefix.Contains(address))
	}
	if rest, is := strings.CutPrefix(operator, "numeric"); is {
		a, ok1 := number(text)
		b, ok2 := number(value)
		return known(ok1 && ok2 && ordered(rest, a.Cmp(b)))
	}
	rest := strings.TrimPrefix(operator, "date")
	a, ok1 := moment(text)
	b, ok2 := moment(value)
	return known(ok1 && ok2 && ordered(rest, a.Compare(b)))
}

func ordered(operator string, sign int) bool {
	switch operator {
	case "equals":
		return sign == 0
	case "lessthan":
		return sign < 0
	case "lessthanequals":
		return sign <= 0
	case "greaterthan":
		return sign > 0
	}
	return sign >= 0
}

var decimalText = regexp.MustCompile(`^[+-]?\d+(\.\d+)?$`)

func number(text string) (*big.Rat, bool) {
	if !decimalText.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// moment reads the forms of a date, and seconds of the epoch.
func moment(text string) (time.Time, bool) {
	for _, layout := range []string{"2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	if seconds, ok := number(text); ok && seconds.IsInt() {
		return time.Unix(seconds.Num().Int64(), 0), true
	}
	return time.Time{}, false
}
