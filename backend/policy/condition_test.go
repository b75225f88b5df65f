package policy

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// holdsFor evaluates one condition. The value "-" is an absent key; commas make
// a list, "[]" an empty one.
func holdsFor(t testing.TB, operator, values, value string) truth {
	t.Helper()
	op, ok := parseOperator(operator)
	if !ok {
		t.Fatalf("no operator %q", operator)
	}
	c := Condition{Operator: operator, Key: "K"}
	for _, v := range strings.Split(values, ",") {
		c.Values = append(c.Values, Value{Text: v})
	}
	ctx := Context{Keys: map[string]ContextValue{"aws:username": {Values: []string{"anna"}}}}
	switch {
	case value == "[]":
		ctx.Keys["k"] = ContextValue{Multi: true}
	case strings.Contains(value, ","):
		ctx.Keys["k"] = ContextValue{Values: strings.Split(value, ","), Multi: true}
	case value != "-":
		ctx.Keys["k"] = ContextValue{Values: []string{value}}
	}
	made := newCondition(&c, op, true)
	result, _ := made.holds(&ctx)
	return result
}

// (reference_policies_elements_condition_operators.html,
// reference_policies_condition-single-vs-multi-valued-context-keys.html)
func TestConditions(t *testing.T) {
	for _, c := range []struct {
		operator, values, value string
		want                    truth
	}{
		{"StringEquals", "a,b", "b", yes}, {"StringEquals", "a", "A", no}, {"StringEquals", "a*", "ab", no}, {"StringEquals", "a", "-", no},
		{"stringequals", "${aws:username}", "anna", yes}, {"StringNotEquals", "a,b", "b", no}, {"StringNotEquals", "a,b", "c", yes}, {"StringNotEquals", "a", "-", yes},
		{"StringEqualsIgnoreCase", "ÉA", "éa", yes}, {"StringNotEqualsIgnoreCase", "A", "a", no}, {"StringLike", "a?*", "a", no}, {"StringLike", "a*", "a\nb", yes},
		{"StringNotLike", "a*,b*", "ba", no}, {"StringNotLike", "a*", "-", yes}, {"StringNotEquals", "${aws:gone}", "x", yes},
		{"StringEqualsIfExists", "a", "-", yes}, {"StringEqualsIfExists", "a", "b", no}, {"StringNotEqualsIfExists", "a", "-", yes}, {"StringNotEqualsIfExists", "a", "a", no},
		{"NumericEquals", "10", "10.0", yes}, {"NumericEquals", "0.1", "0.10", yes}, {"NumericEquals", "9007199254740993", "9007199254740992", no},
		{"NumericLessThan", "10", "9.99", yes}, {"NumericLessThan", "10", "10", no}, {"NumericLessThanEquals", "10", "10", yes}, {"NumericGreaterThan", "-2", "-1.5", yes},
		{"NumericGreaterThanEquals", "1e3", "1000", yes}, {"NumericNotEquals", "5", "-", yes}, {"NumericEquals", "x", "x", no}, {"NumericNotEquals", "5", "x", yes}, {"NumericEquals", "0", "-0.00", yes},
		{"DateEquals", "2020-01-01T00:00:00Z", "1577836800", yes}, {"DateEquals", "2020-01-01T01:00:00+01:00", "2020-01-01T00:00:00Z", yes},
		{"DateEquals", "2020", "2020-01-01", yes}, {"DateEquals", "2020-01", "2020-01-01T00:00Z", yes}, {"DateLessThan", "2020-01-01T00:00:00.5Z", "2020-01-01T00:00:00.25Z", yes},
		{"DateGreaterThan", "2020-01-01T00:00:00Z", "1577836800000", yes}, {"DateLessThan", "2021-01-01T00:00:00Z", "-", no}, {"DateNotEquals", "2020", "2021", yes},
		{"DateEquals", "2020-02-30", "2020-02-30", no}, {"DateGreaterThanEquals", "1969-12-31T23:59:59Z", "-1", yes}, {"DateLessThanEquals", "2024-02-29", "2024-02-29", yes},
		{"Bool", "true", "TRUE", yes}, {"Bool", "true", "false", no}, {"Bool", "true", "-", no}, {"Bool", "true", "1", no}, {"BoolIfExists", "false", "-", yes},
		{"BinaryEquals", "QmluYXJ5", "QmluYXJ5", yes}, {"BinaryEquals", "QmluYXJ5", "QmluYXJ4", no}, {"BinaryEquals", "!", "!", no},
		{"IpAddress", "203.0.113.9/24", "203.0.113.200", yes}, {"IpAddress", "203.0.113.7", "203.0.113.7", yes}, {"IpAddress", "0.0.0.0/0", "198.51.100.1", yes},
		{"IpAddress", "0.0.0.0/0", "2001:db8::1", no}, {"IpAddress", "::/0", "2001:DB8:0:0:0:0:0:1", yes}, {"IpAddress", "2001:db8::/32", "2001:0db8:0000::1", yes},
		{"IpAddress", "::/0", "10.0.0.1", no}, {"NotIpAddress", "10.0.0.0/8", "-", yes}, {"NotIpAddress", "10.0.0.0/8,192.0.2.0/24", "192.0.2.1", no}, {"IpAddress", "10.0.0.0/8", "-", no},
		{"ArnEquals", "arn:aws:sns:*:1:t*", "arn:aws:sns:eu-west-1:1:topic", yes}, {"ArnLike", "arn:aws:sns:*:t", "arn:aws:sns:eu-west-1:1:t", no},
		{"ArnLike", "arn:aws:s3:::B", "arn:aws:s3:::b", no}, {"ArnNotLike", "arn:aws:s3:::b", "-", yes}, {"ArnNotEquals", "arn:aws:s3:::b", "arn:aws:s3:::b", no},
		{"ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/anna", yes},
		{"Null", "true", "-", yes}, {"Null", "true", "a", no}, {"Null", "false", "a", yes}, {"Null", "false", "a,b", yes}, {"Null", "true", "[]", yes}, {"Null", "True", "-", yes},
		{"StringEquals", "a", "a,a", no}, {"StringNotEquals", "x", "a,b", no}, {"StringEqualsIfExists", "a", "a,b", no},
		{"ForAllValues:StringEquals", "a,b", "a,b", yes}, {"ForAllValues:StringEquals", "a,b", "a,c", no}, {"ForAllValues:StringEquals", "a", "-", yes},
		{"ForAllValues:StringEquals", "a", "[]", yes}, {"ForAllValues:StringNotEquals", "a", "b,c", yes}, {"ForAllValues:StringNotEquals", "a", "a,c", no}, {"ForAllValues:StringNotEquals", "a", "-", yes},
		{"ForAllValues:StringEquals", "a", "", yes}, {"ForAllValues:StringLike", "a*", "ab", yes},
		{"ForAnyValue:StringEquals", "a", "b,a", yes}, {"ForAnyValue:StringEquals", "a", "-", no}, {"ForAnyValue:StringEquals", "a", "[]", no}, {"ForAnyValue:StringNotEquals", "a", "a,b", yes},
		{"ForAnyValue:StringNotEquals", "a", "-", no}, {"ForAnyValue:StringNotEquals", "a,b", "a,b", no}, {"ForAnyValue:StringEqualsIfExists", "a", "-", yes}, {"FORANYVALUE:stringlikeIFEXISTS", "b*", "bc", yes},
	} {
		if got := holdsFor(t, c.operator, c.values, c.value); got != c.want {
			t.Errorf("%s %s on %q: got %v, want %v", c.operator, c.values, c.value, got, c.want)
		}
	}
	for _, name := range []string{"", "Equals", "NullIfExists", "ForSomeValues:StringEquals", "StringEquals ", "BinaryNotEquals"} {
		if _, ok := parseOperator(name); ok {
			t.Errorf("%q is taken for an operator", name)
		}
	}
}

func TestDecimalsAreExact(t *testing.T) {
	number := rapid.StringMatching(`[+-]?(0|[0-9]{1,20})(\.[0-9]{1,12})?(e[+-]?[0-9])?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		x, okX := parseDecimal(a)
		y, okY := parseDecimal(b)
		p, q := new(big.Rat), new(big.Rat)
		p.SetString(a)
		q.SetString(b)
		if !okX || !okY || signOf(x.compare(y)) != p.Cmp(q) || signOf(x.compare(x)) != 0 {
			t.Fatalf("%s and %s: %d, want %d", a, b, x.compare(y), p.Cmp(q))
		}
	})
}

func signOf(n int) int { return max(-1, min(1, n)) }

func TestDatesAreThoseOfTheCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "seconds"), int64(rapid.IntRange(0, 999_999_999).Draw(t, "nanos")))
		zone := time.FixedZone("", 60*rapid.IntRange(-12*60, 14*60).Draw(t, "minutes east"))
		text := at.In(zone).Format(time.RFC3339Nano)
		if y := at.In(zone).Year(); y < 0 || y > 9999 {
			t.Skip("no year of four digits")
		}
		got, ok := parseInstant(text)
		if !ok || got.seconds != at.Unix() || int(got.nanos) != at.Nanosecond() {
			t.Fatalf("%s is %v, want %d.%09d", text, got, at.Unix(), at.Nanosecond())
		}
	})
}

// No value of a request or a policy stops the engine, and negation is the
// opposite wherever the key is there.
func FuzzCondition(f *testing.F) {
	for _, s := range []string{"2020-01-01T00:00:00Z", "1e5", "::1/0", "QQ==", "true", "arn:a:b:c:d:e", "${a}", "9999999999999999999999", "-.5", "1577836800.5"} {
		f.Add(s, s)
	}
	opposites := map[string]string{
		"StringEquals": "StringNotEquals", "StringLike": "StringNotLike", "NumericEquals": "NumericNotEquals",
		"DateEquals": "DateNotEquals", "IpAddress": "NotIpAddress", "ArnLike": "ArnNotLike",
	}
	f.Fuzz(func(t *testing.T, values, value string) {
		if value == "-" || value == "[]" || strings.Contains(value, ",") {
			t.Skip()
		}
		for op, not := range opposites {
			if holdsFor(t, op, values, value) != holdsFor(t, not, values, value).not() {
				t.Errorf("%s and %s of %q on %q", op, not, values, value)
			}
		}
		holdsFor(t, "Bool", values, value)
		holdsFor(t, "BinaryEquals", values, value)
		holdsFor(t, "NumericLessThan", values, value)
	})
}
