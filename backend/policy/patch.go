package policy

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"gatehouse/backend/iam"
)

// Edit is one change of a document, in the manner of JSON Patch (RFC 6902).
//
// Path is a JSON pointer: "/Statement/0/Condition/StringLike/aws:ResourceTag~1team"
// is the key of a condition, "/Statement/0/Action/1" the second action. Where the
// language takes one value for a list of one, the value may be addressed both
// ways: "/Statement/0/Action/0" is the action of "Action": "s3:Get*".
type Edit struct {
	Op    EditOp          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value,omitempty"` // of all but Remove
}

// EditOp is what an edit does.
type EditOp string

// The edits. Add puts a value before the one that the path names; "-" instead of
// a number puts it at the end. In an object it adds a member that is not there
// yet, at the place that elements of that name have by custom. Rename takes the
// new name as its value.
const (
	Add     EditOp = "add"
	Remove  EditOp = "remove"
	Replace EditOp = "replace"
	Rename  EditOp = "rename"
)

// Edit is the document after the edits, one after the other. Every byte that
// they do not concern stays as it was; what is new is laid out like what stands
// around it. The document itself does not change.
//
// An Add followed by the Remove of what was added gives the bytes as they were,
// unless a single value had to become a list or an empty list or object had
// white space in it. Remove of the last value leaves an empty list, and of the
// last member an empty object. It is an error if an edit does not fit, or if
// what is left is no policy.
func (d *Document) Edit(edits ...Edit) (*Document, error) {
	for _, e := range edits {
		source, err := d.edited(e)
		if err != nil {
			return nil, err
		}
		after, err := Parse(source)
		if err != nil {
			return nil, iam.Errorf(iam.Invalid, "After the change at %s this is no policy any more: %v", e.Path, err).In(e.Path).By(err)
		}
		d = after
	}
	return d, nil
}

// Path is the pointer to a node of the tree, as Edit takes it.
func (t *Tree) Path(n *Node) string {
	if n.Parent == nil {
		return ""
	}
	path := t.Path(n.Parent)
	for i, item := range n.Parent.Items {
		if item == n {
			return path + "/" + strconv.Itoa(i)
		}
	}
	for _, m := range n.Parent.Members {
		if m.Value == n || m.NameNode == n {
			return path + "/" + toPointer.Replace(m.Name)
		}
	}
	return path
}

var (
	toPointer   = strings.NewReplacer("~", "~0", "/", "~1")
	fromPointer = strings.NewReplacer("~1", "/", "~0", "~")
)

// place is where a pointer leads: an entry of a container, there or not.
type place struct {
	in    *Node  // an object, a list, or a single value in place of a list
	index int    // of the entry; in an object -1 if there is none of that name
	name  string // in an object
}

func misfit(e Edit, format string, args ...any) error {
	return iam.Errorf(iam.Invalid, format, args...).In(e.Path)
}

func (d *Document) edited(e Edit) ([]byte, error) {
	if e.Op != Add && e.Op != Remove && e.Op != Replace && e.Op != Rename {
		return nil, misfit(e, "A change adds, removes, replaces or renames; %q is none of these.", e.Op)
	}
	p, err := d.find(e)
	if err != nil {
		return nil, err
	}
	l := layoutOf(d.Tree, p.in, p.name == "")
	var value *Tree
	if e.Op != Remove {
		if value, err = ParseTree(e.Value); err != nil {
			return nil, misfit(e, "The value of the change at %s is no JSON: %v", e.Path, err)
		}
	}
	there := p.index >= 0 && p.index < len(l.entries)
	switch {
	case e.Op == Add && p.name != "" && there:
		return nil, misfit(e, "There is %s already. Replace it.", e.Path)
	case e.Op != Add && !there:
		return nil, misfit(e, "There is nothing at %s.", e.Path)
	case e.Op == Rename && (p.name == "" || value.Root.Kind != String):
		return nil, misfit(e, "Only a member of an object is renamed, and to a string, not %s.", e.Path)
	}
	switch e.Op {
	case Add:
		if p.name != "" {
			return l.insert(customary(p.in, p.name), p.name, value), nil
		}
		return l.insert(p.index, "", value), nil
	case Remove:
		return l.remove(p.index), nil
	case Rename:
		at := p.in.Members[p.index].NameNode
		return l.splice(at.Start, at.End, l.print(value, "")), nil
	}
	var at *Node
	if p.name != "" {
		at = p.in.Members[p.index].Value
	} else {
		at = listOf(p.in)[p.index]
	}
	return l.splice(at.Start, at.End, l.print(value, l.indentAt(at.Start))), nil
}

// find follows the pointer of e.
func (d *Document) find(e Edit) (place, error) {
	tokens := strings.Split(e.Path, "/")
	if len(tokens) < 2 || tokens[0] != "" {
		return place{}, misfit(e, "The path of a change starts with a slash and names an element, such as /Statement/0/Action, not %q.", e.Path)
	}
	at := d.Tree.Root
	for i, token := range tokens[1:] {
		last := i == len(tokens)-2
		if at.Kind == Object && !(at == d.Tree.Root.Member("Statement") && isIndex(token)) {
			name := fromPointer.Replace(token)
			index := slices.IndexFunc(at.Members, func(m Member) bool { return m.Name == name })
			switch {
			case last && name != "":
				return place{at, index, name}, nil
			case index < 0:
				return place{}, misfit(e, "There is nothing at /%s.", strings.Join(tokens[1:i+2], "/"))
			}
			at = at.Members[index].Value
			continue
		}
		items := listOf(at)
		index := len(items)
		if token != "-" {
			var err error
			if index, err = strconv.Atoi(token); err != nil || !isIndex(token) || index > len(items) {
				return place{}, misfit(e, "There is nothing at /%s.", strings.Join(tokens[1:i+2], "/"))
			}
		}
		switch {
		case last:
			return place{in: at, index: index}, nil
		case index == len(items):
			return place{}, misfit(e, "There is nothing at /%s.", strings.Join(tokens[1:i+2], "/"))
		}
		at = items[index]
	}
	return place{}, misfit(e, "There is nothing at %s.", e.Path)
}

func isIndex(token string) bool {
	return token == "-" || token != "" && strings.Trim(token, "0123456789") == ""
}

// listOf are the values of a list, or the one value that stands for a list.
func listOf(n *Node) []*Node {
	if n.Kind == Array {
		return n.Items
	}
	return []*Node{n}
}

// customs are the orders in which policies are written by custom
// (reference_policies_elements.html lists them so).
var customs = map[string]int{
	"Version": 1, "Id": 2, "Statement": 3,
	"Sid": 1, "Effect": 2, "Principal": 3, "NotPrincipal": 3, "Action": 4, "NotAction": 4, "Resource": 5, "NotResource": 5, "Condition": 6,
}

// customary is the place of a new member: behind those that come before it by
// custom, at the end where there is none.
func customary(object *Node, name string) int {
	rank, place := customs[name], len(object.Members)
	for rank > 0 && place > 0 && customs[object.Members[place-1].Name] > rank {
		place--
	}
	return place
}
