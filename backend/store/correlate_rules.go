package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"gatehouse/backend/iam"
)

// Correlation is how the accounts of a source find their person.
func (r *Reader) Correlation(ctx context.Context, source iam.ID) (iam.Correlation, error) {
	var text string
	err := r.tx.QueryRowContext(ctx, `SELECT rules FROM correlation_rules WHERE source_id = ? AND until = 9223372036854775807`, source).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return iam.DefaultCorrelation(), nil
	}
	var c iam.Correlation
	if err == nil {
		err = json.Unmarshal([]byte(text), &c)
	}
	return c, err
}

// ChangeCorrelation replaces the rules of a source and applies them to its
// accounts that stand alone, all in one Write.
func (s *Store) ChangeCorrelation(ctx context.Context, source iam.Source, rules iam.Correlation) (iam.Seq, error) {
	return s.WriteWeighing(ctx, "correlation.change", func(t *Tx) error {
		was, err := t.Correlation(ctx, source.ID)
		if err != nil {
			return err
		}
		text, err := json.Marshal(rules)
		if err != nil {
			return err
		}
		t.About("source", source.ID, source.Name)
		t.Touches("sources", "identities", "accounts", "cases")
		if err := t.Detail(rulesDetail{source.ID, was, rules}); err != nil {
			return err
		}
		if err := t.execAll(ctx, []any{sql.Named("seq", int64(t.Seq)), sql.Named("source", int64(source.ID)), sql.Named("authoritative", rules.Authoritative), sql.Named("rules", string(text))},
			`UPDATE correlation_rules SET until = @seq WHERE source_id = @source AND until = 9223372036854775807`,
			`INSERT INTO correlation_rules (source_id, since, until, authoritative, rules) VALUES (@source, @seq, 9223372036854775807, @authoritative, @rules)`); err != nil {
			return err
		}
		if err := t.stageOpen(ctx, source.ID, true, 0); err != nil {
			return err
		}
		if _, err := t.correlateBy(ctx, source.ID, &rules); err != nil {
			return err
		}
		if was.Authoritative != rules.Authoritative {
			return t.moveLinked(ctx, source.ID)
		}
		return t.moveLinked(ctx, 0)
	})
}

// moveLinked gives the accounts in stage.linked the identities they have there.
func (t *Tx) moveLinked(ctx context.Context, authority iam.ID) error {
	if err := t.execAll(ctx, nil, `CREATE TEMP TABLE moves (id INTEGER PRIMARY KEY, identity_id INTEGER NOT NULL)`, `INSERT INTO temp.moves SELECT sid, identity_id FROM stage.linked`); err != nil {
		return err
	}
	return t.moveAccounts(ctx, authority)
}

// rulesDetail is what the event of changed rules tells.
type rulesDetail struct {
	Source iam.ID          `json:"source"`
	Before iam.Correlation `json:"before"`
	After  iam.Correlation `json:"after"`
}

// attachEmpty attaches an empty staging database in memory.
func (s *Store) attachEmpty(ctx context.Context) (func(), error) {
	if _, err := s.writer.ExecContext(ctx, "ATTACH DATABASE ':memory:' AS stage"); err != nil {
		return nil, s.full(err)
	}
	return func() {
		if _, err := s.writer.ExecContext(context.WithoutCancel(ctx), "DETACH DATABASE stage"); err != nil {
			s.log.Error("the staging database stays attached", "error", err)
		}
	}, nil
}

// stageOpen stages the open accounts of people of a source as if they had just
// been read and had all changed; or only those whose person has no account
// elsewhere, or those of one person.
func (t *Tx) stageOpen(ctx context.Context, source iam.ID, alone bool, person iam.ID) error {
	of := ""
	if person != 0 {
		of = " AND k.identity_id = @person"
	}
	return t.execAll(ctx, []any{sql.Named("source", int64(source)), sql.Named("alone", alone), sql.Named("person", int64(person))},
		`CREATE TABLE stage.accounts AS SELECT k.id AS sid, `+prefixed("k", accountFacts)+`, CASE WHEN k.employee_number <> '' THEN 'number:' || k.employee_number ELSE 'own:' || k.id END AS ikey, coalesce(c.mail, '') AS mail, coalesce(c.phone, '') AS phone
		 FROM open_accounts k LEFT JOIN contacts c ON c.account_id = k.id WHERE +k.source_id = @source AND k.sort = 'person'`+of+`
		   AND (NOT @alone OR NOT EXISTS (SELECT 1 FROM open_accounts o WHERE o.identity_id = k.identity_id AND o.source_id <> @source))`,
		`CREATE UNIQUE INDEX stage.accounts_sid ON accounts (sid)`,
		`CREATE TABLE stage.objects (sid INTEGER PRIMARY KEY, object_id INTEGER NOT NULL)`,
		`INSERT INTO stage.objects SELECT sid, sid FROM stage.accounts`,
		`CREATE TABLE stage.delta_objects (op TEXT NOT NULL, noun TEXT NOT NULL, sid INTEGER NOT NULL, id INTEGER NOT NULL)`,
		`INSERT INTO stage.delta_objects SELECT 'changed', 'account', sid, sid FROM stage.accounts`)
}

// CorrelationPreview is what rules would do with the accounts of a source.
type CorrelationPreview struct {
	Accounts  int64 // of people
	Decided   int64 // by an operator: they stay as they are
	Matched   int64 // would be linked automatically
	Already   int64 // of these are where they would come
	Ambiguous int64 // would be cases
	None      int64 // nobody fits
	Samples   []PreviewRow
}

// PreviewRow is an account with what rules would do: link it to the only
// candidate, or ask about all. Without candidates nobody fits.
type PreviewRow struct {
	Account    iam.ID
	Linked     bool
	Candidates []Candidate
}

// samples is how many rows of each kind a preview shows.
const samples = 25

// PreviewCorrelation does what saving the rules would do with all accounts that
// no operator decided about, and takes it back.
func (s *Store) PreviewCorrelation(ctx context.Context, source iam.ID, rules iam.Correlation) (CorrelationPreview, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var p CorrelationPreview
	detach, err := s.attachEmpty(ctx)
	if err != nil {
		return p, err
	}
	defer detach()
	var failed error
	_, err = s.write(ctx, "correlation.preview", func(t *Tx) error {
		if failed = t.stageOpen(ctx, source, false, 0); failed != nil {
			return errPreview
		}
		var c *correlator
		if c, failed = t.correlateBy(ctx, source, &rules); failed == nil {
			p, failed = c.preview(ctx)
		}
		return errPreview
	})
	if failed == nil && !errors.Is(err, errPreview) {
		failed = err
	}
	return p, failed
}

// errPreview rolls a preview back.
var errPreview = errors.New("store: a preview changes nothing")

func (c *correlator) preview(ctx context.Context) (CorrelationPreview, error) {
	var p CorrelationPreview
	if err := c.t.tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM stage.accounts), (SELECT count(*) FROM stage.accounts) - (SELECT count(*) FROM stage.mine), count(*), coalesce(sum(i.identity_id = b.identity_id), 0)
	  FROM stage.mine m JOIN stage.idents i ON i.ikey = m.ikey LEFT JOIN stage.had b ON b.ikey = m.ikey WHERE i.rule <> ''`).Scan(&p.Accounts, &p.Decided, &p.Matched, &p.Already); err != nil {
		return p, err
	}
	linked, err := each(ctx, &c.t.Reader, `SELECT m.id, i.identity_id, i.rule, i.confidence, i.reasons FROM stage.mine m JOIN stage.idents i ON i.ikey = m.ikey WHERE i.rule <> '' ORDER BY i.confidence, m.id LIMIT ?`, []any{samples}, func(rows *sql.Rows, r *PreviewRow) error {
		x, text := Candidate{Effect: iam.Link}, ""
		if err := rows.Scan(&r.Account, &x.Identity, &x.Rule, &x.Confidence, &text); err != nil {
			return err
		}
		r.Linked, r.Candidates = true, []Candidate{x}
		return json.Unmarshal([]byte(text), &r.Candidates[0].Reasons)
	})
	if err != nil {
		return p, err
	}
	var asked, none []PreviewRow
	for _, u := range c.units {
		row := PreviewRow{Account: u.faces[0].account}
		switch {
		case u.link != nil:
			continue
		case len(u.ask) > 0:
			p.Ambiguous += int64(len(u.faces))
			for _, x := range u.ask {
				row.Candidates = append(row.Candidates, *x)
			}
			asked = append(asked, row)
		default:
			none = append(none, row)
		}
	}
	p.None = p.Accounts - p.Decided - p.Matched - p.Ambiguous
	p.Samples = slices.Concat(asked[:min(len(asked), samples)], linked, none[:min(len(none), samples)])
	return p, nil
}

// RuleRecord is how a rule of a source has done.
type RuleRecord struct {
	Rule      string
	Linked    int64 // open links
	TakenBack int64 // links that an operator split
	Confirmed int64 // cases it proposed and an operator confirmed
	Denied    int64
}

// RuleRecords tells of every rule of a source that has done anything.
func (r *Reader) RuleRecords(ctx context.Context, source iam.ID) ([]RuleRecord, error) {
	return each(ctx, r, `WITH done (rule, linked, back, same, different) AS (
	    SELECT l.rule, l.until = 9223372036854775807, l.until < 9223372036854775807, 0, 0 FROM identity_links l JOIN objects o ON o.id = l.account_id
	      WHERE o.source_id = ?1 AND l.how = 'rule' AND (l.until = 9223372036854775807 OR EXISTS (SELECT 1 FROM events e WHERE e.seq = l.until AND e.action = 'identity.split'))
	    UNION ALL SELECT rule, 0, 0, decision = 'same', decision = 'different' FROM correlation_cases WHERE source_id = ?1 AND decision IN ('same', 'different'))
	  SELECT rule, sum(linked), sum(back), sum(same), sum(different) FROM done GROUP BY rule ORDER BY rule`, []any{source}, func(rows *sql.Rows, x *RuleRecord) error {
		return rows.Scan(&x.Rule, &x.Linked, &x.TakenBack, &x.Confirmed, &x.Denied)
	})
}

// Lesson is what confirmed cases of a source have in common and its rules do not
// know yet.
type Lesson struct {
	Alias   *iam.MailAlias
	Pattern string // of logins
	Seen    int    // cases
}

// Lessons are what an operator's decisions teach, the commonest first.
func (r *Reader) Lessons(ctx context.Context, source iam.ID) ([]Lesson, error) {
	rules, err := r.Correlation(ctx, source)
	if err != nil {
		return nil, err
	}
	type confirmed struct{ mail, login, given, surname, other string }
	cases, err := each(ctx, r, `SELECT coalesce(c.mail, ''), a.login_fold, a.given_name, a.surname, coalesce(b.mail, '') FROM correlation_cases d JOIN open_accounts a ON a.id = d.account_id LEFT JOIN contacts c ON c.account_id = a.id
	    JOIN json_each(d.candidates) j ON j.value ->> 'identity' = d.identity_id LEFT JOIN contacts b ON b.account_id = j.value ->> 'account'
	  WHERE d.source_id = ? AND d.decision = 'same'`, []any{source}, func(rows *sql.Rows, x *confirmed) error {
		return rows.Scan(&x.mail, &x.login, &x.given, &x.surname, &x.other)
	})
	if err != nil {
		return nil, err
	}
	aliases, patterns := map[iam.MailAlias]int{}, map[string]int{}
	for _, x := range cases {
		left, from, ok := strings.Cut(strings.ToLower(x.mail), "@")
		right, to, also := strings.Cut(strings.ToLower(x.other), "@")
		if ok && also && left == right && from != to && !sameMail(rules, x.mail, x.other) {
			aliases[iam.MailAlias{Domain: from, Other: to}]++
		}
		for _, p := range loginPatterns {
			if partsOf(x.given, x.surname).patterned(p) == x.login && x.login != "" && !slices.Contains(rules.LoginPatterns, p) {
				patterns[p]++
			}
		}
	}
	var out []Lesson
	for a, n := range aliases {
		out = append(out, Lesson{Alias: &a, Seen: n})
	}
	for p, n := range patterns {
		out = append(out, Lesson{Pattern: p, Seen: n})
	}
	key := func(l Lesson) string {
		if l.Alias != nil {
			return l.Alias.Domain + l.Alias.Other
		}
		return l.Pattern
	}
	slices.SortFunc(out, func(a, b Lesson) int {
		if a.Seen != b.Seen {
			return b.Seen - a.Seen
		}
		return strings.Compare(key(a), key(b))
	})
	return out, nil
}

// orphans are the open accounts of people that belong to nobody in any
// authoritative source, outside these; before one has been read there is no
// saying.
const orphans = ` FROM open_accounts a WHERE a.sort = 'person' AND a.identity_id > 0
  AND EXISTS (SELECT 1 FROM correlation_rules s JOIN open_accounts h ON h.source_id = s.source_id WHERE s.authoritative = 1 AND s.until = 9223372036854775807)
  AND NOT EXISTS (SELECT 1 FROM open_accounts h JOIN correlation_rules s ON s.source_id = h.source_id AND s.authoritative = 1 AND s.until = 9223372036854775807 WHERE h.identity_id = a.identity_id)`

// OrphanAccounts are the accounts of people, of one source or of all for 0, that
// match nobody in an authoritative source.
func (r *Reader) OrphanAccounts(ctx context.Context, source iam.ID, skip, most int) ([]iam.ID, int64, error) {
	const of = orphans + ` AND (?1 = 0 OR a.source_id = ?1)`
	var n int64
	if err := r.tx.QueryRowContext(ctx, `SELECT count(*)`+of, source).Scan(&n); err != nil {
		return nil, 0, err
	}
	ids, err := r.ids(ctx, `SELECT a.id`+of+` ORDER BY a.name_fold, a.id LIMIT ?2 OFFSET ?3`, source, most, skip)
	return ids, n, err
}
