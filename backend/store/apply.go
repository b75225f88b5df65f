package store

import (
	"context"
	"database/sql"
	"strconv"

	"gatehouse/backend/iam"
)

// Apply makes a finished read the truth: one Write that closes what changed or
// is no longer returned, opens what is new, correlates identities, renews
// findings and records the run. If the source was changed by another run since
// the comparison it is refused with Conflict and nothing is done.
func (s *Store) Apply(ctx context.Context, action string, run iam.Run, source iam.Source, d Delta, more func(*Tx) error) (iam.Seq, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	copyLog, err := s.deferCopying(ctx)
	if err != nil {
		return 0, s.full(err)
	}
	defer copyLog()
	// Attached outside the transaction, as SQLite demands; in memory the
	// journal rolls back with the Write.
	if _, err := s.writer.ExecContext(ctx, "ATTACH DATABASE ? AS stage", s.stagingPath(run.ID)); err != nil {
		return 0, s.full(err)
	}
	defer func() {
		if _, err := s.writer.ExecContext(context.WithoutCancel(ctx), "DETACH DATABASE stage"); err != nil {
			s.log.Error("the staging file stays attached", "error", err)
		}
	}()
	for _, p := range []string{"PRAGMA stage.journal_mode = MEMORY", "PRAGMA stage.synchronous = OFF"} {
		if _, err := s.writer.ExecContext(ctx, p); err != nil {
			return 0, err
		}
	}
	return s.write(ctx, action, func(t *Tx) error {
		shown, err := t.ShownRun(ctx, source.ID)
		if err != nil {
			return err
		}
		if base := d.Base; shown != nil && shown.Seq != base || shown == nil && base != 0 {
			return iam.Errorf(iam.Conflict, "Another run of this source was applied in the meantime.").Fix("Read the source again.")
		}
		// Two may let a held run through at the same moment, or a newer run may
		// have overtaken it.
		if now, err := t.Run(ctx, run.ID); err != nil {
			return err
		} else if now.State != iam.Reading && now.State != iam.Held {
			return iam.Errorf(iam.Conflict, "This run is not held any more.").Fix("Look at the newest run of the source.")
		}
		byChanges, err := t.byChanges(ctx, source.ID)
		if err != nil {
			return err
		}
		if err := t.applyDelta(ctx, run.ID, source.ID, byChanges); err != nil {
			return err
		}
		if err := t.renewFindings(ctx, source, !byChanges); err != nil {
			return err
		}
		if err := t.EndRun(ctx, run, source.Name, d.Digest, nil); err != nil {
			return err
		}
		if err := t.execAll(ctx, []any{sql.Named("run", int64(run.ID))}, `INSERT OR REPLACE INTO run_memberships SELECT @run, coalesce(sum(memberships), 0) FROM source_counts`); err != nil {
			return err
		}
		// Before what it changed is there: who sees it may ask for this.
		if err := t.leaveChanges(ctx, &s.memory.changes); err != nil {
			return err
		}
		t.Touches("identities", "accounts", "groups", "findings", "search")
		if more != nil {
			return more(t)
		}
		return nil
	})
}

// smallPart says which sources are small: those that have less than one of so many
// accounts.
var smallPart int64 = 10

// byChanges says that the findings are renewed by what changed alone: after a
// reading of changes, and after one in full of a small source. To look at all of
// that takes as long as there are accounts in the others.
func (t *Tx) byChanges(ctx context.Context, source iam.ID) (yes bool, err error) {
	err = t.tx.QueryRowContext(ctx, `SELECT changes OR ?2 * (coalesce((SELECT accounts FROM source_counts WHERE source_id = ?1), 0) + (SELECT count(*) FROM stage.accounts)) < (SELECT coalesce(sum(accounts), 0) FROM source_counts)
	  FROM stage.reading`, source, smallPart).Scan(&yes)
	return yes, err
}

// applyDelta makes the rows what the reading says. byChanges asks for what changed
// to be left in stage.changed_objects and stage.old_mails.
func (t *Tx) applyDelta(ctx context.Context, run, source iam.ID, byChanges bool) error {
	var objects int64
	if err := t.tx.QueryRowContext(ctx, `SELECT coalesce(max(sid), 0) FROM stage.objects WHERE object_id = 0 AND noun <> ''`).Scan(&objects); err != nil {
		return err
	}
	base, err := t.newIDs(ctx, objects)
	if err != nil {
		return err
	}
	args := []any{
		sql.Named("source", int64(source)), sql.Named("run", int64(run)), sql.Named("seq", int64(t.Seq)), sql.Named("base", int64(base)),
		sql.Named("unknown", int64(iam.UnknownMoment)),
	}
	if err := t.execAll(ctx, args, applyObjects...); err != nil {
		return err
	}
	if err := t.correlate(ctx, source); err != nil {
		return err
	}
	var accounts, grants int64
	if err := t.tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM stage.delta_objects WHERE noun = 'account' AND op <> 'removed'),
	  (SELECT count(*) FROM stage.delta_grants WHERE op = 'added') + (SELECT coalesce(sum(length(members) / 4), 0) FROM stage.packed)`).Scan(&accounts, &grants); err != nil {
		return err
	}
	if err := t.execAll(ctx, args, applyEnds...); err != nil {
		return err
	}
	if byChanges {
		if err := t.execAll(ctx, args, oldMails); err != nil {
			return err
		}
	}
	for _, step := range []struct {
		table      string
		rows       int64
		statements []string
	}{
		{"accounts", accounts, []string{openAccounts}}, {"grants", grants, []string{openGrants}}, {"entitlements", 0, applyRows},
		{"observations", accounts, applyState}, {"contacts", accounts, applyContacts}, {"identity_rows", accounts, renewIdentities},
	} {
		if err := t.inBulk(ctx, step.table, step.rows, func() error {
			if step.table == "grants" {
				if err := t.openPacked(ctx, int64(iam.UnknownMoment)); err != nil {
					return err
				}
			}
			return t.execAll(ctx, args, step.statements...)
		}); err != nil {
			return err
		}
	}
	if byChanges {
		return t.execAll(ctx, args, changedObjects...)
	}
	return nil
}

// inBulk adds rows to a table. Where they outnumber what is there, making its
// indexes anew is cheaper than keeping each in order, but for those that new
// rows are not in, stand at the end of, or are in by a rare exception.
func (t *Tx) inBulk(ctx context.Context, table string, rows int64, add func() error) error {
	var enough bool
	if err := t.tx.QueryRowContext(ctx, `SELECT ? < 1000 OR (SELECT count(*) FROM (SELECT 1 FROM main.`+table+` LIMIT ?1)) >= ?1`, rows).Scan(&enough); err != nil {
		return err
	}
	if enough {
		return add()
	}
	// Of new rows closed ones have none, ids and sequence numbers only grow, and
	// a mark is few rows'.
	const dear = ` FROM main.sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql <> '' AND sql NOT LIKE '%WHERE until < %' AND sql NOT LIKE '%(id, %' AND sql NOT LIKE '%(id)%' AND sql NOT LIKE '%(since)%' AND sql NOT LIKE '% = _' ORDER BY rowid`
	indexes, err := t.texts(ctx, `SELECT name`+dear, table)
	if err != nil {
		return err
	}
	again, err := t.texts(ctx, `SELECT sql`+dear, table)
	if err != nil {
		return err
	}
	for i, name := range indexes {
		indexes[i] = "DROP INDEX main." + name
	}
	if err := t.execAll(ctx, nil, indexes...); err != nil {
		return err
	}
	if err := add(); err != nil {
		return err
	}
	return t.execAll(ctx, nil, again...)
}

func (t *Tx) texts(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := t.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// applyObjects gives new objects their ids.
var applyObjects = []string{
	`UPDATE stage.objects SET object_id = @base - 1 + sid WHERE object_id = 0 AND noun <> ''`,
	`INSERT INTO objects (id, source_id, noun, external_id, first_run) SELECT object_id, @source, noun, external_id, @run FROM stage.objects WHERE object_id >= @base ORDER BY sid`,
}

// listName is Go's ListName for the account p: 1424 is the first letter of the
// scripts written from right to left.
const listName = `CASE WHEN p.surname <> '' AND p.given_name <> '' AND unicode(p.surname) < 1424 THEN p.surname || ', ' || p.given_name ELSE p.name END`

// applyEnds closes the versions that are no longer true.
var applyEnds = []string{
	// Identities whose accounts change, before and after.
	`CREATE TABLE stage.touched (id INTEGER PRIMARY KEY)`,
	`INSERT OR IGNORE INTO stage.touched SELECT identity_id FROM stage.linked WHERE identity_id > 0`,
	`INSERT OR IGNORE INTO stage.touched SELECT k.identity_id FROM stage.delta_objects d JOIN main.open_accounts k ON k.id = d.id WHERE d.noun = 'account' AND d.op <> 'added' AND k.identity_id > 0`,
	`INSERT OR IGNORE INTO stage.touched SELECT k.identity_id FROM stage.accounts a JOIN stage.objects o ON o.sid = a.sid
	   JOIN main.observations b ON b.object_id = o.object_id JOIN main.open_accounts k ON k.id = o.object_id WHERE b.last_sign_in <> a.last_sign_in AND k.identity_id > 0`,

	`UPDATE accounts SET until = @seq, end_reason = d.reason FROM (SELECT id, CASE op WHEN 'removed' THEN reason ELSE 'superseded' END AS reason FROM stage.delta_objects WHERE noun = 'account' AND op <> 'added') AS d
	 WHERE accounts.id = d.id AND accounts.until = 9223372036854775807`,
	`UPDATE entitlements SET until = @seq, end_reason = d.reason FROM (SELECT id, CASE op WHEN 'removed' THEN reason ELSE 'superseded' END AS reason FROM stage.delta_objects WHERE noun = 'entitlement' AND op <> 'added') AS d
	 WHERE entitlements.id = d.id AND entitlements.until = 9223372036854775807`,
	`UPDATE grants SET until = @seq, end_reason = d.reason FROM (SELECT group_id, member_id, reason FROM stage.delta_grants WHERE op = 'removed') AS d
	 WHERE grants.entitlement_id = d.group_id AND grants.member_id = d.member_id AND grants.until = 9223372036854775807`,
	`UPDATE unresolved SET until = @seq, end_reason = d.end_reason FROM (SELECT group_id, value, reason, end_reason FROM stage.delta_unresolved WHERE op = 'removed') AS d
	 WHERE unresolved.entitlement_id = d.group_id AND unresolved.value = d.value AND unresolved.reason = d.reason AND unresolved.until = 9223372036854775807`,
}

// openAccounts opens the new versions. They come in the order of their sids, which
// is that of new ids: to sort them would take as long again.
const openAccounts = `INSERT INTO accounts (id, since, until, end_reason, source_id, identity_id, ` + accountFacts + `, digest)
	 SELECT o.object_id, @seq, 9223372036854775807, '', @source, coalesce(l.identity_id, 0), ` + accountFacts + `, a.digest
	 FROM stage.delta_objects d CROSS JOIN stage.accounts a ON a.sid = d.sid CROSS JOIN stage.objects o ON o.sid = d.sid LEFT JOIN stage.linked l ON l.sid = a.sid
	 WHERE d.noun = 'account' AND d.op <> 'removed' ORDER BY d.rowid`

// openGrants opens the new memberships, group by group. When one began is what
// the source says, else when the group changed last; of what an account names
// itself nothing is known.
const openGrants = `INSERT INTO grants (entitlement_id, member_id, since, until, nested, end_reason, source_at, by_primary)
 SELECT og.object_id, om.object_id, @seq, 9223372036854775807, om.noun = 'entitlement', '',
   CASE WHEN d.by_primary = 1 THEN @unknown WHEN d.at > 0 THEN d.at ELSE coalesce(e.modified_at, b.modified_at, @unknown) END, d.by_primary
 FROM stage.objects og LEFT JOIN stage.entitlements e ON e.sid = og.sid LEFT JOIN main.observations b ON b.object_id = og.object_id
 CROSS JOIN stage.delta_grants d ON d.op = 'added' AND d.group_sid = og.sid CROSS JOIN stage.objects om ON om.sid = d.member_sid
 WHERE og.noun = 'entitlement'`

// applyRows opens the other versions.
var applyRows = []string{
	`INSERT INTO entitlements (id, since, until, end_reason, source_id, ` + entitlementFacts + `, digest)
	 SELECT o.object_id, @seq, 9223372036854775807, '', @source, ` + entitlementFacts + `, e.digest
	 FROM stage.delta_objects d JOIN stage.entitlements e ON e.sid = d.sid JOIN stage.objects o ON o.sid = d.sid WHERE d.noun = 'entitlement' AND d.op <> 'removed' ORDER BY o.object_id`,
	`INSERT INTO unresolved (entitlement_id, value, since, until, reason, end_reason, ref)
	 SELECT o.object_id, d.value, @seq, 9223372036854775807, d.reason, '', d.ref FROM stage.delta_unresolved d JOIN stage.objects o ON o.sid = d.group_sid WHERE d.op = 'added' ORDER BY 1, 2`,
	// Of rows from before references were kept, and where a kind writes them anew.
	`UPDATE unresolved SET ref = d.ref FROM (SELECT o.object_id, u.value, u.reason, u.ref FROM stage.unresolved u JOIN stage.objects o ON o.sid = u.group_sid) AS d
	 WHERE unresolved.entitlement_id = d.object_id AND unresolved.value = d.value AND unresolved.reason = d.reason AND unresolved.until = 9223372036854775807 AND unresolved.ref <> d.ref`,
}

// sameWords holds of an account whose version before this Write is found by the
// same words.
const sameWords = `EXISTS (SELECT 1 FROM main.accounts k WHERE k.id = o.object_id AND k.until = @seq AND k.until < 9223372036854775807
	   AND k.name = a.name AND k.login = a.login AND k.principal_name = a.principal_name AND k.security_id = a.security_id AND k.given_name = a.given_name AND k.surname = a.surname AND k.employee_number = a.employee_number)`

// applyState renews the working state of what was staged. What ends goes first:
// an account may have become a group.
var applyState = []string{
	// More words are gathered before they are written, which halves the merging.
	`INSERT INTO search_text (search_text, rank) VALUES ('hashsize', 8388608)`,
	`DELETE FROM search_text WHERE rowid IN (SELECT id FROM stage.delta_objects WHERE op = 'removed')`,
	// A new account never had words: looking for them would take as long again.
	`INSERT INTO search_text (rowid, text) SELECT o.object_id, a.search FROM stage.accounts a CROSS JOIN stage.objects o ON o.sid = a.sid WHERE o.object_id >= @base ORDER BY a.sid`,
	`INSERT OR REPLACE INTO search_text (rowid, text) SELECT o.object_id, a.search FROM stage.objects o CROSS JOIN stage.accounts a ON a.sid = o.sid LEFT JOIN main.contacts c ON c.account_id = o.object_id
	 WHERE o.object_id > 0 AND o.object_id < @base AND (a.sid IN (SELECT sid FROM stage.delta_objects WHERE noun = 'account' AND op <> 'removed') AND NOT ` + sameWords + ` OR c.mail IS NOT a.mail OR c.phone IS NOT a.phone)`,
	`INSERT OR REPLACE INTO search_text (rowid, text) SELECT o.object_id, e.search FROM stage.delta_objects d JOIN stage.entitlements e ON e.sid = d.sid JOIN stage.objects o ON o.sid = d.sid WHERE d.noun = 'entitlement' AND d.op <> 'removed'`,
	`DELETE FROM observations WHERE object_id IN (SELECT id FROM stage.delta_objects WHERE op = 'removed')`,
	`INSERT OR REPLACE INTO observations (object_id, last_sign_in, modified_at, sum) SELECT o.object_id, a.last_sign_in, a.modified_at, a.sum FROM stage.accounts a CROSS JOIN stage.objects o ON o.sid = a.sid ORDER BY a.sid`,
	`INSERT OR REPLACE INTO observations (object_id, last_sign_in, modified_at, sum) SELECT o.object_id, NULL, e.modified_at, e.sum FROM stage.entitlements e CROSS JOIN stage.objects o ON o.sid = e.sid ORDER BY e.sid`,
	`DELETE FROM object_refs WHERE object_id IN (SELECT object_id FROM stage.objects WHERE state = 'staged' AND object_id > 0 AND object_id < @base UNION SELECT id FROM stage.delta_objects WHERE op = 'removed')`,
	`DELETE FROM object_refs WHERE source_id = @source AND object_id = 0 AND (SELECT changes = 0 FROM stage.reading)`,
	`INSERT OR IGNORE INTO object_refs (source_id, ref, object_id) SELECT @source, r.ref, o.object_id FROM stage.refs r JOIN stage.objects o ON o.sid = r.sid WHERE r.ord > 0 ORDER BY 2, 3`,
	`INSERT OR IGNORE INTO object_refs (source_id, ref, object_id) SELECT @source, ref, 0 FROM stage.skipped_refs`,
	// The plus makes it look for the few skipped references, not for all.
	`DELETE FROM object_refs WHERE object_id = 0 AND +source_id = @source AND +ref IN (SELECT ref FROM stage.refs)`,

	`INSERT OR IGNORE INTO source_counts (source_id, accounts, entitlements, memberships) VALUES (@source, 0, 0, 0)`,
	`UPDATE source_counts SET
	   accounts = accounts + (SELECT coalesce(sum(CASE op WHEN 'added' THEN 1 WHEN 'removed' THEN -1 ELSE 0 END), 0) FROM stage.delta_objects WHERE noun = 'account'),
	   entitlements = entitlements + (SELECT coalesce(sum(CASE op WHEN 'added' THEN 1 WHEN 'removed' THEN -1 ELSE 0 END), 0) FROM stage.delta_objects WHERE noun = 'entitlement'),
	   memberships = memberships + (SELECT coalesce(sum(CASE op WHEN 'added' THEN 1 ELSE -1 END), 0) FROM stage.delta_grants)
	     + (SELECT coalesce(sum(length(members) / 4), 0) FROM stage.packed)
	 WHERE source_id = @source`,
}

// applyContacts renews how people are reached.
var applyContacts = []string{
	`DELETE FROM contacts WHERE account_id IN (SELECT id FROM stage.delta_objects WHERE op = 'removed' AND noun = 'account')`,
	`INSERT INTO contacts (account_id, mail, phone) SELECT o.object_id, a.mail, a.phone FROM stage.accounts a CROSS JOIN stage.objects o ON o.sid = a.sid WHERE true ORDER BY a.sid
	 ON CONFLICT (account_id) DO UPDATE SET mail = excluded.mail, phone = excluded.phone WHERE mail <> excluded.mail OR phone <> excluded.phone`,
}

// oldMails leaves in stage.old_mails the addresses that somebody had until now:
// others may share them. A reading of all that is there looks at every address.
const oldMails = `CREATE TABLE stage.old_mails AS
	 SELECT lower(c.mail) AS mail FROM stage.objects o CROSS JOIN stage.accounts a ON a.sid = o.sid CROSS JOIN main.contacts c ON c.account_id = o.object_id WHERE o.object_id > 0 AND c.mail <> '' AND c.mail <> a.mail
	 UNION SELECT lower(c.mail) FROM stage.delta_objects d CROSS JOIN main.contacts c ON c.account_id = d.id WHERE d.op = 'removed' AND c.mail <> ''`

// changedObjects leaves in stage.changed_objects what the findings may have to
// be made anew for.
var changedObjects = []string{
	`CREATE TABLE stage.changed_objects (id INTEGER PRIMARY KEY)`,
	`INSERT OR IGNORE INTO stage.changed_objects SELECT o.object_id FROM stage.objects o WHERE o.state = 'staged'`,
	`INSERT OR IGNORE INTO stage.changed_objects SELECT id FROM stage.delta_objects WHERE op = 'removed'`,
	`INSERT OR IGNORE INTO stage.changed_objects SELECT group_id FROM stage.delta_grants WHERE op = 'removed' UNION SELECT member_id FROM stage.delta_grants WHERE op = 'removed'`,
	`INSERT OR IGNORE INTO stage.changed_objects SELECT o.object_id FROM stage.objects o WHERE o.sid IN (SELECT group_sid FROM stage.delta_grants WHERE op = 'added' UNION SELECT member_sid FROM stage.delta_grants WHERE op = 'added')`,
	`INSERT OR IGNORE INTO stage.changed_objects SELECT coalesce(o.object_id, d.group_id) FROM stage.delta_unresolved d LEFT JOIN stage.objects o ON o.sid = d.group_sid AND d.group_sid > 0`,
}

// unknown is iam.UnknownMoment in SQL.
var unknown = strconv.Itoa(int(iam.UnknownMoment))

// lastOfAll is when somebody with several accounts, with observations b, signed in
// last. What a source does not support says nothing beside what others tell.
var lastOfAll = `CASE WHEN max(b.last_sign_in) >= 0 THEN max(b.last_sign_in) ELSE coalesce(min(nullif(b.last_sign_in, ` + strconv.Itoa(int(iam.NotSupportedMoment)) + `)), min(b.last_sign_in)) END`

// fromAuthority holds of an account a whose source says who belongs here.
const fromAuthority = `a.source_id IN (SELECT source_id FROM main.correlation_rules WHERE authoritative = 1 AND until = 9223372036854775807)`

// renewIdentities makes the identities in stage.touched what their accounts
// are now. An identity's first account, of which it has name and login, is the
// one with the shortest login, an authoritative source's before others; a row
// without a login, as personnel systems have them, comes last. The number is the
// first account's, or else that of any other.
var renewIdentities = []string{
	`CREATE TABLE stage.want (id INTEGER PRIMARY KEY, primary_account INTEGER NOT NULL, accounts INTEGER NOT NULL, enabled INTEGER NOT NULL, locked INTEGER NOT NULL, last_sign_in INTEGER NOT NULL, number TEXT NOT NULL)`,
	`INSERT INTO stage.want SELECT w.id, min(a.id), count(*), max(a.enabled), max(a.locked), coalesce(` + lastOfAll + `, ` + unknown + `), max(a.employee_number)
	 FROM stage.touched w CROSS JOIN main.open_accounts a ON a.identity_id = w.id LEFT JOIN main.observations b ON b.object_id = a.id GROUP BY w.id`,
	`UPDATE stage.want SET primary_account = (SELECT a.id FROM main.open_accounts a WHERE a.identity_id = want.id ORDER BY a.login = '', NOT ` + fromAuthority + `, length(a.login), a.login, a.id LIMIT 1) WHERE accounts > 1`,
	`UPDATE stage.want SET enabled = (SELECT ` + stateOfAll("enabled") + ` FROM main.open_accounts a WHERE a.identity_id = want.id),
	   locked = (SELECT ` + stateOfAll("locked") + ` FROM main.open_accounts a WHERE a.identity_id = want.id) WHERE accounts > 1`,
	`UPDATE stage.want SET number = (SELECT a.employee_number FROM main.open_accounts a WHERE a.identity_id = want.id ORDER BY a.employee_number = '', a.id <> want.primary_account, NOT ` + fromAuthority + `, a.id LIMIT 1) WHERE accounts > 1 AND number <> ''`,
	`UPDATE identities SET until = @seq WHERE until = 9223372036854775807 AND id IN (SELECT id FROM stage.touched)
	 AND NOT EXISTS (SELECT 1 FROM stage.want w CROSS JOIN main.open_accounts p ON p.id = w.primary_account WHERE w.id = identities.id AND p.name = identities.name AND w.number = identities.employee_number AND w.primary_account = identities.primary_account)`,
	`INSERT INTO identities (id, since, until, sort, name, employee_number, primary_account)
	 SELECT w.id, @seq, 9223372036854775807, 'person', p.name, w.number, w.primary_account FROM stage.want w CROSS JOIN main.open_accounts p ON p.id = w.primary_account
	 WHERE NOT EXISTS (SELECT 1 FROM main.open_identities i WHERE i.id = w.id) ORDER BY w.id`,
	`DELETE FROM identity_rows WHERE id IN (SELECT id FROM stage.touched)`,
	`INSERT INTO identity_rows (id, sort, name, list_name, name_fold, login, login_fold, department, title, accounts, enabled, locked, last_sign_in)
	 SELECT w.id, 'person', p.name, ` + listName + `, p.name_fold, p.login, p.login_fold, p.department, p.title, w.accounts, w.enabled, w.locked, w.last_sign_in
	 FROM stage.want w CROSS JOIN main.open_accounts p ON p.id = w.primary_account`,
}
