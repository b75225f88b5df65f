package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

func sourceOf(r db.Source) (iam.Source, error) {
	s := iam.Source{ID: iam.ID(r.ID), Name: r.Name, Kind: iam.SourceKind(r.Kind), ConfigVersion: r.ConfigVersion, CreatedAt: r.CreatedAt}
	return s, json.Unmarshal([]byte(r.Config), &s.Config)
}

// Sources are the connected sources by name.
func (r *Reader) Sources(ctx context.Context) ([]iam.Source, error) {
	rows, err := r.q.ListSources(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]iam.Source, len(rows))
	for i, row := range rows {
		if out[i], err = sourceOf(row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Source is one connected source, or NotFound.
func (r *Reader) Source(ctx context.Context, id iam.ID) (iam.Source, error) {
	row, err := one(r.q.GetSource(ctx, int64(id)))("This source is not connected any more.")
	if err != nil {
		return iam.Source{}, err
	}
	return sourceOf(row)
}

// SourceByName finds a source by its exact name.
func (r *Reader) SourceByName(ctx context.Context, name string) (iam.Source, error) {
	row, err := one(r.q.SourceByName(ctx, name))("There is no source named " + name + ".")
	if err != nil {
		return iam.Source{}, err
	}
	return sourceOf(row)
}

// SealedSecret is the source's bind password as the vault sealed it, empty if
// it has none.
func (r *Reader) SealedSecret(ctx context.Context, id iam.ID) (string, error) {
	row, err := one(r.q.GetSource(ctx, int64(id)))("This source is not connected any more.")
	return row.Secret, err
}

// SourceCounts are the open rows of a source.
type SourceCounts struct{ Accounts, Entitlements, Memberships int64 }

// SourceCounts counts a source's open rows.
func (r *Reader) SourceCounts(ctx context.Context, id iam.ID) (SourceCounts, error) {
	c, err := r.q.SourceCounts(ctx, int64(id))
	if errors.Is(err, sql.ErrNoRows) {
		return SourceCounts{}, nil
	}
	return SourceCounts{c.Accounts, c.Entitlements, c.Memberships}, err
}

// AddSource connects a source. Its name must be free.
func (t *Tx) AddSource(ctx context.Context, s iam.Source, sealed string) error {
	if err := t.nameIsFree(ctx, s); err != nil {
		return err
	}
	cfg, err := json.Marshal(s.Config)
	if err != nil {
		return err
	}
	return t.q.InsertSource(ctx, db.InsertSourceParams{
		ID: int64(s.ID), Name: s.Name, Kind: string(s.Kind), Config: string(cfg), Secret: sealed, CreatedAt: t.Now, Since: int64(t.Seq),
	})
}

// ChangeSource replaces name, configuration and secret.
func (t *Tx) ChangeSource(ctx context.Context, s iam.Source, sealed string) error {
	if err := t.nameIsFree(ctx, s); err != nil {
		return err
	}
	cfg, err := json.Marshal(s.Config)
	if err != nil {
		return err
	}
	return t.q.UpdateSource(ctx, db.UpdateSourceParams{Name: s.Name, Config: string(cfg), ConfigVersion: s.ConfigVersion, Secret: sealed, ID: int64(s.ID)})
}

func (t *Tx) nameIsFree(ctx context.Context, s iam.Source) error {
	other, err := t.q.SourceByName(ctx, s.Name)
	if errors.Is(err, sql.ErrNoRows) || err == nil && other.ID == int64(s.ID) {
		return nil
	}
	if err != nil {
		return err
	}
	return iam.Errorf(iam.Conflict, "A source named %q is connected already.", s.Name).In("name").Fix("Choose another name.")
}

// RemoveSource closes a source and everything that was read from it. History
// stays; the secret does not.
func (t *Tx) RemoveSource(ctx context.Context, id iam.ID) error {
	if err := t.q.CloseSource(ctx, db.CloseSourceParams{Seq: int64(t.Seq), ID: int64(id)}); err != nil {
		return err
	}
	statements := []string{
		`CREATE TEMP TABLE touched (id INTEGER PRIMARY KEY)`,
		`INSERT OR IGNORE INTO temp.touched SELECT identity_id FROM open_accounts WHERE source_id = @source AND identity_id > 0`,
		`DELETE FROM source_counts WHERE source_id = @source`,
		`DELETE FROM contacts WHERE account_id IN (SELECT id FROM objects WHERE source_id = @source)`,
		`DELETE FROM observations WHERE object_id IN (SELECT id FROM objects WHERE source_id = @source)`,
		`DELETE FROM search_text WHERE rowid IN (SELECT id FROM objects WHERE source_id = @source)`,
		`DELETE FROM object_refs WHERE source_id = @source`,
		`UPDATE grants SET until = @seq, end_reason = 'sourceRemoved' WHERE until = 9223372036854775807 AND entitlement_id IN (SELECT id FROM objects WHERE source_id = @source AND noun = 'entitlement')`,
		`UPDATE unresolved SET until = @seq, end_reason = 'sourceRemoved' WHERE until = 9223372036854775807 AND entitlement_id IN (SELECT id FROM objects WHERE source_id = @source AND noun = 'entitlement')`,
		`UPDATE findings SET until = @seq WHERE until = 9223372036854775807 AND source_id = @source`,
		`UPDATE schedules SET until = @seq WHERE until = 9223372036854775807 AND source_id = @source`,
		`UPDATE accounts SET until = @seq, end_reason = 'sourceRemoved' WHERE until = 9223372036854775807 AND source_id = @source`,
		`UPDATE entitlements SET until = @seq, end_reason = 'sourceRemoved' WHERE until = 9223372036854775807 AND source_id = @source`,
	}
	// A person may have accounts elsewhere.
	for _, q := range renewIdentities {
		statements = append(statements, strings.ReplaceAll(q, "stage.", "temp."))
	}
	if err := t.execAll(ctx, []any{sql.Named("source", int64(id)), sql.Named("seq", int64(t.Seq))}, append(statements, `DROP TABLE temp.want`)...); err != nil {
		return err
	}
	// What it said of people is not said any more.
	rules, err := t.Correlation(ctx, id)
	if err != nil {
		return err
	}
	renew := t.renewPeople
	if rules.Authoritative {
		renew = t.renewAll
	}
	if err := renew(ctx); err != nil {
		return err
	}
	return t.execAll(ctx, nil, `DROP TABLE temp.touched`)
}

// execAll runs statements with named arguments.
func (t *Tx) execAll(ctx context.Context, args []any, statements ...string) error {
	for _, q := range statements {
		if _, err := t.tx.ExecContext(ctx, q, args...); err != nil {
			return &statementError{q, err}
		}
	}
	return nil
}

// statementError says which statement failed, for the log.
type statementError struct {
	statement string
	err       error
}

func (e *statementError) Error() string {
	return "store: " + e.statement[:min(len(e.statement), 80)] + ": " + e.err.Error()
}
func (e *statementError) Unwrap() error { return e.err }
