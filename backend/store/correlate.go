package store

import (
	"context"
	"database/sql"

	"gatehouse/backend/iam"
)

// correlate finds the identity of each new or changed account of the attached
// reading and leaves it in stage.linked (sid, identity_id): by equal employee
// number, else the one it had, else its own. Objects have their ids by then;
// the versions of accounts are still those of before.
func (t *Tx) correlate(ctx context.Context, source iam.ID) error {
	args := []any{sql.Named("source", int64(source))}
	if err := t.execAll(ctx, args, findIdentities...); err != nil {
		return err
	}
	var fresh int64
	if err := t.tx.QueryRowContext(ctx, `SELECT count(*) FROM stage.idents WHERE identity_id = 0`).Scan(&fresh); err != nil {
		return err
	}
	base, err := t.newIDs(ctx, fresh)
	if err != nil {
		return err
	}
	return t.execAll(ctx, append(args, sql.Named("base", int64(base))), linkIdentities...)
}

var findIdentities = []string{
	`CREATE INDEX stage.accounts_ikey ON accounts (ikey)`,
	`CREATE TABLE stage.idents (ikey TEXT PRIMARY KEY, identity_id INTEGER NOT NULL) WITHOUT ROWID`,
	`INSERT INTO stage.idents SELECT DISTINCT a.ikey, 0 FROM stage.delta_objects d JOIN stage.accounts a ON a.sid = d.sid
	 WHERE d.noun = 'account' AND d.op <> 'removed' AND a.ikey <> ''`,
	`UPDATE stage.idents SET identity_id = coalesce(
	   (SELECT i.id FROM main.open_identities i WHERE idents.ikey LIKE 'number:%' AND i.employee_number = substr(idents.ikey, 8) AND i.employee_number <> ''),
	   (SELECT min(i.id) FROM stage.accounts a JOIN stage.objects o ON o.sid = a.sid JOIN main.open_accounts k ON k.id = o.object_id
	      JOIN main.open_identities i ON i.id = k.identity_id WHERE a.ikey = idents.ikey AND i.employee_number = ''),
	   -- An account that comes back, or whose number was corrected, stays the
	   -- same person's, unless that person has other accounts.
	   (SELECT min(k.identity_id) FROM stage.accounts a JOIN stage.objects o ON o.sid = a.sid JOIN main.accounts k ON k.id = o.object_id
	      WHERE a.ikey = idents.ikey AND k.identity_id > 0 AND k.since = (SELECT max(since) FROM main.accounts WHERE id = k.id)
	        AND NOT EXISTS (SELECT 1 FROM main.open_accounts x WHERE x.identity_id = k.identity_id AND x.id NOT IN (
	          SELECT o2.object_id FROM stage.accounts a2 JOIN stage.objects o2 ON o2.sid = a2.sid WHERE a2.ikey = idents.ikey))), 0)`,
	// Two who were one person before are not made one by that.
	`UPDATE stage.idents SET identity_id = 0 WHERE identity_id > 0 AND EXISTS (SELECT 1 FROM stage.idents other WHERE other.identity_id = idents.identity_id AND other.ikey < idents.ikey)`,
}

var linkIdentities = []string{
	`UPDATE stage.idents SET identity_id = n.id FROM (SELECT ikey, @base - 1 + row_number() OVER (ORDER BY ikey) AS id FROM stage.idents WHERE identity_id = 0) AS n WHERE n.ikey = idents.ikey`,
	`CREATE TABLE stage.linked AS SELECT a.sid, i.identity_id FROM stage.delta_objects d JOIN stage.accounts a ON a.sid = d.sid JOIN stage.idents i ON i.ikey = a.ikey WHERE d.noun = 'account' AND d.op <> 'removed'`,
	`CREATE UNIQUE INDEX stage.linked_sid ON linked (sid)`,
}
