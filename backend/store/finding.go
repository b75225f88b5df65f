package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"gatehouse/backend/iam"
)

// DormantDays is where the oldest bucket of last sign-ins begins. From when on
// an account is dormant is a rule of its own.
const DormantDays = 90

const day = 24 * 60 * 60 * 1_000_000 // microseconds

// rulesSetting keeps the thresholds of the checks.
const rulesSetting = "findings.rules"

// FindingRules are the thresholds of the checks.
func (r *Reader) FindingRules(ctx context.Context) (iam.FindingRules, error) {
	rules := iam.DefaultFindingRules()
	text, err := r.Setting(ctx, rulesSetting)
	if err != nil || text == "" {
		return rules, err
	}
	return rules, json.Unmarshal([]byte(text), &rules)
}

// PutFindingRules sets the thresholds and renews the findings of every source
// by them.
func (t *Tx) PutFindingRules(ctx context.Context, rules iam.FindingRules) error {
	text, err := json.Marshal(rules)
	if err != nil {
		return err
	}
	before, err := t.FindingRules(ctx)
	if err != nil {
		return err
	}
	if err := t.PutSetting(ctx, rulesSetting, string(text)); err != nil {
		return err
	}
	t.AboutText("setting", rulesSetting, "Thresholds of findings")
	t.Touches("findings", "overview", "settings")
	if err := t.Detail(map[string]iam.FindingRules{"before": before, "after": rules}); err != nil {
		return err
	}
	return t.renewAll(ctx)
}

// renewAll makes the findings of all sources anew.
func (t *Tx) renewAll(ctx context.Context) error {
	t.Touches("findings", "overview")
	sources, err := t.Sources(ctx)
	if err != nil {
		return err
	}
	for _, source := range sources {
		shown, err := t.ShownRun(ctx, source.ID)
		if err == nil && shown != nil {
			err = t.renewFindings(ctx, source, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// renewal makes the findings of one source anew.
type renewal struct {
	t      *Tx
	source iam.Source
	all    bool
	cycles bool // cycles are looked for, too
	tally  tally
	args   []any
}

// renewFindings makes the open findings of a source those that its open rows
// give now. A finding that stays keeps its id; one that only changes keeps the
// time it was first seen. Unless all, it looks only at stage.changed_objects,
// at the people behind those, and at what crossed a threshold since the last
// time, so that it takes as long as there are changes. It looks at everything
// all the same where a change reaches far: in the nesting below a privileged
// group, or when most accounts or groups of a source now are what they were not.
func (t *Tx) renewFindings(ctx context.Context, source iam.Source, all bool) error {
	rules, err := t.FindingRules(ctx)
	if err != nil {
		return err
	}
	now, full, err := t.readAt(ctx, source.ID)
	if err != nil {
		return err
	}
	r := &renewal{t: t, source: source, all: all, cycles: all}
	before, last, err := t.lastTally(ctx, source.ID)
	if err != nil {
		return err
	}
	first := false // all of the source has changed
	if last == 0 {
		shown, err := t.ShownRun(ctx, source.ID)
		if err != nil {
			return err
		}
		first, last = shown == nil, now
		r.all = r.all || !first
	}
	r.args = []any{
		sql.Named("source", int64(source.ID)), sql.Named("seq", int64(t.Seq)), sql.Named("now", now), sql.Named("last", last),
		sql.Named("idle", int64(rules.DormantDays)*day), sql.Named("young", int64(rules.NeverUsedDays)*day), sql.Named("steps", rules.NestingSteps),
		sql.Named("lag", iam.LagDays(source.Kind)),
	}
	if err := r.exec(ctx, clearFindings...); err != nil {
		return err
	}
	// Where nobody was known to belong here before, or is now, that is news for
	// everybody.
	var turns bool
	if err := t.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM temp.feeds WHERE id = ?1 AND authority = 1) AND EXISTS (SELECT 1 FROM accounts WHERE source_id = ?1 AND until = 9223372036854775807)
	  <> (EXISTS (SELECT 1 FROM accounts WHERE source_id = ?1 AND until = 9223372036854775807 AND since < ?2) OR EXISTS (SELECT 1 FROM accounts WHERE until = ?2 AND until < 9223372036854775807 AND source_id = ?1 AND since < ?2))`, source.ID, t.Seq).Scan(&turns); err != nil {
		return err
	}
	r.all = r.all || turns
	r.args = append(r.args, sql.Named("turns", turns))
	if err := r.ladder(ctx); err != nil {
		return err
	}
	if !r.all {
		if r.tally, err = t.tallyChange(ctx, source.ID, before); err != nil {
			return err
		}
		far, err := r.reachesFar(ctx)
		if err != nil {
			return err
		}
		r.all = far || r.tally.shape() != before.shape() && !first
	}
	if r.all {
		if r.tally, err = t.countTally(ctx, source.ID); err != nil {
			return err
		}
	}
	if err := r.notice(ctx, now); err != nil {
		return err
	}
	if full {
		if err := r.exec(ctx, `UPDATE findings SET until = @seq WHERE until = 9223372036854775807 AND kind = 'drift' AND subject_id = @source`,
			`DELETE FROM drift_rows WHERE source_id = @source`); err != nil {
			return err
		}
	}
	return r.keep(ctx)
}

// notice looks: what it notices stands in temp.noticed then, and the findings
// that it looked at in temp.stands.
func (r *renewal) notice(ctx context.Context, now int64) error {
	if err := r.t.saveTally(ctx, r.source.ID, now, r.tally); err != nil {
		return err
	}
	r.args = append(r.args, sql.Named("numbered", r.tally.mostNumbered()), sql.Named("owned", r.tally.mostOwned()), sql.Named("lasting", r.tally.mostLasting()),
		sql.Named("groups", r.tally.groups), sql.Named("ownerless", r.tally.groups-r.tally.owned), sql.Named("enabled", r.tally.enabled), sql.Named("forever", r.tally.lasting))
	scope := scopeOfChanges
	if r.all {
		scope = scopeOfSource
	}
	if err := r.exec(ctx, scope...); err != nil {
		return err
	}
	if err := r.exec(ctx, r.rowsIn(checks)...); err != nil {
		return err
	}
	if r.cycles || r.all {
		r.cycles = true
		if err := r.noticeCycles(ctx); err != nil {
			return err
		}
	}
	if err := r.exec(ctx, r.standing()...); err != nil {
		return err
	}
	return nil
}

// keep closes the findings that were looked at and not noticed again, and opens
// those that are new.
func (r *renewal) keep(ctx context.Context) error {
	if err := r.exec(ctx, findFresh...); err != nil {
		return err
	}
	var fresh int64
	if err := r.t.tx.QueryRowContext(ctx, `SELECT count(*) FROM temp.fresh`).Scan(&fresh); err != nil {
		return err
	}
	base, err := r.t.newIDs(ctx, fresh)
	if err != nil {
		return err
	}
	r.args = append(r.args, sql.Named("base", int64(base)), sql.Named("written", r.t.Now))
	return r.exec(ctx, renew...)
}

func (r *renewal) exec(ctx context.Context, statements ...string) error {
	return r.t.execAll(ctx, r.args, statements...)
}

// readAt is when the reading was made that the findings of a source are about,
// and whether it was one in full: that of the run being applied, else of the
// one that is shown.
func (t *Tx) readAt(ctx context.Context, source iam.ID) (at int64, full bool, err error) {
	var mode, state string
	err = t.tx.QueryRowContext(ctx, `SELECT started_at, mode, state FROM runs WHERE source_id = ?1
	  AND (id = (SELECT max(id) FROM runs WHERE source_id = ?1 AND state IN ('reading', 'held', 'applied', 'released'))) `, source).Scan(&at, &mode, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return t.Now, false, nil
	}
	return at, mode == "full" && (state == string(iam.Reading) || state == string(iam.Held)), err
}

// tally are the counts of a source that some checks compare with.
type tally struct{ people, numbered, enabled, lasting, groups, owned int64 }

// Where hardly anybody has an employee number its absence says nothing; the
// same for owners of groups. Where most passwords last it is a policy.
func (c tally) mostNumbered() bool { return 2*c.numbered > c.people }
func (c tally) mostOwned() bool    { return 2*c.owned > c.groups }
func (c tally) mostLasting() bool  { return 2*c.lasting > c.enabled }

// shape is what of the counts decides about every account or group.
func (c tally) shape() [3]bool { return [3]bool{c.mostNumbered(), c.mostOwned(), c.mostLasting()} }

const tallyAccounts = `coalesce(sum(n * (sort = 'person')), 0), coalesce(sum(n * (sort = 'person' AND employee_number <> '')), 0),
  coalesce(sum(n * (enabled <> 0 AND sort <> 'computer')), 0), coalesce(sum(n * (enabled <> 0 AND sort <> 'computer' AND password_expires = -1)), 0)`

func (t *Tx) countTally(ctx context.Context, source iam.ID) (tally, error) {
	return t.sumTally(ctx, `SELECT 1 AS n, sort, employee_number, enabled, password_expires FROM accounts WHERE until = 9223372036854775807 AND +source_id = ?1`,
		`SELECT 1 AS n, owner_ref FROM open_entitlements WHERE source_id = ?1`, source)
}

// tallyChange is what the counts were with what this Write opened and closed.
func (t *Tx) tallyChange(ctx context.Context, source iam.ID, before tally) (tally, error) {
	const accounts, entitlements = `n, sort, employee_number, enabled, password_expires FROM accounts`, `n, owner_ref FROM entitlements`
	const opened, closed = ` WHERE since = ?2 AND until = 9223372036854775807 AND source_id = ?1`, ` WHERE until = ?2 AND until < 9223372036854775807 AND source_id = ?1`
	c, err := t.sumTally(ctx, `SELECT 1 AS `+accounts+opened+` UNION ALL SELECT -1 AS `+accounts+closed,
		`SELECT 1 AS `+entitlements+opened+` UNION ALL SELECT -1 AS `+entitlements+closed, source, t.Seq)
	return tally{before.people + c.people, before.numbered + c.numbered, before.enabled + c.enabled, before.lasting + c.lasting, before.groups + c.groups, before.owned + c.owned}, err
}

func (t *Tx) sumTally(ctx context.Context, accounts, entitlements string, args ...any) (c tally, err error) {
	if err = t.tx.QueryRowContext(ctx, `SELECT `+tallyAccounts+` FROM (`+accounts+`)`, args...).Scan(&c.people, &c.numbered, &c.enabled, &c.lasting); err != nil {
		return c, err
	}
	err = t.tx.QueryRowContext(ctx, `SELECT coalesce(sum(n), 0), coalesce(sum(n * (owner_ref <> '')), 0) FROM (`+entitlements+`)`, args...).Scan(&c.groups, &c.owned)
	return c, err
}

// lastTally are the counts at the last renewal and the time of its reading, 0 if
// there was none.
func (t *Tx) lastTally(ctx context.Context, source iam.ID) (c tally, at int64, err error) {
	err = t.tx.QueryRowContext(ctx, `SELECT at, people, numbered, enabled, lasting, groups, owned FROM finding_renewals WHERE source_id = ?`, source).
		Scan(&at, &c.people, &c.numbered, &c.enabled, &c.lasting, &c.groups, &c.owned)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return c, at, err
}

func (t *Tx) saveTally(ctx context.Context, source iam.ID, at int64, c tally) error {
	_, err := t.tx.ExecContext(ctx, `INSERT OR REPLACE INTO finding_renewals (source_id, at, people, numbered, enabled, lasting, groups, owned) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		source, at, c.people, c.numbered, c.enabled, c.lasting, c.groups, c.owned)
	return err
}
