package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"gatehouse/backend/iam"
)

// correlate finds the identity of each new or changed account of the attached
// reading and leaves it in stage.linked (sid, identity_id). Objects have their
// ids by then; the versions of accounts are still those of before.
//
// What an operator decided stands. An account whose name, number and login did
// not change stays where it is; if it is the only one of its person, nothing else
// that rules weigh may have changed, either. Accounts of one source with one
// employee number are one person. The rules of the source look for a person in
// other sources. Whoever is then still without one keeps the identity it had,
// unless that has become somebody else's, or gets one of its own.
func (t *Tx) correlate(ctx context.Context, source iam.ID) error {
	if _, err := t.correlateBy(ctx, source, nil); err != nil {
		return err
	}
	// Whoever moves without any change of a record, by the mail alone, gets a
	// new version, too.
	return t.execAll(ctx, nil, `INSERT INTO stage.delta_objects (op, noun, sid, id, reason)
	  SELECT 'changed', 'account', m.sid, m.id, '' FROM stage.mine m CROSS JOIN stage.linked l ON l.sid = m.sid CROSS JOIN main.open_accounts k ON k.id = m.id
	  WHERE k.identity_id <> l.identity_id AND m.sid NOT IN (SELECT sid FROM stage.delta_objects WHERE noun = 'account' AND op <> 'removed')`)
}

// correlateBy is correlate by other rules than the source's own, which looks at
// all accounts again, whatever they are linked to by rules.
func (t *Tx) correlateBy(ctx context.Context, source iam.ID, rules *iam.Correlation) (*correlator, error) {
	c := &correlator{t: t, source: source, again: rules != nil}
	if rules != nil {
		c.rules = *rules
	} else {
		var err error
		if c.rules, err = t.Correlation(ctx, source); err != nil {
			return nil, err
		}
	}
	for _, step := range []func(context.Context) error{c.settle, c.findNumbers, c.findRest, c.finish} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// correlator is one pass over the accounts of a reading. Accounts that are one
// person by their source itself are a unit, named by its key.
type correlator struct {
	t      *Tx
	source iam.ID
	rules  iam.Correlation
	again  bool
	units  []*unit // those that were looked at one by one
}

func (c *correlator) exec(ctx context.Context, more []any, statements ...string) error {
	return c.t.execAll(ctx, append([]any{sql.Named("source", int64(c.source)), sql.Named("seq", int64(c.t.Seq)), sql.Named("again", c.again)}, more...), statements...)
}

// settle links what needs no rule.
func (c *correlator) settle(ctx context.Context) error {
	if err := c.exec(ctx, nil, stageMine...); err != nil {
		return err
	}
	if err := c.partStrangers(ctx); err != nil {
		return err
	}
	if err := c.exec(ctx, nil, settleIdentities...); err != nil {
		return err
	}
	// Identities that were merged lead to those they are now.
	for _, table := range []string{"had", "linked"} {
		if err := c.follow(ctx, table); err != nil {
			return err
		}
	}
	return nil
}

// follow lets the identities of a table lead where their ids lead.
func (c *correlator) follow(ctx context.Context, table string) error {
	for {
		res, err := c.t.tx.ExecContext(ctx, `UPDATE stage.`+table+` SET identity_id = (SELECT r.into_id FROM main.identity_redirects r WHERE r.from_id = `+table+`.identity_id AND r.until = 9223372036854775807)
		  WHERE identity_id IN (SELECT from_id FROM main.identity_redirects WHERE until = 9223372036854775807)`)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
}

// isAlone holds of an account k that is the only one of its identity. weighsSame
// holds of it and its new version a if nothing differs that is no name, number or
// login and speaks for or against a match.
const (
	isAlone    = `NOT EXISTS (SELECT 1 FROM main.open_accounts x WHERE x.identity_id = k.identity_id AND x.id <> k.id)`
	weighsSame = `(k.employee_type = a.employee_type AND k.department = a.department AND k.location = a.location
	  AND NOT EXISTS (SELECT 1 FROM main.contacts c WHERE c.account_id = k.id AND (c.mail <> a.mail OR c.phone <> a.phone)))`
)

var stageMine = []string{
	`CREATE TABLE stage.linked (sid INTEGER PRIMARY KEY, identity_id INTEGER NOT NULL)`,
	`CREATE TABLE stage.mine (sid INTEGER PRIMARY KEY, ikey TEXT NOT NULL, id INTEGER NOT NULL)`,
	`INSERT INTO stage.mine SELECT a.sid, a.ikey, o.object_id FROM stage.delta_objects d JOIN stage.accounts a ON a.sid = d.sid JOIN stage.objects o ON o.sid = a.sid
	 WHERE d.noun = 'account' AND d.op <> 'removed' AND a.ikey <> ''`,
	`INSERT INTO stage.linked SELECT m.sid, l.identity_id FROM stage.mine m CROSS JOIN main.identity_links l ON l.account_id = m.id WHERE l.until = 9223372036854775807 AND l.how = 'operator'`,
	`INSERT OR IGNORE INTO stage.linked SELECT m.sid, k.identity_id FROM stage.mine m CROSS JOIN main.open_accounts k ON k.id = m.id CROSS JOIN stage.accounts a ON a.sid = m.sid
	 WHERE NOT @again AND k.identity_id > 0 AND k.sort = a.sort AND k.employee_number = a.employee_number AND k.login_fold = a.login_fold
	   AND k.principal_name = a.principal_name AND k.given_name = a.given_name AND k.surname = a.surname AND k.name = a.name
	   AND (` + weighsSame + ` OR NOT ` + isAlone + `)`,
	`DELETE FROM stage.mine WHERE sid IN (SELECT sid FROM stage.linked)`,
	// No record tells of another mail address or phone, which keep no history.
	`INSERT INTO stage.mine SELECT a.sid, a.ikey, k.id FROM stage.accounts a CROSS JOIN stage.objects o ON o.sid = a.sid CROSS JOIN main.contacts c ON c.account_id = o.object_id CROSS JOIN main.open_accounts k ON k.id = c.account_id
	 WHERE NOT @again AND (c.mail <> a.mail OR c.phone <> a.phone) AND a.ikey <> '' AND k.sort = a.sort AND k.identity_id > 0 AND ` + isAlone + `
	   AND a.sid NOT IN (SELECT sid FROM stage.delta_objects) AND NOT EXISTS (SELECT 1 FROM main.identity_links l WHERE l.account_id = k.id AND l.until = 9223372036854775807 AND l.how = 'operator')`,
	`CREATE INDEX stage.mine_ikey ON mine (ikey)`,
	`CREATE INDEX stage.mine_id ON mine (id)`,
}

var settleIdentities = []string{
	`CREATE TABLE stage.idents (n INTEGER PRIMARY KEY, ikey TEXT NOT NULL, identity_id INTEGER NOT NULL, stays INTEGER NOT NULL DEFAULT 0, rule TEXT NOT NULL DEFAULT '', confidence INTEGER NOT NULL DEFAULT 0, reasons TEXT NOT NULL DEFAULT '')`,
	`INSERT INTO stage.idents (ikey, identity_id) SELECT DISTINCT ikey, 0 FROM stage.mine ORDER BY ikey`,
	`CREATE UNIQUE INDEX stage.idents_ikey ON idents (ikey)`,
	`UPDATE stage.idents SET identity_id = coalesce((SELECT min(k.identity_id) FROM main.open_accounts k
	   WHERE ltrim(k.employee_number, '0') = ltrim(substr(idents.ikey, 8), '0') AND k.employee_number <> '' AND k.employee_number = substr(idents.ikey, 8) AND k.source_id = @source AND k.identity_id > 0
	     AND k.id NOT IN (SELECT id FROM stage.mine) AND NOT EXISTS (SELECT 1 FROM main.identity_links l WHERE l.account_id = k.id AND l.until = 9223372036854775807 AND l.how = 'operator')), 0)
	 WHERE ikey LIKE 'number:%' AND EXISTS (SELECT 1 FROM main.open_accounts k WHERE k.source_id = @source)`,
	// The identity that a unit had when its accounts were last seen: where they
	// had several, that of one whose number is the same as then.
	`CREATE TABLE stage.had (ikey TEXT PRIMARY KEY, identity_id INTEGER NOT NULL, same INTEGER NOT NULL) WITHOUT ROWID`,
	`INSERT INTO stage.had SELECT ikey, identity_id, same FROM (
	   SELECT m.ikey, k.identity_id, k.employee_number = a.employee_number AS same, row_number() OVER (PARTITION BY m.ikey ORDER BY k.employee_number = a.employee_number DESC, k.identity_id) AS place
	   FROM stage.mine m CROSS JOIN main.accounts k ON k.id = m.id CROSS JOIN stage.accounts a ON a.sid = m.sid
	   WHERE k.identity_id > 0 AND k.since = (SELECT max(since) FROM main.accounts WHERE id = m.id)) WHERE place = 1`,
}

// findNumbers links, without looking at each, all who have one number and one
// name in one identity of other sources, if the first rule says so.
func (c *correlator) findNumbers(ctx context.Context) error {
	first := c.rules.Rules
	for len(first) > 0 && first[0].Effect == iam.Off {
		first = first[1:]
	}
	if len(first) == 0 || first[0].Effect != iam.Link || !first[0].Has(iam.SameNumber) || first[0].Has(iam.SameMail) || first[0].Has(iam.SameLogin) {
		return nil
	}
	return c.exec(ctx, []any{sql.Named("rule", first[0].Name), sql.Named("confidence", first[0].Confidence)}, linkNumbers...)
}

var linkNumbers = []string{
	`CREATE TABLE stage.hits (ikey TEXT PRIMARY KEY, number TEXT NOT NULL, identity_id INTEGER NOT NULL, other INTEGER NOT NULL, same INTEGER NOT NULL) WITHOUT ROWID`,
	`INSERT INTO stage.hits SELECT i.ikey, ltrim(a.employee_number, '0'), min(k.identity_id), max(k.identity_id), min(k.name_fold = a.name_fold AND k.given_name = a.given_name AND k.surname = a.surname AND a.given_name <> '' AND a.surname <> '')
	 FROM stage.idents i CROSS JOIN stage.mine m ON m.ikey = i.ikey CROSS JOIN stage.accounts a ON a.sid = m.sid
	   CROSS JOIN main.accounts k ON ltrim(k.employee_number, '0') = ltrim(a.employee_number, '0') AND k.employee_number <> '' AND k.until = 9223372036854775807
	 WHERE i.identity_id = 0 AND a.employee_number <> '' AND k.source_id <> @source AND k.identity_id > 0 GROUP BY i.ikey`,
	`CREATE INDEX stage.hits_number ON hits (number)`,
	`UPDATE stage.idents SET identity_id = h.identity_id, rule = @rule, confidence = @confidence, reasons = json_array('employee number ' || h.number || ' equal', 'name equal') FROM stage.hits h
	 WHERE h.ikey = idents.ikey AND h.identity_id = h.other AND h.same = 1 AND NOT EXISTS (SELECT 1 FROM stage.hits x WHERE x.number = h.number AND x.ikey <> h.ikey)
	   AND NOT EXISTS (SELECT 1 FROM main.open_accounts x WHERE x.identity_id = h.identity_id AND x.employee_number <> '' AND ltrim(x.employee_number, '0') <> h.number)
	   AND NOT EXISTS (SELECT 1 FROM stage.had b WHERE b.ikey = h.ikey AND b.identity_id <> h.identity_id)
	   AND NOT EXISTS (SELECT 1 FROM stage.mine m JOIN main.identity_differences f ON m.id IN (f.account_id, f.other_id) WHERE m.ikey = h.ikey AND f.until = 9223372036854775807)`,
}

// finish gives everybody an identity and records why.
func (c *correlator) finish(ctx context.Context) error {
	if err := c.keepDecisions(ctx); err != nil {
		return err
	}
	var known bool
	var fresh int64
	if err := c.t.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM stage.had), coalesce(max(n), 0) FROM stage.idents`).Scan(&known, &fresh); err != nil {
		return err
	}
	if known {
		if err := c.exec(ctx, nil, keepIdentities...); err != nil {
			return err
		}
	}
	base, err := c.t.newIDs(ctx, fresh)
	if err != nil {
		return err
	}
	if err := c.exec(ctx, []any{sql.Named("base", int64(base))}, nameIdentities...); err != nil {
		return err
	}
	if err := c.t.keepLinks(ctx, c.source); err != nil {
		return err
	}
	return c.t.keepCases(ctx, c)
}

// keepDecisions writes what was found for each unit into stage.idents.
func (c *correlator) keepDecisions(ctx context.Context) error {
	type found struct {
		Key        string   `json:"k"`
		Identity   iam.ID   `json:"i"`
		Rule       string   `json:"r"`
		Confidence int      `json:"c"`
		Reasons    []string `json:"w"`
	}
	var all []found
	for _, u := range c.units {
		switch {
		case u.link != nil:
			all = append(all, found{u.key, u.link.Identity, u.link.Rule, u.link.Confidence, u.link.Reasons})
		case u.stays:
			all = append(all, found{u.key, u.had, "", 0, nil})
		}
	}
	if len(all) == 0 {
		return nil
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return c.exec(ctx, []any{sql.Named("found", string(text))},
		`CREATE TABLE stage.found (ikey TEXT PRIMARY KEY, identity_id INTEGER NOT NULL, rule TEXT NOT NULL, confidence INTEGER NOT NULL, reasons TEXT NOT NULL) WITHOUT ROWID`,
		`INSERT INTO stage.found SELECT value ->> 'k', value ->> 'i', value ->> 'r', value ->> 'c', value -> 'w' FROM json_each(@found)`,
		`UPDATE stage.idents SET identity_id = f.identity_id, stays = f.rule = '', rule = f.rule, confidence = f.confidence, reasons = f.reasons FROM stage.found f WHERE f.ikey = idents.ikey`)
}

var keepIdentities = []string{
	`CREATE INDEX stage.idents_identity ON idents (identity_id)`,
	// An account that comes back, or whose number was corrected, stays the same
	// person's, unless that person keeps other accounts.
	`UPDATE stage.idents SET identity_id = coalesce((SELECT b.identity_id FROM stage.had b WHERE b.ikey = idents.ikey
	   AND NOT EXISTS (SELECT 1 FROM main.open_accounts x WHERE x.identity_id = b.identity_id
	     AND x.id NOT IN (SELECT id FROM stage.mine) AND x.id NOT IN (SELECT id FROM stage.delta_objects WHERE op = 'removed'))), 0)
	 WHERE identity_id = 0`,
	// Two who were one person before are not made one by that: whose number is
	// the same as then stays that person.
	`UPDATE stage.idents SET identity_id = 0 FROM stage.had b WHERE b.ikey = idents.ikey AND b.identity_id = idents.identity_id AND idents.rule = '' AND NOT idents.stays
	   AND EXISTS (SELECT 1 FROM stage.idents other LEFT JOIN stage.had o ON o.ikey = other.ikey AND o.identity_id = other.identity_id
	     WHERE other.identity_id = idents.identity_id AND other.ikey <> idents.ikey
	       AND (other.rule <> '' OR other.stays OR o.ikey IS NULL OR o.same > b.same OR o.same = b.same AND other.ikey < idents.ikey))`,
}

var nameIdentities = []string{
	`UPDATE stage.idents SET identity_id = @base - 1 + n WHERE identity_id = 0`,
	`INSERT INTO stage.linked SELECT m.sid, i.identity_id FROM stage.mine m NOT INDEXED CROSS JOIN stage.idents i ON i.ikey = m.ikey`,
}

// keepLinks records why accounts that rules linked are whose they are, ends what
// is not so any more, and lets the ids of identities that lost their last
// account to another lead there.
func (t *Tx) keepLinks(ctx context.Context, source iam.ID) error {
	return t.execAll(ctx, []any{sql.Named("source", int64(source)), sql.Named("seq", int64(t.Seq))},
		`UPDATE identity_links SET until = @seq FROM (SELECT m.id, i.identity_id, i.rule FROM stage.mine m CROSS JOIN stage.idents i ON i.ikey = m.ikey) AS n
		 WHERE identity_links.account_id = n.id AND identity_links.until = 9223372036854775807 AND identity_links.how = 'rule' AND (identity_links.identity_id <> n.identity_id OR n.rule <> '' AND identity_links.rule <> n.rule)`,
		`INSERT INTO identity_links (account_id, since, until, identity_id, how, rule, confidence, reasons)
		 SELECT m.id, @seq, 9223372036854775807, i.identity_id, 'rule', i.rule, i.confidence, i.reasons FROM stage.idents i CROSS JOIN stage.mine m ON m.ikey = i.ikey
		 WHERE i.rule <> '' AND NOT EXISTS (SELECT 1 FROM identity_links l WHERE l.account_id = m.id AND l.until = 9223372036854775807) ORDER BY m.id`,
		`INSERT INTO identity_redirects (from_id, since, until, into_id)
		 SELECT b.identity_id, @seq, 9223372036854775807, min(i.identity_id) FROM stage.had b CROSS JOIN stage.idents i ON i.ikey = b.ikey
		 WHERE i.rule <> '' AND i.identity_id <> b.identity_id AND NOT EXISTS (SELECT 1 FROM stage.idents x WHERE x.identity_id = b.identity_id)
		   AND NOT EXISTS (SELECT 1 FROM open_accounts k WHERE k.identity_id = b.identity_id AND k.id NOT IN (SELECT id FROM stage.mine))
		   AND NOT EXISTS (SELECT 1 FROM identity_redirects r WHERE r.from_id = b.identity_id AND r.until = 9223372036854775807) GROUP BY b.identity_id ORDER BY 1`)
}
