package reports

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Query says what a report is about, as it was asked. Empty fields narrow
// nothing, and mean now.
type Query struct {
	AsOf   string // a date (its end, UTC), a time (RFC 3339) or an event's number (#123)
	From   string // of a period: a date (its beginning, UTC), a time or an event's number
	To     string // of a period: a date (its end, UTC), a time or an event's number
	Source iam.ID
	Review string // the id of a campaign
	Narrow Narrow // of a report about findings
}

// Narrow is the part of the findings that a report is about, as their list is
// narrowed. Empty fields narrow nothing.
type Narrow struct {
	Kind  iam.FindingKind
	Risk  iam.Risk
	Group iam.ID // the group that is reached
	Words string
	State store.FindingState
}

// filter are the findings of a source that fit.
func (n Narrow) filter(source iam.ID) store.FindingFilter {
	f := store.FindingFilter{Source: source, Kind: n.Kind, Risk: n.Risk, Reaches: n.Group, Words: n.Words, State: n.State}
	if f.State == "" {
		f.State = store.AllFindings
	}
	return f
}

// text says the filter in words, empty if it narrows nothing.
func (n Narrow) text(ctx context.Context, r *store.Reader) (string, error) {
	var parts []string
	if n.State == store.OpenFindings || n.State == store.AcceptedFindings {
		parts = append(parts, string(n.State))
	}
	if n.Risk != 0 {
		parts = append(parts, "of risk "+n.Risk.String())
	}
	if n.Kind != "" {
		parts = append(parts, fmt.Sprintf("of the check %q", cmp.Or(iam.FindingTitle(n.Kind, 0), string(n.Kind))))
	}
	if n.Group != 0 {
		group, err := r.Entitlement(ctx, n.Group)
		if err != nil {
			return "", in(err, "query.group")
		}
		parts = append(parts, "that reach "+group.Name)
	}
	if n.Words != "" {
		parts = append(parts, fmt.Sprintf("whose name or login has %q", n.Words))
	}
	return strings.Join(parts, ", "), nil
}

const (
	day       = 24 * 60 * 60 * 1_000_000 // microseconds
	staleDays = 7                        // an observation older than this concludes nothing
)

// span is a query made exact.
type span struct {
	asked    string // in words
	at       int64  // as of, or the end of the period
	seq      iam.Seq
	campaign store.Campaign // of a report about one
	from     int64          // of a period
	fromSeq  iam.Seq        // the newest Write before the period
	sourceID iam.ID
	narrow   Narrow // of a report about findings
	narrowed string // the same in words; empty: all of them
}

func (q Query) span(ctx context.Context, r *store.Reader, d Definition) (span, error) {
	s := span{at: r.Now, sourceID: q.Source, asked: "now", narrow: q.Narrow}
	unwanted := func(field, value, needs string) error {
		if value == "" {
			return nil
		}
		return iam.Errorf(iam.Invalid, "The report %s takes no %s: it is about %s.", d.Name, field, needs).In("query." + field).Fix("Leave it out.")
	}
	switch {
	case d.Review:
		for field, value := range map[string]string{"asOf": q.AsOf, "from": q.From, "to": q.To} {
			if err := unwanted(field, value, "one campaign"); err != nil {
				return s, err
			}
		}
		if q.Source != 0 {
			return s, iam.Errorf(iam.Invalid, "The report %s takes no source: it is about one campaign.", d.Name).In("query.source").Fix("Leave it out.")
		}
		if q.Review == "" {
			return s, iam.Errorf(iam.Invalid, "The report %s is about one campaign: name it.", d.Name).In("query.review").Fix("Take the id from the list of reviews.")
		}
	case d.Period:
		if err := unwanted("asOf", q.AsOf, "a period"); err != nil {
			return s, err
		}
		if q.From == "" {
			return s, iam.Errorf(iam.Invalid, "The report %s is about a period: say when it begins.", d.Name).In("query.from").Fix("Write a date such as 2026-03-01.")
		}
	default:
		if d.Now {
			if err := unwanted("asOf", q.AsOf, "now"); err != nil {
				return s, err
			}
		}
		for field, value := range map[string]string{"from": q.From, "to": q.To} {
			if err := unwanted(field, value, "one moment"); err != nil {
				return s, err
			}
		}
	}
	if !d.Review {
		if err := unwanted("review", q.Review, "directories"); err != nil {
			return s, err
		}
	}
	if !d.Narrows && q.Narrow != (Narrow{}) {
		return s, iam.Errorf(iam.Invalid, "The report %s takes no filter of findings.", d.Name).In("query.kind").Fix("Leave kind, risk, group, q and state out.")
	}
	var err error
	if until, field := q.AsOf+q.To, map[bool]string{true: "query.to", false: "query.asOf"}[d.Period]; until != "" {
		p, err := r.PointOf(ctx, until)
		if err != nil {
			return s, in(err, field)
		}
		s.asked, s.at, s.seq = until, p.At, p.Seq
	} else if s.seq, err = r.SeqAt(ctx, s.at); err != nil {
		return s, err
	}
	if d.Period {
		p, err := r.PointBefore(ctx, q.From)
		if err != nil {
			return s, in(err, "query.from")
		}
		if s.from, s.fromSeq = p.At, p.Seq; s.from > s.at {
			return s, iam.Errorf(iam.Invalid, "The period ends before it begins.").In("query.to").Fix("Swap the dates.")
		}
		s.asked = q.From + " to " + s.asked
	}
	if d.Review {
		s.campaign, err = r.Campaign(ctx, q.Review)
		s.asked, err = "the review "+s.campaign.Name, in(err, "query.review")
	}
	if err == nil {
		if s.narrowed, err = q.Narrow.text(ctx, r); s.narrowed != "" {
			s.asked += "; findings " + s.narrowed + " alone"
		}
	}
	return s, err
}

// in names the field of an error that is the operator's.
func in(err error, field string) error {
	if e, ok := err.(*iam.Error); ok {
		return e.In(field)
	}
	return err
}
