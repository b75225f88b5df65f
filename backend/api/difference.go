package api

import (
	"context"
	"slices"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// DifferenceQuery names two moments and what to look at between them.
type DifferenceQuery struct {
	From     string `query:"from" required:"true" maxLength:"40" doc:"A time (RFC 3339), a date (its end, UTC), the number of an event (#123) or of a run (run:12)."`
	To       string `query:"to" maxLength:"40" doc:"The same. Empty: now."`
	Source   string `query:"source" maxLength:"32"`
	Group    string `query:"group" maxLength:"32" doc:"Only who gained or lost this group, and its own changes."`
	Identity string `query:"identity" maxLength:"32" doc:"Only what this identity gained or lost, and its accounts' own changes."`
}

// Difference is what differs between two moments, in sentences.
type Difference struct {
	From      AsOf       `json:"from"`
	To        AsOf       `json:"to"`
	Sentences []Sentence `json:"sentences" doc:"Effective gains and losses first: privileged groups, then the largest."`
	Notes     []string   `json:"notes" doc:"What could not be compared, and why."`
}

// Sentence is one difference in words. Its rows are to be had by its id.
type Sentence struct {
	ID         string  `json:"id"`
	Kind       string  `json:"kind" enum:"gained,lost,appeared,ended,enabled,disabled,renamed,moved,changed,unresolvedGained,unresolvedLost"`
	About      string  `json:"about" enum:"membership,account,group"`
	Text       string  `json:"text"`
	Count      int64   `json:"count"`
	Group      *Ref    `json:"group,omitempty"`
	Source     *Ref    `json:"source,omitempty" doc:"That of the group: two sources may have groups of one name."`
	Privileged bool    `json:"privileged"`
	Causes     []Cause `json:"causes" doc:"Of an effective gain or loss: by which way, the most frequent first."`
	HasRows    bool    `json:"hasRows"`
}

// Cause is a way by which accounts gained or lost a group.
type Cause struct {
	Text    string `json:"text"`
	Count   int64  `json:"count"`
	Through *Ref   `json:"through,omitempty" doc:"The group directly below; none if direct."`
}

// DifferenceRows asks for the rows of one sentence.
type DifferenceRows struct {
	DifferenceQuery
	Sentence string `query:"sentence" required:"true" maxLength:"80"`
	Offset   int    `query:"offset" minimum:"0" default:"0"`
	Limit    int    `query:"limit" minimum:"1" maximum:"500" default:"200"`
}

// DifferenceRow is one record of a sentence.
type DifferenceRow struct {
	Subject    *Ref        `json:"subject,omitempty"`
	Value      string      `json:"value,omitempty" doc:"An unresolved member, as the directory stores it."`
	Text       string      `json:"text,omitempty"`
	Path       []Ref       `json:"path" doc:"From the group the account is or was in to the one gained or lost."`
	Fields     []FieldDiff `json:"fields"`
	At         string      `json:"at,omitempty" format:"date-time" doc:"When it was observed."`
	Event      int64       `json:"event,omitempty"`
	SourceTime string      `json:"sourceTime,omitempty" format:"date-time"`
	End        string      `json:"end,omitempty"`
}

// FieldDiff is a value at the beginning and at the end.
type FieldDiff struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

func (s *server) getDifference(ctx context.Context, in *DifferenceQuery) (*body[Difference], error) {
	return view(ctx, s, func(r *store.Reader) (Difference, error) {
		c, err := compare(ctx, r, *in)
		if err != nil {
			return Difference{}, err
		}
		v := Difference{Sentences: []Sentence{}, Notes: c.notes}
		if v.From, err = asOf(ctx, c.before, c.from); err != nil {
			return v, err
		}
		if v.To, err = asOf(ctx, c.after, c.to); err != nil {
			return v, err
		}
		b, err := newBook(ctx, r, nil)
		if err != nil {
			return v, err
		}
		for _, t := range c.told {
			if source, known := b.sources[t.source]; known {
				ref := sourceRef(source)
				t.Source = &ref
			}
			v.Sentences = append(v.Sentences, t.Sentence)
		}
		return v, nil
	})
}

func (s *server) listDifferenceRows(ctx context.Context, in *DifferenceRows) (*body[Page[DifferenceRow]], error) {
	return view(ctx, s, func(r *store.Reader) (Page[DifferenceRow], error) {
		c, err := compare(ctx, r, in.DifferenceQuery)
		if err != nil {
			return Page[DifferenceRow]{}, err
		}
		i := slices.IndexFunc(c.told, func(t told) bool { return t.ID == in.Sentence })
		if i < 0 {
			return Page[DifferenceRow]{}, iam.Errorf(iam.NotFound, "There is no such difference between the two.").In("query.sentence").Fix("Ask for the differences again.")
		}
		all := c.told[i].rows
		rows := all[min(in.Offset, len(all)):min(in.Offset+in.Limit, len(all))]
		out := make([]DifferenceRow, len(rows))
		for j, row := range rows {
			if out[j], err = c.row(ctx, row); err != nil {
				return Page[DifferenceRow]{}, err
			}
		}
		return page(out, exactly(int64(len(all)))), nil
	})
}

// comparison is a difference being worked out.
type comparison struct {
	r              *store.Reader
	from, to       store.Point
	before, after  *store.Reader
	net            store.Net
	source         iam.ID
	group          iam.ID
	accounts       map[iam.ID]bool // of the identity that is asked about; nil: all
	opened, closed map[[2]iam.ID]store.GrantChange
	ended          map[iam.ID]iam.EndReason
	gained, lost   []access.Change
	then, now      map[iam.ID]store.Named // names at the beginning and at the end
	notes          []string
	told           []told
}

// told is a sentence with what its rows are made of.
type told struct {
	Sentence
	rows   []difference
	source iam.ID // of the group it is about; 0 if none
}

// difference is one record that differs.
type difference struct {
	subject  iam.ID
	value    string // of an unresolved member
	path     []iam.ID
	text     string
	fields   []store.FieldChange
	seq      iam.Seq
	sourceAt iam.Moment
	end      iam.EndReason
}

func compare(ctx context.Context, r *store.Reader, q DifferenceQuery) (*comparison, error) {
	c := &comparison{r: r, notes: []string{}, opened: map[[2]iam.ID]store.GrantChange{}, closed: map[[2]iam.ID]store.GrantChange{}, ended: map[iam.ID]iam.EndReason{}}
	if err := c.narrow(ctx, q); err != nil {
		return nil, err
	}
	var err error
	if c.net, err = r.Differ(ctx, c.from.Seq, c.to.Seq, c.source); err != nil {
		return nil, err
	}
	for _, g := range c.net.Grants {
		k := [2]iam.ID{g.Member, g.Group}
		if g.Op == "added" {
			c.opened[k] = g
		} else {
			c.closed[k] = g
		}
	}
	for _, o := range c.net.Objects {
		if o.Op == "removed" {
			c.ended[o.ID] = o.Reason
		}
	}
	if err := c.reach(ctx); err != nil {
		return nil, err
	}
	if err := c.name(ctx); err != nil {
		return nil, err
	}
	c.tell()
	return c, nil
}

// narrow reads the two moments and what the difference is to be about.
func (c *comparison) narrow(ctx context.Context, q DifferenceQuery) error {
	var err error
	if c.from, err = pointOf(ctx, c.r, q.From, "from"); err != nil {
		return err
	}
	if q.To == "" {
		q.To = stamp(c.r.Now)
	}
	if c.to, err = pointOf(ctx, c.r, q.To, "to"); err != nil {
		return err
	}
	if c.from.At > c.to.At || c.from.Seq > c.to.Seq {
		return iam.Errorf(iam.Invalid, "The first moment is later than the second.").In("query.from").Fix("Swap them.")
	}
	c.before, c.after = c.r.At(c.from), c.r.At(c.to)
	if c.source, err = optionalID(q.Source); err != nil {
		return err
	}
	if c.group, err = optionalID(q.Group); err != nil {
		return err
	}
	identity, err := optionalID(q.Identity)
	if err != nil || identity == 0 {
		return err
	}
	c.accounts = map[iam.ID]bool{}
	for _, r := range []*store.Reader{c.before, c.after} {
		own, err := r.AccountIDsOf(ctx, []iam.ID{identity})
		if err != nil {
			return err
		}
		for _, id := range own[identity] {
			c.accounts[id] = true
		}
	}
	return nil
}

// reach works out what accounts effectively gained and lost: those at the lower
// end of a changed membership, and those below a group that is.
func (c *comparison) reach(ctx context.Context) error {
	if slices.ContainsFunc(c.net.Counted, func(n store.DeltaCount) bool { return n.Noun == "membership" }) {
		c.notes = append(c.notes, "Too many memberships changed to say what each account gained and lost. Narrow the dates, the source, or ask about one group.")
		return nil
	}
	touched := map[iam.ID]bool{}
	var groups []iam.ID
	for _, g := range c.net.Grants {
		if g.Nested {
			groups = append(groups, g.Member)
		} else {
			touched[g.Member] = true
		}
	}
	for _, r := range []*store.Reader{c.before, c.after} {
		below, err := r.Below(ctx, false, groups...)
		if err != nil {
			return err
		}
		inside := map[iam.ID]bool{}
		for _, e := range below {
			inside[e.Group] = true
		}
		for _, e := range below {
			if !inside[e.Member] {
				touched[e.Member] = true
			}
		}
	}
	var members []iam.ID
	for id := range touched {
		if c.accounts == nil || c.accounts[id] {
			members = append(members, id)
		}
	}
	slices.Sort(members)
	above, err := c.before.Above(ctx, members...)
	if err != nil {
		return err
	}
	then := access.New(above)
	if above, err = c.after.Above(ctx, members...); err != nil {
		return err
	}
	c.gained, c.lost = access.Compare(then, access.New(above), members)
	keep := func(x access.Change) bool { return c.group != 0 && x.Group != c.group }
	c.gained, c.lost = slices.DeleteFunc(c.gained, keep), slices.DeleteFunc(c.lost, keep)
	return nil
}

// name looks up every record that is mentioned, as it was at both ends.
func (c *comparison) name(ctx context.Context) error {
	seen := map[iam.ID]bool{}
	add := func(ids ...iam.ID) {
		for _, id := range ids {
			seen[id] = true
		}
	}
	for _, changes := range [][]access.Change{c.gained, c.lost} {
		for _, x := range changes {
			add(x.Member, x.Group, x.Edge.Member, x.Edge.Group)
			add(x.Path...)
		}
	}
	for _, o := range c.net.Objects {
		add(o.ID)
	}
	for _, u := range c.net.Unresolved {
		add(u.Group)
	}
	ids := make([]iam.ID, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	var err error
	if c.then, err = c.before.Names(ctx, ids); err != nil {
		return err
	}
	c.now, err = c.after.Names(ctx, ids)
	return err
}

// named is a record as it was at the end, or at the beginning if it is gone.
func (c *comparison) named(id iam.ID) store.Named {
	if n, ok := c.now[id]; ok {
		return n
	}
	return c.then[id]
}

// isMeant says whether a change of an account or group is asked about.
func (c *comparison) isMeant(id iam.ID) bool {
	switch {
	case c.accounts != nil:
		return c.accounts[id]
	case c.group != 0:
		return id == c.group
	}
	return true
}

// row is a difference for people.
func (c *comparison) row(ctx context.Context, d difference) (DifferenceRow, error) {
	v := DifferenceRow{Text: d.text, Path: []Ref{}, Fields: []FieldDiff{}, Event: int64(d.seq), End: string(d.end)}
	if d.subject != 0 {
		ref := personRef(c.named(d.subject))
		v.Subject = &ref
	} else {
		v.Value = d.value
	}
	for _, id := range d.path {
		v.Path = append(v.Path, refOf(c.named(id)))
	}
	for _, f := range d.fields {
		v.Fields = append(v.Fields, FieldDiff{f.Field, f.Before, f.After})
	}
	if d.sourceAt.Known() {
		v.SourceTime = stamp(int64(d.sourceAt))
	}
	if d.seq == 0 {
		return v, nil
	}
	at, err := c.r.SeqTime(ctx, d.seq)
	v.At = stamp(at)
	return v, err
}
