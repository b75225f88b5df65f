package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"gatehouse/backend/audit"
	"gatehouse/backend/iam"
)

// decided is what operators decided about whose accounts are whose, as events
// tell it or as the records have it.
type decided struct {
	links     map[iam.ID]iam.ID // accounts to identities
	different map[[2]iam.ID]bool
	redirects map[iam.ID]iam.ID
	merges    map[iam.ID]bool // true: undone
	owners    map[iam.ID]iam.Ownership
	rules     map[iam.ID]string
}

func newDecided() decided {
	return decided{map[iam.ID]iam.ID{}, map[[2]iam.ID]bool{}, map[iam.ID]iam.ID{}, map[iam.ID]bool{}, map[iam.ID]iam.Ownership{}, map[iam.ID]string{}}
}

// compareIdentities rebuilds merges, splits, decided links, ownership and rules
// from their events and names what the records say otherwise. Where the details
// of events are gone, nothing can be said.
func (r *Reader) compareIdentities(ctx context.Context, purged bool) ([]audit.Problem, error) {
	if purged {
		return nil, nil
	}
	told, last, err := r.toldIdentities(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := r.keptIdentities(ctx)
	if err != nil {
		return nil, err
	}
	var out []audit.Problem
	say := func(format string, args ...any) {
		out = append(out, audit.Problem{Seq: last, Text: fmt.Sprintf(format, args...)})
	}
	compareMaps(told.links, kept.links, func(a, want, have iam.ID) {
		say("The identity that an operator gave account %s is recorded as %s, but the events say %s.", a, orNobody(have), orNobody(want))
	})
	compareMaps(told.different, kept.different, func(p [2]iam.ID, want, _ bool) {
		say("That accounts %s and %s are two people's is %s, but the events say otherwise.", p[0], p[1], map[bool]string{true: "not recorded", false: "recorded"}[want])
	})
	compareMaps(told.redirects, kept.redirects, func(from, want, have iam.ID) {
		say("The id of identity %s leads to %s, but the events say %s.", from, orNobody(have), orNobody(want))
	})
	compareMaps(told.merges, kept.merges, func(id iam.ID, _, _ bool) {
		say("The record of merge %s is not what the events say.", id)
	})
	compareMaps(told.owners, kept.owners, func(a iam.ID, _, _ iam.Ownership) {
		say("The owner or purpose of account %s is not what the events say.", a)
	})
	compareMaps(told.rules, kept.rules, func(s iam.ID, _, _ string) {
		say("The correlation rules of source %s are not what the events say.", s)
	})
	// What was decided is so.
	astray, err := r.ids(ctx, `SELECT l.account_id FROM identity_links l JOIN open_accounts a ON a.id = l.account_id WHERE l.until = 9223372036854775807 AND l.how = 'operator' AND a.sort = 'person' AND a.identity_id <> l.identity_id ORDER BY 1`)
	for _, a := range astray {
		say("Account %s is not with the identity that an operator gave it.", a)
	}
	return out, err
}

func orNobody(id iam.ID) string {
	if id == 0 {
		return "none"
	}
	return id.String()
}

// compareMaps tells of every key under which two maps differ, in order.
func compareMaps[K comparable, V comparable](want, have map[K]V, differ func(k K, want, have V)) {
	keys := maps.Clone(have)
	maps.Copy(keys, want)
	for _, k := range slices.SortedFunc(maps.Keys(keys), func(a, b K) int { return cmpText(a, b) }) {
		w, said := want[k]
		if h, there := have[k]; w != h || said != there {
			differ(k, w, h)
		}
	}
}

func cmpText(a, b any) int {
	x, y := fmt.Sprint(a), fmt.Sprint(b)
	switch {
	case len(x) != len(y):
		return len(x) - len(y)
	case x < y:
		return -1
	}
	return 1
}

// toldIdentities reads the events of decisions, and the newest of them.
func (r *Reader) toldIdentities(ctx context.Context) (decided, iam.Seq, error) {
	told, last := newDecided(), iam.Seq(0)
	type event struct {
		seq    iam.Seq
		action string
		detail []byte
	}
	events, err := each(ctx, r, `SELECT e.seq, e.action, d.detail FROM events e JOIN event_details d ON d.seq = e.seq
	  WHERE e.action IN ('identity.merge', 'identity.unmerge', 'identity.split', 'correlation.decide', 'correlation.change', 'account.own') AND e.outcome = 'done' ORDER BY e.seq`, nil,
		func(rows *sql.Rows, e *event) error { return rows.Scan(&e.seq, &e.action, &e.detail) })
	for _, e := range events {
		last = e.seq
		switch e.action {
		case "correlation.change":
			var d rulesDetail
			if json.Unmarshal(e.detail, &d) == nil {
				text, err := json.Marshal(d.After)
				if err != nil {
					return told, last, err
				}
				told.rules[d.Source] = string(text)
			}
		case "account.own":
			var d ownDetail
			if json.Unmarshal(e.detail, &d) == nil {
				for _, o := range d.Accounts {
					told.owners[o.Account] = o.ownership()
				}
			}
		default:
			var d linkDetail
			if json.Unmarshal(e.detail, &d) == nil {
				told.apply(d)
			}
		}
	}
	return told, last, err
}

func (x *decided) apply(d linkDetail) {
	for _, l := range d.Links {
		if delete(x.links, l.Account); l.How == "operator" {
			x.links[l.Account] = l.Identity
		}
	}
	for _, p := range d.Same {
		delete(x.different, p)
	}
	for _, p := range d.Different {
		x.different[p] = true
	}
	for _, m := range d.Redirects {
		if delete(x.redirects, m.From); m.To != 0 {
			x.redirects[m.From] = m.To
		}
	}
	if d.Merge != 0 {
		_, again := x.merges[d.Merge]
		x.merges[d.Merge] = again
	}
}

// keptIdentities reads the records. Of redirects those that rules made, in a run
// or when they were changed, are no operator's.
func (r *Reader) keptIdentities(ctx context.Context) (decided, error) {
	kept := newDecided()
	for _, x := range []struct {
		query string
		scan  func(*sql.Rows) error
	}{
		{`SELECT account_id, identity_id FROM identity_links WHERE until = 9223372036854775807 AND how = 'operator'`, func(rows *sql.Rows) error {
			var a, i iam.ID
			err := rows.Scan(&a, &i)
			kept.links[a] = i
			return err
		}},
		{`SELECT account_id, other_id FROM identity_differences WHERE until = 9223372036854775807`, func(rows *sql.Rows) error {
			var p [2]iam.ID
			err := rows.Scan(&p[0], &p[1])
			kept.different[p] = true
			return err
		}},
		{`SELECT r.from_id, r.into_id FROM identity_redirects r JOIN events e ON e.seq = r.since WHERE r.until = 9223372036854775807 AND e.action NOT IN ('run.apply', 'run.release', 'correlation.change')`, func(rows *sql.Rows) error {
			var from, into iam.ID
			err := rows.Scan(&from, &into)
			kept.redirects[from] = into
			return err
		}},
		{`SELECT id, undone_seq <> 0 FROM identity_merges`, func(rows *sql.Rows) error {
			var id iam.ID
			var undone bool
			err := rows.Scan(&id, &undone)
			kept.merges[id] = undone
			return err
		}},
		{`SELECT account_id, owner_id, owner_name, purpose, review_by FROM account_ownership WHERE until = 9223372036854775807`, func(rows *sql.Rows) error {
			var a iam.ID
			var o iam.Ownership
			err := rows.Scan(&a, &o.OwnerID, &o.OwnerName, &o.Purpose, &o.ReviewBy)
			kept.owners[a] = o
			return err
		}},
		{`SELECT source_id, rules FROM correlation_rules WHERE until = 9223372036854775807`, func(rows *sql.Rows) error {
			var s iam.ID
			var text string
			err := rows.Scan(&s, &text)
			kept.rules[s] = text
			return err
		}},
	} {
		if _, err := each(ctx, r, x.query, nil, func(rows *sql.Rows, _ *struct{}) error { return x.scan(rows) }); err != nil {
			return kept, err
		}
	}
	return kept, nil
}
