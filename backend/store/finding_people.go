package store

import (
	"context"
	"database/sql"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
)

// What an operator decides of people shows in the findings at once, not with the
// next reading: only what the decision is about is looked at.

// renewPeople makes anew, for the identities in temp.touched, the findings that
// follow from whose an account is: before the decision and after.
func (t *Tx) renewPeople(ctx context.Context) error {
	t.Touches("findings", "overview")
	r := t.renewalOf(0)
	statements := append([]string{}, clearFindings...)
	statements = append(statements, `INSERT OR IGNORE INTO temp.people SELECT id FROM temp.touched`)
	statements = append(statements, scopeOfPeople...)
	statements = append(statements, r.rowsIn(checksOfPeople)...)
	return r.run(ctx, append(statements, r.standing()...))
}

// renewOwners makes anew, for some accounts, the findings that nobody answers for
// them.
func (t *Tx) renewOwners(ctx context.Context, accounts []iam.ID) error {
	sources, err := t.ids(ctx, `SELECT DISTINCT a.source_id FROM json_each(?) j CROSS JOIN open_accounts a ON a.id = j.value ORDER BY 1`, idList(accounts))
	if err != nil {
		return err
	}
	for _, source := range sources {
		r := t.renewalOf(source)
		if err := r.exec(ctx, clearFindings...); err != nil {
			return err
		}
		r.args = append(r.args, sql.Named("accounts", idList(accounts)))
		if err := r.exec(ctx, `INSERT OR IGNORE INTO temp.scope SELECT a.id FROM json_each(@accounts) j CROSS JOIN open_accounts a ON a.id = j.value WHERE a.source_id = @source`); err != nil {
			return err
		}
		if err := r.reachedBy(ctx, accounts); err != nil {
			return err
		}
		if err := r.run(ctx, append(r.rowsIn([]string{checkOwner}),
			`INSERT OR IGNORE INTO temp.stands SELECT f.id FROM temp.scope s CROSS JOIN open_findings f ON f.subject_id = s.id WHERE f.kind = 'noOwner'`)); err != nil {
			return err
		}
	}
	return nil
}

// renewalOf is one of a few rows, as of the newest reading. Source 0 stands for
// none: all rows are those of other sources.
func (t *Tx) renewalOf(source iam.ID) *renewal {
	return &renewal{t: t, args: []any{
		sql.Named("source", int64(source)), sql.Named("seq", int64(t.Seq)), sql.Named("now", 0), sql.Named("numbered", false),
	}}
}

// run notices by statements and keeps what comes of it.
func (r *renewal) run(ctx context.Context, statements []string) error {
	if err := r.exec(ctx, statements...); err != nil {
		return err
	}
	return r.keep(ctx)
}

// reachedBy fills temp.powerful for some accounts: which privileged groups they
// reach. It goes up from them, so that it takes as long as they are in groups.
func (r *renewal) reachedBy(ctx context.Context, accounts []iam.ID) error {
	edges, err := r.t.Above(ctx, accounts...)
	if err != nil {
		return err
	}
	g := access.New(edges)
	for _, a := range accounts {
		var groups []iam.ID
		for _, reached := range g.Groups(a) {
			groups = append(groups, reached.ID)
		}
		if err := r.t.execAll(ctx, []any{sql.Named("account", int64(a)), sql.Named("groups", idList(groups))},
			`INSERT OR IGNORE INTO temp.powerful SELECT @account, e.id, 1, 1 FROM json_each(@groups) j CROSS JOIN open_entitlements e ON e.id = j.value WHERE e.privileged = 1`); err != nil {
			return err
		}
	}
	return nil
}
