package policy

import (
	"bytes"
	"encoding/json"
	"strings"
)

// layout knows how the text around a container is written, and changes it.
type layout struct {
	tree    *Tree
	in      *Node
	list    bool     // in is a list, or the one value that stands for a list
	entries [][2]int // the bytes of each entry of the container
	newline string   // "" where the whole document stands on one line
	unit    string   // what a deeper level is indented by
	colon   string   // between a name and its value
	comma   string   // between two values on one line
	spread  bool     // lists of plain values have a line for each
}

func layoutOf(t *Tree, in *Node, list bool) *layout {
	l := &layout{tree: t, in: in, list: list, newline: "\n", unit: "  ", colon: ": ", comma: ", "}
	if list {
		for _, item := range listOf(in) {
			l.entries = append(l.entries, [2]int{item.Start, item.End})
		}
	} else {
		for _, m := range in.Members {
			l.entries = append(l.entries, [2]int{m.NameNode.Start, m.Value.End})
		}
	}
	l.learn()
	return l
}

func (l *layout) text(start, end int) string { return string(l.tree.Source[start:end]) }

// learn looks how the document is written: at its first members, and at the
// lists that stand nearest to the change.
func (l *layout) learn() {
	root := l.tree.Root
	first := root.Members[0] // a policy has one
	lead := l.text(root.Start+1, first.NameNode.Start)
	l.colon = l.text(first.NameNode.End, first.Value.Start)
	switch at := strings.LastIndexAny(lead, "\r\n"); {
	case at < 0:
		l.newline = ""
	case strings.HasSuffix(lead[:at+1], "\r\n"):
		l.newline = "\r\n"
		fallthrough
	default:
		l.unit = strings.TrimPrefix(lead[at+1:], l.indentAt(root.Start))
	}
	best, nearest := -1, -1 // distances of the lists that taught
	away := func(n *Node) int { return max(n.Start-l.in.Start, l.in.Start-n.Start) }
	var walk func(n *Node)
	walk = func(n *Node) {
		for _, m := range n.Members {
			walk(m.Value)
		}
		plain := n.Kind == Array && len(n.Items) > 0
		for _, item := range n.Items {
			walk(item)
			plain = plain && item.Kind != Object && item.Kind != Array
		}
		if d := away(n); plain && (best < 0 || d < best) {
			best, l.spread = d, strings.ContainsAny(l.text(n.Start, n.Items[0].Start), "\r\n")
		}
		var gap string // between two entries on one line
		if len(n.Items) > 1 {
			gap = l.text(n.Items[0].End, n.Items[1].Start)
		} else if len(n.Members) > 1 {
			gap = l.text(n.Members[0].Value.End, n.Members[1].NameNode.Start)
		}
		if d := away(n); gap != "" && !strings.ContainsAny(gap, "\r\n") && (nearest < 0 || d < nearest) {
			nearest, l.comma = d, gap
		}
	}
	walk(root)
	if nearest < 0 && l.newline == "" && !strings.Contains(l.colon, " ") {
		l.comma = ","
	}
}

// indentAt is the white space at the start of the line that offset is on.
func (l *layout) indentAt(offset int) string {
	line := l.tree.lines[l.tree.Position(offset).Line-1]
	if line == 0 && hasMark(l.tree.Source) {
		line = len(mark)
	}
	rest := l.text(line, offset)
	return rest[:len(rest)-len(strings.TrimLeft(rest, " \t"))]
}

// splice is the document with other bytes in one place.
func (l *layout) splice(start, end int, text string) []byte {
	return bytes.Join([][]byte{l.tree.Source[:start], []byte(text), l.tree.Source[end:]}, nil)
}

// insert puts a value, as a member if it has a name, before the entry index.
func (l *layout) insert(index int, name string, value *Tree) []byte {
	n := len(l.entries)
	if l.list && l.in.Kind != Array { // one value becomes a list
		return l.wrap(index, value)
	}
	if n == 0 {
		open, close, indent := l.empty()
		return l.splice(l.in.Start+1, l.in.End-1, open+l.entry(name, value, indent)+close)
	}
	var gap string // the comma, and what stands around it
	switch {
	case index > 0 && index < n:
		gap = l.text(l.entries[index-1][1], l.entries[index][0])
	case n > 1 && index == 0:
		gap = l.text(l.entries[0][1], l.entries[1][0])
	case n > 1:
		gap = l.text(l.entries[n-2][1], l.entries[n-1][0])
	default:
		gap = l.comma
		if lead := l.text(l.in.Start+1, l.entries[0][0]); strings.ContainsAny(lead, "\r\n") {
			gap = "," + lead
		}
	}
	indent := l.indentAt(l.entries[0][0])
	if at := strings.LastIndexAny(gap, "\r\n"); at >= 0 {
		indent = gap[at+1:]
	}
	text := l.entry(name, value, indent)
	if index == 0 {
		return l.splice(l.entries[0][0], l.entries[0][0], text+gap)
	}
	at := l.entries[index-1][1]
	return l.splice(at, at, gap+text)
}

// empty is how the first entry of an empty container is set off.
func (l *layout) empty() (open, close, indent string) {
	outer := l.indentAt(l.in.Start)
	statements := l.in == l.tree.Root.Member("Statement")
	if l.newline == "" || l.list && !statements && !l.spread {
		return "", "", outer
	}
	return l.newline + outer + l.unit, l.newline + outer, outer + l.unit
}

// wrap makes a list of the one value that stood for it and another one.
func (l *layout) wrap(index int, value *Tree) []byte {
	open, close, indent := l.empty()
	old, gap := l.deeper(l.text(l.in.Start, l.in.End), open), l.comma
	if open != "" {
		gap = "," + open
	}
	added := l.entry("", value, indent)
	if index == 0 {
		old, added = added, old
	}
	return l.splice(l.in.Start, l.in.End, "["+open+old+gap+added+close+"]")
}

// deeper moves the lines of a value in by one level, if it comes to stand on
// lines of its own. White space inside of strings is escaped in JSON, so that
// only layout is moved.
func (l *layout) deeper(text, open string) string {
	if open == "" {
		return text
	}
	return strings.ReplaceAll(text, l.newline, l.newline+l.unit)
}

// remove takes the entry index and a comma away.
func (l *layout) remove(index int) []byte {
	e := l.entries
	switch {
	case l.list && l.in.Kind != Array:
		return l.splice(l.in.Start, l.in.End, "[]")
	case len(e) == 1:
		return l.splice(l.in.Start+1, l.in.End-1, "")
	case index == len(e)-1:
		return l.splice(e[index-1][1], e[index][1], "")
	}
	return l.splice(e[index][0], e[index+1][0], "")
}

func (l *layout) entry(name string, value *Tree, indent string) string {
	text := l.print(value, indent)
	if name == "" {
		return text
	}
	return quoted(name) + l.colon + text
}

// print lays a value out as the document is; plain values stay as they are
// written. The text starts on a line with that indentation.
func (l *layout) print(value *Tree, indent string) string {
	var out strings.Builder
	var walk func(n *Node, indent string)
	list := func(open, close byte, count int, spread bool, indent string, each func(i int, indent string)) {
		out.WriteByte(open)
		for i := range count {
			if i > 0 && !spread {
				out.WriteString(l.comma)
			} else if i > 0 {
				out.WriteByte(',')
			}
			if spread {
				out.WriteString(l.newline + indent + l.unit)
			}
			each(i, indent+l.unit)
		}
		if spread && count > 0 {
			out.WriteString(l.newline + indent)
		}
		out.WriteByte(close)
	}
	walk = func(n *Node, indent string) {
		switch n.Kind {
		case Object:
			list('{', '}', len(n.Members), l.newline != "", indent, func(i int, indent string) {
				m := n.Members[i]
				out.Write(value.Source[m.NameNode.Start:m.NameNode.End])
				out.WriteString(l.colon)
				walk(m.Value, indent)
			})
		case Array:
			spread := l.newline != "" && l.spread
			for _, item := range n.Items {
				spread = spread || l.newline != "" && item.Kind == Object
			}
			list('[', ']', len(n.Items), spread, indent, func(i int, indent string) { walk(n.Items[i], indent) })
		default:
			out.Write(value.Source[n.Start:n.End])
		}
	}
	walk(value.Root, indent)
	return out.String()
}

// quoted is s as a JSON string.
func quoted(s string) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string can be encoded
	}
	return strings.TrimSuffix(out.String(), "\n")
}
