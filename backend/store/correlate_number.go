package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"gatehouse/backend/iam"
)

// Accounts of one source with one employee number are one person, unless their
// names say that the number was entered wrongly.

// sharer is an account that shares its number with others of its source.
type sharer struct {
	sid int64 // 0: not among those looked at
	key string
	face
}

// partStrangers makes accounts that share a number, but not the name, with those
// before them units of their own, unless something explains another name.
func (c *correlator) partStrangers(ctx context.Context) error {
	// Those that stay where they are, or were there before, come first.
	all, err := each(ctx, &c.t.Reader, `WITH shared AS (
	    SELECT m.ikey FROM stage.mine m JOIN stage.accounts a ON a.sid = m.sid WHERE m.ikey LIKE 'number:%' GROUP BY m.ikey HAVING min(a.name_fold) <> max(a.name_fold)
	    UNION SELECT m.ikey FROM stage.mine m CROSS JOIN stage.accounts a ON a.sid = m.sid CROSS JOIN main.open_accounts k ON ltrim(k.employee_number, '0') = ltrim(a.employee_number, '0') AND k.employee_number <> ''
	      WHERE m.ikey LIKE 'number:%' AND k.source_id = ?1 AND k.employee_number = a.employee_number AND k.name_fold <> a.name_fold AND k.id NOT IN (SELECT id FROM stage.mine) AND k.identity_id > 0)
	  SELECT 0 AS sid, 'number:' || k.employee_number AS ikey, k.id AS id, `+facesOf("k", "c")+` FROM shared s CROSS JOIN main.open_accounts k
	    ON ltrim(k.employee_number, '0') = ltrim(substr(s.ikey, 8), '0') AND k.employee_number <> '' AND 'number:' || k.employee_number = s.ikey LEFT JOIN main.contacts c ON c.account_id = k.id
	    WHERE k.source_id = ?1 AND k.id NOT IN (SELECT id FROM stage.mine) AND k.identity_id > 0
	  UNION ALL SELECT m.sid, m.ikey, m.id, `+facesOf("a", "a")+` FROM shared s CROSS JOIN stage.mine m ON m.ikey = s.ikey CROSS JOIN stage.accounts a ON a.sid = m.sid
	  ORDER BY ikey, id`, []any{c.source}, func(rows *sql.Rows, s *sharer) error {
		err := rows.Scan(append([]any{&s.sid, &s.key, &s.account}, s.places()...)...)
		s.ready()
		return err
	})
	if err != nil || len(all) == 0 {
		return err
	}
	var strangers []int64
	for i, s := range all {
		first := slices.IndexFunc(all, func(x sharer) bool { return x.key == s.key && x.sid == 0 })
		if first < 0 {
			first = slices.IndexFunc(all, func(x sharer) bool { return x.key == s.key })
		}
		if i != first && s.sid > 0 {
			if p := compareFaces(c.rules, &all[first].face, &s.face); !p.holds(iam.CorrelationRule{On: []iam.Criterion{iam.PossibleName}}) {
				strangers = append(strangers, s.sid)
			}
		}
	}
	text, err := json.Marshal(strangers)
	if err != nil {
		return err
	}
	return c.exec(ctx, []any{sql.Named("strangers", string(text))}, `UPDATE stage.mine SET ikey = 'own:' || ikey || ' ' || sid WHERE sid IN (SELECT value FROM json_each(@strangers))`)
}
