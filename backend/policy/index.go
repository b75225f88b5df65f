package policy

import (
	"slices"
	"strings"
)

// index finds the statements that an action can concern, in their order. An
// action that some statement names in full is answered at once; any other by
// the statements with wildcards for its service.
type index struct {
	all     []int32            // every statement
	exact   map[string][]int32 // action in lower case -> the statements that match it
	service map[string][]int32 // service in lower case -> statements with wildcards to try
	rest    []int32            // statements to try for a service that none names
}

// worthIndexing is the number of statements from which an index pays.
const worthIndexing = 12

// longestAction is the longest action that is looked up without memory.
const longestAction = 96

func newIndex(placed []placed) index {
	x := index{all: make([]int32, len(placed))}
	for i := range placed {
		x.all[i] = int32(i)
	}
	if len(placed) < worthIndexing {
		return x
	}
	exact, service := map[string][]int32{}, map[string][]int32{}
	for i := range placed {
		id, r := int32(i), placed[i].rule
		if r.notAction {
			x.rest = append(x.rest, id)
			continue
		}
		for j := range r.actions {
			a := &r.actions[j]
			name, text, whole := serviceOf(a)
			switch {
			case text != "":
				exact[text] = appendOnce(exact[text], id)
			case whole:
				service[name] = appendOnce(service[name], id)
			default:
				x.rest = appendOnce(x.rest, id)
			}
		}
	}
	x.service, x.exact = service, exact
	for name, list := range service {
		service[name] = merge(list, x.rest)
	}
	for action, list := range exact {
		name, _, _ := strings.Cut(action, ":")
		wild, ok := service[name]
		if !ok {
			wild = x.rest
		}
		for _, id := range wild {
			if placed[id].matchesAction(action) {
				list = append(list, id)
			}
		}
		exact[action] = merge(list, nil)
	}
	return x
}

// serviceOf is the service that an action pattern is about: whole says that no
// wildcard stands in it; text is the action if there is no wildcard at all.
func serviceOf(a *pattern) (service, text string, whole bool) {
	head := a.text // of the shapes exactly and starting
	if a.shape == composed && a.pieces[0].kind == plain {
		head = a.pieces[0].text
	}
	head = strings.ToLower(head)
	service, _, whole = strings.Cut(head, ":")
	if whole && a.shape == exactly {
		text = head
	}
	return service, text, whole
}

func appendOnce(list []int32, id int32) []int32 {
	if n := len(list); n > 0 && list[n-1] == id {
		return list
	}
	return append(list, id)
}

func merge(a, b []int32) []int32 {
	list := slices.Concat(a, b)
	slices.Sort(list)
	return slices.Compact(list)
}

// candidates are the statements that may concern an action; sure says that
// their actions have been compared.
func (x *index) candidates(action string) (list []int32, sure bool) {
	if x.exact == nil || len(action) > longestAction {
		return x.all, false
	}
	var lower [longestAction]byte
	colon := -1
	for i := 0; i < len(action); i++ {
		c := action[i]
		if c >= 0x80 {
			return x.all, false
		}
		if c == ':' && colon < 0 {
			colon = i
		}
		lower[i] = lowerByte(c)
	}
	if list, ok := x.exact[string(lower[:len(action)])]; ok {
		return list, true
	}
	if list, ok := x.service[string(lower[:max(colon, 0)])]; ok {
		return list, false
	}
	return x.rest, false
}
