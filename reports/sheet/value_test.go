package sheet

import (
	"testing"
	"unicode/utf8"
)

func TestValueString(t *testing.T) {
	for _, c := range []struct {
		name string
		v    Value
		want string
	}{
		{"nothing", Value{}, ""},
		{"a text", TextOf("Ann"), "Ann"},
		{"an id of digits", IDOf("0012"), "0012"},
		{"a number", NumberOf(-1234567), "-1234567"},
		{"a moment", TimeOf(micros("2026-01-31 08:59:30")), "2026-01-31 08:59:30"},
		{"a moment goes down to its second", TimeOf(micros("2026-01-31 08:59:30") + 999_999), "2026-01-31 08:59:30"},
		{"a moment before 1970 too", TimeOf(-1), "1969-12-31 23:59:59"},
		{"a word", WordOf("not collected"), "not collected"},
		{"an outcome", OutcomeOf(CannotConclude), "cannot conclude"},
	} {
		if got := c.v.String(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What XML cannot hold is shown as U+FFFD, never dropped.
func TestClean(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "abc", "abc"},
		{"empty", "", ""},
		{"tab and line ends stay", "a\tb\nc\rd", "a\tb\nc\rd"},
		{"NUL", "a\x00b", "a�b"},
		{"escape and bell", "\x1b[31m\a", "�[31m�"},
		{"DEL and C1 stay", "a\x7fb\u0085", "a\x7fb\u0085"},
		{"a broken byte", "a\xffb", "a�b"},
		{"a cut character", "a\xe2\x82", "a��"},
		{"a lone surrogate, three bytes", "\xed\xa0\x80x", "���x"},
		{"noncharacters that XML forbids", "\ufffe\uffff", "��"},
		{"U+FFFD itself", "a�", "a�"},
		{"beyond the first plane", "🤖𝒳", "🤖𝒳"},
		{"directions and marks", "עברית\u202e\u0301", "עברית\u202e\u0301"},
	} {
		got := clean(c.in)
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if !utf8.ValidString(got) || clean(got) != got {
			t.Errorf("%s: %q is not clean", c.name, got)
		}
	}
}

func TestHeading(t *testing.T) {
	for _, c := range []struct {
		c    Column
		want string
	}{
		{Column{Name: "seen", Title: "Last sign-in", Kind: Time}, "Last sign-in (UTC)"},
		{Column{Name: "seen", Title: "Seen, UTC", Kind: Time}, "Seen, UTC"},
		{Column{Name: "seen", Kind: Time}, "seen (UTC)"},
		{Column{Name: "n", Title: "Sign-ins", Kind: Number}, "Sign-ins"},
	} {
		if got := c.c.Heading(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.c, got, c.want)
		}
	}
}

func TestTitles(t *testing.T) {
	var names titles
	for _, c := range []struct{ title, want string }{
		{"Accounts", "Accounts"},
		{"accounts", "accounts (2)"},
		{"Accounts", "Accounts (3)"},
		{"Accounts (2)", "Accounts (2) (2)"}, // taken, whatever the case
		{"a/b\\c:d*e?f[g]", "a-b-c-d-e-f-g-"},
		{"'it's'", "’it’s’"},
		{"  ", "Sheet"},
		{"history", "history -"},
		{"line\nbreak", "line break"},
		{"An exceedingly long title of a sheet", "An exceedingly long title of a "},
		{"An exceedingly long title of a sheet", "An exceedingly long title o (2)"},
		{"🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖", "🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖🤖"},
	} {
		if got := names.take(c.title); got != c.want {
			t.Errorf("%q: %q, want %q", c.title, got, c.want)
		}
	}
}

func TestWidths(t *testing.T) {
	long := TextOf("0123456789012345678901234567890123456789012345678901234567890123456789")
	for _, c := range []struct {
		name   string
		column Column
		v      Value
		want   float64
	}{
		{"as told", Column{Name: "x", Width: 33}, long, 33},
		{"never too narrow", Column{Name: "x"}, TextOf("a"), narrowest},
		{"never too wide", Column{Name: "x"}, long, widest},
		{"the heading and its arrow", Column{Name: "x", Title: "Last sign-in"}, TextOf("a"), 12 + arrow + padding},
		{"the value", Column{Name: "x"}, TextOf("0123456789"), 10 + padding},
		{"a number with separators", Column{Name: "x", Kind: Number}, NumberOf(1234567890), 13 + padding},
		{"the longest line", Column{Name: "x"}, TextOf("0123456789\nab"), 10 + padding},
		{"wide characters", Column{Name: "x"}, TextOf("王小明王小"), 10 + padding},
		{"marks take no room", Column{Name: "x"}, TextOf("e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301"), 7 + padding},
	} {
		if got := fit(c.column, 0, [][]Value{{c.v}}); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
