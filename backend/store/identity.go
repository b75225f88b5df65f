package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// IdentityRow is an identity in a list, with what its accounts add up to.
type IdentityRow struct {
	ID         iam.ID
	Sort       iam.Sort
	Name       string
	ListName   string // surname first
	Login      string // of its first account
	Department string
	Title      string
	Accounts   int64
	Enabled    iam.Tri
	Locked     iam.Tri
	LastSignIn iam.Moment
}

func identityRowOf(r db.IdentityRow) IdentityRow {
	return IdentityRow{
		ID: iam.ID(r.ID), Sort: iam.Sort(r.Sort), Name: r.Name, ListName: r.ListName, Login: r.Login, Department: r.Department, Title: r.Title,
		Accounts: r.Accounts, Enabled: iam.Tri(r.Enabled), Locked: iam.Tri(r.Locked), LastSignIn: iam.Moment(r.LastSignIn),
	}
}

// Identity is an open identity with its first account, or NotFound. The id of a
// merged one leads to the one it is now.
func (r *Reader) Identity(ctx context.Context, id iam.ID) (iam.Identity, iam.ID, error) {
	id, err := r.Surviving(ctx, id)
	if err != nil {
		return iam.Identity{}, 0, err
	}
	return r.openIdentity(ctx, id)
}

func (r *Reader) openIdentity(ctx context.Context, id iam.ID) (iam.Identity, iam.ID, error) {
	i, err := one(r.identityVersion(ctx, id))("This identity has no account any more, as far as the last read tells.")
	if err != nil {
		err = r.missing(ctx, "identities", "identity", id, err)
	}
	return iam.Identity{ID: iam.ID(i.ID), Sort: iam.Sort(i.Sort), Name: i.Name, EmployeeNumber: i.EmployeeNumber, Since: iam.Seq(i.Since)}, iam.ID(i.PrimaryAccount), err
}

func (r *Reader) identityVersion(ctx context.Context, id iam.ID) (db.Identity, error) {
	if r.past {
		return r.q.IdentityAt(ctx, db.IdentityAtParams{ID: int64(id), Seq: int64(r.at)})
	}
	return r.q.GetIdentity(ctx, int64(id))
}

// IdentityRow is one identity as a list shows it, or NotFound.
func (r *Reader) IdentityRow(ctx context.Context, id iam.ID) (IdentityRow, error) {
	id, err := r.Surviving(ctx, id)
	if err != nil {
		return IdentityRow{}, err
	}
	row, err := one(r.q.GetIdentityRow(ctx, int64(id)))("This identity has no account any more, as far as the last read tells.")
	return identityRowOf(row), err
}

// stateOfAll is a state, enabled or locked, of somebody with several accounts a:
// yes if one says so, no only if all do, else why it is not known, what a right
// or a setting would tell first. Rows of files that have no states are nobody's
// sign-ins and say nothing beside accounts.
func stateOfAll(state string) string {
	told := fmt.Sprintf(`iif(a.%[1]s = %[2]d AND a.source_id IN (SELECT id FROM main.sources WHERE kind = 'file'), NULL, a.%[1]s)`, state, iam.NotSupportedTri)
	return fmt.Sprintf(`CASE WHEN max(%[1]s) = 1 THEN 1 WHEN min(%[1]s) = 0 THEN 0 ELSE coalesce(min(iif(%[1]s IN (%[2]d, %[3]d), %[1]s, NULL)), %[4]d) END`,
		told, iam.UnknownTri, iam.NotCollectedTri, iam.NotSupportedTri)
}

// EnabledOf is whether any account of an identity is enabled.
func (r *Reader) EnabledOf(ctx context.Context, identity iam.ID) (enabled iam.Tri, err error) {
	err = r.tx.QueryRowContext(ctx, `SELECT `+stateOfAll("enabled")+` FROM accounts a WHERE `+r.stoodWhere("a", "a.identity_id = ?1"), int64(identity)).Scan(&enabled)
	return enabled, err
}

// IdentityFirstSeen is the Write that first saw an identity.
func (r *Reader) IdentityFirstSeen(ctx context.Context, id iam.ID) (iam.Seq, error) {
	s, err := r.q.IdentityFirstSince(ctx, int64(id))
	return iam.Seq(s), err
}

// IdentityFilter narrows a list of identities; zero values do not.
type IdentityFilter struct {
	Words      string
	Source     iam.ID
	Enabled    *bool
	Locked     bool
	SignIn     SignIn
	Finding    iam.FindingKind
	Department string
}

// IdentityOrder are the columns by which identities can be listed.
var IdentityOrder = map[string]string{"name": "i.name_fold", "login": "i.login_fold", "department": "i.department, i.name_fold", "lastSignIn": "i.last_sign_in"}

// people is the list of all identities of people.
var people = longList{
	noun: "identities", from: " FROM identity_rows i WHERE i.sort = 'person'", id: "i.id", columns: IdentityOrder, words: [2]string{"login", "name"},
	signIn: "i.last_sign_in", people: true,
}

// Identities lists open identities of people.
func (r *Reader) Identities(ctx context.Context, f IdentityFilter, order Order, at Stretch) (Listed[IdentityRow], error) {
	k := people.ranked(order)
	narrow := narrowing{words: Cleaned(f.Words), signIn: f.SignIn, finding: f.Finding, source: f.Source, own: enabledIs("i", f.Enabled)}
	if f.Locked {
		narrow.own = strings.TrimPrefix(narrow.own+" AND i.locked = 1", " AND ")
	}
	broad, err := r.broad(ctx, people, narrow)
	if err != nil {
		return Listed[IdentityRow]{}, err
	}
	if broad && f.Department == "" {
		found, ok, err := r.stretchOf(ctx, people, narrow, order, at)
		if err != nil {
			return Listed[IdentityRow]{}, err
		}
		if ok {
			return r.identityList(ctx, found)
		}
	}
	w := where{}
	few, err := r.narrowSource(ctx, &w, people, f.Source)
	if err != nil {
		return Listed[IdentityRow]{}, err
	}
	if few || narrow.unsorted(broad) {
		k = k.unindexed()
		w.add("+i.sort = 'person'")
	} else {
		w.add("i.sort = 'person'") // the indexes begin with it
	}
	w.addIf(narrow.own != "", narrow.own)
	w.addIf(f.Department != "", "i.department = ?", f.Department)
	w.addIf(f.Finding != "", "i.id IN (SELECT a.identity_id FROM findings f JOIN accounts a ON a.id = f.subject_id WHERE "+r.stood("f")+" AND "+r.stood("a")+" AND f.kind = ?)", string(f.Finding))
	f.SignIn.filter(&w, "i.last_sign_in", r.Now)
	if err := r.matching(ctx, &w, f.Words, "i.id", "i.login_fold", "i.name_fold", "identity_id"); err != nil {
		return Listed[IdentityRow]{}, err
	}
	list := r.identityRows()
	if !r.past { // rows that are passed over are not looked at
		found, err := r.idsOf(ctx, list, "i.id", w, k, at)
		if err == nil && f == (IdentityFilter{}) {
			found.Count, err = r.whole(ctx, people, found.Count)
		}
		if err != nil {
			return Listed[IdentityRow]{}, err
		}
		return r.identityList(ctx, found)
	}
	n, err := r.countOf(ctx, list, w)
	if err != nil {
		return Listed[IdentityRow]{}, err
	}
	rows, err := rowsOf(ctx, r, list, identityColumns, (*IdentityRow).fields, w, k, at)
	if err != nil {
		return Listed[IdentityRow]{}, err
	}
	for i, row := range rows {
		rows[i].row.LastSignIn = r.kept(row.row.LastSignIn)
	}
	return pageOf(k, rows, n, at.Most)
}

// identityList are identities by id.
func (r *Reader) identityList(ctx context.Context, found Listed[iam.ID]) (Listed[IdentityRow], error) {
	rows, err := each(ctx, r, `SELECT `+identityColumns+` FROM json_each(?) j CROSS JOIN identity_rows i ON i.id = j.value ORDER BY j.key`, []any{idList(found.Rows)},
		func(rows *sql.Rows, i *IdentityRow) error { return rows.Scan(i.fields()...) })
	return Listed[IdentityRow]{rows, found.Count, found.Next}, err
}

const identityColumns = `i.id, i.sort, i.name, i.list_name, i.login, i.department, i.title, i.accounts, i.enabled, i.locked, i.last_sign_in`

// fields are where the identityColumns go.
func (i *IdentityRow) fields() []any {
	return []any{&i.ID, &i.Sort, &i.Name, &i.ListName, &i.Login, &i.Department, &i.Title, &i.Accounts, &i.Enabled, &i.Locked, &i.LastSignIn}
}

// AccountIDsOf are the open accounts of each identity.
func (r *Reader) AccountIDsOf(ctx context.Context, identities []iam.ID) (map[iam.ID][]iam.ID, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT a.identity_id, a.id FROM json_each(?) j CROSS JOIN accounts a WHERE `+r.stoodWhere("a", "a.identity_id = j.value")+` ORDER BY 1, 2`, idList(identities))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[iam.ID][]iam.ID{}
	for rows.Next() {
		var identity, account iam.ID
		if err := rows.Scan(&identity, &account); err != nil {
			return nil, err
		}
		out[identity] = append(out[identity], account)
	}
	return out, rows.Err()
}
