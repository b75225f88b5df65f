package policy

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// matches compares a text of a policy under Version 2012-10-17.
func matches(pattern, s string, keys map[string]ContextValue) truth {
	p := newPattern(pattern, dialect{wildcards: true, variables: true})
	return p.match(s, &Context{Keys: keys})
}

// (reference_policies_elements_condition_operators.html,
// reference_policies_variables.html)
func TestPattern(t *testing.T) {
	keys := map[string]ContextValue{
		"aws:username": {Values: []string{"anna"}}, "aws:principaltag/star": {Values: []string{"*"}}, "aws:principaltag/none": {Values: []string{""}},
		"aws:tagkeys": {Values: []string{"one"}, Multi: true},
	}
	for _, c := range []struct {
		pattern, text string
		want          truth
	}{
		{"", "", yes}, {"", "a", no}, {"*", "", yes}, {"*", "a\nb", yes}, {"a*c", "a\n/:c", yes}, {"a**c", "ac", yes},
		{"?", "", no}, {"?", "a", yes}, {"?", "\n", yes}, {"?", "ab", no}, {"?", "é", yes}, {"*??", "€", no}, {"a?c", "ac", no},
		{"*.log", "a.log.log", yes}, {"*ab*ab", "abab", yes}, {"*ab*ab", "ab", no}, {"A", "a", no},
		{"${aws:username}", "anna", yes}, {"home/${aws:UserName}/*", "home/anna/x", yes}, {"${ aws:username }", "anna", yes},
		{"${aws:PrincipalTag/Star}", "*", yes}, {"${aws:PrincipalTag/star}", "anything", no},
		{"x${aws:PrincipalTag/none}y", "xy", yes},
		{"${aws:gone}", "", no}, {"home/${aws:gone}*", "home/x", no}, {"${aws:gone}", "${aws:gone}", no},
		{"${aws:gone, 'all'}", "all", yes}, {"${aws:gone,'a}b'}", "a}b", yes}, {"${aws:username, 'all'}", "anna", yes}, {"${aws:gone, '*'}", "x", no},
		{"${aws:tagkeys}", "one", no}, {"${aws:tagkeys, 'd'}", "d", no},
		{"${*}", "*", yes}, {"${*}", "x", no}, {"${?}", "?", yes}, {"${?}", "x", no}, {"${$}{aws:username}", "${aws:username}", yes},
		{"${open", "${open", yes}, {"${}", "${}", yes}, {"$", "$", yes},
	} {
		if got := matches(c.pattern, c.text, keys); got != c.want {
			t.Errorf("%q on %q: got %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
	old := newPattern("${aws:username}", dialect{wildcards: true})
	if old.match("anna", &Context{Keys: keys}) != no || old.match("${aws:username}", &Context{}) != yes {
		t.Error("a variable has a meaning without Version 2012-10-17")
	}
	open := Context{Incomplete: true}
	home := newPattern("home/${aws:username}", dialect{variables: true})
	if home.match("home/x", &open) != unsure || home.match("away/x", &open) != no {
		t.Error("an unknown variable")
	}
}

// (reference_policies_elements_resource.html)
func TestARNPattern(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		pad           bool
		want          truth
	}{
		{"*", "*", true, yes}, {"*", "no arn", false, yes}, {"arn:aws:s3:::b", "*", true, no},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b:c", true, yes}, {"arn:aws:s3:::B", "arn:aws:s3:::b", true, no},
		{"arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1:1:q", false, no}, {"arn:aws:sqs:*:*:q", "arn:aws:sqs:eu-west-1:1:q", true, yes},
		{"arn:*:b", "arn:aws:s3:::b", false, no}, {"arn:aws:s3", "arn:aws:s3:::b", true, yes}, {"arn:aws:s3", "arn:aws:s3:::b", false, no},
		{"arn:aws:iam::1:user/*", "arn:aws:iam::1:user/", true, yes}, {"arn:aws:iam::?:root", "arn:aws:iam::1:root", true, yes},
		{"arn:aws:ec2:*:1:i/*", "arn:aws:ec2::1:i/x", true, yes}, {"arn:aws:s3:${aws:username}::b", "arn:aws:s3:anna::b", true, no},
		{"arn:aws:s3:::${aws:username}:x", "arn:aws:s3:::anna:x", true, yes},
	} {
		p, a := newARNPattern(c.pattern, arnRule{variables: true, pad: c.pad}), newARNText(c.text)
		if got := p.match(&a, &Context{Keys: map[string]ContextValue{"aws:username": {Values: []string{"anna"}}}}); got != c.want {
			t.Errorf("%q on %q: got %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
}

// asRegexp is what a pattern without variables says, in another language.
func asRegexp(pattern string, fold bool) *regexp.Regexp {
	text := regexp.QuoteMeta(pattern)
	text = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(text)
	if fold {
		text = "(?i)" + text
	}
	return regexp.MustCompile(`(?s)\A(?:` + text + `)\z`)
}

func TestPatternIsARegularExpression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.RuneFrom([]rune("ab*?é\nA")), 0, 8, -1).Draw(t, "pattern")
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abé\nA")), 0, 8, -1).Draw(t, "text")
		fold := rapid.Bool().Draw(t, "fold")
		p := newPattern(pattern, dialect{wildcards: true, fold: fold})
		if got, want := p.match(text, &Context{}) == yes, asRegexp(pattern, fold).MatchString(text); got != want {
			t.Fatalf("%q on %q: got %v, want %v", pattern, text, got, want)
		}
	})
}

func FuzzPattern(f *testing.F) {
	f.Add("a*?b", "axxb", "v")
	f.Add("${aws:username}*", "anna/x", "anna")
	f.Add("${k, 'd'}${*}", "d*", "")
	f.Add("${a, 'b", "${a, 'b", "x")
	f.Fuzz(func(t *testing.T, pattern, text, value string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) {
			t.Skip()
		}
		plain := newPattern(pattern, dialect{wildcards: true})
		if got, want := plain.match(text, &Context{}) == yes, asRegexp(pattern, false).MatchString(text); got != want {
			t.Fatalf("%q on %q: got %v, want %v", pattern, text, got, want)
		}
		// What an incomplete context excludes, no completion brings back.
		p := newPattern(pattern, dialect{wildcards: true, variables: true})
		whole := Context{Keys: map[string]ContextValue{"aws:username": {Values: []string{value}}, "k": {Values: []string{value}}}}
		open := p.match(text, &Context{Incomplete: true})
		if closed := p.match(text, &whole); open != unsure && open != closed {
			t.Fatalf("%q on %q: open %v, closed %v", pattern, text, open, closed)
		}
		a := newARNText(text)
		for _, pad := range []bool{false, true} {
			r := newARNPattern(pattern, arnRule{variables: true, pad: pad, early: true})
			open := r.match(&a, &Context{Incomplete: true})
			if closed := r.match(&a, &whole); open != unsure && open != closed {
				t.Fatalf("ARN %q on %q: open %v, closed %v", pattern, text, open, closed)
			}
		}
	})
}
