package store

import (
	"slices"
	"strings"
)

// The checks, in SQL over open rows. A name in braces stands for the rows that
// are looked at: those of the whole source, or of what changed.

// clearFindings makes the tables of one renewal.
var clearFindings = []string{
	`CREATE TEMP TABLE IF NOT EXISTS noticed (kind TEXT, subject_id INTEGER, entitlement_id INTEGER, source_id INTEGER, risk INTEGER, detail TEXT, size INTEGER, basis TEXT, privileged INTEGER, PRIMARY KEY (kind, subject_id, entitlement_id)) WITHOUT ROWID`,
	// From which group which privileged one is reached; who reaches it.
	`CREATE TEMP TABLE IF NOT EXISTS ladder (entitlement_id INTEGER, privileged_id INTEGER, steps INTEGER, near INTEGER, PRIMARY KEY (entitlement_id, privileged_id)) WITHOUT ROWID`,
	`CREATE TEMP TABLE IF NOT EXISTS powerful (account_id INTEGER, entitlement_id INTEGER, steps INTEGER, near INTEGER, PRIMARY KEY (account_id, entitlement_id)) WITHOUT ROWID`,
	// What is looked at: objects of the source, accounts that share a person
	// with those, identities.
	`CREATE TEMP TABLE IF NOT EXISTS scope (id INTEGER PRIMARY KEY)`,
	`CREATE TEMP TABLE IF NOT EXISTS elsewhere (id INTEGER PRIMARY KEY)`,
	`CREATE TEMP TABLE IF NOT EXISTS people (id INTEGER PRIMARY KEY)`,
	`CREATE TEMP TABLE IF NOT EXISTS pairs (id INTEGER PRIMARY KEY)`,
	// What HR says of a person: the time from which on she is gone.
	`CREATE TEMP TABLE IF NOT EXISTS feeds (id INTEGER PRIMARY KEY, authority INTEGER, name TEXT)`,
	`CREATE TEMP TABLE IF NOT EXISTS hr (identity_id INTEGER PRIMARY KEY, ends INTEGER, words TEXT)`,
	`CREATE TEMP TABLE IF NOT EXISTS stands (id INTEGER PRIMARY KEY)`,
	`CREATE TEMP TABLE IF NOT EXISTS fresh (kind TEXT, subject_id INTEGER, entitlement_id INTEGER)`,
	`CREATE TEMP TABLE IF NOT EXISTS was (kind TEXT, subject_id INTEGER, entitlement_id INTEGER, first_seen INTEGER, PRIMARY KEY (kind, subject_id, entitlement_id)) WITHOUT ROWID`,
	`DELETE FROM temp.noticed`, `DELETE FROM temp.ladder`, `DELETE FROM temp.powerful`, `DELETE FROM temp.scope`, `DELETE FROM temp.elsewhere`, `DELETE FROM temp.people`,
	`DELETE FROM temp.pairs`, `DELETE FROM temp.feeds`, `DELETE FROM temp.hr`, `DELETE FROM temp.stands`, `DELETE FROM temp.fresh`, `DELETE FROM temp.was`,
	// A feed of people is a source that says who belongs here, or a table that
	// tells when people leave. Any other file is an export of some system.
	`INSERT INTO temp.feeds SELECT s.id, coalesce(r.authoritative, 0), s.name FROM sources s LEFT JOIN correlation_rules r ON r.source_id = s.id AND r.until = 9223372036854775807
	 WHERE s.until = 9223372036854775807 AND (r.authoritative = 1 OR s.kind = 'file' AND coalesce(json_extract(s.config, '$.file.columns.endDate'), '') <> '')`,
}

// scopeOfSource is what of a source any check could notice: its groups, and the
// accounts that stand out, found in one pass.
var scopeOfSource = []string{
	`INSERT INTO temp.powerful SELECT g.member_id, l.privileged_id, min(l.steps), max(l.near) FROM temp.ladder l CROSS JOIN grants g ON g.entitlement_id = l.entitlement_id
	 WHERE g.until = 9223372036854775807 AND g.nested = 0 GROUP BY 1, 2`,
	hrSays(`temp.feeds f CROSS JOIN accounts a ON a.source_id = f.id`),
	`INSERT OR IGNORE INTO temp.scope SELECT a.id FROM accounts a WHERE a.until = 9223372036854775807 AND +a.source_id = @source AND a.sort = 'person' AND a.enabled <> 0 AND ` + withoutAuthority,
	`INSERT OR IGNORE INTO temp.elsewhere SELECT a.id FROM accounts a WHERE @turns AND a.until = 9223372036854775807 AND +a.source_id <> @source AND a.sort = 'person' AND a.enabled <> 0`,
	`INSERT OR IGNORE INTO temp.scope SELECT id FROM accounts WHERE until = 9223372036854775807 AND +source_id = @source AND enabled <> 0 AND (
	   manager_ref = '' AND (sort = 'person' AND employee_number = '' OR sort IN ('service', 'shared') AND owner_ref = '')
	   OR end_date >= 0 AND end_date < @now OR account_expires >= 0 AND account_expires < @now OR password_expires = -1 AND NOT @lasting OR flags <> '')`,
	`INSERT OR IGNORE INTO temp.scope SELECT object_id FROM observations WHERE last_sign_in >= 0 AND last_sign_in < @now - @idle OR last_sign_in = -1`,
	`INSERT OR IGNORE INTO temp.scope SELECT a.id FROM temp.hr h CROSS JOIN accounts a ON a.identity_id = h.identity_id AND a.until = 9223372036854775807 WHERE h.ends < @now AND a.source_id = @source`,
	`INSERT OR IGNORE INTO temp.scope SELECT id FROM entitlements WHERE until = 9223372036854775807 AND source_id = @source`,
	// Elsewhere: who has left for HR, who shares a person with an account that
	// has gone, and whoever was noticed for what another source says.
	`INSERT OR IGNORE INTO temp.elsewhere SELECT a.id FROM temp.hr h CROSS JOIN accounts a ON a.identity_id = h.identity_id AND a.until = 9223372036854775807 WHERE h.ends < @now AND a.source_id <> @source`,
	`INSERT OR IGNORE INTO temp.elsewhere SELECT x.id FROM accounts a CROSS JOIN accounts x ON x.identity_id = a.identity_id AND x.until = 9223372036854775807 WHERE a.until = @seq AND a.until < 9223372036854775807 AND a.identity_id > 0 AND x.source_id <> @source`,
	`INSERT OR IGNORE INTO temp.elsewhere SELECT subject_id FROM open_findings WHERE kind IN ('orphan', 'leaverActive', 'expiredEnabled') AND source_id <> @source`,
}

// scopeOfChanges is what changed, the people behind it before and after, and
// what crossed a threshold since the last reading.
var scopeOfChanges = slices.Concat([]string{
	`INSERT OR IGNORE INTO temp.scope SELECT id FROM stage.changed_objects`,
	`INSERT OR IGNORE INTO temp.scope SELECT b.object_id FROM observations b CROSS JOIN accounts a ON a.id = b.object_id AND a.until = 9223372036854775807
	 WHERE b.last_sign_in >= max(@last - @idle, 0) AND b.last_sign_in < @now - @idle AND a.source_id = @source`,
	// The bound that moves comes first: SQLite begins where the first of them says.
	`INSERT OR IGNORE INTO temp.scope SELECT id FROM accounts WHERE until = 9223372036854775807 AND created_at >= @last - @young AND created_at >= 0 AND created_at < @now - @young AND +source_id = @source`,
	`INSERT OR IGNORE INTO temp.scope SELECT id FROM accounts WHERE until = 9223372036854775807 AND account_expires >= @last AND account_expires >= 0 AND account_expires < @now AND +source_id = @source`,
	`INSERT OR IGNORE INTO temp.scope SELECT id FROM accounts WHERE until = 9223372036854775807 AND end_date >= @last AND end_date >= 0 AND end_date < @now AND +source_id = @source`,
	// Where HR's own date passed, the accounts here of the same person.
	`INSERT OR IGNORE INTO temp.scope SELECT x.id FROM accounts a CROSS JOIN accounts x ON x.identity_id = a.identity_id AND x.until = 9223372036854775807
	 WHERE a.until = 9223372036854775807 AND a.end_date >= @last AND a.end_date >= 0 AND a.end_date < @now AND a.identity_id > 0 AND a.source_id IN (SELECT id FROM temp.feeds) AND x.source_id = @source`,
	`INSERT OR IGNORE INTO temp.people SELECT a.identity_id FROM temp.scope s CROSS JOIN accounts a ON a.id = s.id WHERE (a.until = 9223372036854775807 OR a.until = @seq) AND a.identity_id > 0`,
}, scopeOfPeople, []string{
	`INSERT OR IGNORE INTO temp.pairs SELECT a.identity_id FROM stage.old_mails m CROSS JOIN contacts c ON lower(c.mail) = m.mail AND c.mail <> '' CROSS JOIN accounts a ON a.id = c.account_id AND a.until = 9223372036854775807 WHERE a.identity_id > 0`,
	`INSERT INTO temp.powerful SELECT g.member_id, l.privileged_id, min(l.steps), max(l.near) FROM temp.scope s CROSS JOIN grants g ON g.member_id = s.id CROSS JOIN temp.ladder l ON l.entitlement_id = g.entitlement_id
	 WHERE g.until = 9223372036854775807 AND g.nested = 0 GROUP BY 1, 2`,
	`INSERT OR IGNORE INTO temp.scope VALUES (@source)`,
})

// scopeOfPeople is what whose an account is has to do with, for those in
// temp.people.
var scopeOfPeople = []string{
	`INSERT OR IGNORE INTO temp.elsewhere SELECT a.id FROM temp.people p CROSS JOIN accounts a ON a.identity_id = p.id AND a.until = 9223372036854775807 WHERE a.id NOT IN (SELECT id FROM temp.scope)`,
	hrSays(`temp.people p CROSS JOIN accounts a ON a.identity_id = p.id JOIN temp.feeds f ON f.id = a.source_id`),

	// Who might be one person with somebody else, before or after.
	`INSERT OR IGNORE INTO temp.pairs SELECT id FROM temp.people`,
	`INSERT OR IGNORE INTO temp.pairs SELECT f.subject_id FROM temp.people p CROSS JOIN findings f ON f.entitlement_id = p.id AND f.entitlement_id <> 0 AND f.until = 9223372036854775807 WHERE f.kind = 'duplicateIdentity'`,
	`INSERT OR IGNORE INTO temp.pairs SELECT f.entitlement_id FROM temp.people p CROSS JOIN findings f ON f.subject_id = p.id AND f.until = 9223372036854775807 WHERE f.kind = 'duplicateIdentity'`,
	`INSERT OR IGNORE INTO temp.pairs SELECT x.id FROM temp.people p CROSS JOIN identity_rows r ON r.id = p.id CROSS JOIN identity_rows x ON x.sort = r.sort AND x.department = r.department AND x.name_fold = r.name_fold WHERE r.department <> '' AND r.name_fold <> ''`,
	// Those who had a name of theirs before: another may be the first of them now.
	`INSERT OR IGNORE INTO temp.pairs SELECT x.id FROM temp.people p CROSS JOIN identities i ON i.id = p.id AND i.since < @seq AND i.until >= @seq CROSS JOIN accounts a ON a.id = i.primary_account AND a.since < @seq AND a.until >= @seq
	   CROSS JOIN identity_rows x ON x.sort = i.sort AND x.department = a.department AND x.name_fold = a.name_fold WHERE a.department <> '' AND a.name_fold <> ''`,
	`INSERT OR IGNORE INTO temp.pairs SELECT b.identity_id FROM temp.people p CROSS JOIN accounts a ON a.identity_id = p.id AND a.until = 9223372036854775807 CROSS JOIN contacts c ON c.account_id = a.id
	   CROSS JOIN contacts d ON lower(d.mail) = lower(c.mail) AND d.mail <> '' CROSS JOIN accounts b ON b.id = d.account_id AND b.until = 9223372036854775807 WHERE c.mail <> '' AND b.identity_id > 0`,
}

// hrSays fills temp.hr for some identities: the time from which on every
// account that HR has of a person is at its end. 0: ended already. The word of an
// authoritative source counts before that of other feeds, which say nothing of
// whom they do not know to leave or to stay: not either where they know it of
// one of several rows.
func hrSays(from string) string {
	const forever = `9223372036854775807`
	return `INSERT INTO temp.hr SELECT identity_id, ends, words FROM (
	 SELECT identity_id, ends, CASE WHEN NOT here THEN 'no longer in ' || name WHEN ends = 0 THEN 'disabled in ' || name ELSE 'left ' || date(ends / 1000000, 'unixepoch') || ', says ' || name END AS words,
	   row_number() OVER (PARTITION BY identity_id ORDER BY authority DESC, here DESC, ends DESC, name) AS place
	 FROM (SELECT identity_id, authority, name, here, CASE WHEN sum(ends IS NULL) OVER (PARTITION BY identity_id, feed, here) = 0 THEN ends END AS ends
	   FROM (SELECT a.identity_id, f.id AS feed, f.authority, f.name, 1 AS here, CASE WHEN a.enabled = 0 THEN 0 WHEN a.end_date >= 0 THEN a.end_date WHEN f.authority OR a.end_date = -1 THEN ` + forever + ` END AS ends
	     FROM ` + from + ` WHERE a.until = ` + forever + ` AND a.identity_id > 0
	   UNION ALL SELECT a.identity_id, f.id, f.authority, f.name, 0, 0 FROM ` + from + ` WHERE a.until < ` + forever + ` AND a.end_reason IN ('notReturned', 'deleted') AND a.identity_id > 0))) WHERE place = 1 AND ends IS NOT NULL`
}

// withoutAuthority holds of an account a whose person is in no source that says
// who belongs here, where one of those has been read.
const withoutAuthority = `EXISTS (SELECT 1 FROM temp.feeds f WHERE f.authority = 1 AND EXISTS (SELECT 1 FROM accounts h WHERE h.source_id = f.id AND h.until = 9223372036854775807))
  AND NOT EXISTS (SELECT 1 FROM accounts h WHERE h.identity_id = a.identity_id AND a.identity_id > 0 AND h.until = 9223372036854775807 AND h.source_id IN (SELECT id FROM temp.feeds WHERE authority = 1))`

const current = `k.until = 9223372036854775807`

// crossColumns are what the checks need that look across sources.
const crossColumns = `k.id, k.source_id, k.sort, k.enabled, k.employee_number, k.manager_ref, k.identity_id, k.end_date, k.account_expires`

// The rows that are looked at. Names and mail addresses are compared over all
// people when everything is looked at.
var (
	rowsOfSource = strings.NewReplacer(append([]string{
		"{names}", `(SELECT k.sort, k.department, k.name_fold, min(k.id) AS first FROM identity_rows k WHERE k.sort = 'person' AND k.department <> '' AND k.name_fold <> '' GROUP BY k.department, k.name_fold HAVING count(*) > 1)`,
		"{mails}", `(SELECT lower(mail) AS mail FROM contacts WHERE mail <> '' GROUP BY lower(mail) HAVING count(*) > 1)`,
	}, rowsInScope...)...)
	rowsOfChanges = strings.NewReplacer(append([]string{
		"{names}", `(SELECT k.sort, k.department, k.name_fold, (SELECT min(x.id) FROM identity_rows x WHERE x.sort = k.sort AND x.department = k.department AND x.name_fold = k.name_fold) AS first
		   FROM (SELECT DISTINCT r.sort, r.department, r.name_fold FROM temp.pairs s CROSS JOIN identity_rows r ON r.id = s.id WHERE r.sort = 'person' AND r.department <> '' AND r.name_fold <> '') k)`,
		"{mails}", `(SELECT DISTINCT lower(c.mail) AS mail FROM temp.pairs s CROSS JOIN accounts k ON k.identity_id = s.id AND ` + current + ` CROSS JOIN contacts c ON c.account_id = k.id WHERE c.mail <> '')`,
	}, rowsInScope...)...)
	rowsInScope = []string{
		"{accounts}", `(SELECT k.* FROM temp.scope s CROSS JOIN accounts k ON k.id = s.id AND ` + current + ` WHERE k.source_id = @source)`,
		"{crossing}", `(SELECT ` + crossColumns + `, CASE WHEN k.source_id = @source THEN @now ELSE ` + clockElsewhere + ` END AS clock
		   FROM (SELECT id FROM temp.scope UNION SELECT id FROM temp.elsewhere) s CROSS JOIN accounts k ON k.id = s.id AND ` + current + `)`,
		"{groups}", `(SELECT k.* FROM temp.scope s CROSS JOIN entitlements k ON k.id = s.id AND ` + current + ` WHERE k.source_id = @source)`,
	}
)

// clockElsewhere is when the source of an account k elsewhere was read.
const clockElsewhere = `coalesce((SELECT w.at FROM finding_renewals w WHERE w.source_id = k.source_id), 0)`

// rowsIn puts the rows that are looked at into checks.
func (r *renewal) rowsIn(checks []string) []string {
	rows := rowsOfChanges
	if r.all {
		rows = rowsOfSource
	}
	out := make([]string, len(checks))
	for i, c := range checks {
		out[i] = rows.Replace(c)
	}
	return out
}

const powerful = `EXISTS (SELECT 1 FROM temp.powerful p WHERE p.account_id = a.id)`

// standing collects the open findings that were looked at.
func (r *renewal) standing() []string {
	if r.all {
		return []string{
			`INSERT OR IGNORE INTO temp.stands SELECT id FROM open_findings WHERE source_id = @source AND kind NOT IN ('heldRun', 'drift', 'duplicateIdentity')`,
			`INSERT OR IGNORE INTO temp.stands SELECT id FROM open_findings WHERE kind = 'duplicateIdentity'`,
			`INSERT OR IGNORE INTO temp.stands SELECT f.id FROM temp.elsewhere s CROSS JOIN open_findings f ON f.subject_id = s.id WHERE f.kind IN ('orphan', 'leaverActive', 'expiredEnabled')`,
		}
	}
	out := []string{
		// Of those who share an address with a pair alone not everything was seen.
		`DELETE FROM temp.noticed WHERE kind = 'duplicateIdentity' AND subject_id NOT IN (SELECT id FROM temp.pairs)`,
		`INSERT OR IGNORE INTO temp.stands SELECT f.id FROM temp.scope s CROSS JOIN open_findings f ON f.subject_id = s.id WHERE f.kind NOT IN ('heldRun', 'drift', 'duplicateIdentity', 'cycle')`,
		`INSERT OR IGNORE INTO temp.stands SELECT f.id FROM temp.elsewhere s CROSS JOIN open_findings f ON f.subject_id = s.id WHERE f.kind IN ('orphan', 'leaverActive', 'expiredEnabled')`,
		`INSERT OR IGNORE INTO temp.stands SELECT f.id FROM temp.pairs s CROSS JOIN open_findings f ON f.subject_id = s.id WHERE f.kind = 'duplicateIdentity'`,
	}
	if r.cycles {
		out = append(out, `INSERT OR IGNORE INTO temp.stands SELECT id FROM open_findings WHERE kind = 'cycle' AND source_id = @source`)
	}
	return out
}

// checks are those that one query answers. Disabled accounts are left out;
// those whose state is unknown are not. The rows of a feed are no accounts to
// sign in with, unless it says that they are enabled.
var checks = slices.Concat(checksOfPeople, []string{checkOwner}, checksOfObjects)

// checkOwner looks for who answers for service and shared accounts.
const checkOwner = `INSERT INTO temp.noticed SELECT 'noOwner', a.id, 0, a.source_id, 2, a.sort || ' account, no owner is recorded', 1, '', ` + powerful + ` FROM {accounts} a
	 WHERE a.sort IN ('service', 'shared') AND a.enabled <> 0 AND a.owner_ref = '' AND a.manager_ref = ''
	 AND NOT EXISTS (SELECT 1 FROM account_ownership o WHERE o.account_id = a.id AND o.until = 9223372036854775807 AND o.owner_id > 0)`

// checksOfPeople are those that follow from whose an account is, in all sources.
// Where sources are authoritative, an orphan is who is in none of them; else, who
// has nothing that leads to a person.
var checksOfPeople = []string{
	`INSERT INTO temp.noticed SELECT 'orphan', a.id, 0, a.source_id, 2, 'this person has no account in ' || (SELECT group_concat(name, ' or ') FROM (SELECT name FROM temp.feeds WHERE authority = 1 ORDER BY name)), 1, '', 0 FROM {crossing} a
	 WHERE a.sort = 'person' AND a.enabled <> 0 AND ` + withoutAuthority + ` AND (a.enabled = 1 OR a.source_id NOT IN (SELECT id FROM temp.feeds))`,
	`INSERT INTO temp.noticed SELECT 'orphan', a.id, 0, a.source_id, 2, 'no employee number and no manager', 1, '', 0 FROM {crossing} a
	 WHERE NOT EXISTS (SELECT 1 FROM temp.feeds f WHERE f.authority = 1 AND EXISTS (SELECT 1 FROM accounts h WHERE h.source_id = f.id AND h.until = 9223372036854775807))
	 AND a.sort = 'person' AND a.enabled <> 0 AND a.employee_number = '' AND a.manager_ref = '' AND (a.enabled = 1 OR a.source_id NOT IN (SELECT id FROM temp.feeds))
	 AND CASE WHEN a.source_id = @source THEN @numbered ELSE (SELECT 2 * w.numbered > w.people FROM finding_renewals w WHERE w.source_id = a.source_id) END
	 AND NOT EXISTS (SELECT 1 FROM accounts x WHERE x.identity_id = a.identity_id AND x.until = 9223372036854775807 AND a.identity_id > 0 AND x.id <> a.id)`,
	`INSERT INTO temp.noticed SELECT 'leaverActive', a.id, 0, a.source_id, 3, CASE WHEN h.ends < a.clock THEN h.words ELSE 'left ' || date(a.end_date / 1000000, 'unixepoch') END, 1, '', 0
	 FROM {crossing} a LEFT JOIN temp.hr h ON h.identity_id = a.identity_id
	 WHERE a.enabled <> 0 AND (a.enabled = 1 OR a.source_id NOT IN (SELECT id FROM temp.feeds))
	 AND (h.ends < a.clock OR h.ends IS NULL AND a.end_date >= 0 AND a.end_date < a.clock)`,
	`INSERT INTO temp.noticed SELECT 'expiredEnabled', a.id, 0, a.source_id, 2, CASE WHEN a.account_expires >= 0 AND a.account_expires < a.clock THEN 'expired ' || date(a.account_expires / 1000000, 'unixepoch')
	   ELSE 'end date ' || date(a.end_date / 1000000, 'unixepoch') || ', still here for HR' END, 1, '', 0
	 FROM {crossing} a LEFT JOIN temp.hr h ON h.identity_id = a.identity_id
	 WHERE a.enabled <> 0 AND (a.enabled = 1 OR a.source_id NOT IN (SELECT id FROM temp.feeds))
	 AND (a.account_expires >= 0 AND a.account_expires < a.clock OR h.ends >= a.clock AND a.end_date >= 0 AND a.end_date < a.clock)
	 AND NOT coalesce(h.ends < a.clock, a.end_date >= 0 AND a.end_date < a.clock)`,
	// The later of two identities is noticed, beside the first.
	`INSERT INTO temp.noticed SELECT 'duplicateIdentity', r.id, d.first, p.source_id, 2, 'same name in ' || r.department || ' as ' || i.name, 1, '', 0
	 FROM {names} d
	   CROSS JOIN identity_rows r ON r.sort = d.sort AND r.department = d.department AND r.name_fold = d.name_fold
	   CROSS JOIN identities i ON i.id = d.first AND i.until = 9223372036854775807 CROSS JOIN identities j ON j.id = r.id AND j.until = 9223372036854775807 CROSS JOIN accounts p ON p.id = j.primary_account AND p.until = 9223372036854775807
	 WHERE r.id <> d.first AND (i.employee_number = '' OR j.employee_number = '' OR i.employee_number = j.employee_number)`,
	`INSERT INTO temp.noticed SELECT 'duplicateIdentity', b.identity_id, b.first, p.source_id, 2, 'same mail address and surname as ' || i.name, 1, '', 0
	 FROM (SELECT k.identity_id, min(k.identity_id) OVER (PARTITION BY m.mail, lower(k.surname)) AS first
	     FROM {mails} m CROSS JOIN contacts c ON lower(c.mail) = m.mail AND c.mail <> '' CROSS JOIN accounts k ON k.id = c.account_id AND ` + current + ` WHERE k.identity_id > 0 AND k.surname <> '') b
	   CROSS JOIN identities i ON i.id = b.first AND i.until = 9223372036854775807 CROSS JOIN identities j ON j.id = b.identity_id AND j.until = 9223372036854775807 CROSS JOIN accounts p ON p.id = j.primary_account AND p.until = 9223372036854775807
	 WHERE b.identity_id <> b.first AND (i.employee_number = '' OR j.employee_number = '' OR i.employee_number = j.employee_number)
	 GROUP BY b.identity_id, b.first ON CONFLICT DO NOTHING`,
}

// checksOfObjects look at one source alone.
var checksOfObjects = []string{
	`INSERT INTO temp.noticed SELECT 'dormant', a.id, 0, a.source_id, CASE WHEN ` + powerful + ` THEN 3 ELSE 1 END,
	   'last sign-in ' || date(b.last_sign_in / 1000000, 'unixepoch') || CASE WHEN @lag > 0 THEN ', told up to ' || @lag || ' days late' ELSE '' END, 1, '', ` + powerful + `
	 FROM {accounts} a CROSS JOIN observations b ON b.object_id = a.id WHERE a.enabled <> 0 AND a.sort <> 'computer' AND b.last_sign_in >= 0 AND b.last_sign_in < @now - @idle`,
	`INSERT INTO temp.noticed SELECT 'neverUsed', a.id, 0, a.source_id, CASE WHEN ` + powerful + ` THEN 3 ELSE 1 END, 'created ' || date(a.created_at / 1000000, 'unixepoch') || ', no sign-in since', 1, '', ` + powerful + `
	 FROM {accounts} a CROSS JOIN observations b ON b.object_id = a.id WHERE a.enabled <> 0 AND a.sort <> 'computer' AND a.created_at >= 0 AND a.created_at < @now - @young AND b.last_sign_in = -1`,
	`INSERT INTO temp.noticed SELECT 'passwordNeverExpires', a.id, 0, a.source_id, CASE WHEN ` + powerful + ` THEN 3 WHEN a.sort = 'person' THEN 2 ELSE 1 END, a.sort || ' account, exempt from expiry', 1, '', ` + powerful + `
	 FROM {accounts} a WHERE NOT @lasting AND a.enabled <> 0 AND a.sort <> 'computer' AND a.password_expires = -1 AND ' ' || a.flags || ' ' NOT LIKE '% managedService %'`,
	`INSERT INTO temp.noticed SELECT 'passwordNeverExpires', @source, 0, @source, 1, @forever || ' of ' || @enabled || ' accounts that are not disabled', 1, '', 0 WHERE @lasting`,
	`INSERT INTO temp.noticed SELECT 'staleAdminCount', a.id, 0, a.source_id, 1, 'adminCount is set', 1, '', 0
	 FROM {accounts} a WHERE a.flags <> '' AND a.enabled <> 0 AND ' ' || a.flags || ' ' LIKE '% adminCount %' AND EXISTS (SELECT 1 FROM temp.ladder) AND NOT ` + powerful,
	`INSERT INTO temp.noticed SELECT 'danglingMember', u.entitlement_id, 0, e.source_id, 1, count(*) || CASE WHEN count(*) = 1 THEN ' member: ' ELSE ' members, such as ' END || min(u.value), count(*), '', e.privileged
	 FROM {groups} e CROSS JOIN unresolved u ON u.entitlement_id = e.id WHERE u.until = 9223372036854775807 AND u.reason = 'dangling' GROUP BY u.entitlement_id`,
	`INSERT INTO temp.noticed SELECT 'emptyGroup', e.id, 0, e.source_id, 1, 'no member at all', 1, '', e.privileged FROM {groups} e
	 WHERE NOT EXISTS (SELECT 1 FROM grants g WHERE g.entitlement_id = e.id AND g.until = 9223372036854775807) AND NOT EXISTS (SELECT 1 FROM unresolved u WHERE u.entitlement_id = e.id AND u.until = 9223372036854775807)`,
	`INSERT INTO temp.noticed SELECT 'ownerlessGroup', e.id, 0, e.source_id, CASE WHEN e.privileged = 1 THEN 2 ELSE 1 END, 'no owner is recorded', 1, '', e.privileged FROM {groups} e
	 WHERE @owned AND e.owner_ref = '' AND (EXISTS (SELECT 1 FROM grants g WHERE g.entitlement_id = e.id AND g.until = 9223372036854775807) OR EXISTS (SELECT 1 FROM unresolved u WHERE u.entitlement_id = e.id AND u.until = 9223372036854775807))`,
	`INSERT INTO temp.noticed SELECT 'ownerlessGroup', @source, 0, @source, 1, @ownerless || ' of ' || @groups || ' groups have no owner', 1, '', 0 WHERE NOT @owned AND @groups > 0`,
	// Nesting is how groups are meant to work; it is noticed where it hides:
	// some steps deep, and for staff who are here for a while only.
	`INSERT INTO temp.noticed SELECT 'nestedPrivileged', a.id, p.entitlement_id, a.source_id,
	   CASE WHEN lower(a.employee_type) IN ('intern', 'contractor', 'temporary', 'temp', 'trainee', 'student', 'external', 'consultant') THEN 4 ELSE 2 END,
	   'reaches ' || e.name || ' through ' || (p.steps - 1) || ' nested groups', 1, '', 1
	 FROM temp.powerful p CROSS JOIN accounts a ON a.id = p.account_id AND a.until = 9223372036854775807 CROSS JOIN entitlements e ON e.id = p.entitlement_id AND e.until = 9223372036854775807 WHERE p.steps >= @steps AND a.enabled <> 0`,
	`INSERT INTO temp.noticed SELECT 'privilegedNoReason', a.id, p.entitlement_id, a.source_id, 1,
	   'in ' || e.name || CASE p.steps WHEN 1 THEN ' directly' WHEN 2 THEN ' through one nested group' ELSE ' through ' || (p.steps - 1) || ' nested groups' END, 1, '', 1
	 FROM temp.powerful p CROSS JOIN accounts a ON a.id = p.account_id AND a.until = 9223372036854775807 CROSS JOIN entitlements e ON e.id = p.entitlement_id AND e.until = 9223372036854775807
	 WHERE p.near = 1 AND a.enabled <> 0 AND a.sort <> 'computer'`,
}

// isNoticed holds of a finding f and a row n of temp.noticed that are the same.
const isNoticed = `n.kind = f.kind AND n.subject_id = f.subject_id AND n.entitlement_id = f.entitlement_id AND n.risk = f.risk AND n.detail = f.detail AND n.size = f.size AND n.basis = f.basis AND n.privileged = f.privileged`

// findFresh collects what is noticed and no open finding says.
var findFresh = []string{
	`INSERT INTO temp.fresh SELECT n.kind, n.subject_id, n.entitlement_id FROM temp.noticed n WHERE NOT EXISTS (
	   SELECT 1 FROM findings f WHERE ` + isNoticed + ` AND f.until = 9223372036854775807) ORDER BY 1, 2, 3`,
}

// renew closes what is not noticed any more and opens what is fresh. What only
// changed keeps the time it was first seen.
var renew = []string{
	`UPDATE findings SET until = @seq WHERE id IN (SELECT f.id FROM temp.stands s CROSS JOIN findings f ON f.id = s.id WHERE NOT EXISTS (SELECT 1 FROM temp.noticed n WHERE ` + isNoticed + `))`,
	`INSERT INTO temp.was SELECT f.kind, f.subject_id, f.entitlement_id, f.first_seen FROM temp.stands s CROSS JOIN findings f ON f.id = s.id WHERE f.until = @seq`,
	`INSERT INTO findings (id, since, until, kind, risk, source_id, subject_id, entitlement_id, detail, first_seen, size, basis, privileged)
	 SELECT @base - 1 + x.rowid, @seq, 9223372036854775807, n.kind, n.risk, n.source_id, n.subject_id, n.entitlement_id, n.detail, coalesce(w.first_seen, @written), n.size, n.basis, n.privileged
	 FROM temp.fresh x CROSS JOIN temp.noticed n ON n.kind = x.kind AND n.subject_id = x.subject_id AND n.entitlement_id = x.entitlement_id
	   LEFT JOIN temp.was w ON w.kind = x.kind AND w.subject_id = x.subject_id AND w.entitlement_id = x.entitlement_id`,
}
