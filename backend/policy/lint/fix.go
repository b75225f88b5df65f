package lint

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"gatehouse/backend/policy"
	"gatehouse/backend/policy/reference"
)

// Fix is a change of the document that ends a finding and is certainly meant.
// It leaves every other byte as it was.
type Fix struct {
	Title string `json:"title"` // "Remove the Principal element"
	Edits []Edit `json:"edits"` // in order, apart from one another
}

// Edit puts a text in the place of bytes of the document.
type Edit struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// Apply is the document with the fix. The document must be the one that the
// finding is about.
func (f *Fix) Apply(source []byte) []byte {
	var out []byte
	at := 0
	for _, e := range f.Edits {
		out = append(append(out, source[at:e.Start]...), e.Text...)
		at = e.End
	}
	return append(out, source[at:]...)
}

// fix gives a finding its remedy of one click.
func (f *Finding) fix(title string, edits ...Edit) {
	slices.SortFunc(edits, func(a, b Edit) int { return a.Start - b.Start })
	f.Fix = &Fix{Title: title, Edits: edits}
}

func replace(n *policy.Node, text string) Edit { return Edit{n.Start, n.End, text} }

// quoted is s as a JSON string.
func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	return strings.TrimSuffix(b.String(), "\n")
}

// setString puts another text in the place of a string.
func setString(n *policy.Node, text string) Edit { return replace(n, quoted(text)) }

// drop takes an item out of its list, or a member out of its object.
func drop(n *policy.Node) Edit {
	type span struct{ start, end int }
	var all []span
	at := -1
	for _, item := range n.Parent.Items {
		if item == n {
			at = len(all)
		}
		all = append(all, span{item.Start, item.End})
	}
	for _, m := range n.Parent.Members {
		if m.Value == n {
			at = len(all)
		}
		all = append(all, span{m.NameNode.Start, m.Value.End})
	}
	switch {
	case at+1 < len(all):
		return Edit{all[at].start, all[at+1].start, ""}
	case at > 0:
		return Edit{all[at-1].end, all[at].end, ""}
	}
	return Edit{all[at].start, all[at].end, ""}
}

// addMember puts a member at the end of an object, in the way its first one is
// set.
func (l *linter) addMember(object *policy.Node, name, value string) Edit {
	text := quoted(name) + ": " + value
	if len(object.Members) == 0 {
		return Edit{object.Start + 1, object.End - 1, text}
	}
	last := object.Members[len(object.Members)-1].Value
	return Edit{last.End, last.End, "," + l.lead(object, object.Members[0].NameNode) + text}
}

// addFirst puts a member at the beginning of an object that has some.
func (l *linter) addFirst(object *policy.Node, name, value string) Edit {
	first := object.Members[0].NameNode
	return Edit{first.Start, first.Start, quoted(name) + ": " + value + "," + l.lead(object, first)}
}

// addItem puts an item at the end of a list, or makes a list of a single value.
func (l *linter) addItems(value *policy.Node, items ...string) Edit {
	var text strings.Builder
	lead := " "
	if value.Kind == policy.Array && len(value.Items) > 0 {
		lead = l.lead(value, value.Items[0])
	}
	for _, item := range items {
		text.WriteString("," + lead + quoted(item))
	}
	if value.Kind != policy.Array {
		return replace(value, "["+string(l.source[value.Start:value.End])+text.String()+"]")
	}
	if len(value.Items) == 0 {
		return replace(value, "["+strings.TrimPrefix(text.String(), ","+lead)+"]")
	}
	end := value.Items[len(value.Items)-1].End
	return Edit{end, end, text.String()}
}

// lead is the white space before the first part of an object or list.
func (l *linter) lead(whole, first *policy.Node) string {
	if space := string(l.source[whole.Start+1 : first.Start]); space != "" {
		return space
	}
	return " "
}

// mostFixes bounds Fixed; a document has fewer findings.
const mostFixes = 1000

// Fixed is a document after all fixes, one after the other, and what is still
// found in it then.
func Fixed(source []byte, kind policy.Kind, data *reference.Data) ([]byte, []Finding) {
	all := Lint(source, kind, data)
	for range mostFixes {
		i := slices.IndexFunc(all, func(f Finding) bool { return f.Fix != nil })
		if i < 0 {
			break
		}
		source = all[i].Fix.Apply(source)
		all = Lint(source, kind, data)
	}
	return source, all
}
