package policy

import (
	"cmp"
	"slices"
	"strings"
)

// index finds the statements that an action can concern, in their order. An
// action that some statement names in full is answered at once; any other by
// the wildcards for its service.
type index struct {
	all     []candidate            // every statement
	exact   map[string][]candidate // action in lower case -> the statements that match it
	service map[string][]candidate // service in lower case -> the wildcards to try
	rest    []candidate            // the wildcards to try for a service that none names
}

// candidate is a statement that may match an action, and what is left to
// compare.
type candidate struct {
	statement int32
	left      comparison
	prefix    string // in lower case
}

type comparison uint8

const (
	nothing    comparison = iota // it matches
	thePrefix                    // it matches if the action begins with prefix
	itsActions                   // ask the statement
)

// worthIndexing is the number of statements from which an index pays.
const worthIndexing = 12

func newIndex(placed []placed) index {
	x := index{all: make([]candidate, len(placed))}
	for i := range placed {
		x.all[i] = candidate{statement: int32(i), left: itsActions}
	}
	if len(placed) < worthIndexing {
		return x
	}
	x.exact, x.service = map[string][]candidate{}, map[string][]candidate{}
	for i, s := range placed {
		whole := candidate{statement: int32(i), left: itsActions}
		if s.notAction {
			x.rest = append(x.rest, whole)
			continue
		}
		for j := range s.actions {
			a := &s.actions[j]
			head := strings.ToLower(a.head())
			name, _, named := strings.Cut(head, ":")
			c := whole
			if a.shape == starting {
				c.left, c.prefix = thePrefix, head
			}
			switch {
			case named && a.shape == exactly:
				x.exact[head] = append(x.exact[head], candidate{statement: int32(i)})
			case named:
				x.service[name] = append(x.service[name], c)
			default:
				x.rest = append(x.rest, c)
			}
		}
	}
	for name, list := range x.service {
		x.service[name] = ordered(slices.Concat(list, x.rest))
	}
	for action, list := range x.exact {
		name, _, _ := strings.Cut(action, ":")
		wild, ok := x.service[name]
		if !ok {
			wild = x.rest
		}
		for _, c := range wild {
			if placed[c.statement].matchesAction(action) {
				list = append(list, candidate{statement: c.statement})
			}
		}
		x.exact[action] = slices.Compact(ordered(list))
	}
	return x
}

// head is the text before the first wildcard.
func (p *pattern) head() string {
	if p.shape == composed && p.pieces[0].kind == plain {
		return p.pieces[0].text
	}
	return p.text
}

func ordered(list []candidate) []candidate {
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(a.statement, b.statement) })
	return list
}

// actionText is the action of a request, and in lower case if it is of the
// usual form.
type actionText struct {
	text  string
	lower [96]byte
	size  int // 0: not of the usual form
	colon int
}

func (a *actionText) read(text string) {
	a.text = text
	if len(text) > len(a.lower) {
		return
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= 0x80 {
			return
		}
		if c == ':' && a.colon == 0 {
			a.colon = i
		}
		a.lower[i] = lowerByte(c)
	}
	a.size = len(text)
}

// candidates are the statements that may concern an action, by statement; one
// may come twice.
func (x *index) candidates(a *actionText) []candidate {
	if x.exact == nil || a.size == 0 {
		return x.all
	}
	if list, ok := x.exact[string(a.lower[:a.size])]; ok {
		return list
	}
	if list, ok := x.service[string(a.lower[:a.colon])]; ok {
		return list
	}
	return x.rest
}

// matches says whether what is left to compare matches.
func (c *candidate) matches(s *placed, a *actionText) bool {
	switch c.left {
	case nothing:
		return true
	case thePrefix:
		n := len(c.prefix)
		if n <= a.size {
			return string(a.lower[:n]) == c.prefix
		}
		return a.size == 0 && foldedPrefix(a.text, c.prefix) >= 0
	}
	return s.matchesAction(a.text)
}
