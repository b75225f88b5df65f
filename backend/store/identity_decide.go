package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"gatehouse/backend/iam"
)

// decideLinks does what an operator decided, and tells it in the event.
func (t *Tx) decideLinks(ctx context.Context, d linkDetail, reason string) error {
	if err := t.Detail(d); err != nil {
		return err
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	t.Because(reason)
	t.Touches("identities", "accounts", "cases", "factors", "reviews")
	args := []any{sql.Named("seq", int64(t.Seq)), sql.Named("d", string(text))}
	if err := t.execAll(ctx, args,
		`UPDATE identity_differences SET until = @seq FROM json_each(@d, '$.same') AS j WHERE account_id = j.value ->> 0 AND other_id = j.value ->> 1 AND until = 9223372036854775807`,
		`INSERT INTO identity_differences (account_id, other_id, since, until) SELECT DISTINCT j.value ->> 0, j.value ->> 1, @seq, 9223372036854775807 FROM json_each(@d, '$.different') AS j
		 WHERE NOT EXISTS (SELECT 1 FROM identity_differences x WHERE x.account_id = j.value ->> 0 AND x.other_id = j.value ->> 1 AND x.until = 9223372036854775807)`,
		`UPDATE identity_redirects SET until = @seq FROM json_each(@d, '$.redirects') AS j WHERE from_id = j.value ->> 'from' AND until = 9223372036854775807`,
		`INSERT INTO identity_redirects (from_id, since, until, into_id) SELECT j.value ->> 'from', @seq, 9223372036854775807, j.value ->> 'to' FROM json_each(@d, '$.redirects') AS j WHERE j.value ->> 'to' > 0`,
		`UPDATE identity_links SET until = @seq FROM json_each(@d, '$.links') AS j WHERE account_id = j.value ->> 'account' AND until = 9223372036854775807`,
		`INSERT INTO identity_links (account_id, since, until, identity_id, how, rule, confidence, reasons)
		 SELECT j.value ->> 'account', @seq, 9223372036854775807, j.value ->> 'identity', j.value ->> 'how', coalesce(j.value ->> 'rule', ''), coalesce(j.value ->> 'confidence', 0), coalesce(j.value -> 'reasons', '[]')
		 FROM json_each(@d, '$.links') AS j WHERE j.value ->> 'how' <> ''`,
		`CREATE TEMP TABLE moves (id INTEGER PRIMARY KEY, identity_id INTEGER NOT NULL)`,
		`INSERT INTO temp.moves SELECT j.value ->> 'account', j.value ->> 'to' FROM json_each(@d, '$.moves') AS j`); err != nil {
		return err
	}
	return t.moveAccounts(ctx, 0)
}

// moveAccounts gives the accounts in temp.moves another identity: a new version
// each, so that the past stays as it was, and renews what is made of them. Where
// a source became authoritative, or is not any more, all its people are renewed.
func (t *Tx) moveAccounts(ctx context.Context, authority iam.ID) error {
	statements := []string{
		`DELETE FROM temp.moves WHERE EXISTS (SELECT 1 FROM open_accounts k WHERE k.id = moves.id AND k.identity_id = moves.identity_id)`,
		`CREATE TEMP TABLE touched (id INTEGER PRIMARY KEY)`,
		`INSERT OR IGNORE INTO temp.touched SELECT k.identity_id FROM temp.moves m CROSS JOIN open_accounts k ON k.id = m.id WHERE k.identity_id > 0`,
		`INSERT OR IGNORE INTO temp.touched SELECT identity_id FROM temp.moves`,
		`INSERT OR IGNORE INTO temp.touched SELECT identity_id FROM open_accounts WHERE source_id = @authority AND identity_id > 0`,
		`UPDATE accounts SET until = @seq, end_reason = 'superseded' WHERE until = 9223372036854775807 AND id IN (SELECT id FROM temp.moves)`,
		`INSERT INTO accounts (id, since, until, end_reason, source_id, identity_id, ` + accountFacts + `, digest)
		 SELECT k.id, @seq, 9223372036854775807, '', k.source_id, m.identity_id, ` + prefixed("k", accountFacts) + `, k.digest FROM temp.moves m CROSS JOIN accounts k ON k.id = m.id AND k.until = @seq`,
	}
	for _, q := range renewIdentities {
		statements = append(statements, strings.ReplaceAll(q, "stage.", "temp."))
	}
	if err := t.execAll(ctx, []any{sql.Named("seq", int64(t.Seq)), sql.Named("authority", int64(authority))}, append(statements, `DROP TABLE temp.want`)...); err != nil {
		return err
	}
	renew := t.renewPeople
	if authority != 0 {
		renew = t.renewAll
	}
	if err := renew(ctx); err != nil {
		return err
	}
	return t.execAll(ctx, nil, `DROP TABLE temp.touched`, `DROP TABLE temp.moves`)
}

// prefixed puts a table's name before each of a list of columns.
func prefixed(table, columns string) string {
	names := strings.Split(columns, ",")
	for i, n := range names {
		names[i] = table + "." + strings.TrimSpace(n)
	}
	return strings.Join(names, ", ")
}

// Merge is a merge of two identities, as it was recorded.
type Merge struct {
	ID       iam.ID
	Seq      iam.Seq
	At       int64
	From     iam.ID
	Into     iam.ID
	FromName string
	IntoName string
	Reason   string
	Accounts []iam.ID // that moved
	Undone   bool
	before   before
}

func scanMerge(rows *sql.Rows, m *Merge) error {
	var text string
	var undone iam.Seq
	if err := rows.Scan(&m.ID, &m.Seq, &m.At, &m.From, &m.Into, &m.FromName, &m.IntoName, &m.Reason, &text, &undone); err != nil {
		return err
	}
	m.Undone = undone != 0
	err := json.Unmarshal([]byte(text), &m.before)
	m.Accounts = m.before.Accounts
	return err
}

const mergeColumns = `id, seq, at, from_id, into_id, from_name, into_name, reason, before, undone_seq`

func (r *Reader) merge(ctx context.Context, id iam.ID) (Merge, error) {
	found, err := each(ctx, r, `SELECT `+mergeColumns+` FROM identity_merges WHERE id = ?`, []any{id}, scanMerge)
	if err == nil && len(found) == 0 {
		err = iam.Errorf(iam.NotFound, "There is no merge with the id %s.", id)
	}
	if err != nil {
		return Merge{}, err
	}
	return found[0], nil
}

// MergesInto are the merges that made an identity what it is, the newest first,
// those that were undone or split since left out.
func (r *Reader) MergesInto(ctx context.Context, identity iam.ID) ([]Merge, error) {
	return each(ctx, r, `SELECT `+mergeColumns+` FROM identity_merges WHERE into_id = ? AND undone_seq = 0
	  AND EXISTS (SELECT 1 FROM identity_redirects r WHERE r.from_id = identity_merges.from_id AND r.until = 9223372036854775807 AND r.into_id = identity_merges.into_id) ORDER BY id DESC`, []any{identity}, scanMerge)
}

// MergePreview is what a merge would bring together.
type MergePreview struct {
	Accounts    []iam.ID // that would move
	Factors     int64    // active, that stay under their id
	ReviewItems int64    // of open campaigns, that name the id
	Findings    int64    // open, about accounts that would move
	Owned       int64    // service and shared accounts that it owns
	Warnings    []string
}

// PreviewMerge says what MergeIdentities would do.
func (r *Reader) PreviewMerge(ctx context.Context, from, into iam.ID) (MergePreview, error) {
	var p MergePreview
	a, _, err := r.Identity(ctx, from)
	if err != nil {
		return p, err
	}
	b, _, err := r.Identity(ctx, into)
	if err != nil {
		return p, err
	}
	if from, into = a.ID, b.ID; from == into {
		return p, iam.Errorf(iam.Conflict, "Both are the same identity already.").In("query.into").Fix("Choose another identity.")
	}
	own, err := r.AccountIDsOf(ctx, []iam.ID{from, into})
	if err != nil {
		return p, err
	}
	p.Accounts = own[from]
	if a.EmployeeNumber != "" && b.EmployeeNumber != "" && strings.TrimLeft(a.EmployeeNumber, "0") != strings.TrimLeft(b.EmployeeNumber, "0") {
		p.Warnings = append(p.Warnings, "Their employee numbers differ: "+a.EmployeeNumber+" and "+b.EmployeeNumber+".")
	}
	different, err := r.differences(ctx)
	if err != nil {
		return p, err
	}
	for _, x := range own[from] {
		for _, y := range own[into] {
			if different[ordered(x, y)] && (len(p.Warnings) == 0 || p.Warnings[len(p.Warnings)-1] != saidDifferent) {
				p.Warnings = append(p.Warnings, saidDifferent)
			}
		}
	}
	err = r.tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM factors WHERE identity_id = ?1 AND state = 'active'),
	  (SELECT count(*) FROM review_items i JOIN campaigns c ON c.id = i.campaign_id WHERE c.state = 'open' AND i.identity_id = ?1),
	  (SELECT count(*) FROM open_findings WHERE subject_id IN (SELECT value FROM json_each(?2))),
	  (SELECT count(*) FROM account_ownership WHERE owner_id = ?1 AND until = 9223372036854775807)`, from, idList(own[from])).Scan(&p.Factors, &p.ReviewItems, &p.Findings, &p.Owned)
	return p, err
}

const saidDifferent = "An operator decided before that they are different people."
