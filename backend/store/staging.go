package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// Staging holds one read of one source in a database file of its own, so that
// a read of minutes holds up nobody and throwing it away is deleting a file.
// It is working state: after a crash the source is read again.
type Staging struct {
	run  iam.ID
	path string
	kept string
	db   *sql.DB
	conn *sql.Conn
	stmt map[string]*sql.Stmt
	n    int // rows since the last commit
	err  error

	// What has been seen, by 128 bits of SHA-256: objects by their external id,
	// and what a DN stands for, so that most members are resolved as they come.
	sids     map[key]object
	dns      map[key]int64
	resolved bool // a member was resolved through dns
}

// key stands for a text of any length. Nobody can make two texts with one key.
type key [16]byte

func keyOf(s string) key {
	sum := sha256.Sum256([]byte(s))
	return key(sum[:16])
}

type object struct {
	sid  int64
	noun string
}

// What a reference stands for instead of an object.
const (
	severalObjects = -1
	skippedEntry   = -2
)

const stagingSchema = `
CREATE TABLE objects (sid INTEGER PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, object_id INTEGER NOT NULL DEFAULT 0, noun TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE accounts (sid INTEGER PRIMARY KEY, ` + accountFacts + `, digest, ikey, mail, phone, last_sign_in, modified_at, search);
CREATE TABLE entitlements (sid INTEGER PRIMARY KEY, ` + entitlementFacts + `, digest, modified_at, search);
-- What a reference stands for: an object, -1 more than one, -2 a skipped entry.
CREATE TABLE refs (ref TEXT PRIMARY KEY, sid INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE members (sid INTEGER NOT NULL, ref TEXT NOT NULL, value TEXT NOT NULL, outside INTEGER NOT NULL) STRICT;
CREATE TABLE grants (group_sid INTEGER NOT NULL, member_sid INTEGER NOT NULL, PRIMARY KEY (group_sid, member_sid)) STRICT, WITHOUT ROWID;
CREATE TABLE unresolved (group_sid INTEGER NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (group_sid, value)) STRICT, WITHOUT ROWID;
CREATE TABLE skips (ord INTEGER PRIMARY KEY, dn TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
-- The difference to the open rows.
CREATE TABLE delta_objects (op TEXT NOT NULL, noun TEXT NOT NULL, sid INTEGER NOT NULL, id INTEGER NOT NULL) STRICT;
CREATE TABLE delta_grants (op TEXT NOT NULL, group_sid INTEGER NOT NULL, member_sid INTEGER NOT NULL, group_id INTEGER NOT NULL, member_id INTEGER NOT NULL) STRICT;
CREATE TABLE delta_unresolved (op TEXT NOT NULL, group_sid INTEGER NOT NULL, group_id INTEGER NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
`

// The columns of a version's facts, in one order for every statement.
const (
	accountFacts = `dn, dn_ref, login, login_fold, name, name_fold, given_name, surname, sort, employee_number, employee_type,
 department, title, location, manager_ref, owner_ref, description, enabled, locked, locked_until, account_expires,
 password_expires, password_changed, must_change, end_date, created_at,
 principal_name, security_id, security_history, service_names, flags, start_date, primary_ref`
	entitlementFacts = `kind, dn, dn_ref, name, name_fold, description, owner_ref, privileged, created_at, security_id, flags`
)

func (s *Store) stagingDir() string { return filepath.Join(s.dir, "staging") }

func (s *Store) stagingPath(run iam.ID) string {
	return filepath.Join(s.stagingDir(), "run-"+run.String()+".db")
}

// NewStaging makes an empty staging file for the run.
func (s *Store) NewStaging(ctx context.Context, run iam.ID) (*Staging, error) {
	path := s.stagingPath(run)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, s.full(err)
	}
	_ = f.Close()
	st, err := s.openStaging(ctx, run)
	if err != nil {
		return nil, err
	}
	for _, stmt := range []string{stagingSchema, "BEGIN"} {
		if _, err := st.conn.ExecContext(ctx, stmt); err != nil {
			return nil, errors.Join(err, st.Close())
		}
	}
	return st, nil
}

// OpenStaging opens what an earlier run left, to look at it or to release it.
// Without a file it is NotFound: the source must be read again.
func (s *Store) OpenStaging(ctx context.Context, run iam.ID) (*Staging, error) {
	if _, err := os.Stat(s.stagingPath(run)); err != nil {
		return nil, iam.Errorf(iam.NotFound, "What run %s read is no longer kept.", run).Fix("Read the source again.")
	}
	return s.openStaging(ctx, run)
}

func (s *Store) openStaging(ctx context.Context, run iam.ID) (*Staging, error) {
	path := s.stagingPath(run)
	q := url.Values{"_pragma": {"journal_mode(OFF)", "synchronous(OFF)", "temp_store(MEMORY)", "cache_size(-65536)"}}
	d, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	conn, err := d.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &Staging{
		run: run, path: path, kept: filepath.Join(s.dir, "gatehouse.db"), db: d, conn: conn, stmt: map[string]*sql.Stmt{},
		sids: map[key]object{}, dns: map[key]int64{},
	}, nil
}

// Close closes the file and leaves it.
func (st *Staging) Close() error {
	for _, p := range st.stmt {
		_ = p.Close()
	}
	st.stmt = map[string]*sql.Stmt{}
	return errors.Join(st.conn.Close(), st.db.Close())
}

// DropStaging deletes what a run read.
func (s *Store) DropStaging(run iam.ID) {
	if err := os.Remove(s.stagingPath(run)); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.log.Warn("a staging file stays behind", "run", run.String(), "error", err)
	}
}

func (st *Staging) exec(ctx context.Context, query string, args ...any) {
	if st.err != nil {
		return
	}
	p := st.stmt[query]
	if p == nil {
		var err error
		if p, err = st.conn.PrepareContext(ctx, query); err != nil {
			st.err = err
			return
		}
		st.stmt[query] = p
	}
	if _, err := p.ExecContext(ctx, args...); err != nil {
		st.err = err
	}
}

// sid is the row number of an object in this file, made at its first mention.
// Members may come before the entitlement they belong to, with no noun yet.
func (st *Staging) sid(ctx context.Context, externalID, noun string) int64 {
	k := keyOf(externalID)
	o, known := st.sids[k]
	switch {
	case !known:
		o = object{int64(len(st.sids)) + 1, noun}
		st.exec(ctx, "INSERT INTO objects (sid, external_id, noun) VALUES (?, ?, ?)", o.sid, externalID, noun)
	case o.noun == "" && noun != "":
		o.noun = noun
		st.exec(ctx, "UPDATE objects SET noun = ? WHERE sid = ?", noun, o.sid)
	default:
		return o.sid
	}
	st.sids[k] = o
	return o.sid
}

func (st *Staging) refs(ctx context.Context, sid int64, refs []string) {
	for _, r := range refs {
		st.exec(ctx, "INSERT INTO refs (ref, sid) VALUES (?, ?) ON CONFLICT (ref) DO UPDATE SET sid = CASE WHEN sid = excluded.sid THEN sid ELSE -1 END", r, sid)
		if !strings.HasPrefix(r, "dn:") {
			continue // a login may turn out to fit several entries
		}
		k := keyOf(r)
		switch have := st.dns[k]; have {
		case 0, sid:
			st.dns[k] = sid
		default:
			if st.resolved && st.err == nil {
				st.err = iam.Errorf(iam.Unavailable, "The source returned two entries with one name: %s. It was changed while it was read.", strings.TrimPrefix(r, "dn:")).Fix("Read it again.")
			}
			st.dns[k] = severalObjects
		}
	}
}

// members keeps the direct members of a group: those whose DN has been seen as
// grants, the others to be looked up when everything has come.
func (st *Staging) members(ctx context.Context, group int64, members []directory.Member) {
	found := make([]int64, 0, len(members))
	for _, m := range members {
		if strings.HasPrefix(m.Ref, "dn:") {
			if sid := st.dns[keyOf(m.Ref)]; sid > 0 {
				found = append(found, sid)
				continue
			}
		}
		st.exec(ctx, "INSERT INTO members (sid, ref, value, outside) VALUES (?, ?, ?, ?)", group, m.Ref, m.Value, m.OutsideScope)
	}
	st.resolved = st.resolved || len(found) > 0
	slices.Sort(found)
	const batch = 100
	for part := range slices.Chunk(slices.Compact(found), batch) {
		args := make([]any, 0, 2*batch)
		for _, member := range part {
			args = append(args, group, member)
		}
		st.exec(ctx, "INSERT OR IGNORE INTO grants VALUES (?, ?)"+strings.Repeat(", (?, ?)", len(part)-1), args...)
	}
	st.n += len(members)
}

// Add keeps one record of the read.
func (st *Staging) Add(ctx context.Context, r directory.Record) error {
	switch r := r.(type) {
	case directory.Account:
		st.addAccount(ctx, r)
	case directory.Entitlement:
		st.addEntitlement(ctx, r)
	case directory.Members:
		st.members(ctx, st.sid(ctx, r.ExternalID, ""), r.Members)
	case directory.Skipped:
		st.exec(ctx, "INSERT INTO skips (dn, reason) VALUES (?, ?)", r.DN, r.Reason)
		if r.Ref != "" {
			st.exec(ctx, "INSERT OR IGNORE INTO refs (ref, sid) VALUES (?, ?)", r.Ref, skippedEntry)
		}
	}
	if st.n++; st.n > 50_000 {
		st.n = 0
		st.exec(ctx, "COMMIT")
		st.exec(ctx, "BEGIN")
	}
	return st.err
}

func (st *Staging) addAccount(ctx context.Context, a directory.Account) {
	sid := st.sid(ctx, a.ExternalID, "account")
	f := a.Facts
	args := []any{
		a.DN, first(a.Refs), f.Login, Fold(f.Login), f.Name, Fold(ListName(f.Name, f.GivenName, f.Surname)), f.GivenName, f.Surname, string(f.Sort), f.EmployeeNumber, f.EmployeeType,
		f.Department, f.Title, f.Location, f.ManagerRef, f.OwnerRef, f.Description, int64(f.Enabled), int64(f.Locked), int64(f.LockedUntil), int64(f.AccountExpires),
		int64(f.PasswordExpires), int64(f.PasswordChanged), int64(f.MustChange), int64(f.EndDate), int64(f.CreatedAt),
	}
	key := ""
	if f.Sort == iam.Person {
		key = "own:" + a.ExternalID
		if f.EmployeeNumber != "" {
			key = "number:" + f.EmployeeNumber
		}
	}
	search := searchable(f.Name, f.Login, f.PrincipalName, f.SID, f.GivenName, f.Surname, a.Contact.Mail, digits(a.Contact.Phone), f.EmployeeNumber)
	begins := f.StartDate
	if begins == 0 { // a kind without start dates
		begins = iam.NotSupportedMoment
	}
	more := []any{f.PrincipalName, f.SID, f.SIDHistory, f.ServiceNames, f.Flags, int64(begins), a.Primary}
	sum := digest(args, more)
	args = append(args, more...)
	args = append(args, sum, key, a.Contact.Mail, a.Contact.Phone, int64(f.LastSignIn), int64(f.ModifiedAt), search)
	st.exec(ctx, "INSERT OR REPLACE INTO accounts VALUES (?"+strings.Repeat(", ?", len(args))+")", append([]any{sid}, args...)...)
	st.refs(ctx, sid, a.Refs)
}

func (st *Staging) addEntitlement(ctx context.Context, e directory.Entitlement) {
	sid := st.sid(ctx, e.ExternalID, "entitlement")
	f := e.Facts
	args := []any{string(e.Kind), e.DN, first(e.Refs), e.Name, Fold(e.Name), f.Description, f.OwnerRef, int64(iam.TriOf(f.Privileged)), int64(f.CreatedAt)}
	more := []any{f.SID, f.Flags}
	sum := digest(args, more)
	args = append(args, more...)
	args = append(args, sum, int64(f.ModifiedAt), searchable(e.Name, f.Description))
	st.exec(ctx, "INSERT OR REPLACE INTO entitlements VALUES (?"+strings.Repeat(", ?", len(args))+")", append([]any{sid}, args...)...)
	st.refs(ctx, sid, e.Refs)
}

// digest is the SHA-256 of facts, each with its length before it. What later
// versions read besides counts only where there is some of it, so that reading
// again with a newer version changes nothing.
func digest(facts, more []any) []byte {
	var b bytes.Buffer
	for _, f := range more {
		if f != "" && f != int64(iam.NotSupportedMoment) {
			facts = append(slices.Clip(facts), more...)
			break
		}
	}
	for _, f := range facts {
		switch f := f.(type) {
		case string:
			_ = binary.Write(&b, binary.BigEndian, uint32(len(f)))
			b.WriteString(f)
		case int64:
			_ = binary.Write(&b, binary.BigEndian, f)
		}
	}
	sum := sha256.Sum256(b.Bytes())
	return sum[:]
}

func first(refs []string) string {
	if len(refs) == 0 {
		return ""
	}
	return refs[0]
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
