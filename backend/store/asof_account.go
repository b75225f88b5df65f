package store

import (
	"context"
	"iter"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// AccountAt is an account as it was after a Write. Its last sign-in is that of
// the newest read, which keeps no history.
type AccountAt struct {
	iam.Account
	Identity  string // the name of the identity then; empty if none
	FirstSeen int64  // when it was first observed, in microseconds
	Owner     string // what OwnerRef pointed at then, else what it says
}

// atOnce is how many accounts are fetched together.
const atOnce = 500

// AccountsAt yields the accounts of a source as they were after a Write, by
// login. Only their ids are held at once.
func (r *Reader) AccountsAt(ctx context.Context, source iam.ID, seq iam.Seq) iter.Seq2[AccountAt, error] {
	return func(yield func(AccountAt, error) bool) {
		ids, err := r.ids(ctx, `SELECT id FROM accounts WHERE source_id = ?1 AND since <= ?2 AND until > ?2 ORDER BY login_fold, id`, source, seq)
		if err != nil {
			yield(AccountAt{}, err)
			return
		}
		owners, err := r.ownersAt(ctx, source, seq)
		for len(ids) > 0 && err == nil {
			n := min(atOnce, len(ids))
			var some []AccountAt
			if some, err = r.accountsAt(ctx, ids[:n], seq); err != nil {
				break
			}
			ids = ids[n:]
			for _, a := range some {
				if a.Owner = owners[a.OwnerRef]; a.Owner == "" {
					a.Owner = strings.TrimPrefix(a.OwnerRef, "dn:")
				}
				if !yield(a, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(AccountAt{}, err)
		}
	}
}

func (r *Reader) accountsAt(ctx context.Context, ids []iam.ID, seq iam.Seq) ([]AccountAt, error) {
	rows, err := r.tx.QueryContext(ctx, `
	  SELECT a.id, a.since, a.source_id, a.identity_id, a.dn, a.login, a.name, a.given_name, a.surname, a.sort, a.employee_number, a.employee_type, a.department, a.title,
	    a.location, a.manager_ref, a.owner_ref, a.description, a.enabled, a.locked, a.locked_until, a.account_expires, a.password_expires, a.password_changed, a.must_change,
	    a.end_date, a.created_at, o.external_id, coalesce(b.last_sign_in, -4), coalesce(i.name, ''), e.time
	  FROM json_each(?1) j CROSS JOIN accounts a ON a.id = j.value AND a.since <= ?2 AND a.until > ?2 CROSS JOIN objects o ON o.id = a.id
	    CROSS JOIN events e ON e.seq = (SELECT min(since) FROM accounts f WHERE f.id = a.id)
	    LEFT JOIN observations b ON b.object_id = a.id LEFT JOIN identities i ON i.id = a.identity_id AND i.since <= ?2 AND i.until > ?2
	  ORDER BY j.key`, idList(ids), seq)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := make([]AccountAt, 0, len(ids))
	for rows.Next() {
		var row db.Account
		var a AccountAt
		var external string
		var signIn iam.Moment
		if err := rows.Scan(&row.ID, &row.Since, &row.SourceID, &row.IdentityID, &row.Dn, &row.Login, &row.Name, &row.GivenName, &row.Surname, &row.Sort,
			&row.EmployeeNumber, &row.EmployeeType, &row.Department, &row.Title, &row.Location, &row.ManagerRef, &row.OwnerRef, &row.Description, &row.Enabled, &row.Locked,
			&row.LockedUntil, &row.AccountExpires, &row.PasswordExpires, &row.PasswordChanged, &row.MustChange, &row.EndDate, &row.CreatedAt,
			&external, &signIn, &a.Identity, &a.FirstSeen); err != nil {
			return nil, err
		}
		a.Account = accountOf(row)
		a.ExternalID, a.LastSignIn = external, signIn
		out = append(out, a)
	}
	return out, rows.Err()
}

// ownersAt are the names of what owner references of service and shared
// accounts pointed at.
func (r *Reader) ownersAt(ctx context.Context, source iam.ID, seq iam.Seq) (map[string]string, error) {
	rows, err := r.tx.QueryContext(ctx, `
	  WITH wanted AS MATERIALIZED (SELECT DISTINCT owner_ref AS ref FROM accounts WHERE source_id = ?1 AND since <= ?2 AND until > ?2 AND owner_ref <> '')
	  SELECT dn_ref, name FROM accounts WHERE source_id = ?1 AND since <= ?2 AND until > ?2 AND dn_ref IN (SELECT ref FROM wanted)
	  UNION ALL SELECT dn_ref, name FROM entitlements WHERE source_id = ?1 AND since <= ?2 AND until > ?2 AND dn_ref IN (SELECT ref FROM wanted)`, source, seq)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[string]string{}
	for rows.Next() {
		var ref, name string
		if err := rows.Scan(&ref, &name); err != nil {
			return nil, err
		}
		out[ref] = name
	}
	return out, rows.Err()
}

// Enrolled is a factor that was active after a Write.
type Enrolled struct {
	Identity iam.ID
	Name     string
	UsedFor  string
	Since    int64 // when it was proven, in microseconds
}

// EnrolledAt are the factors that were active after a Write, by identity.
func (r *Reader) EnrolledAt(ctx context.Context, seq iam.Seq) (map[iam.ID][]Enrolled, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT identity_id, name, used_for, proven_at FROM factors
	  WHERE proven_seq > 0 AND proven_seq <= ?1 AND (ended_seq = 0 OR ended_seq > ?1) ORDER BY identity_id, proven_at, id`, seq)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[iam.ID][]Enrolled{}
	for rows.Next() {
		var f Enrolled
		if err := rows.Scan(&f.Identity, &f.Name, &f.UsedFor, &f.Since); err != nil {
			return nil, err
		}
		out[f.Identity] = append(out[f.Identity], f)
	}
	return out, rows.Err()
}

// PersonAt is a person with an account that was not known to be disabled, as of
// a Write.
type PersonAt struct {
	ID       iam.ID
	Name     string
	Accounts int64  // such accounts in the source
	Login    string // of the first of them
}

// PeopleAt yields the people who had such an account in a source after a Write,
// by name.
func (r *Reader) PeopleAt(ctx context.Context, source iam.ID, seq iam.Seq) iter.Seq2[PersonAt, error] {
	return func(yield func(PersonAt, error) bool) {
		rows, err := r.tx.QueryContext(ctx, `
		  SELECT a.identity_id, coalesce(i.name, min(a.name)), count(*), min(a.login) FROM accounts a
		    LEFT JOIN identities i ON i.id = a.identity_id AND i.since <= ?2 AND i.until > ?2
		  WHERE a.source_id = ?1 AND a.since <= ?2 AND a.until > ?2 AND a.enabled <> 0 AND a.identity_id > 0 GROUP BY a.identity_id ORDER BY 2, 1`, source, seq)
		if err != nil {
			yield(PersonAt{}, err)
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var p PersonAt
			if err := rows.Scan(&p.ID, &p.Name, &p.Accounts, &p.Login); err != nil {
				yield(p, err)
				return
			}
			if !yield(p, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(PersonAt{}, err)
		}
	}
}

// InUseOfPeopleAt counts the accounts of people in a source that were not known
// to be disabled after a Write.
func (r *Reader) InUseOfPeopleAt(ctx context.Context, source iam.ID, seq iam.Seq) (int64, error) {
	var n int64
	err := r.tx.QueryRowContext(ctx, `SELECT count(*) FROM accounts WHERE source_id = ?1 AND since <= ?2 AND until > ?2 AND enabled <> 0 AND identity_id > 0`, source, seq).Scan(&n)
	return n, err
}
