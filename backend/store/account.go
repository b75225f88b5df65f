package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// Account is an open account with what changes by use and the contact values.
type Account struct {
	iam.Account
	Contact iam.Contact
}

func accountOf(a db.Account) iam.Account {
	return iam.Account{
		ID: iam.ID(a.ID), SourceID: iam.ID(a.SourceID), IdentityID: iam.ID(a.IdentityID), DN: a.Dn, Since: iam.Seq(a.Since),
		AccountFacts: iam.AccountFacts{
			Login: a.Login, Name: a.Name, GivenName: a.GivenName, Surname: a.Surname, Sort: iam.Sort(a.Sort),
			EmployeeNumber: a.EmployeeNumber, EmployeeType: a.EmployeeType, Department: a.Department, Title: a.Title, Location: a.Location,
			ManagerRef: a.ManagerRef, OwnerRef: a.OwnerRef, Description: a.Description,
			PrincipalName: a.PrincipalName, SID: a.SecurityID, SIDHistory: a.SecurityHistory, ServiceNames: a.ServiceNames, Flags: a.Flags, StartDate: iam.Moment(a.StartDate),
			Enabled: iam.Tri(a.Enabled), Locked: iam.Tri(a.Locked), LockedUntil: iam.Moment(a.LockedUntil), AccountExpires: iam.Moment(a.AccountExpires),
			PasswordExpires: iam.Moment(a.PasswordExpires), PasswordChanged: iam.Moment(a.PasswordChanged), MustChange: iam.Tri(a.MustChange),
			EndDate: iam.Moment(a.EndDate), CreatedAt: iam.Moment(a.CreatedAt),
			LastSignIn: iam.NotCollectedMoment, ModifiedAt: iam.NotCollectedMoment,
		},
	}
}

func (r *Reader) complete(ctx context.Context, row db.Account) (Account, error) {
	a := Account{Account: accountOf(row)}
	ob, err := r.q.GetObject(ctx, row.ID)
	if err != nil {
		return a, err
	}
	a.ExternalID = ob.ExternalID
	if o, err := r.q.GetObservation(ctx, row.ID); err == nil {
		a.LastSignIn, a.ModifiedAt = r.kept(signIn(o)), r.kept(iam.Moment(o.ModifiedAt))
	} else if !errors.Is(err, sql.ErrNoRows) {
		return a, err
	}
	if r.past { // contact values keep no history
		return a, nil
	}
	if c, err := r.q.GetContact(ctx, row.ID); err == nil {
		a.Contact = iam.Contact{Mail: c.Mail, Phone: c.Phone}
	} else if !errors.Is(err, sql.ErrNoRows) {
		return a, err
	}
	return a, nil
}

// Account is an open account, or NotFound.
func (r *Reader) Account(ctx context.Context, id iam.ID) (Account, error) {
	row, err := one(r.accountRow(ctx, id))("This account is not in the directory any more, as far as the last read tells.")
	if err != nil {
		return Account{}, r.missing(ctx, "accounts", "account", id, err)
	}
	return r.complete(ctx, row)
}

func (r *Reader) accountRow(ctx context.Context, id iam.ID) (db.Account, error) {
	if r.past {
		return r.q.AccountAt(ctx, db.AccountAtParams{ID: int64(id), Seq: int64(r.at)})
	}
	return r.q.GetAccount(ctx, int64(id))
}

// AccountsByLogin finds open accounts by login, folded, over all sources.
func (r *Reader) AccountsByLogin(ctx context.Context, login string) ([]Account, error) {
	if r.past {
		rows, err := r.q.AccountsByLoginAt(ctx, db.AccountsByLoginAtParams{Login: Fold(login), Seq: int64(r.at)})
		return r.completeAll(ctx, rows, err)
	}
	rows, err := r.q.AccountsByLogin(ctx, Fold(login))
	return r.completeAll(ctx, rows, err)
}

// AccountsOf are the open accounts of an identity.
func (r *Reader) AccountsOf(ctx context.Context, identity iam.ID) ([]Account, error) {
	if r.past {
		rows, err := r.q.AccountsOfIdentityAt(ctx, db.AccountsOfIdentityAtParams{Identity: int64(identity), Seq: int64(r.at)})
		return r.completeAll(ctx, rows, err)
	}
	rows, err := r.q.AccountsOfIdentity(ctx, int64(identity))
	return r.completeAll(ctx, rows, err)
}

func (r *Reader) completeAll(ctx context.Context, rows []db.Account, err error) ([]Account, error) {
	if err != nil {
		return nil, err
	}
	out := make([]Account, len(rows))
	for i, row := range rows {
		if out[i], err = r.complete(ctx, row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ByRef finds what a manager or owner reference of a source points at: an open
// account or entitlement, or nil for what is no entry of ours.
func (r *Reader) ByRef(ctx context.Context, source iam.ID, ref string) (*Named, error) {
	if ref == "" {
		return nil, nil
	}
	a, err := r.accountByRef(ctx, source, ref)
	if err == nil {
		return &Named{ID: iam.ID(a.ID), Noun: "account", Name: a.Name, Login: a.Login, IdentityID: iam.ID(a.IdentityID), Sort: iam.Sort(a.Sort)}, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	e, err := r.entitlementByRef(ctx, source, ref)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &Named{ID: iam.ID(e.ID), Noun: "entitlement", Name: e.Name}, err
}

func (r *Reader) accountByRef(ctx context.Context, source iam.ID, ref string) (db.Account, error) {
	if r.past {
		return r.q.AccountByRefAt(ctx, db.AccountByRefAtParams{Source: int64(source), Ref: ref, Seq: int64(r.at)})
	}
	return r.q.AccountByRef(ctx, db.AccountByRefParams{SourceID: int64(source), DnRef: ref})
}

func (r *Reader) entitlementByRef(ctx context.Context, source iam.ID, ref string) (db.Entitlement, error) {
	if r.past {
		return r.q.EntitlementByRefAt(ctx, db.EntitlementByRefAtParams{Source: int64(source), Ref: ref, Seq: int64(r.at)})
	}
	return r.q.EntitlementByRef(ctx, db.EntitlementByRefParams{SourceID: int64(source), DnRef: ref})
}

// Named is an account or entitlement with what a link to it shows.
type Named struct {
	ID         iam.ID
	Noun       string // account or entitlement
	Name       string
	Login      string
	DN         string
	IdentityID iam.ID
	Sort       iam.Sort
	Enabled    iam.Tri
	Department string
	Privileged bool
	SourceID   iam.ID
}

// Names finds accounts and entitlements by id, closed ones included: as they
// were last seen, which for a Reader of the past means by its point.
func (r *Reader) Names(ctx context.Context, ids []iam.ID) (map[iam.ID]Named, error) {
	out := make(map[iam.ID]Named, len(ids))
	before := fmt.Sprintf(" AND since <= %d", r.at)
	if !r.past {
		// Most are open, and found at once.
		if err := r.names(ctx, out, ids, "a.until = 9223372036854775807", "e.until = 9223372036854775807"); err != nil {
			return nil, err
		}
		ids = slices.DeleteFunc(slices.Clone(ids), func(id iam.ID) bool { return out[id].ID != 0 })
		before = ""
	}
	err := r.names(ctx, out, ids, "a.since = (SELECT max(since) FROM accounts WHERE id = j.value"+before+")", "e.since = (SELECT max(since) FROM entitlements WHERE id = j.value"+before+")")
	return out, err
}

// names adds the names of ids, of their versions for which the terms hold.
func (r *Reader) names(ctx context.Context, to map[iam.ID]Named, ids []iam.ID, account, entitlement string) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := each(ctx, r, `
	  SELECT a.id, 'account', a.name, a.login, a.dn, a.identity_id, a.sort, a.enabled, a.department, 0, a.source_id FROM json_each(?1) j CROSS JOIN accounts a ON a.id = j.value AND `+account+`
	  UNION ALL
	  SELECT e.id, 'entitlement', e.name, '', e.dn, 0, '', -4, '', e.privileged, e.source_id FROM json_each(?1) j CROSS JOIN entitlements e ON e.id = j.value AND `+entitlement, []any{idList(ids)},
		func(rows *sql.Rows, n *Named) error {
			return rows.Scan(&n.ID, &n.Noun, &n.Name, &n.Login, &n.DN, &n.IdentityID, &n.Sort, &n.Enabled, &n.Department, &n.Privileged, &n.SourceID)
		})
	for _, n := range found {
		to[n.ID] = n
	}
	return err
}

// CountReports is how many accounts name this one as manager.
func (r *Reader) CountReports(ctx context.Context, a iam.Account, ref string) (int64, error) {
	if r.past {
		return r.q.CountReportsAt(ctx, db.CountReportsAtParams{Source: int64(a.SourceID), Ref: ref, Seq: int64(r.at)})
	}
	return r.q.CountReports(ctx, db.CountReportsParams{SourceID: int64(a.SourceID), ManagerRef: ref})
}

// DNRef is the normalised reference by which others name this account.
func (r *Reader) DNRef(ctx context.Context, id iam.ID) (string, error) {
	a, err := r.accountRow(ctx, id)
	return a.DnRef, err
}

// AccountFilter narrows a list of accounts; zero values do not.
type AccountFilter struct {
	Words   string
	Sort    iam.Sort
	Source  iam.ID
	Enabled *bool
	SignIn  SignIn
	Finding iam.FindingKind

	in members
}

// AccountOrder are the columns by which accounts can be listed.
var AccountOrder = map[string]string{"name": "a.name_fold", "login": "a.login_fold", "lastSignIn": "coalesce(b.last_sign_in,-4)"} // as signIn has it

// Accounts lists open accounts.
func (r *Reader) Accounts(ctx context.Context, f AccountFilter, order Order, at Stretch) (Listed[Account], error) {
	ids, err := r.accountIDs(ctx, f, order, at)
	if err != nil {
		return Listed[Account]{}, err
	}
	return r.accountList(ctx, ids)
}

func (r *Reader) accountIDs(ctx context.Context, f AccountFilter, order Order, at Stretch) (Listed[iam.ID], error) {
	long := accountsOf(f.Sort, order)
	k := long.ranked(order)
	narrow := narrowing{words: Cleaned(f.Words), signIn: f.SignIn, finding: f.Finding, in: f.in, source: f.Source, own: enabledIs("a", f.Enabled)}
	broad, err := r.broad(ctx, long, narrow)
	if err != nil {
		return Listed[iam.ID]{}, err
	}
	if broad {
		if found, ok, err := r.stretchOf(ctx, long, narrow, order, at); ok || err != nil {
			return found, err
		}
	}
	w := where{}
	few, err := r.narrowSource(ctx, &w, long, f.Source)
	if err != nil {
		return Listed[iam.ID]{}, err
	}
	if few || narrow.unsorted(broad) {
		k = k.unindexed()
	}
	w.addIf(f.Sort != "", "a.sort = ?", string(f.Sort))
	w.addIf(narrow.own != "", narrow.own)
	w.addIf(f.Finding != "", "a.id IN (SELECT f.subject_id FROM findings f WHERE "+r.stood("f")+" AND f.kind = ?)", string(f.Finding))
	f.in.filter(&w, r, "a.id")
	f.SignIn.filter(&w, long.signIn, r.Now)
	if err := r.matching(ctx, &w, f.Words, "a.id", "a.login_fold", "a.name_fold", ""); err != nil {
		return Listed[iam.ID]{}, err
	}
	join := ""
	if f.SignIn != "" || long.sorted {
		join = " LEFT JOIN observations b ON b.object_id = a.id"
	}
	found, err := r.idsOf(ctx, r.versions("accounts", "a", join), "a.id", w, k, at)
	if err == nil && f == (AccountFilter{}) {
		found.Count, err = r.whole(ctx, long, found.Count)
	}
	return found, err
}

// enabledIs is a condition on the state of accounts or identities; empty if any
// will do.
func enabledIs(of string, state *bool) string {
	switch {
	case state == nil:
		return ""
	case *state:
		return of + ".enabled = 1"
	}
	return of + ".enabled = 0"
}

// accountList are accounts by id, read with one query: a statement for each takes
// longer than the rest of a page.
func (r *Reader) accountList(ctx context.Context, found Listed[iam.ID]) (Listed[Account], error) {
	rows, err := each(ctx, r, `SELECT a.id, a.since, a.source_id, a.identity_id, a.dn, a.login, a.name, a.given_name, a.surname, a.sort, a.employee_number, a.employee_type, a.department, a.title, a.location,
	    a.manager_ref, a.owner_ref, a.description, a.enabled, a.locked, a.locked_until, a.account_expires, a.password_expires, a.password_changed, a.must_change, a.end_date, a.created_at,
	    a.principal_name, a.security_id, a.security_history, a.service_names, a.flags, a.start_date,
	    o.external_id, b.object_id IS NOT NULL, b.last_sign_in, coalesce(b.modified_at, 0), coalesce(c.mail, ''), coalesce(c.phone, '')
	  FROM json_each(?) j CROSS JOIN accounts a ON a.id = j.value AND `+r.stood("a")+` CROSS JOIN objects o ON o.id = a.id
	  LEFT JOIN observations b ON b.object_id = a.id LEFT JOIN contacts c ON c.account_id = a.id ORDER BY j.key`, []any{idList(found.Rows)},
		func(rows *sql.Rows, out *Account) error {
			var a db.Account
			var b db.Observation
			var external string
			var observed bool
			var c iam.Contact
			if err := rows.Scan(&a.ID, &a.Since, &a.SourceID, &a.IdentityID, &a.Dn, &a.Login, &a.Name, &a.GivenName, &a.Surname, &a.Sort, &a.EmployeeNumber, &a.EmployeeType, &a.Department, &a.Title, &a.Location,
				&a.ManagerRef, &a.OwnerRef, &a.Description, &a.Enabled, &a.Locked, &a.LockedUntil, &a.AccountExpires, &a.PasswordExpires, &a.PasswordChanged, &a.MustChange, &a.EndDate, &a.CreatedAt,
				&a.PrincipalName, &a.SecurityID, &a.SecurityHistory, &a.ServiceNames, &a.Flags, &a.StartDate,
				&external, &observed, &b.LastSignIn, &b.ModifiedAt, &c.Mail, &c.Phone); err != nil {
				return err
			}
			*out = Account{Account: accountOf(a)}
			out.ExternalID = external
			if observed {
				out.LastSignIn, out.ModifiedAt = r.kept(signIn(b)), r.kept(iam.Moment(b.ModifiedAt))
			}
			if !r.past { // contact values keep no history
				out.Contact = c
			}
			return nil
		})
	return Listed[Account]{rows, found.Count, found.Next}, err
}

// accountsOf is the list of all accounts, or of those of a sort.
func accountsOf(sort iam.Sort, order Order) longList {
	l := longList{
		noun: "accounts", from: " FROM open_accounts a LEFT JOIN observations b ON b.object_id = a.id WHERE true", id: "a.id", columns: AccountOrder, words: [2]string{"login", "name"},
		signIn: "b.last_sign_in",
	}
	if sort != "" {
		l.from += " AND a.sort = '" + strings.ReplaceAll(string(sort), "'", "''") + "'"
	}
	l.sorted = strings.TrimPrefix(string(order), "-") == "lastSignIn"
	return l
}

// LastSignIns are when accounts last signed in, those of which it is known.
func (r *Reader) LastSignIns(ctx context.Context, ids []iam.ID) (map[iam.ID]iam.Moment, error) {
	type one struct {
		id iam.ID
		at iam.Moment
	}
	all, err := each(ctx, r, `SELECT b.object_id, coalesce(b.last_sign_in, ?2) FROM json_each(?1) j CROSS JOIN observations b ON b.object_id = j.value`, []any{idList(ids), int64(iam.NotSupportedMoment)},
		func(rows *sql.Rows, o *one) error { return rows.Scan(&o.id, &o.at) })
	out := make(map[iam.ID]iam.Moment, len(all))
	for _, o := range all {
		out[o.id] = r.kept(o.at)
	}
	return out, err
}

func signIn(o db.Observation) iam.Moment {
	if o.LastSignIn == nil {
		return iam.NotSupportedMoment
	}
	return iam.Moment(*o.LastSignIn)
}

// FirstSeen is the Write that first saw an account or entitlement.
func (r *Reader) FirstSeen(ctx context.Context, id iam.ID) (iam.Seq, error) {
	var seq iam.Seq
	err := r.tx.QueryRowContext(ctx, `SELECT min(since) FROM (SELECT since FROM accounts WHERE id = ?1 UNION ALL SELECT since FROM entitlements WHERE id = ?1)`, id).Scan(&seq)
	return seq, err
}
