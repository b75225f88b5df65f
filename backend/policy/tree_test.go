package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// printed walks over the nodes and writes the text again: the punctuation from
// the kinds of the nodes, the white space from the source.
func printed(t *testing.T, tree *Tree) string {
	var out strings.Builder
	at := 0
	gap := func(to int) {
		space := string(tree.Source[at:to])
		if strings.Trim(strings.TrimPrefix(space, mark), " \t\r\n") != "" {
			t.Fatalf("no node tells of %q", space)
		}
		out.WriteString(space)
		at = to
	}
	punct := func(c byte) { // behind any white space
		end := at
		for tree.Source[end] != c {
			end++
		}
		gap(end)
		out.WriteByte(c)
		at++
	}
	var walk func(n *Node)
	walk = func(n *Node) {
		gap(n.Start)
		switch n.Kind {
		case Object:
			punct('{')
			for i, m := range n.Members {
				if i > 0 {
					punct(',')
				}
				walk(m.NameNode)
				punct(':')
				walk(m.Value)
			}
			punct('}')
		case Array:
			punct('[')
			for i, item := range n.Items {
				if i > 0 {
					punct(',')
				}
				walk(item)
			}
			punct(']')
		default:
			out.Write(tree.Source[n.Start:n.End])
			at = n.End
		}
		if at != n.End {
			t.Fatalf("a node ends at %d, its parts at %d", n.End, at)
		}
	}
	walk(tree.Root)
	gap(len(tree.Source))
	return out.String()
}

// said is what the nodes mean, as encoding/json would have it. Of repeated
// members the last counts there.
func said(n *Node) any {
	switch n.Kind {
	case Object:
		object := map[string]any{}
		for _, m := range n.Members {
			object[m.Name] = said(m.Value)
		}
		return object
	case Array:
		list := []any{}
		for _, item := range n.Items {
			list = append(list, said(item))
		}
		return list
	case String:
		return n.Text
	case Number:
		return json.Number(n.Text)
	case Boolean:
		return n.Text == "true"
	}
	return nil
}

func decoded(source []byte) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(strings.TrimPrefix(string(source), mark)))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

func TestParseTreeKeepsEverything(t *testing.T) {
	for _, source := range []string{
		`null`, ` true `, `-0.5E+10`, `""`, "[]", "{ }", "[ [ ] ,\t{\r\n} ]",
		`{"a":1,"a":[2,3.10],"b":{"c":"\u00e9\ud83d\ude00 \/\"\\\b\f\n\r\t"}}`,
		mark + "{\"ü\": \"€😀\"}\n",
	} {
		tree, err := ParseTree([]byte(source))
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := printed(t, tree); got != source {
			t.Errorf("printed\n%s\nof\n%s", got, source)
		}
		if want, err := decoded([]byte(source)); err != nil || !reflect.DeepEqual(said(tree.Root), want) {
			t.Errorf("%s says %v, want %v, %v", source, said(tree.Root), want, err)
		}
	}
}

func TestParseTreeRefuses(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"", "1:1 The document is empty"},
		{" \n", "2:1 A value must stand here, but the text ends"},
		{"{\"a\": 1,\n  \"b\" 2}", "2:7 A colon must stand behind the name \"b\", but there is '2'"},
		{`{"a": 1 "b": 2}`, "1:9 A comma or a closing } must stand here, but there is '\"'"},
		{`{"a": 1,}`, "1:9 A comma stands before the closing }"},
		{`{"a": 1`, "1:1 This object is not closed"},
		{`{"a": 1, `, "1:1 This object is not closed"},
		{`{a: 1}`, "1:2 The name of a member in double quotation marks must stand here, but there is 'a'"},
		{`[1,]`, "1:4 A comma stands before the closing ]"},
		{`[1 2]`, "1:4 A comma or a closing ] must stand here"},
		{`[1,`, "1:1 This list is not closed"},
		{`{"a": 1} x`, "1:10 There is text behind the end"},
		{`"abc`, "1:1 This string is not closed"},
		{"\"a\nb\"", "1:3 The control character 0x0A stands in a string"},
		{`"\x"`, "1:2 Behind a backslash must stand one of"},
		{`"\`, "1:2 The text ends inside an escape"},
		{`"ü\u12"`, "1:3 Four hexadecimal digits"},
		{`"\ud800"`, `1:2 The escape \uD800 is one half of a character`},
		{`"\udc00\ud800"`, `1:2 The escape \uDC00 is one half`},
		{`"\ud800\u0041"`, `1:2 The escape \uD800 is one half`},
		{"[\"€\", 01]", "1:7 A number does not start with a needless 0"},
		{`-`, "1:2 A digit must stand behind the minus, but the text ends"},
		{`1.`, "1:3 A digit must stand behind the point"},
		{`1e`, "1:3 A digit must stand in the exponent"},
		{`+1`, "1:1 A value must stand here, but there is '+'"},
		{`NaN`, "1:1 A value must stand here, but there is 'N'"},
		{`'a'`, "1:1 A value must stand here"},
		{"\xef\xbb\xbf{", "1:1 This object is not closed"},
		{"{\"a\": \"\xff\"}", "1:8 The byte 0xFF is no UTF-8 here"},
		{"\xff\xfe{\x00}\x00", "1:1 The byte 0xFF is no UTF-8"},
		{"// no\n{}", "1:1 A value must stand here, but there is '/'"},
		{"{\r\"a\"\r\n:\nx}", "4:1 A value must stand here"},
		{strings.Repeat("[", 65) + strings.Repeat("]", 65), "1:65 Objects and arrays stand more than 64 deep"},
	} {
		_, err := ParseTree([]byte(c.source))
		wantError(t, c.source, err, c.want)
	}
}

// wantError compares an error, as "line:column message", with its beginning.
func wantError(t *testing.T, source string, err error, want string) {
	t.Helper()
	var wrong *SyntaxError
	if !errors.As(err, &wrong) {
		t.Errorf("%q: error %v, want %s", source, err, want)
		return
	}
	if got := fmt.Sprintf("%d:%d %s", wrong.Line, wrong.Column, wrong.Message); !strings.HasPrefix(got, want) {
		t.Errorf("%q:\n got %s\nwant %s", source, got, want)
	}
}

func TestPositionCountsCharacters(t *testing.T) {
	tree, err := ParseTree([]byte(mark + "{\"é\":\r\n\t\"😀\"\r,\n\"b\":1}"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   *Node
		want string
	}{
		{tree.Root, "1:1"}, {tree.Root.Members[0].NameNode, "1:2"}, {tree.Root.Member("é"), "2:2"},
		{tree.Root.Members[1].NameNode, "4:1"}, {tree.Root.Member("b"), "4:5"},
	} {
		p := tree.Position(c.at.Start)
		if got := fmt.Sprintf("%d:%d", p.Line, p.Column); got != c.want || p.Offset != c.at.Start {
			t.Errorf("%s stands at %s, offset %d, want %s", tree.Source[c.at.Start:c.at.End], got, p.Offset, c.want)
		}
	}
	if p := tree.Position(tree.Root.End); p.Line != 4 || p.Column != 7 {
		t.Errorf("the end stands at %v", p)
	}
}

func FuzzParseTree(f *testing.F) {
	for _, s := range []string{`{"a":[1,true,null,"\ud83d\ude00"]}`, mark + "[]", `{"a":1,"a":2}`, `[1e5,-0]`, "\"\xff\"", `"\ud800"`, "{\r\n}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		tree, err := ParseTree(source)
		if err != nil {
			var wrong *SyntaxError
			if !errors.As(err, &wrong) || wrong.Line < 1 || wrong.Column < 1 || wrong.Offset > len(source) || wrong.Message == "" || !utf8.ValidString(wrong.Message) {
				t.Fatalf("%#v", err)
			}
			return
		}
		if got := printed(t, tree); got != string(source) {
			t.Fatalf("printed %q of %q", got, source)
		}
		if want, err := decoded(source); err != nil || !reflect.DeepEqual(said(tree.Root), want) {
			t.Fatalf("%q says %v, want %v, %v", source, said(tree.Root), want, err)
		}
	})
}
