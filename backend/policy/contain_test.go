package policy

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestContains(t *testing.T) {
	for _, c := range []struct {
		wider, narrower string
		fold, want      bool
	}{
		{"", "", false, true},
		{"*", "", false, true},
		{"", "*", false, false},
		{"*", "a?*", false, true},
		{"?", "*", false, false},
		{"?*", "*?", false, true},
		{"*?*", "a", false, true},
		{"a*", "a", false, true},
		{"a", "a*", false, false},
		{"s3:Get*", "s3:GetObject", false, true},
		{"s3:get*", "s3:GetObject", true, true},
		{"s3:get*", "s3:GetObject", false, false},
		{"s3:*Object", "s3:Get*Object", false, true},
		{"s3:Get*Object", "s3:*Object", false, false},
		{"a??b", "a*b", false, false},
		{"a*b", "a??b", false, true},
		{"*ab*", "a*b", false, false},
		{"*a*?b*", "*a*b*", false, false},
		{"*a*?b*", "*a?*b*", false, true},
		{"*a?b*", "a*?b", false, false},
		{"?a*", "*a", false, false},
		{"a*a", "a", false, false},
		{"a*a", "aa", false, true},
		{"*ä", "?ä", false, true},
		{"?", "ä", false, true},
	} {
		if got := Contains(c.wider, c.narrower, c.fold); got != c.want {
			t.Errorf("Contains(%q, %q, fold %v) is %v", c.wider, c.narrower, c.fold, got)
		}
	}
}

// TestContainsIsExact compares with the search for a text that the narrower
// pattern matches and the wider does not, over the letters of the patterns and
// one more that stands for all others.
func TestContainsIsExact(t *testing.T) {
	pattern := rapid.StringOfN(rapid.SampledFrom([]rune("aabb?**")), 0, 9, -1)
	rapid.Check(t, func(t *rapid.T) {
		wider, narrower := pattern.Draw(t, "wider"), pattern.Draw(t, "narrower")
		if rapid.Bool().Draw(t, "related") {
			// Patterns that are contained are rare at random.
			narrower = strings.Replace(wider, "*", pattern.Draw(t, "inner"), 1)
		}
		text, differs := witness(wider, narrower)
		if got := Contains(wider, narrower, false); got == differs {
			t.Fatalf("Contains(%q, %q) is %v; witness %q", wider, narrower, got, text)
		}
	})
}

// TestOverlapsIsExact compares with the search for a text that both match.
func TestOverlapsIsExact(t *testing.T) {
	pattern := rapid.StringOfN(rapid.SampledFrom([]rune("aabb?**")), 0, 9, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := pattern.Draw(t, "a"), pattern.Draw(t, "b")
		if got := Overlaps(a, b, false); got != meet(a, b) {
			t.Fatalf("Overlaps(%q, %q) is %v", a, b, got)
		}
	})
}

// meet reports whether some text is matched by both.
func meet(a, b string) bool {
	type state struct{ a, b uint64 }
	start := state{journey(a, 1), journey(b, 1)}
	seen := map[state]bool{start: true}
	for queue := []state{start}; len(queue) > 0; queue = queue[1:] {
		s := queue[0]
		if s.a>>len(a)&1 == 1 && s.b>>len(b)&1 == 1 {
			return true
		}
		for _, letter := range []byte("abx") {
			next := state{step(a, s.a, letter), step(b, s.b, letter)}
			if !seen[next] && next.a != 0 && next.b != 0 {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return false
}

// witness is a text that narrower matches and wider does not.
func witness(wider, narrower string) (text string, found bool) {
	type state struct{ wider, narrower uint64 }
	start := state{journey(wider, 1), journey(narrower, 1)}
	texts := map[state]string{start: ""}
	for queue := []state{start}; len(queue) > 0; queue = queue[1:] {
		s := queue[0]
		if s.narrower>>len(narrower)&1 == 1 && s.wider>>len(wider)&1 == 0 {
			return texts[s], true
		}
		for _, letter := range []byte("abx") {
			next := state{step(wider, s.wider, letter), step(narrower, s.narrower, letter)}
			if _, seen := texts[next]; !seen && next.narrower != 0 {
				texts[next] = texts[s] + string(letter)
				queue = append(queue, next)
			}
		}
	}
	return "", false
}

// journey adds the places of a pattern that are reached without a letter.
func journey(pattern string, at uint64) uint64 {
	for i := range len(pattern) {
		if at>>i&1 == 1 && pattern[i] == '*' {
			at |= 1 << (i + 1)
		}
	}
	return at
}

// step is where a pattern stands after a letter.
func step(pattern string, at uint64, letter byte) uint64 {
	var next uint64
	for i := range len(pattern) {
		if at>>i&1 == 0 {
			continue
		}
		switch pattern[i] {
		case '*':
			next |= 1 << i
		case '?', letter:
			next |= 1 << (i + 1)
		}
	}
	return journey(pattern, next)
}

func FuzzContains(f *testing.F) {
	f.Add("s3:Get*", "s3:GetObject", true)
	f.Add("*?*", "?*?", false)
	f.Add("a*b?c", "\xff*", false)
	f.Fuzz(func(t *testing.T, wider, narrower string, fold bool) {
		if len(wider)+len(narrower) > 1000 {
			return
		}
		if !Contains(wider, wider, fold) || !Contains("*", narrower, fold) {
			t.Errorf("%q does not contain itself, or * not %q", wider, narrower)
		}
		if Contains(wider, narrower, false) && !Contains(wider, narrower, true) {
			t.Errorf("%q contains %q, but not without regard to case", wider, narrower)
		}
		if Contains(wider, narrower, fold) && !Contains("*"+wider, narrower, fold) {
			t.Errorf("*%s does not contain %q, though %q does", wider, narrower, wider)
		}
	})
}
