package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"gatehouse/backend/audit"
	"gatehouse/backend/iam"
)

// line names a decision or an assignment: the n-th of an item of a campaign.
type line struct {
	campaign iam.ID
	item, n  int64
}

// reviewHistory is what the events say of all campaigns: what they froze, what
// was decided and assigned, and how they were closed.
type reviewHistory struct {
	decisions   map[line]Decision
	assignments map[line]Assignment
	newest      map[line]Decision   // of each item, under n 0
	assigned    map[line]Assignment // of each item, under n 0
	frozen      map[iam.ID]freezing
	closings    map[iam.ID]closing
	lost        bool // the detail of an event is gone, which is a problem of its own
}

type freezing struct {
	campaignDetail
	seq          iam.Seq
	at           int64
	name, reason string
}

type closing struct {
	closeDetail
	seq iam.Seq
	at  int64
}

// rebuildReviews reads the events of reviews.
func (r *Reader) rebuildReviews(ctx context.Context) (*reviewHistory, error) {
	h := &reviewHistory{decisions: map[line]Decision{}, assignments: map[line]Assignment{}, newest: map[line]Decision{}, assigned: map[line]Assignment{}, frozen: map[iam.ID]freezing{}, closings: map[iam.ID]closing{}}
	rows, err := r.tx.QueryContext(ctx, `
	  SELECT e.seq, e.time, e.action, e.actor, e.channel, e.reason, coalesce((SELECT o.name FROM event_objects o WHERE o.seq = e.seq AND o.kind = 'campaign'), ''), d.detail
	  FROM events e LEFT JOIN event_details d ON d.seq = e.seq
	  WHERE e.action IN ('review.freeze', 'review.decide', 'review.assign', 'review.close') AND e.outcome = 'done' ORDER BY e.seq`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var e struct {
			seq                    iam.Seq
			at                     int64
			action, actor, channel string
			reason, name           string
			detail                 *string
		}
		if err := rows.Scan(&e.seq, &e.at, &e.action, &e.actor, &e.channel, &e.reason, &e.name, &e.detail); err != nil {
			return nil, err
		}
		if e.detail == nil {
			h.lost = true
			continue
		}
		text := []byte(*e.detail)
		// A detail that is no such JSON was edited, which the chain tells.
		switch e.action {
		case "review.freeze":
			var d campaignDetail
			if json.Unmarshal(text, &d) == nil {
				h.frozen[d.Campaign] = freezing{d, e.seq, e.at, e.name, e.reason}
			}
		case "review.decide":
			var d decideDetail
			if json.Unmarshal(text, &d) != nil {
				continue
			}
			for _, i := range d.Items {
				x := Decision{Item: i.Item, N: i.N, Seq: e.seq, At: e.at, Verdict: d.Verdict, Until: d.Until, Reason: d.Reason, DecidedBy: d.DecidedBy, DecidedName: d.DecidedName, Relation: i.Relation, RecordedBy: e.actor, Channel: e.channel}
				h.decisions[line{d.Campaign, i.Item, i.N}], h.newest[line{d.Campaign, i.Item, 0}] = x, x
			}
		case "review.assign":
			var d assignDetail
			if json.Unmarshal(text, &d) != nil {
				continue
			}
			for _, i := range d.Items {
				x := Assignment{Item: i.Item, N: i.N, Seq: e.seq, At: e.at, Reviewer: d.To, Name: d.Name, Reason: d.Reason, RecordedBy: e.actor}
				h.assignments[line{d.Campaign, i.Item, i.N}], h.assigned[line{d.Campaign, i.Item, 0}] = x, x
			}
		case "review.close":
			var d closeDetail
			if json.Unmarshal(text, &d) == nil {
				h.closings[d.Campaign] = closing{d, e.seq, e.at}
			}
		}
	}
	return h, rows.Err()
}

// compareReviews rebuilds decisions, assignments and closings of reviews from
// their events, digests what was frozen again, and compares both with the
// tables.
func (r *Reader) compareReviews(ctx context.Context) ([]audit.Problem, error) {
	h, err := r.rebuildReviews(ctx)
	if err != nil {
		return nil, err
	}
	c := comparison{h: h, names: map[iam.ID]string{}}
	for _, compare := range []func(context.Context, *Reader) error{c.campaigns, c.decisions, c.assignments, c.items} {
		if err := compare(ctx, r); err != nil {
			return nil, err
		}
	}
	return c.problems, nil
}

// comparison collects what differs.
type comparison struct {
	h        *reviewHistory
	names    map[iam.ID]string // of campaigns
	problems []audit.Problem
}

func (c *comparison) say(seq iam.Seq, format string, args ...any) {
	c.problems = append(c.problems, audit.Problem{Seq: seq, Text: fmt.Sprintf(format, args...)})
}

func (c *comparison) item(k line) string {
	return fmt.Sprintf("item %d in campaign %s", k.item, c.campaign(k.campaign))
}

func (c *comparison) campaign(id iam.ID) string {
	if name, there := c.names[id]; there {
		return fmt.Sprintf("%q", name)
	}
	return id.String()
}

// lines compares the lines of a table with what the events say.
func lines[T comparable](c *comparison, what string, want map[line]T, have map[line]T, seq func(T) iam.Seq) {
	for _, k := range sorted(have) {
		x := have[k]
		switch w, said := want[k]; {
		case !said && !c.h.lost:
			c.say(seq(x), "The %s %d of %s is recorded, but no event says so.", what, k.n, c.item(k))
		case said && w != x:
			c.say(seq(w), "The %s %d of %s is not what event %d says: it was changed.", what, k.n, c.item(k), seq(w))
		}
	}
	for _, k := range sorted(want) {
		if _, there := have[k]; !there {
			c.say(seq(want[k]), "Event %d tells of the %s %d of %s, but it is gone.", seq(want[k]), what, k.n, c.item(k))
		}
	}
}

func sorted[T any](m map[line]T) []line {
	out := make([]line, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.campaign, b.campaign), cmp.Compare(a.item, b.item), cmp.Compare(a.n, b.n))
	})
	return out
}

func (c *comparison) decisions(ctx context.Context, r *Reader) error {
	have := map[line]Decision{}
	_, err := each(ctx, r, `SELECT campaign_id, `+decisionColumns+` FROM review_decisions`, nil, func(rows *sql.Rows, _ *struct{}) error {
		var k line
		var d Decision
		err := rows.Scan(append([]any{&k.campaign}, d.fields()...)...)
		k.item, k.n = d.Item, d.N
		have[k] = d
		return err
	})
	lines(c, "decision", c.h.decisions, have, func(d Decision) iam.Seq { return d.Seq })
	return err
}

func (c *comparison) assignments(ctx context.Context, r *Reader) error {
	have := map[line]Assignment{}
	_, err := each(ctx, r, `SELECT campaign_id, `+assignmentColumns+` FROM review_assignments`, nil, func(rows *sql.Rows, _ *struct{}) error {
		var k line
		var a Assignment
		err := rows.Scan(append([]any{&k.campaign}, a.fields()...)...)
		k.item, k.n = a.Item, a.N
		have[k] = a
		return err
	})
	lines(c, "assignment", c.h.assignments, have, func(a Assignment) iam.Seq { return a.Seq })
	return err
}

// items compares what stands at each item with its newest lines.
func (c *comparison) items(ctx context.Context, r *Reader) error {
	_, err := each(ctx, r, `SELECT campaign_id, ord, verdict, decision, assignment, reviewer_id, reviewer, relation, first_reviewer_id, first_reviewer, first_relation FROM review_items ORDER BY campaign_id, ord`, nil,
		func(rows *sql.Rows, _ *struct{}) error {
			var k line
			var verdict iam.Verdict
			var decision int64
			var have, first Assignment
			if err := rows.Scan(&k.campaign, &k.item, &verdict, &decision, &have.N, &have.Reviewer, &have.Name, &have.Relation, &first.Reviewer, &first.Name, &first.Relation); err != nil {
				return err
			}
			if w := c.h.newest[k]; w.N != decision || w.N == 0 && verdict != iam.Undecided || w.N > 0 && w.Verdict != verdict {
				c.differs(w.Seq, "verdict", k)
			}
			w, reassigned := c.h.assigned[k]
			if w.Relation = iam.Reassigned; !reassigned {
				w = first
			}
			if want := (Assignment{N: w.N, Reviewer: w.Reviewer, Name: w.Name, Relation: w.Relation}); want != have {
				c.differs(w.Seq, "reviewer", k)
			}
			return nil
		})
	return err
}

// differs says that an item does not stand as event seq left it; without an
// event it was never changed.
func (c *comparison) differs(seq iam.Seq, what string, k line) {
	switch {
	case seq != 0:
		c.say(seq, "The %s of %s is not what event %d says: it was changed.", what, c.item(k), seq)
	case !c.h.lost:
		c.say(0, "The %s of %s was changed, but no event says so.", what, c.item(k))
	}
}

// campaigns compares what stands of the campaigns themselves with the events of
// their freezing and closing.
func (c *comparison) campaigns(ctx context.Context, r *Reader) error {
	all, err := r.Campaigns(ctx)
	if err != nil {
		return err
	}
	for _, x := range all {
		c.names[x.ID] = x.Name
		w, closed := c.h.closings[x.ID]
		delete(c.h.closings, x.ID)
		state := iam.CampaignOpen
		if closed {
			state = iam.CampaignClosed
		}
		same := state == x.State && w.at == x.ClosedAt && w.seq == x.ClosedSeq && w.Signer == x.Signer.ID && w.SignerName == x.Signer.Name && w.Statement == x.Statement && w.Reason == x.CloseReason
		switch {
		case same:
		case closed:
			c.say(w.seq, "The closing of campaign %q is not what event %d says: it was changed.", x.Name, w.seq)
		case !c.h.lost:
			c.say(x.ClosedSeq, "Campaign %q is recorded as closed, but no event says so.", x.Name)
		}
		if err := c.frozen(ctx, r, x); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.h.closings)) {
		c.say(c.h.closings[id].seq, "Event %d tells that campaign %s was closed, but its record is gone.", c.h.closings[id].seq, id)
	}
	for _, id := range slices.Sorted(maps.Keys(c.h.frozen)) {
		c.say(c.h.frozen[id].seq, "Event %d tells that campaign %s was frozen, but its record is gone.", c.h.frozen[id].seq, id)
	}
	return nil
}

// says whether an event says what is recorded, the sources in any order.
func (d campaignDetail) says(have campaignDetail) (bool, error) {
	var texts [2][]byte
	for i, x := range []campaignDetail{d, have} {
		x.Exclusions = append([]Exclusion{}, x.Exclusions...) // none is none
		x.Sources = slices.SortedFunc(slices.Values(x.Sources), func(a, b CampaignSource) int { return cmp.Compare(a.SourceID, b.SourceID) })
		var err error
		if texts[i], err = json.Marshal(x); err != nil {
			return false, err
		}
	}
	return bytes.Equal(texts[0], texts[1]), nil
}

// frozen compares what a campaign froze with the event of the freeze: its own
// columns, its exclusions and sources, and the digest over its items.
func (c *comparison) frozen(ctx context.Context, r *Reader, x Campaign) error {
	w, said := c.h.frozen[x.ID]
	delete(c.h.frozen, x.ID)
	if !said {
		if !c.h.lost {
			c.say(x.Seq, "Campaign %q is recorded, but no event says that it was frozen.", x.Name)
		}
		return nil
	}
	have := campaignDetail{Campaign: x.ID, UUID: x.UUID, DueAt: x.DueAt, Read: x.Read, InScope: x.InScope, Excluded: x.Excluded, Digest: x.Digest, Scope: x.Scope, Reviewers: x.Rule}
	var err error
	if have.Exclusions, err = r.CampaignExclusions(ctx, x.ID); err != nil {
		return err
	}
	if have.Sources, err = r.CampaignSources(ctx, x.ID); err != nil {
		return err
	}
	same, err := w.says(have)
	if err != nil {
		return err
	}
	if !same || w.seq != x.Seq || w.at != x.FrozenAt || w.name != x.Name || w.reason != x.SourceReason {
		c.say(w.seq, "The record of campaign %q is not what event %d says: it was changed.", x.Name, w.seq)
	}
	digest, err := r.FrozenDigest(ctx, x.ID)
	if err != nil {
		return err
	}
	if digest != w.Digest {
		c.say(w.seq, "What campaign %q froze is not what event %d says: an item was changed, added or removed.", x.Name, w.seq)
	}
	return nil
}
