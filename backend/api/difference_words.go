package api

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// tell puts the differences into sentences: who effectively gained and lost
// what, then accounts, then groups.
func (c *comparison) tell() {
	c.tellReach("gained", c.gained)
	c.tellReach("lost", c.lost)
	slices.SortStableFunc(c.told, func(a, b told) int {
		return cmp.Or(b2i(b.Privileged)-b2i(a.Privileged), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Group.Name, b.Group.Name), cmp.Compare(a.ID, b.ID))
	})
	for _, noun := range []string{"account", "entitlement"} {
		c.tellObjects(noun)
	}
	c.tellUnresolved()
	for _, n := range c.net.Counted {
		if c.accounts != nil || c.group != 0 {
			continue
		}
		verb := map[string]string{"added": "appeared", "removed": "ended", "changed": "changed"}[n.Op]
		word, about := nouns[n.Noun], "account"
		switch n.Noun {
		case "entitlement":
			about = "group"
		case "membership", "unresolved":
			about = "membership"
		}
		c.told = append(c.told, told{Sentence: Sentence{
			ID: "many:" + n.Noun + ":" + n.Op, Kind: verb, About: about, Text: fmt.Sprintf("%s %s: too many to name.", numbered(n.N, word), verb), Count: n.N, Causes: []Cause{},
		}})
	}
}

var nouns = map[string][2]string{
	"account": {"account", "accounts"}, "entitlement": {"group", "groups"}, "membership": {"direct membership", "direct memberships"},
	"unresolved": {"unresolved member", "unresolved members"}, "person": {"person", "people"},
}

// numbered is a number with its noun: 1,204 accounts.
func numbered(n int64, noun [2]string) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n == 1 {
		return digits + " " + noun[0]
	}
	return digits + " " + noun[1]
}

// tellReach says who gained or lost each group, and by which ways.
func (c *comparison) tellReach(kind string, changes []access.Change) {
	byGroup := map[iam.ID][]access.Change{}
	var order []iam.ID
	for _, x := range changes {
		if byGroup[x.Group] == nil {
			order = append(order, x.Group)
		}
		byGroup[x.Group] = append(byGroup[x.Group], x)
	}
	for _, group := range order {
		all := byGroup[group]
		ref := refOf(c.named(group))
		t := told{Sentence: Sentence{
			ID: kind + ":" + group.String(), Kind: kind, About: "membership", Count: int64(len(all)), Group: &ref, HasRows: true,
			Privileged: c.then[group].Privileged || c.now[group].Privileged,
		}, source: c.named(group).SourceID}
		ways := map[string]*Cause{}
		for _, x := range all {
			text, through := c.way(kind, x)
			if ways[text] == nil {
				ways[text] = &Cause{Text: text, Through: through}
			}
			ways[text].Count++
			edge := [2]iam.ID{x.Edge.Member, x.Edge.Group}
			g := c.opened[edge]
			if kind == "lost" {
				g = c.closed[edge]
			}
			t.rows = append(t.rows, difference{subject: x.Member, path: x.Path, text: text, seq: g.Seq, sourceAt: g.SourceAt, end: g.Reason})
		}
		for _, w := range ways {
			t.Causes = append(t.Causes, *w)
		}
		slices.SortFunc(t.Causes, func(a, b Cause) int { return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Text, b.Text)) })
		c.sortRows(t.rows)
		t.Text = fmt.Sprintf("%s %s %s%s.", c.who(t.rows), kind, ref.Name, waysText(t.Causes))
		c.told = append(c.told, t)
	}
}

// way says how an account came into a group or out of it.
func (c *comparison) way(kind string, x access.Change) (string, *Ref) {
	if why, gone := c.ended[x.Member]; kind == "lost" && gone {
		return "as the account " + store.GoneText(why), nil
	}
	if len(x.Path) == 1 {
		return "directly", nil
	}
	below := refOf(c.named(x.Path[len(x.Path)-2]))
	text := "through " + below.Name
	if x.Edge.Member != x.Member { // a group was put into another, or taken out
		member, group := c.named(x.Edge.Member).Name, c.named(x.Edge.Group).Name
		verb := map[string]string{"gained": "became a member of", "lost": "left"}[kind]
		switch {
		case x.Edge.Member == x.Path[len(x.Path)-2]:
			text += fmt.Sprintf(", which %s it", verb)
		default:
			text += fmt.Sprintf(", as %s %s %s", member, verb, group)
		}
	}
	return text, &below
}

// waysText is the causes as they follow a sentence: ", through Staff (12) and
// directly (5)".
func waysText(causes []Cause) string {
	const most = 3
	var parts []string
	for i, w := range causes {
		if i == most && len(causes) > most+1 {
			parts = append(parts, fmt.Sprintf("in %d other ways", len(causes)-most))
			break
		}
		if len(causes) > 1 {
			parts = append(parts, fmt.Sprintf("%s (%d)", w.Text, w.Count))
		} else {
			parts = append(parts, w.Text)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	if len(parts) == 1 {
		return ", " + parts[0]
	}
	return ", " + strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// who counts the subjects of rows, or names the only one.
func (c *comparison) who(rows []difference) string {
	if len(rows) == 1 {
		return c.named(rows[0].subject).Name
	}
	noun := nouns["person"]
	seen := map[iam.ID]bool{}
	for _, d := range rows {
		n := c.named(d.subject)
		if n.Noun == "entitlement" {
			return numbered(int64(len(rows)), nouns["entitlement"])
		}
		if n.Sort != iam.Person || n.IdentityID == 0 || seen[n.IdentityID] {
			noun = nouns["account"]
		}
		seen[n.IdentityID] = true
	}
	return numbered(int64(len(rows)), noun)
}

func (c *comparison) sortRows(rows []difference) {
	slices.SortStableFunc(rows, func(a, b difference) int {
		return cmp.Or(strings.Compare(store.Fold(c.named(a.subject).Name), store.Fold(c.named(b.subject).Name)), cmp.Compare(a.subject, b.subject), strings.Compare(a.value, b.value))
	})
}

// tellObjects says which accounts or groups came, went and changed.
func (c *comparison) tellObjects(noun string) {
	about := map[string]string{"account": "account", "entitlement": "group"}[noun]
	kinds := map[string][]difference{}
	for _, o := range c.net.Objects {
		if o.Noun != noun || !c.isMeant(o.ID) {
			continue
		}
		d := difference{subject: o.ID, seq: o.Seq, end: o.Reason, sourceAt: iam.NotCollectedMoment}
		switch o.Op {
		case "added":
			kinds["appeared"] = append(kinds["appeared"], d)
		case "removed":
			d.text = store.GoneText(o.Reason)
			kinds["ended:"+string(o.Reason)] = append(kinds["ended:"+string(o.Reason)], d)
		default:
			for kind, fields := range sorted(o.Fields) {
				d.fields = fields
				kinds[kind] = append(kinds[kind], d)
			}
		}
	}
	order := func(kind string) int { return slices.Index(kindOrder, strings.SplitN(kind, ":", 2)[0]) }
	keys := make([]string, 0, len(kinds))
	for k := range kinds {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(order(a)-order(b), cmp.Compare(len(kinds[b]), len(kinds[a])), strings.Compare(a, b))
	})
	for _, key := range keys {
		rows := kinds[key]
		c.sortRows(rows)
		kind, detail, _ := strings.Cut(key, ":")
		who := c.who(rows)
		if len(rows) > 1 {
			who = numbered(int64(len(rows)), nouns[noun])
		} else {
			who = map[string]string{"account": "The account of ", "entitlement": "The group "}[noun] + who
		}
		c.told = append(c.told, told{Sentence: Sentence{
			ID: about + ":" + key, Kind: kind, About: about, Count: int64(len(rows)), Causes: []Cause{}, HasRows: true, Text: objectText(who, kind, detail, len(rows)) + ".",
		}, rows: rows})
	}
}

var kindOrder = []string{"appeared", "ended", "enabled", "disabled", "renamed", "moved", "changed"}

// sorted puts the changed fields of a record into the kinds of change they are.
func sorted(fields []store.FieldChange) map[string][]store.FieldChange {
	out := map[string][]store.FieldChange{}
	put := func(kind string, f store.FieldChange) { out[kind] = append(out[kind], f) }
	for _, f := range fields {
		switch {
		case f.Field == "enabled" && f.After == "yes":
			put("enabled", f)
		case f.Field == "enabled" && f.After == "no":
			put("disabled", f)
		case f.Field == "name" || f.Field == "login":
			put("renamed", f)
		case f.Field == "DN" && parentOf(f.Before) != parentOf(f.After):
			put("moved", f)
		case f.Field == "DN":
			put("renamed", f)
		default:
			put("changed:"+f.Field, f)
		}
	}
	return out
}

// parentOf is a DN without its first part.
func parentOf(dn string) string {
	for i := 0; i < len(dn); i++ {
		switch dn[i] {
		case '\\':
			i++
		case ',':
			return dn[i+1:]
		}
	}
	return ""
}

func objectText(who, kind, detail string, n int) string {
	was := map[bool]string{true: "was", false: "were"}[n == 1]
	switch kind {
	case "appeared":
		return who + " appeared"
	case "ended":
		text := store.GoneText(iam.EndReason(detail))
		if n > 1 {
			text = strings.Replace(text, "was ", "were ", 1)
		}
		if strings.HasPrefix(text, "no longer") {
			text = map[bool]string{true: "is ", false: "are "}[n == 1] + text
		}
		return who + " " + text
	case "enabled", "disabled", "renamed", "moved":
		return fmt.Sprintf("%s %s %s", who, was, kind)
	}
	return fmt.Sprintf("%s changed: %s", who, detail)
}

// tellUnresolved says which groups have other unresolved members.
func (c *comparison) tellUnresolved() {
	type key struct {
		group iam.ID
		op    string
	}
	byGroup := map[key][]difference{}
	var order []key
	for _, u := range c.net.Unresolved {
		if c.accounts != nil || c.group != 0 && u.Group != c.group {
			continue
		}
		k := key{u.Group, u.Op}
		if byGroup[k] == nil {
			order = append(order, k)
		}
		byGroup[k] = append(byGroup[k], difference{value: u.Value, text: string(u.Why), seq: u.Seq, sourceAt: iam.NotCollectedMoment})
	}
	for _, k := range order {
		rows := byGroup[k]
		ref := refOf(c.named(k.group))
		kind, verb := "unresolvedGained", "gained"
		if k.op == "removed" {
			kind, verb = "unresolvedLost", "lost"
		}
		c.sortRows(rows)
		c.told = append(c.told, told{Sentence: Sentence{
			ID: kind + ":" + k.group.String(), Kind: kind, About: "membership", Group: &ref, Privileged: c.named(k.group).Privileged, Count: int64(len(rows)), Causes: []Cause{}, HasRows: true,
			Text: fmt.Sprintf("%s %s %s.", ref.Name, verb, numbered(int64(len(rows)), nouns["unresolved"])),
		}, rows: rows, source: c.named(k.group).SourceID})
	}
}
