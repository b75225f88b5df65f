package policy

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func matchesGlob(text, s string) bool {
	p := newPattern(text, dialect{wildcards: true})
	return p.match(s, &Context{}) == yes
}

// TestCornersStandForAllTexts is what a comparison rests on: whatever set of
// patterns some text matches, a corner's text matches the same set.
func TestCornersStandForAllTexts(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "b", "*", "?", "ab", "a*"})
	rapid.Check(t, func(t *rapid.T) {
		var texts []string
		var patterns []region
		for range rapid.IntRange(1, 4).Draw(t, "patterns") {
			text := ""
			for _, p := range rapid.SliceOfN(piece, 0, 4).Draw(t, "pattern") {
				text += p
			}
			texts = append(texts, text)
			patterns = append(patterns, region{globOf(text, false)})
		}
		signature := func(s string) string {
			var out []byte
			for _, p := range texts {
				out = append(out, "ny"[boolIndex(matchesGlob(p, s))])
			}
			return string(out)
		}
		cut, whole := corners([]region{{glob{anyRunRune}}}, patterns)
		f := fillerFor(patterns)
		var known []string
		for _, c := range cut {
			all, ok := f.texts(c, "")
			whole = whole && ok
			for _, s := range all {
				known = append(known, signature(s))
			}
		}
		if !whole {
			t.Skip("too many, and said so")
		}
		for range 50 {
			s := rapid.StringOfN(rapid.SampledFrom([]rune("abc")), 0, 8, -1).Draw(t, "text")
			if !slices.Contains(known, signature(s)) {
				t.Fatalf("%q is matched by %s of %q, and no corner's text is", s, signature(s), texts)
			}
		}
	})
}

func boolIndex(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestMeetIsWhatBothMatch(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want []string
	}{
		{"a*", "*b", []string{"a*b"}}, {"a*", "ab*", []string{"ab*"}}, {"a", "b", nil}, {"a*", "b*", nil},
		{"s3:Get*", "s3:*Object", []string{"s3:Get*Object"}}, {"ab*", "*bc", []string{"abc", "ab*bc"}}, {"??", "*", []string{"??"}}, {"?b", "a?", []string{"ab"}},
	} {
		found, ok := overlap(globOf(c.a, false), globOf(c.b, false))
		var want []glob
		for _, w := range c.want {
			want = append(want, globOf(w, false))
		}
		if !ok || !slices.EqualFunc(found, want, func(a, b glob) bool { return slices.Equal(a, b) }) {
			t.Errorf("%s and %s meet in %q, want %q", c.a, c.b, found, c.want)
		}
	}
}
