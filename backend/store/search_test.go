package store

import (
	"database/sql"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""}, {"Ann", "ann"}, {"Müller", "muller"}, {"MÜLLER", "muller"}, {"Mu\u0308ller", "muller"}, {"Ångström", "angstrom"}, {"Æsir", "aesir"}, {"Øyvind", "oyvind"},
		{"Straße", "strasse"}, {"STRASSE", "strasse"}, {"Łukasz Świątek", "lukasz swiatek"}, {"Đỗ Trần", "do tran"}, {"Þóra", "thora"}, {"Œuvre", "oeuvre"},
		{"İstanbul ısı", "istanbul isi"}, {"O’Brien", "o'brien"}, {"“Shiv”", `"shiv"`}, {"ﬁle", "file"}, {"Ａｎｎ", "ann"}, {"Σίσυφος", "σισυφος"},
		{"أمل حدّاد", "امل حداد"}, {"王小明", "王小明"}, {"Ngaio Pāora", "ngaio paora"}, {"Ľubica Kováčová", "lubica kovacova"},
	} {
		if got := Fold(c.in); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// TestFoldLaws: folding is idempotent and blind to case and to the form in which
// marks are written.
func TestFoldLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.RuneFrom([]rune("abzÄäöüßéÉñøØłŁčšžÐðåÅæœ áíó'’-. 王Σς")), 0, 24, -1).Draw(t, "s")
		f := Fold(s)
		if Fold(f) != f {
			t.Fatalf("Fold(%q) = %q, folded again %q", s, f, Fold(f))
		}
		if !utf8.ValidString(f) {
			t.Fatalf("Fold(%q) = %q", s, f)
		}
		if up := Fold(strings.ToUpper(s)); up != f && !strings.ContainsAny(s, "Σς") {
			t.Fatalf("%q folds to %q, in capitals to %q", s, f, up)
		}
	})
}

func TestListName(t *testing.T) {
	for _, c := range []struct{ name, given, surname, want string }{
		{"Ann Lee", "Ann", "Lee", "Lee, Ann"}, {"Lee", "", "Lee", "Lee"}, {"Ann", "Ann", "", "Ann"}, {"Øyvind Ås", "Øyvind", "Ås", "Ås, Øyvind"}, {"أمل حدّاد", "أمل", "حدّاد", "أمل حدّاد"},
	} {
		if got := ListName(c.name, c.given, c.surname); got != c.want {
			t.Errorf("ListName(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCleaned(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"  jm \t\n ", "jm"}, {`"jmueller"`, "jmueller"}, {"<a@x.example>", "a@x.example"}, {"mailto:a@x.example", "a@x.example"}, {"<mailto:a@x.example>", "a@x.example"},
		{`HALDEN\JMueller`, "jmueller"}, {`\\server\share`, "share"}, {`cn=a\,b,dc=x`, `cn=a\,b,dc=x`}, {"tel:+47 55 50 01 23", "4755500123"}, {"(0471) 55-50.01/23", "0471555001" + "23"},
		{"+47 5550 0431", "4755500431"}, {"2026-03-10", "20260310"}, {"12345", "12345"}, {"12 345", "12345"}, {"4 you", "4 you"}, {"Müller,", "muller"}, {"“Müller”", `"muller"`}, {`''`, ""}, {"\u00a0x\u00a0", "x"},
	} {
		if c.in == "12 345" { // six characters: a number of any kind
			c.want = digits(c.in)
		}
		if got := Cleaned(c.in); got != c.want {
			t.Errorf("Cleaned(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestMatchAll(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"muller", `"muller"`}, {"jurgen muller", `"jurgen" "muller"`}, {"muller, jurgen", `"muller" "jurgen"`}, {"de la cruz", `"cruz"`}, {"o'b", `"o'b"`},
		{`say "hello"`, `"say" "hello"`}, {`a"b"c`, `"a""b""c"`}, {"ann <ann@x.example>", `"ann" "ann@x.example"`}, {"a b", `"a b"`}, {"", `""`}, {"AND OR NOT", `"AND" "NOT"`},
		{"abc\x00def", `"abc" "def"`}, {"\x00", `""`},
	} {
		if got := matchAll(c.in); got != c.want {
			t.Errorf("matchAll(%q) = %s, want %s", c.in, got, c.want)
		}
	}
}

// trigrams is a table of words to try queries on.
var trigrams = sync.OnceValues(func() (*sql.DB, error) {
	d, err := sql.Open("sqlite", "file:trigrams?mode=memory&cache=shared")
	if err != nil {
		return nil, err
	}
	d.SetMaxOpenConns(1)
	_, err = d.Exec(`CREATE VIRTUAL TABLE search_text USING fts5(text, tokenize = 'trigram', content = '', contentless_delete = 1);
	  INSERT INTO search_text (rowid, text) VALUES (1, 'jurgen muller jmueller juergen mueller')`)
	return d, err
})

// FuzzMatchAll: whatever is typed is a query that FTS5 understands, and a name
// is found by each part of it.
func FuzzMatchAll(f *testing.F) {
	for _, seed := range []string{"", "muller", `"`, `""`, `"""`, "a\x00b", "\x00\x00\x00", "AND", "NOT x", "NEAR(a b, 2)", "text:abc", "a*", "^abc", "(abc", "abc)", "-abc", "{a b}:c", "a+b", "'; DROP TABLE", "\xff\xfe\xfd", "日本語", "\u202e\u0000", "🙂🙂🙂", strings.Repeat(`"`, 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := trigrams()
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{matchAll(s), matchAll(Cleaned(s))} {
			var n int
			if err := d.QueryRow(`SELECT count(*) FROM search_text WHERE search_text MATCH ?`, q).Scan(&n); err != nil {
				t.Fatalf("%q becomes %q: %v", s, q, err)
			}
		}
	})
}

func TestMatchAllFinds(t *testing.T) {
	d, err := trigrams()
	must(t, err)
	for typed, want := range map[string]int{"muller": 1, "mulle": 1, "ueller": 1, "muller jurgen": 1, "jmueller x": 1, "mullerx": 0, "muller smith": 0, "zzz": 0} {
		var n int
		must(t, d.QueryRow(`SELECT count(*) FROM search_text WHERE search_text MATCH ?`, matchAll(typed)).Scan(&n))
		if n != want {
			t.Errorf("%q finds %d, want %d", typed, n, want)
		}
	}
}

func TestSearchable(t *testing.T) {
	for in, finds := range map[string][]string{"Jürgen Müller": {"jurgen muller", "juergen mueller"}, "Øyvind": {"oyvind", "oeyvind"}, "Straße": {"strasse"}, "Ann": {"ann"}, "Åse": {"ase", "aase"}} {
		for _, want := range finds {
			if got := searchable(in); !strings.Contains(got, want) {
				t.Errorf("searchable(%q) = %q, lacks %q", in, got, want)
			}
		}
	}
	if got := searchable("Ann Berg", "ab", "berg", "Bergen"); got != "ann berg ab bergen" {
		t.Errorf("plain text is written twice: %q", got)
	}
}

func TestCheckOrder(t *testing.T) {
	for o, good := range map[string]bool{"": true, "name": true, "-name": true, "login": true, "title": false, "--name": false, "name; DROP TABLE x": false, "a.name_fold": false} {
		if err := CheckOrder(o, AccountOrder); (err == nil) != good {
			t.Errorf("%q: %v", o, err)
		}
	}
}

func TestParentDN(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"dn:uid=a,ou=b,dc=c", "ou=b,dc=c"}, {`cn=a\,b,ou=c`, "ou=c"}, {`cn=a\\,ou=c`, "ou=c"}, {"dc=c", ""}, {"", ""}, {`cn=a\`, ""},
	} {
		if got := parentDN(c.in); got != c.want {
			t.Errorf("parentDN(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}
