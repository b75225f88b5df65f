package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/iam"
)

// seeds multiplies the cases of property tests.
func seeds() int {
	n, _ := strconv.Atoi(os.Getenv("GATEHOUSE_SEEDS"))
	return max(n, 1)
}

// hand is how somebody writes policies.
type hand struct {
	newline, unit, colon, comma string
	spread                      bool       // a line for each value of a list
	odd                         *rand.Rand // white space at random where it may stand
}

type (
	entries []any    // a list
	pairs   [][2]any // an object; a name and a value each
)

func (h hand) write(v any, indent string) string {
	space := func() string {
		if h.odd == nil {
			return ""
		}
		return []string{"", "", " ", "\t", "\n", "\r\n", "  \n "}[h.odd.IntN(7)]
	}
	var parts []string
	open, shut, spread := "{", "}", h.newline != ""
	switch v := v.(type) {
	case string:
		return v
	case pairs:
		for _, p := range v {
			parts = append(parts, p[0].(string)+space()+h.colon+space()+h.write(p[1], indent+h.unit))
		}
	case entries:
		open, shut = "[", "]"
		spread = spread && h.spread
		for _, item := range v {
			if _, plain := item.(string); !plain {
				spread = h.newline != ""
			}
		}
		for _, item := range v {
			parts = append(parts, h.write(item, indent+h.unit))
		}
	}
	if len(parts) == 0 {
		return open + space() + shut
	}
	for i := range parts {
		parts[i] = space() + parts[i] + space()
	}
	if !spread {
		return open + strings.Join(parts, h.comma) + shut
	}
	line := h.newline + indent
	return open + line + h.unit + strings.Join(parts, ","+line+h.unit) + line + shut
}

// words are JSON strings as they stand in policies, in all their spellings.
var words = []string{
	`"s3:GetObject"`, `"s3:*"`, `"ec2:Describe*"`, `"*"`, `"iam:PassRole"`, `"arn:aws:s3:::bucket/\u00fc/*"`, `"arn:aws:s3:::b\/c"`,
	`"Zoë 😀"`, `"\ud83d\ude00 \"quoted\" \\"`, `"{[,:]}"`, `"arn:aws:iam::123456789012:role/Admin"`, `"${aws:username}"`, `"\tTab\n"`, `"a, b"`,
}

// somePolicy draws a policy and how it is written.
func somePolicy(r *rand.Rand, h hand) []byte {
	word := func() any { return words[r.IntN(len(words))] }
	value := func() any {
		if r.IntN(3) == 0 {
			return word()
		}
		list := entries{}
		for range 1 + r.IntN(6) {
			list = append(list, word())
		}
		return list
	}
	statement := func() any {
		s := pairs{}
		if r.IntN(2) == 0 {
			s = append(s, [2]any{`"Sid"`, word()})
		}
		s = append(s, [2]any{`"Effect"`, []string{`"Allow"`, `"Deny"`}[r.IntN(2)]})
		if r.IntN(4) == 0 {
			s = append(s, [2]any{`"Principal"`, pairs{{`"AWS"`, value()}, {`"Service"`, value()}}})
		}
		s = append(s, [2]any{[]string{`"Action"`, `"NotAction"`}[r.IntN(2)], value()}, [2]any{`"Resource"`, value()})
		if r.IntN(2) == 0 {
			s = append(s, [2]any{`"Condition"`, pairs{
				{`"StringLike"`, pairs{{`"aws:ResourceTag/te\u0061m"`, value()}, {`"s3:prefix"`, value()}}},
				{`"Bool"`, pairs{{`"aws:SecureTransport"`, []any{"true", `"true"`, entries{"false"}}[r.IntN(3)]}}},
			}})
		}
		return s
	}
	var statements any
	if r.IntN(8) == 0 {
		statements = statement()
	} else {
		list := entries{}
		for range []int{1, 2, 5, 30, 130}[r.IntN(5)] {
			list = append(list, statement())
		}
		statements = list
	}
	text := h.write(pairs{{`"Version"`, `"2012-10-17"`}, {`"Statement"`, statements}}, "")
	if h.odd != nil && r.IntN(4) == 0 {
		text = mark + text
	}
	if r.IntN(2) == 0 {
		text += "\n"
	}
	return []byte(text)
}

var hands = []hand{
	{"\n", "  ", ": ", ", ", true, nil}, {"\n", "    ", ": ", ", ", true, nil}, {"\r\n", "\t", " : ", ", ", true, nil},
	{"\n", "  ", ": ", ", ", false, nil}, {"\r\n", "    ", ":", ",", false, nil}, {"", "", ":", ",", false, nil}, {"", "", ": ", ", ", false, nil},
	{"\n", "  ", ": ", ", ", true, rand.New(rand.NewPCG(1, 2))},
}

// edited is generic JSON after an edit, to compare with.
func edited(v any, tokens []string, e Edit, fresh any) any {
	token := tokens[0]
	if object, ok := v.(map[string]any); ok && !isIndex(token) {
		name := fromPointer.Replace(token)
		switch {
		case len(tokens) > 1:
			object[name] = edited(object[name], tokens[1:], e, fresh)
		case e.Op == Remove:
			delete(object, name)
		case e.Op == Rename:
			object[fresh.(string)] = object[name]
			delete(object, name)
		default:
			object[name] = fresh
		}
		return object
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	index := len(list)
	if token != "-" {
		index, _ = strconv.Atoi(token)
	}
	switch {
	case len(tokens) > 1:
		list[index] = edited(list[index], tokens[1:], e, fresh)
	case e.Op == Add:
		return slices.Insert(list, index, fresh)
	case e.Op == Remove:
		return slices.Delete(list, index, index+1)
	default:
		list[index] = fresh
	}
	if !ok {
		return list[0]
	}
	return list
}

// candidates are the paths of the nodes that a policy can lose, and of the
// places where a list or a condition can grow.
func candidates(d *Document) (there, lists, objects []*Node) {
	var walk func(n *Node, path string)
	walk = func(n *Node, path string) {
		depth := strings.Count(path, "/")
		if depth > 2 && !strings.HasSuffix(path, "/Effect") && !strings.HasSuffix(path, "Action") || depth == 2 && n.Parent.Kind == Array {
			there = append(there, n)
		}
		plain := n.Kind == String && !strings.HasSuffix(path, "/Effect") && !strings.HasSuffix(path, "/Sid") && depth > 2
		if n.Kind == Array || plain && n.Parent.Kind == Object || n == d.Tree.Root.Member("Statement") {
			lists = append(lists, n)
		}
		if n.Kind == Object && n.Parent != nil && n.Parent.Parent != nil && n.Parent.Member("StringLike") == n {
			objects = append(objects, n)
		}
		for _, m := range n.Members {
			walk(m.Value, path+"/"+toPointer.Replace(m.Name))
		}
		for i, item := range n.Items {
			walk(item, fmt.Sprintf("%s/%d", path, i))
		}
	}
	walk(d.Tree.Root, "")
	return there, lists, objects
}

const freshStatement = `{"Sid":"New","Effect":"Deny","Action":["a:b","c:d"],"Resource":"*"}`

// TestEditsKeepBytes is the promise of Edit, on policies of many hands.
func TestEditsKeepBytes(t *testing.T) {
	cases := 0
	for n := range 8 * seeds() {
		for h, style := range hands {
			r := rand.New(rand.NewPCG(uint64(n), uint64(h)))
			source := somePolicy(r, style)
			d, err := Parse(source)
			if err != nil {
				t.Fatalf("%v in\n%s", err, source)
			}
			there, lists, objects := candidates(d)
			word := words[r.IntN(len(words))]
			for range 6 {
				if len(there) > 0 {
					node := there[r.IntN(len(there))]
					testRemove(t, d, node, style.odd == nil)
					if node.Kind == String {
						testReplace(t, d, node, word)
					}
				}
				list := lists[r.IntN(len(lists))]
				value := word
				if list == d.Tree.Root.Member("Statement") {
					value = freshStatement
				}
				testAdd(t, d, list, d.Tree.Path(list)+"/"+strconv.Itoa(r.IntN(len(listOf(list))+1)), value)
				testAdd(t, d, list, d.Tree.Path(list)+"/-", value)
				if len(objects) > 0 {
					o := objects[r.IntN(len(objects))]
					testAdd(t, d, o, d.Tree.Path(o)+"/aws:New~1key", `["x"]`)
					testRename(t, d, o.Members[0].Value)
				}
				cases += 5
			}
		}
	}
	t.Logf("about %d edits", cases)
}

// apply makes one edit and compares what the document then says.
func apply(t *testing.T, d *Document, e Edit) *Document {
	t.Helper()
	after, err := d.Edit(e)
	if err != nil {
		t.Fatalf("%s %s %s: %v in\n%s", e.Op, e.Path, e.Value, err, d.Tree.Source)
	}
	var fresh any
	if e.Op != Remove {
		if fresh, err = decoded(e.Value); err != nil {
			t.Fatal(err)
		}
	}
	want := edited(said(d.Tree.Root), strings.Split(e.Path, "/")[1:], e, fresh)
	if got := said(after.Tree.Root); !reflect.DeepEqual(got, want) {
		t.Fatalf("%s %s %s says\n%s\nof\n%s", e.Op, e.Path, e.Value, after.Tree.Source, d.Tree.Source)
	}
	return after
}

// keeps wants that nothing before the byte start and behind the byte end of d
// has changed.
func keeps(t *testing.T, what string, d, after *Document, start, end int) {
	t.Helper()
	before, now := d.Tree.Source, after.Tree.Source
	if tail := before[end:]; len(now) < start+len(tail) || !bytes.HasPrefix(now, before[:start]) || !bytes.HasSuffix(now, tail) {
		t.Fatalf("%s changed more than the bytes %d to %d of\n%s\nto\n%s", what, start, end, before, now)
	}
}

// same wants the bytes of d again.
func same(t *testing.T, what string, d, after *Document) {
	t.Helper()
	if !bytes.Equal(d.Tree.Source, after.Tree.Source) {
		t.Fatalf("%s does not give the bytes back that were\n%s\nbut\n%s", what, d.Tree.Source, after.Tree.Source)
	}
}

func testReplace(t *testing.T, d *Document, n *Node, word string) {
	path := d.Tree.Path(n)
	after := apply(t, d, Edit{Replace, path, json.RawMessage(word)})
	keeps(t, "replace "+path, d, after, n.Start, n.End)
	same(t, "replacing twice", d, apply(t, after, Edit{Replace, path, d.Tree.Source[n.Start:n.End]}))
}

func testRename(t *testing.T, d *Document, n *Node) {
	path := d.Tree.Path(n)
	after := apply(t, d, Edit{Rename, path, json.RawMessage(`"aws:New"`)})
	i := slices.IndexFunc(n.Parent.Members, func(m Member) bool { return m.Value == n })
	name := n.Parent.Members[i].NameNode
	keeps(t, "rename "+path, d, after, name.Start, name.End)
	again := path[:strings.LastIndex(path, "/")] + "/aws:New"
	same(t, "renaming twice", d, apply(t, after, Edit{Rename, again, d.Tree.Source[name.Start:name.End]}))
}

func testRemove(t *testing.T, d *Document, n *Node, regular bool) {
	path, in := d.Tree.Path(n), n.Parent
	l := layoutOf(d.Tree, in, in.Kind == Array)
	i := slices.IndexFunc(l.entries, func(e [2]int) bool { return e[1] == n.End })
	start, end := in.Start+1, in.End-1
	if i > 0 {
		start = l.entries[i-1][1]
	}
	if i < len(l.entries)-1 {
		end = l.entries[i+1][0]
	}
	after := apply(t, d, Edit{Op: Remove, Path: path})
	keeps(t, "remove "+path, d, after, start, end)
	// In a policy of one style, what comes back looks as it did.
	if regular && in.Kind == Array && len(l.entries) > 2 {
		same(t, "putting back", d, apply(t, after, Edit{Add, path, d.Tree.Source[n.Start:n.End]}))
	}
}

func testAdd(t *testing.T, d *Document, in *Node, path, value string) {
	after := apply(t, d, Edit{Add, path, json.RawMessage(value)})
	e := Edit{Op: Remove, Path: path}
	if in.Kind != Array && (in.Kind != Object || in == d.Tree.Root.Member("Statement")) {
		keeps(t, "add "+path, d, after, in.Start, in.End)
		return
	}
	if strings.HasSuffix(path, "/-") {
		e.Path = strings.TrimSuffix(path, "-") + strconv.Itoa(len(in.Items))
	}
	grown := len(after.Tree.Source) - len(d.Tree.Source)
	at := 0
	for at < len(d.Tree.Source) && d.Tree.Source[at] == after.Tree.Source[at] {
		at++
	}
	if grown <= 0 || at <= in.Start || !bytes.Equal(d.Tree.Source[at:], after.Tree.Source[at+grown:]) {
		t.Fatalf("add %s does more than put bytes into\n%s\nwhich gives\n%s", path, d.Tree.Source, after.Tree.Source)
	}
	same(t, "adding and removing", d, apply(t, after, e))
}

// TestEditLaysOut shows what edits look like.
func TestEditLaysOut(t *testing.T) {
	const open = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": "
	for _, c := range []struct{ name, before, op, path, value, after string }{
		{"an element stands where custom has it", `{"Statement": {"Effect": "Allow", "Action": "*"}}`, "add", "/Statement/Sid", `"A"`,
			`{"Statement": {"Sid": "A", "Effect": "Allow", "Action": "*"}}`},
		{"the end", `{"Statement":{"Effect":"Allow","Action":"*"}}`, "add", "/Statement/Resource", `["a", "b"]`,
			`{"Statement":{"Effect":"Allow","Action":"*","Resource":["a","b"]}}`},
		{"one value becomes a list", `{"Statement": [{"Effect": "Allow", "Action": "a:b"}]}`, "add", "/Statement/0/Action/-", `"c:d"`,
			`{"Statement": [{"Effect": "Allow", "Action": ["a:b", "c:d"]}]}`},
		{"before it", `{"Statement":{"Effect":"Allow","Action":"a:b"}}`, "add", "/Statement/0/Action/0", `"c:d"`,
			`{"Statement":{"Effect":"Allow","Action":["c:d","a:b"]}}`},
		{"the last value leaves an empty list", `{"Statement": {"Effect": "Allow", "Action": "a:b"}}`, "remove", "/Statement/Action/0", "",
			`{"Statement": {"Effect": "Allow", "Action": []}}`},
		{"of a list too", `{"Statement": {"Effect": "Allow", "Action": [ "a:b" ]}}`, "remove", "/Statement/Action/0", "",
			`{"Statement": {"Effect": "Allow", "Action": []}}`},
		{"the statement becomes a list", open + "{\n    \"Effect\": \"Allow\",\n    \"Action\": \"*\"\n  }\n}", "add", "/Statement/-", `{"Effect":"Deny","Action":["a:b"]}`,
			open + "[\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"*\"\n    },\n    {\n      \"Effect\": \"Deny\",\n      \"Action\": [\"a:b\"]\n    }\n  ]\n}"},
		{"the first statement", open + "[]\n}\n", "add", "/Statement/-", `{"Effect":"Deny","Action":"a:b"}`,
			open + "[\n    {\n      \"Effect\": \"Deny\",\n      \"Action\": \"a:b\"\n    }\n  ]\n}\n"},
		{"a line for each value, as in the other list", open + "{\n    \"Effect\": \"Allow\",\n    \"Action\": [\n      \"a:b\"\n    ],\n    \"Resource\": \"x\"\n  }\n}", "add", "/Statement/Resource/-", `"y"`,
			open + "{\n    \"Effect\": \"Allow\",\n    \"Action\": [\n      \"a:b\"\n    ],\n    \"Resource\": [\n      \"x\",\n      \"y\"\n    ]\n  }\n}"},
		{"a condition", open + "{\n    \"Effect\": \"Allow\",\n    \"Action\": \"*\"\n  }\n}", "add", "/Statement/0/Condition", `{"Bool":{"aws:SecureTransport":true}}`,
			open + "{\n    \"Effect\": \"Allow\",\n    \"Action\": \"*\",\n    \"Condition\": {\n      \"Bool\": {\n        \"aws:SecureTransport\": true\n      }\n    }\n  }\n}"},
		{"a new name", `{"Statement": {"Effect": "Allow", "Action": "*"}}`, "rename", "/Statement/Action", `"NotAction"`,
			`{"Statement": {"Effect": "Allow", "NotAction": "*"}}`},
	} {
		d, err := Parse([]byte(c.before))
		if err != nil {
			t.Fatal(c.name, err)
		}
		after, err := d.Edit(Edit{EditOp(c.op), c.path, json.RawMessage(c.value)})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := string(after.Tree.Source); got != c.after {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.after)
		}
	}
}

func TestEditRefuses(t *testing.T) {
	d, err := Parse([]byte(`{"Statement": [{"Effect": "Allow", "Action": ["a:b"], "Resource": "*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ op, path, value, want string }{
		{"move", "/Statement/0", "{}", `"move" is none of these`},
		{"add", "Statement", "{}", "starts with a slash"},
		{"add", "", "{}", "starts with a slash"},
		{"remove", "/Statement/1", "", "There is nothing at /Statement/1."},
		{"remove", "/Statement/-", "", "There is nothing at /Statement/-."},
		{"add", "/Statement/2", "{}", "There is nothing at /Statement/2."},
		{"remove", "/Statement/x", "", "There is nothing at /Statement/x."},
		{"remove", "/Statement/0/Sid", "", "There is nothing at /Statement/0/Sid."},
		{"remove", "/Statement/0/Condition/Bool", "", "There is nothing at /Statement/0/Condition."},
		{"remove", "/Statement/0/Action/3/x", "", "There is nothing at /Statement/0/Action/3."},
		{"add", "/Statement/0/Effect", `"Deny"`, "There is /Statement/0/Effect already."},
		{"replace", "/Statement/0/Effect", `Deny`, "is no JSON: line 1, column 1"},
		{"replace", "/Statement/0/Effect", `"No"`, `this is no policy any more: line 1, column 27: Effect must be`},
		{"remove", "/Statement/0/Effect", "", `this is no policy any more: line 1, column 16: The statement has no Effect`},
		{"rename", "/Statement/0/Action/0", `"x"`, "Only a member of an object is renamed"},
		{"rename", "/Statement/0/Action", `1`, "Only a member of an object is renamed"},
		{"rename", "/Statement/0/Action", `"Resource"`, `A statement has "Resource" twice`},
	} {
		_, err := d.Edit(Edit{EditOp(c.op), c.path, json.RawMessage(c.value)})
		if iam.KindOf(err) != iam.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s %s: %v, want %s", c.op, c.path, c.value, err, c.want)
		}
	}
}

// TestAnyEditIsSafe edits at random: an edit is refused or gives a policy, and
// never changes the document it starts from.
func TestAnyEditIsSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rapid.SampledFrom(hands).Draw(t, "hand")
		source := somePolicy(rand.New(rand.NewPCG(rapid.Uint64Range(0, 50).Draw(t, "policy"), 9)), h)
		d, err := Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		token := rapid.SampledFrom([]string{"Statement", "0", "1", "-", "Action", "Effect", "Sid", "Condition", "StringLike", "x~1y", ""})
		path := "/" + strings.Join(rapid.SliceOfN(token, 1, 5).Draw(t, "path"), "/")
		op := rapid.SampledFrom([]EditOp{Add, Remove, Replace, Rename}).Draw(t, "op")
		value := rapid.SampledFrom(append([]string{freshStatement, "{}", "[]", "[{}]", `{"StringLike":{"k":[]}}`, "1"}, words...)).Draw(t, "value")
		after, err := d.Edit(Edit{op, path, json.RawMessage(value)})
		if !bytes.Equal(d.Tree.Source, source) {
			t.Fatal("the document changed")
		}
		if err != nil && iam.KindOf(err) != iam.Invalid || err == nil && after == nil {
			t.Fatal(err)
		}
	})
}
