package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"gatehouse/backend/iam"
)

// Linked is why an account is an identity's.
type Linked struct {
	Account    iam.ID   `json:"account"`
	Identity   iam.ID   `json:"identity"`
	How        string   `json:"how"` // rule, operator; empty: its own from the start, or by its source's number
	Rule       string   `json:"rule,omitempty"`
	Confidence int      `json:"confidence,omitempty"`
	Reasons    []string `json:"reasons,omitempty"`
}

// moved is an account that changed its identity.
type moved struct {
	Account iam.ID `json:"account"`
	From    iam.ID `json:"from"`
	To      iam.ID `json:"to"`
}

// redirected is an id that leads to another; to 0: not any more.
type redirected struct {
	From iam.ID `json:"from"`
	To   iam.ID `json:"to"`
}

// linkDetail is what the event of an operator's decision tells, enough to make
// the records from it again.
type linkDetail struct {
	Merge     iam.ID       `json:"merge,omitempty"`
	Moves     []moved      `json:"moves,omitempty"`
	Links     []Linked     `json:"links,omitempty"`     // as they stand afterwards
	Different [][2]iam.ID  `json:"different,omitempty"` // pairs of accounts
	Same      [][2]iam.ID  `json:"same,omitempty"`      // pairs that are different no longer
	Redirects []redirected `json:"redirects,omitempty"`
	Left      []iam.ID     `json:"left,omitempty"` // accounts of the merge that are elsewhere by now
}

// Surviving is the id an identity has after merges; its own if it was never
// merged.
func (r *Reader) Surviving(ctx context.Context, id iam.ID) (iam.ID, error) {
	if r.past {
		return r.SurvivingAt(ctx, id, r.at)
	}
	return r.SurvivingAt(ctx, id, iam.Open-1)
}

// SurvivingAt is the id an identity had after a Write.
func (r *Reader) SurvivingAt(ctx context.Context, id iam.ID, seq iam.Seq) (iam.ID, error) {
	err := r.tx.QueryRowContext(ctx, `WITH RECURSIVE way (id, n) AS (SELECT ?1, 0 UNION SELECT r.into_id, n + 1 FROM way JOIN identity_redirects r ON r.from_id = way.id AND r.since <= ?2 AND r.until > ?2)
	  SELECT id FROM way ORDER BY n DESC LIMIT 1`, id, seq).Scan(&id)
	return id, err
}

// Former are the ids that lead to an identity, itself excluded.
func (r *Reader) Former(ctx context.Context, id iam.ID) ([]iam.ID, error) {
	return r.ids(ctx, `WITH RECURSIVE way (id) AS (SELECT ?1 UNION SELECT r.from_id FROM way JOIN identity_redirects r ON r.into_id = way.id AND r.until = 9223372036854775807)
	  SELECT id FROM way WHERE id <> ?1 ORDER BY id`, id)
}

// LinksOf are why the accounts of an identity are its own, those included that
// are not there at the moment.
func (r *Reader) LinksOf(ctx context.Context, identity iam.ID) (map[iam.ID]Linked, error) {
	all, err := each(ctx, r, `SELECT l.account_id, l.identity_id, l.how, l.rule, l.confidence, l.reasons FROM identity_links l WHERE l.identity_id = ? AND l.until = 9223372036854775807`, []any{identity}, scanLinked)
	out := map[iam.ID]Linked{}
	for _, l := range all {
		out[l.Account] = l
	}
	return out, err
}

func scanLinked(rows *sql.Rows, l *Linked) error {
	var text string
	if err := rows.Scan(&l.Account, &l.Identity, &l.How, &l.Rule, &l.Confidence, &text); err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), &l.Reasons)
}

// differences are the pairs of accounts of which an operator said that they are
// two people's.
func (r *Reader) differences(ctx context.Context) (map[[2]iam.ID]bool, error) {
	pairs, err := each(ctx, r, `SELECT account_id, other_id FROM identity_differences WHERE until = 9223372036854775807`, nil, func(rows *sql.Rows, p *[2]iam.ID) error { return rows.Scan(&p[0], &p[1]) })
	out := map[[2]iam.ID]bool{}
	for _, p := range pairs {
		out[p] = true
	}
	return out, err
}

// before is what a merge keeps so that it can be undone.
type before struct {
	Accounts  []iam.ID    `json:"accounts"` // that moved
	Links     []Linked    `json:"links"`    // that were open
	Different [][2]iam.ID `json:"different"`
	Cases     []iam.ID    `json:"cases"` // that were open
}

// MergeIdentities makes one identity part of another: all its accounts move, its
// id leads there. Factors and decisions of reviews stay recorded under the id
// they have, which leads there, too.
func (t *Tx) MergeIdentities(ctx context.Context, from, into iam.ID, reason string) (iam.ID, error) {
	return t.mergeIdentities(ctx, from, into, reason, 0)
}

// mergeIdentities also ends the case that asked for it, if there is one.
func (t *Tx) mergeIdentities(ctx context.Context, from, into iam.ID, reason string, asked iam.ID) (iam.ID, error) {
	a, _, err := t.Identity(ctx, from)
	if err != nil {
		return 0, err
	}
	b, _, err := t.Identity(ctx, into)
	if err != nil {
		return 0, err
	}
	if from, into = a.ID, b.ID; from == into {
		return 0, iam.Errorf(iam.Conflict, "Both are the same identity already.").In("body.into").Fix("Choose another identity.")
	}
	mine, err := t.AccountIDsOf(ctx, []iam.ID{from, into})
	if err != nil {
		return 0, err
	}
	old := before{Accounts: mine[from], Links: []Linked{}, Different: [][2]iam.ID{}}
	links, err := t.LinksOf(ctx, from)
	if err != nil {
		return 0, err
	}
	d := linkDetail{Redirects: []redirected{{from, into}}}
	for _, id := range mine[from] {
		if l, ok := links[id]; ok {
			old.Links = append(old.Links, l)
		}
		d.Moves = append(d.Moves, moved{id, from, into})
		d.Links = append(d.Links, Linked{Account: id, Identity: into, How: "operator", Rule: "", Confidence: 100, Reasons: []string{reason}})
	}
	for _, id := range absent(links, mine[from]) {
		old.Links = append(old.Links, links[id])
		d.Links = append(d.Links, Linked{Account: id, Identity: into, How: "operator", Confidence: 100, Reasons: links[id].Reasons})
	}
	different, err := t.differences(ctx)
	if err != nil {
		return 0, err
	}
	for _, x := range mine[from] {
		for _, y := range mine[into] {
			if p := ordered(x, y); different[p] {
				old.Different = append(old.Different, p)
			}
		}
	}
	d.Same = old.Different
	if old.Cases, err = t.casesBetween(ctx, from, into, asked, append(slices.Clone(mine[from]), mine[into]...)); err != nil {
		return 0, err
	}
	if d.Merge, err = t.NewID(ctx); err != nil {
		return 0, err
	}
	text, err := json.Marshal(old)
	if err != nil {
		return 0, err
	}
	t.About("identity", into, b.Name)
	t.About("identity", from, a.Name)
	if err := t.execAll(ctx, []any{sql.Named("seq", int64(t.Seq)), sql.Named("now", t.Now), sql.Named("id", int64(d.Merge)), sql.Named("from", int64(from)), sql.Named("into", int64(into)),
		sql.Named("from_name", a.Name), sql.Named("into_name", b.Name), sql.Named("reason", reason), sql.Named("before", string(text)), sql.Named("cases", idList(old.Cases))},
		`INSERT INTO identity_merges (id, seq, at, from_id, into_id, from_name, into_name, reason, before, undone_seq) VALUES (@id, @seq, @now, @from, @into, @from_name, @into_name, @reason, @before, 0)`,
		`UPDATE correlation_cases SET until = @seq WHERE id IN (SELECT value FROM json_each(@cases))`); err != nil {
		return 0, err
	}
	return d.Merge, t.decideLinks(ctx, d, reason)
}

// absent are the accounts that an operator linked and that are not among those
// that are there: when they come back they are who the operator said.
func absent(links map[iam.ID]Linked, there []iam.ID) []iam.ID {
	var out []iam.ID
	for id, l := range links {
		if l.How == "operator" && !slices.Contains(there, id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// casesBetween are the open cases of accounts that ask about the merged pair.
func (r *Reader) casesBetween(ctx context.Context, from, into, asked iam.ID, accounts []iam.ID) ([]iam.ID, error) {
	return r.ids(ctx, `SELECT c.id FROM correlation_cases c WHERE c.until = 9223372036854775807 AND (c.id = ?4 OR c.account_id IN (SELECT value FROM json_each(?1))
	  AND EXISTS (SELECT 1 FROM json_each(c.candidates) j WHERE j.value ->> 'identity' IN (?2, ?3))) ORDER BY c.id`, idList(accounts), from, into, asked)
}

// UndoMerge puts everything back as it was before a merge: accounts, the links
// they had, the ids, the open cases. Accounts that are elsewhere by now stay
// there and are returned.
func (t *Tx) UndoMerge(ctx context.Context, id iam.ID, reason string) ([]iam.ID, error) {
	m, err := t.merge(ctx, id)
	if err != nil {
		return nil, err
	}
	if m.Undone {
		return nil, iam.Errorf(iam.Conflict, "This merge was undone already.")
	}
	var now iam.ID
	err = t.tx.QueryRowContext(ctx, `SELECT into_id FROM identity_redirects WHERE from_id = ? AND until = 9223372036854775807`, m.From).Scan(&now)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if _, _, err := t.openIdentity(ctx, m.Into); err != nil || now != m.Into {
		return nil, iam.Errorf(iam.Conflict, "%s was merged or split again since.", m.IntoName).Fix("Undo the later one first, or split single accounts off.")
	}
	open, err := t.AccountIDsOf(ctx, []iam.ID{m.Into})
	if err != nil {
		return nil, err
	}
	d := linkDetail{Merge: id, Different: m.before.Different, Redirects: []redirected{{m.From, 0}}}
	accounts, away, err := t.movedBy(ctx, m)
	if err != nil {
		return nil, err
	}
	for _, a := range slices.Concat(accounts, away) {
		switch {
		case slices.Contains(open[m.Into], a):
			d.Moves = append(d.Moves, moved{a, m.Into, m.From})
		case !slices.Contains(away, a):
			d.Left = append(d.Left, a)
			continue
		}
		l := Linked{Account: a, Identity: m.From}
		if i := slices.IndexFunc(m.before.Links, func(l Linked) bool { return l.Account == a }); i >= 0 {
			l = m.before.Links[i]
		}
		d.Links = append(d.Links, l)
	}
	if len(d.Moves) == 0 {
		return nil, iam.Errorf(iam.Conflict, "None of the accounts that this merge moved is with %s any more.", m.IntoName).Fix("There is nothing to undo.")
	}
	t.About("identity", m.From, m.FromName)
	t.About("identity", m.Into, m.IntoName)
	if err := t.execAll(ctx, []any{sql.Named("seq", int64(t.Seq)), sql.Named("id", int64(id)), sql.Named("cases", idList(m.before.Cases))},
		`UPDATE identity_merges SET undone_seq = @seq WHERE id = @id`,
		`UPDATE correlation_cases SET until = 9223372036854775807, decision = '', identity_id = 0, rule = '', reason = '' WHERE id IN (SELECT value FROM json_each(@cases))
		   AND NOT EXISTS (SELECT 1 FROM correlation_cases o WHERE o.account_id = correlation_cases.account_id AND o.until = 9223372036854775807)`); err != nil {
		return nil, err
	}
	return d.Left, t.decideLinks(ctx, d, reason)
}

// movedBy are the accounts that a merge moved, and those besides that were not
// there then, or are not now, and are still linked by it.
func (t *Tx) movedBy(ctx context.Context, m Merge) (accounts, away []iam.ID, err error) {
	links, err := t.LinksOf(ctx, m.Into)
	if err != nil {
		return nil, nil, err
	}
	here, err := t.ids(ctx, `SELECT k.id FROM json_each(?) j CROSS JOIN open_accounts k ON k.id = j.value ORDER BY 1`, idList(m.before.Accounts))
	for _, id := range absent(links, here) {
		before := slices.ContainsFunc(m.before.Links, func(l Linked) bool { return l.Account == id })
		if before || slices.Contains(m.before.Accounts, id) {
			away = append(away, id)
		}
	}
	for _, id := range m.before.Accounts {
		if !slices.Contains(away, id) {
			accounts = append(accounts, id)
		}
	}
	return accounts, away, err
}

// SplitIdentity makes accounts of an identity a person of their own, who gets
// back the id they had before, if nobody has it now.
func (t *Tx) SplitIdentity(ctx context.Context, identity iam.ID, accounts []iam.ID, reason string) (iam.ID, error) {
	i, _, err := t.Identity(ctx, identity)
	if err != nil {
		return 0, err
	}
	identity = i.ID
	own, err := t.AccountIDsOf(ctx, []iam.ID{identity})
	if err != nil {
		return 0, err
	}
	var rest []iam.ID
	for _, a := range own[identity] {
		if !slices.Contains(accounts, a) {
			rest = append(rest, a)
		}
	}
	accounts = slices.Compact(slices.Sorted(slices.Values(accounts)))
	if len(accounts) == 0 || len(rest) == 0 || len(rest)+len(accounts) != len(own[identity]) {
		return 0, iam.Errorf(iam.Invalid, "Some, but not all accounts of %s can be split off.", i.Name).In("body.accounts").Fix("Choose accounts that are not hers or his.")
	}
	to, again, err := t.formerIdentity(ctx, identity, accounts)
	if err != nil {
		return 0, err
	}
	d := linkDetail{}
	if again {
		d.Redirects = append(d.Redirects, redirected{to, 0})
	}
	for _, a := range accounts {
		d.Moves = append(d.Moves, moved{a, identity, to})
		d.Links = append(d.Links, Linked{Account: a, Identity: to, How: "operator", Confidence: 100, Reasons: []string{reason}})
		for _, b := range rest {
			d.Different = append(d.Different, ordered(a, b))
		}
	}
	t.About("identity", identity, i.Name)
	t.About("identity", to, i.Name)
	return to, t.decideLinks(ctx, d, reason)
}

// formerIdentity is the newest id that the accounts had before this one and that
// nobody has now, or a new one. again: it leads to this identity until now.
func (t *Tx) formerIdentity(ctx context.Context, identity iam.ID, accounts []iam.ID) (id iam.ID, again bool, err error) {
	err = t.tx.QueryRowContext(ctx, `SELECT a.identity_id, EXISTS (SELECT 1 FROM identity_redirects r WHERE r.from_id = a.identity_id AND r.until = 9223372036854775807) FROM accounts a
	  WHERE a.id IN (SELECT value FROM json_each(?1)) AND a.identity_id NOT IN (0, ?2) AND NOT EXISTS (SELECT 1 FROM open_accounts k WHERE k.identity_id = a.identity_id)
	    AND NOT EXISTS (SELECT 1 FROM identity_redirects r WHERE r.from_id = a.identity_id AND r.until = 9223372036854775807 AND r.into_id <> ?2)
	  ORDER BY a.since DESC, a.identity_id LIMIT 1`, idList(accounts), identity).Scan(&id, &again)
	if errors.Is(err, sql.ErrNoRows) {
		id, err = t.NewID(ctx)
	}
	return id, again, err
}

// Differ records that an account, and whatever else its source has of the same
// person, is none of what the candidates are: no rule links them any more. Then
// the rules look for who else it may be.
func (t *Tx) Differ(ctx context.Context, a iam.Account, from []Candidate, reason string) error {
	var ids []iam.ID
	for _, x := range from {
		ids = append(ids, x.Identity)
	}
	others, err := t.AccountIDsOf(ctx, ids)
	if err != nil {
		return err
	}
	mine, err := t.ids(ctx, `SELECT id FROM open_accounts WHERE identity_id = ? AND +source_id = ? ORDER BY id`, a.IdentityID, a.SourceID)
	if err != nil {
		return err
	}
	d := linkDetail{}
	for _, id := range ids {
		for _, b := range others[id] {
			for _, own := range mine {
				d.Different = append(d.Different, ordered(own, b))
			}
		}
	}
	if err := t.decideLinks(ctx, d, reason); err != nil {
		return err
	}
	if err := t.weigh(ctx, a, &d); err != nil {
		return err
	}
	return t.Detail(d)
}
