package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"gatehouse/backend/iam"
)

// owned is an account's ownership in an event.
type owned struct {
	Account  iam.ID `json:"account"`
	Owner    iam.ID `json:"owner"`
	Name     string `json:"name"`
	Purpose  string `json:"purpose"`
	ReviewBy int64  `json:"reviewBy"`
}

func (o owned) ownership() iam.Ownership {
	return iam.Ownership{OwnerID: o.Owner, OwnerName: o.Name, Purpose: o.Purpose, ReviewBy: o.ReviewBy}
}

type ownDetail struct {
	Accounts []owned `json:"accounts"`
}

// OwnedAccount is a service or shared account with who answers for it.
type OwnedAccount struct {
	Account
	iam.Ownership
	Recorded  bool   // an operator recorded something
	Directory string // what the directory itself names as owner; empty if nothing
}

// OwnAccounts records who answers for accounts and what they are for. All are
// service or shared accounts, and owners are identities.
func (t *Tx) OwnAccounts(ctx context.Context, all map[iam.ID]iam.Ownership, order []iam.ID) error {
	var d ownDetail
	for _, id := range order {
		o := all[id]
		a, err := t.Account(ctx, id)
		if err != nil {
			return err
		}
		if a.Sort == iam.Person || a.Sort == iam.Computer {
			return iam.Errorf(iam.Invalid, "%s is no service or shared account.", a.Login).Fix("The owner of a person's account is the person.")
		}
		if o.OwnerID != 0 {
			i, _, err := t.Identity(ctx, o.OwnerID)
			if err != nil {
				return err
			}
			o.OwnerID, o.OwnerName = i.ID, i.Name
		}
		t.About("account", id, a.Login)
		d.Accounts = append(d.Accounts, owned{id, o.OwnerID, o.OwnerName, o.Purpose, o.ReviewBy})
	}
	if err := t.Detail(d); err != nil {
		return err
	}
	text, err := json.Marshal(d.Accounts)
	if err != nil {
		return err
	}
	t.Touches("accounts", "findings", "overview")
	if err := t.execAll(ctx, []any{sql.Named("seq", int64(t.Seq)), sql.Named("all", string(text))},
		`UPDATE account_ownership SET until = @seq FROM json_each(@all) AS j WHERE account_id = j.value ->> 'account' AND until = 9223372036854775807`,
		`INSERT INTO account_ownership (account_id, since, until, owner_id, owner_name, purpose, review_by)
		 SELECT j.value ->> 'account', @seq, 9223372036854775807, j.value ->> 'owner', j.value ->> 'name', j.value ->> 'purpose', j.value ->> 'reviewBy' FROM json_each(@all) AS j`); err != nil {
		return err
	}
	return t.renewOwners(ctx, order)
}

// OwnershipFilter narrows the worklist; zero values do not.
type OwnershipFilter struct {
	Words   string
	Missing string // owner, purpose, any, or overdue: its review date has passed, or its owner is gone
	Owner   iam.ID
	Source  iam.ID
}

// Ownership lists service and shared accounts with their owners.
func (r *Reader) Ownership(ctx context.Context, f OwnershipFilter, skip, most int) ([]OwnedAccount, Count, error) {
	const gone = `o.owner_id > 0 AND NOT EXISTS (SELECT 1 FROM open_identities i WHERE i.id = o.owner_id) AND NOT EXISTS (SELECT 1 FROM identity_redirects d WHERE d.from_id = o.owner_id AND d.until = 9223372036854775807)`
	w := where{}
	w.add("a.sort IN ('service', 'shared')")
	w.addIf(f.Source != 0, "a.source_id = ?", int64(f.Source))
	w.addIf(f.Owner != 0, "o.owner_id = ?", int64(f.Owner))
	switch f.Missing {
	case "owner":
		w.add("(coalesce(o.owner_id, 0) = 0 OR " + gone + ")")
	case "purpose":
		w.add("coalesce(o.purpose, '') = ''")
	case "any":
		w.add("(coalesce(o.owner_id, 0) = 0 OR coalesce(o.purpose, '') = '' OR " + gone + ")")
	case "overdue":
		w.add("o.review_by > 0 AND o.review_by < ?", r.Now)
	}
	if err := r.matching(ctx, &w, f.Words, "a.id", "a.login_fold", "a.name_fold", ""); err != nil {
		return nil, Count{}, err
	}
	const from = ` FROM open_accounts a LEFT JOIN account_ownership o ON o.account_id = a.id AND o.until = 9223372036854775807`
	n, err := r.count(ctx, from+w.sql(), w.args)
	if err != nil {
		return nil, n, err
	}
	out, err := each(ctx, r, `SELECT a.id, o.account_id IS NOT NULL, coalesce(o.owner_id, 0), coalesce(o.owner_name, ''), coalesce(o.purpose, ''), coalesce(o.review_by, 0)`+from+w.sql()+` ORDER BY a.name_fold, a.id LIMIT ? OFFSET ?`, append(w.args, most, skip),
		func(rows *sql.Rows, x *OwnedAccount) error {
			return rows.Scan(&x.ID, &x.Recorded, &x.OwnerID, &x.OwnerName, &x.Purpose, &x.ReviewBy)
		})
	for i := range out {
		if err == nil {
			err = r.completeOwned(ctx, &out[i])
		}
	}
	return out, n, err
}

func (r *Reader) completeOwned(ctx context.Context, x *OwnedAccount) error {
	var err error
	if x.Account, err = r.Account(ctx, x.ID); err != nil {
		return err
	}
	if x.OwnerID != 0 {
		switch i, _, err := r.Identity(ctx, x.OwnerID); {
		case err == nil:
			x.OwnerID, x.OwnerName = i.ID, i.Name
		case iam.KindOf(err) != iam.NotFound:
			return err
		}
	}
	named, err := r.ByRef(ctx, x.SourceID, x.OwnerRef)
	if err == nil && named != nil {
		x.Directory = named.Name
	} else if err == nil {
		x.Directory = x.OwnerRef
	}
	return err
}

// OwnershipOf is who answers for one account.
func (r *Reader) OwnershipOf(ctx context.Context, id iam.ID) (OwnedAccount, error) {
	x := OwnedAccount{Account: Account{Account: iam.Account{ID: id}}}
	found, err := each(ctx, r, `SELECT owner_id, owner_name, purpose, review_by FROM account_ownership WHERE account_id = ? AND until = 9223372036854775807`, []any{id}, func(rows *sql.Rows, o *iam.Ownership) error {
		return rows.Scan(&o.OwnerID, &o.OwnerName, &o.Purpose, &o.ReviewBy)
	})
	if err != nil {
		return x, err
	}
	if len(found) > 0 {
		x.Ownership, x.Recorded = found[0], true
	}
	return x, r.completeOwned(ctx, &x)
}

// IdentitiesByNumber are the identities with an open account of that employee
// number.
func (r *Reader) IdentitiesByNumber(ctx context.Context, number string) ([]iam.ID, error) {
	return r.ids(ctx, `SELECT DISTINCT identity_id FROM open_accounts WHERE ltrim(employee_number, '0') = ltrim(?1, '0') AND employee_number <> '' AND identity_id > 0 ORDER BY 1`, number)
}
