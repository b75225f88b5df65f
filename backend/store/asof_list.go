package store

import (
	"fmt"
	"strings"
	"unicode"
)

// identityRows are the rows that identities are listed from. Those of the past
// are the rows of today, but for identities that have changed since: theirs are
// made anew from their accounts of then.
func (r *Reader) identityRows() string {
	if !r.past {
		return "identity_rows"
	}
	return fmt.Sprintf(`(WITH changed(id) AS MATERIALIZED (
	    SELECT identity_id FROM accounts WHERE since > %[1]d AND identity_id > 0
	    UNION SELECT identity_id FROM accounts WHERE until < 9223372036854775807 AND until > %[1]d AND identity_id > 0
	    UNION SELECT id FROM identities WHERE since > %[1]d
	    UNION SELECT id FROM identities WHERE until < 9223372036854775807 AND until > %[1]d),
	  own AS MATERIALIZED (
	    SELECT a.identity_id AS id, count(*) AS n, max(a.enabled) AS enabled, max(a.locked) AS locked,
	      CASE WHEN max(b.last_sign_in) >= 0 THEN max(b.last_sign_in) ELSE coalesce(min(b.last_sign_in), -3) END AS last_sign_in
	    FROM changed c CROSS JOIN accounts a LEFT JOIN observations b ON b.object_id = a.id WHERE %[2]s GROUP BY a.identity_id)
	  SELECT id, sort, name, list_name, name_fold, login, login_fold, department, title, accounts, enabled, locked, last_sign_in FROM identity_rows WHERE id NOT IN (SELECT id FROM changed)
	  UNION ALL SELECT i.id, i.sort, p.name, `+listName+`, p.name_fold, p.login, p.login_fold, p.department, p.title, own.n, own.enabled, own.locked, own.last_sign_in
	    FROM own CROSS JOIN identities i ON i.id = own.id AND %[3]s CROSS JOIN accounts p ON p.id = i.primary_account AND %[4]s)`,
		r.at, r.stoodWhere("a", "a.identity_id = c.id"), r.stood("i"), r.stood("p"))
}

// matchedThen are the accounts and groups whose words matched at the point. The
// index knows the words of open rows; rows that were closed since are few and
// are looked through.
func (r *Reader) matchedThen(words string) (set string, args []any) {
	var closed strings.Builder
	var terms []any
	for _, w := range strings.FieldsFunc(words, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }) {
		closed.WriteString(" AND instr(%[2]s, ?) > 0")
		terms = append(terms, strings.Trim(w, `,;<>()"'`))
	}
	for _, t := range []struct{ table, text string }{
		{"accounts", "x.login_fold || ' ' || x.name_fold || ' ' || x.dn_ref || ' ' || lower(x.employee_number)"},
		{"entitlements", "x.name_fold || ' ' || x.dn_ref || ' ' || lower(x.description)"},
	} {
		if set != "" {
			set += " UNION "
		}
		set += fmt.Sprintf(`SELECT x.id FROM search_text s CROSS JOIN %[1]s x ON x.id = s.rowid WHERE s.search_text MATCH ? AND x.until = 9223372036854775807 AND x.since <= %[3]d
		  UNION SELECT x.id FROM %[1]s x WHERE x.until < 9223372036854775807 AND x.until > %[3]d AND x.since <= %[3]d`+closed.String(), t.table, t.text, r.at)
		args = append(append(args, matchAll(words)), terms...)
	}
	return set, args
}
