package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"gatehouse/backend/iam"
)

// Case is an account of which the rules could not say whose it is.
type Case struct {
	ID         iam.ID
	Account    iam.ID
	Source     iam.ID
	Since      iam.Seq
	Candidates []Candidate
}

// Decision on a case.
type CaseDecision string

// The decisions.
const (
	SamePerson      CaseDecision = "same"
	DifferentPeople CaseDecision = "different"
	LeftOpen        CaseDecision = "left" // until the account changes
)

// keepCases opens a case for each unit that a person must decide, and ends those
// that are no question any more.
func (t *Tx) keepCases(ctx context.Context, c *correlator) error {
	asks := map[iam.ID][]*Candidate{}
	var order []iam.ID
	for _, u := range c.units {
		if u.link == nil && len(u.ask) > 0 {
			asks[u.faces[0].account] = u.ask
			order = append(order, u.faces[0].account)
		}
	}
	if err := c.exec(ctx, []any{sql.Named("asked", idList(order))}, `UPDATE correlation_cases SET until = @seq WHERE until = 9223372036854775807
	  AND (account_id IN (SELECT id FROM stage.mine) AND account_id NOT IN (SELECT value FROM json_each(@asked)) OR account_id IN (SELECT id FROM stage.delta_objects WHERE op = 'removed'))`); err != nil || len(order) == 0 {
		return err
	}
	base, err := t.newIDs(ctx, int64(len(order)))
	if err != nil {
		return err
	}
	type row struct {
		Account    iam.ID       `json:"a"`
		ID         iam.ID       `json:"i"`
		Confidence int          `json:"c"`
		Candidates []*Candidate `json:"w"`
	}
	slices.Sort(order)
	for part := range slices.Chunk(order, 2000) {
		all := make([]row, len(part))
		for i, id := range part {
			all[i] = row{id, base, asks[id][0].Confidence, asks[id]}
			base++
		}
		text, err := json.Marshal(all)
		if err != nil {
			return err
		}
		if err := c.exec(ctx, []any{sql.Named("cases", string(text))},
			`UPDATE correlation_cases SET candidates = j.value -> 'w', confidence = j.value ->> 'c' FROM json_each(@cases) AS j WHERE correlation_cases.account_id = j.value ->> 'a' AND until = 9223372036854775807`,
			`INSERT INTO correlation_cases (id, account_id, source_id, since, until, candidates, confidence, decision, identity_id, rule, reason)
			 SELECT j.value ->> 'i', j.value ->> 'a', @source, @seq, 9223372036854775807, j.value -> 'w', j.value ->> 'c', '', 0, '', '' FROM json_each(@cases) AS j
			 WHERE NOT EXISTS (SELECT 1 FROM correlation_cases o WHERE o.account_id = j.value ->> 'a' AND o.until = 9223372036854775807)`); err != nil {
			return err
		}
	}
	return nil
}

const caseColumns = `id, account_id, source_id, since, candidates`

func scanCase(rows *sql.Rows, c *Case) error {
	var text string
	if err := rows.Scan(&c.ID, &c.Account, &c.Source, &c.Since, &text); err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), &c.Candidates)
}

// Cases are the open cases of a source, or of all for 0, the surest first. Their
// candidates are identities of today.
func (r *Reader) Cases(ctx context.Context, source iam.ID, skip, most int) ([]Case, Count, error) {
	w := where{}
	w.add("until = 9223372036854775807")
	w.addIf(source != 0, "source_id = ?", int64(source))
	n, err := r.count(ctx, ` FROM correlation_cases`+w.sql(), w.args)
	if err != nil {
		return nil, n, err
	}
	out, err := each(ctx, r, `SELECT `+caseColumns+` FROM correlation_cases`+w.sql()+` ORDER BY confidence DESC, id LIMIT ? OFFSET ?`, append(w.args, most, skip), scanCase)
	for i := range out {
		if err == nil {
			err = r.current(ctx, &out[i])
		}
	}
	return out, n, err
}

// Case is an open case, or NotFound.
func (r *Reader) Case(ctx context.Context, id iam.ID) (Case, error) {
	found, err := each(ctx, r, `SELECT `+caseColumns+` FROM correlation_cases WHERE id = ? AND until = 9223372036854775807`, []any{id}, scanCase)
	if err != nil {
		return Case{}, err
	}
	if len(found) == 0 {
		return Case{}, iam.Errorf(iam.NotFound, "This case is decided, or is no question any more.")
	}
	return found[0], r.current(ctx, &found[0])
}

// current leads candidates to the identities they are now and drops those that
// are gone or the account's own.
func (r *Reader) current(ctx context.Context, c *Case) error {
	a, err := r.Account(ctx, c.Account)
	if err != nil {
		return err
	}
	var kept []Candidate
	for _, x := range c.Candidates {
		if x.Identity, err = r.Surviving(ctx, x.Identity); err != nil {
			return err
		}
		switch _, _, err := r.Identity(ctx, x.Identity); {
		case iam.KindOf(err) == iam.NotFound:
			continue
		case err != nil:
			return err
		}
		if x.Identity != a.IdentityID && !slices.ContainsFunc(kept, func(k Candidate) bool { return k.Identity == x.Identity }) {
			kept = append(kept, x)
		}
	}
	c.Candidates = kept
	return nil
}

// DecideCase ends a case by a person's word: the account's identity and a
// candidate are one; or the account is not that candidate's, or, for 0, none of
// theirs; or it is left until the account changes. It returns the merge, 0 if
// there is none. Where people are different, it belongs inside WriteWeighing.
func (t *Tx) DecideCase(ctx context.Context, c Case, d CaseDecision, identity iam.ID, reason string) (iam.ID, error) {
	a, err := t.Account(ctx, c.Account)
	if err != nil {
		return 0, err
	}
	named := slices.IndexFunc(c.Candidates, func(x Candidate) bool { return x.Identity == identity })
	if d == SamePerson && identity == 0 || identity != 0 && named < 0 {
		return 0, iam.Errorf(iam.Invalid, "The case does not propose this identity.").In("body.identity").Fix("Choose one of its candidates, or merge the identities themselves.")
	}
	rule, decided := "", []Candidate{}
	switch {
	case named >= 0:
		decided = c.Candidates[named : named+1]
	case d == DifferentPeople:
		decided = c.Candidates
	}
	if len(decided) > 0 {
		rule = decided[0].Rule
	}
	t.About("case", c.ID, a.Name)
	t.About("account", a.ID, a.Login)
	t.Touches("cases", "identities", "accounts")
	if d == DifferentPeople && named >= 0 && len(c.Candidates) > 1 {
		// The others stay a question, unless the rules answer it.
		rest, err := json.Marshal(slices.Delete(slices.Clone(c.Candidates), named, named+1))
		if err != nil {
			return 0, err
		}
		if err := t.execAll(ctx, []any{sql.Named("id", int64(c.ID)), sql.Named("rest", string(rest))}, `UPDATE correlation_cases SET candidates = @rest, confidence = @rest ->> '$[0].confidence' WHERE id = @id`); err != nil {
			return 0, err
		}
		return 0, t.Differ(ctx, a.Account, decided, reason)
	}
	var merge iam.ID
	if d == SamePerson {
		if merge, err = t.mergeIdentities(ctx, a.IdentityID, identity, reason, c.ID); err != nil {
			return 0, err
		}
	}
	if err := t.execAll(ctx, []any{sql.Named("id", int64(c.ID)), sql.Named("seq", int64(t.Seq)), sql.Named("decision", string(d)), sql.Named("identity", int64(identity)), sql.Named("rule", rule), sql.Named("reason", reason)},
		`UPDATE correlation_cases SET until = @seq, decision = @decision, identity_id = @identity, rule = @rule, reason = @reason WHERE id = @id`); err != nil {
		return 0, err
	}
	if d == DifferentPeople {
		return 0, t.Differ(ctx, a.Account, decided, reason)
	}
	t.Because(reason)
	return merge, nil
}
