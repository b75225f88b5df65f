package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// Staging holds one read of one source in a database file of its own, so that
// a read of minutes holds up nobody and throwing it away is deleting a file.
// It is working state: after a crash the source is read again.
//
// What comes is compared with what is kept as it comes: an object of which the
// directory says what it said before is only noted. Everything else is staged,
// and the difference taken by Finish.
type Staging struct {
	run    iam.ID
	source iam.ID
	path   string
	kept   string
	db     *sql.DB
	conn   *sql.Conn
	stmt   map[string]*sql.Stmt
	look   *keptRows
	n      int // rows since the last commit
	err    error
	end    directory.End

	// What was added goes to a goroutine of its own, which alone uses the rest
	// until settle.
	batch  []directory.Record
	weight int
	in     chan []directory.Record
	idle   chan struct{}
	failed atomic.Bool

	fresh []string // the external ids of the newest objects, which are not in the file yet
	bulks bulks

	// What has been seen, by 128 bits of SHA-256: objects by their external id,
	// and what a reference stands for, so that most members, those that groups
	// list by DN, are resolved as they come.
	sids     map[key]int32
	objects  []object // by sid - 1
	names    map[key]int32
	resolved bool // a member was resolved through names as it came
	moved    bool // an object came twice with different names: they cannot be trusted
	present  bool // the source says of objects only that they are still there
}

// key stands for a text of any length. Nobody can make two texts with one key.
type key [16]byte

func keyOf(s string) key {
	sum := sha256.Sum256([]byte(s))
	return key(sum[:16])
}

// object is what is remembered of each object that was mentioned.
type object struct {
	key   key   // of its external id
	said  key   // of what the directory says of it, if it is staged
	id    int64 // of the kept object; 0: new
	refs  uint32
	noun  noun
	state state
}

type noun uint8

const (
	noNoun noun = iota
	accountNoun
	entitlementNoun
)

func (n noun) String() string { return [...]string{"", "account", "entitlement"}[n] }

// state is what the reading says of an object.
type state uint8

const (
	named   state = iota // mentioned by something else only
	staged               // it is new, or differs from what is kept
	same                 // read, and nothing differs
	present              // the source says that it is as it was
	deleted
	left
)

func (s state) String() string {
	return [...]string{"named", "staged", "same", "present", string(iam.Deleted), string(iam.NotReturned)}[s]
}

// What a reference stands for instead of an object.
const (
	severalObjects = -1
	skippedEntry   = -2
)

// The columns of a staged object besides its facts.
const (
	accountRest     = `digest, ikey, mail, phone, last_sign_in, modified_at, search, sum`
	entitlementRest = `digest, modified_at, search, sum`
)

const stagingSchema = `
-- The words of state, and kept: not mentioned, looked up among the kept rows.
CREATE TABLE objects (sid INTEGER PRIMARY KEY, external_id TEXT NOT NULL, object_id INTEGER NOT NULL DEFAULT 0, noun TEXT NOT NULL DEFAULT '', state TEXT NOT NULL) STRICT;
CREATE TABLE accounts (sid INTEGER PRIMARY KEY, ` + accountFacts + `, ` + accountRest + `);
CREATE TABLE entitlements (sid INTEGER PRIMARY KEY, ` + entitlementFacts + `, ` + entitlementRest + `);
-- The references of staged objects; the first is that of the DN.
CREATE TABLE refs (sid INTEGER NOT NULL, ord INTEGER NOT NULL, ref TEXT NOT NULL, PRIMARY KEY (sid, ord)) STRICT, WITHOUT ROWID;
CREATE TABLE skipped_refs (ref TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
-- Members of a group: those found as they came, as sorted sids of four bytes, and
-- those to be looked up (see packLate).
CREATE TABLE sets (sid INTEGER PRIMARY KEY, found BLOB NOT NULL, late BLOB NOT NULL) STRICT;
CREATE TABLE unresolved (group_sid INTEGER NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL, ref TEXT NOT NULL, PRIMARY KEY (group_sid, value)) STRICT, WITHOUT ROWID;
CREATE TABLE skips (ord INTEGER PRIMARY KEY, dn TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
-- What references stand for: an object, 0 nothing, -1 more than one, -2 a skipped entry.
CREATE TABLE wanted (ref TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE holders (ref TEXT NOT NULL, sid INTEGER NOT NULL, here INTEGER NOT NULL, PRIMARY KEY (ref, sid)) STRICT, WITHOUT ROWID;
CREATE TABLE resolved (ref TEXT PRIMARY KEY, sid INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- The difference to the open rows.
CREATE TABLE delta_objects (op TEXT NOT NULL, noun TEXT NOT NULL, sid INTEGER NOT NULL, id INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE TABLE delta_grants (op TEXT NOT NULL, group_sid INTEGER NOT NULL, member_sid INTEGER NOT NULL, group_id INTEGER NOT NULL, member_id INTEGER NOT NULL, by_primary INTEGER NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (op, group_sid, group_id, by_primary, member_sid, member_id)) STRICT, WITHOUT ROWID;
-- Of groups that are new with all of their source: the sids of new members, of four bytes each.
CREATE TABLE packed (sid INTEGER PRIMARY KEY, members BLOB NOT NULL) STRICT;
CREATE TABLE delta_unresolved (op TEXT NOT NULL, group_sid INTEGER NOT NULL, group_id INTEGER NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL, ref TEXT NOT NULL, end_reason TEXT NOT NULL) STRICT;
-- The first differences that the reads of changes had missed.
CREATE TABLE drift (ord INTEGER PRIMARY KEY, noun TEXT NOT NULL, sid INTEGER NOT NULL, id INTEGER NOT NULL, group_sid INTEGER NOT NULL, group_id INTEGER NOT NULL,
  name TEXT NOT NULL, grp TEXT NOT NULL, told TEXT NOT NULL, found TEXT NOT NULL) STRICT;
-- Whether the reading is of changes alone.
CREATE TABLE reading (changes INTEGER NOT NULL, skipped INTEGER NOT NULL) STRICT;
`

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
	if err := st.begin(ctx); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

func (st *Staging) begin(ctx context.Context) error {
	for _, q := range []string{stagingSchema, "BEGIN"} {
		if _, err := st.conn.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	if err := st.conn.QueryRowContext(ctx, "SELECT source_id FROM kept.runs WHERE id = ?", st.run).Scan(&st.source); err != nil {
		return err
	}
	st.openBulks()
	var err error
	st.look, err = openKept(ctx, st.kept, st.source)
	return err
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
	q := url.Values{"_pragma": {"journal_mode(OFF)", "synchronous(OFF)", "cache_size(-16384)"}}
	d, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	conn, err := d.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	st := &Staging{
		run: run, path: path, kept: filepath.Join(s.dir, "gatehouse.db"), db: d, conn: conn, stmt: map[string]*sql.Stmt{},
		sids: map[key]int32{}, names: map[key]int32{},
	}
	if _, err := conn.ExecContext(ctx, "ATTACH DATABASE ? AS kept", "file:"+(&url.URL{Path: st.kept}).EscapedPath()+"?mode=ro"); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// Close closes the file and leaves it.
func (st *Staging) Close() error {
	st.batch = nil
	_ = st.settle()
	for _, p := range st.stmt {
		_ = p.Close()
	}
	st.stmt = map[string]*sql.Stmt{}
	st.closeBulks()
	if many := 50_000; len(st.objects) > many {
		// What is remembered of them would else stay, beside what an Apply takes,
		// until something asks for as much memory again.
		st.sids, st.names, st.objects = nil, nil, nil
		debug.FreeOSMemory()
	}
	var err error
	if st.look != nil {
		err = st.look.close()
	}
	return errors.Join(err, st.conn.Close(), st.db.Close())
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

// query asks for one row, with the statement kept for the next time.
func (st *Staging) query(ctx context.Context, query string, args ...any) *sql.Row {
	p := st.stmt[query]
	if p == nil {
		var err error
		if p, err = st.conn.PrepareContext(ctx, query); err != nil {
			return st.conn.QueryRowContext(ctx, query, args...)
		}
		st.stmt[query] = p
	}
	return p.QueryRowContext(ctx, args...)
}

// sid is the row number of an object in this file, made at its first mention,
// with the sum of what is kept of it.
func (st *Staging) sid(ctx context.Context, externalID string) (int64, []byte) {
	k := keyOf(externalID)
	have, known := st.sids[k]
	sid := int64(have)
	if known && st.objects[sid-1].id == 0 {
		return sid, nil
	}
	id, sum, err := st.look.object(ctx, externalID)
	if err != nil && st.err == nil {
		st.err = err
	}
	if !known {
		st.objects = append(st.objects, object{key: k, id: id})
		sid = int64(len(st.objects))
		st.sids[k] = int32(sid)
		st.fresh = append(st.fresh, externalID)
	}
	return sid, sum
}

// says notes what the reading says of an object. One that comes twice is what
// it was the last time.
func (st *Staging) says(ctx context.Context, sid int64, n noun, s state, refs uint32) {
	o := &st.objects[sid-1]
	read := o.state == staged || o.state == same
	if s == present && read {
		return
	}
	if read && (refs != o.refs || s == deleted || s == left) {
		if st.resolved && st.err == nil {
			st.err = iam.Errorf(iam.Unavailable, "The source was changed while it was read.").Fix("Read it again.")
		}
		st.moved = true
	}
	if o.state == staged {
		st.write(ctx, true)
		for _, q := range []string{"DELETE FROM accounts WHERE sid = ?", "DELETE FROM entitlements WHERE sid = ?", "DELETE FROM refs WHERE sid = ?"} {
			st.exec(ctx, q, sid)
		}
	}
	if n == noNoun {
		n = o.noun
	}
	if written := len(st.objects) - len(st.fresh); sid <= int64(written) && (n != o.noun || s != o.state) {
		st.exec(ctx, "UPDATE objects SET noun = ?, state = ? WHERE sid = ?", n.String(), s.String(), sid)
	}
	o.noun, o.state, o.refs = n, s, refs
}

// Add keeps one record of the read. It is staged while the next is read: an
// error comes with a later record, or with what follows.
func (st *Staging) Add(ctx context.Context, r directory.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if st.failed.Load() {
		return st.settle()
	}
	st.batch = append(st.batch, r)
	st.weight++
	if m, ok := r.(directory.Members); ok {
		st.weight += len(m.Members)
	}
	if st.weight >= batchWeight {
		st.send(ctx)
	}
	return nil
}

// batchWeight is how many records and members go to be staged together.
const batchWeight = 1000

// send hands the batch over, and waits while two others are before it.
func (st *Staging) send(ctx context.Context) {
	if st.in == nil {
		st.in, st.idle = make(chan []directory.Record, 2), make(chan struct{})
		ctx, in, idle := context.WithoutCancel(ctx), st.in, st.idle
		go func() {
			defer close(idle)
			for batch := range in {
				for _, r := range batch {
					st.add(ctx, r)
				}
				st.failed.Store(st.err != nil)
			}
		}()
	}
	st.in <- st.batch
	st.batch, st.weight = nil, 0
}

// settle returns when all that was added is staged, with the first error.
func (st *Staging) settle() error {
	if len(st.batch) > 0 {
		st.send(context.Background())
	}
	if st.in != nil {
		close(st.in)
		<-st.idle
		st.in = nil
	}
	st.write(context.Background(), true)
	return st.err
}

func (st *Staging) add(ctx context.Context, r directory.Record) {
	switch r := r.(type) {
	case directory.Account:
		st.addAccount(ctx, r)
	case directory.Entitlement:
		st.addEntitlement(ctx, r)
	case directory.Members:
		st.addMembers(ctx, r)
	case directory.Deleted:
		st.mentions(ctx, r.ExternalID, deleted)
	case directory.Left:
		st.mentions(ctx, r.ExternalID, left)
	case directory.Present:
		st.present = true
		st.mentions(ctx, r.ExternalID, present)
	case directory.Skipped:
		st.exec(ctx, "INSERT INTO skips (dn, reason) VALUES (?, ?)", r.DN, r.Reason)
		if r.Ref != "" {
			st.exec(ctx, "INSERT OR IGNORE INTO skipped_refs VALUES (?)", r.Ref)
		}
	}
	st.write(ctx, false)
	if st.n++; st.n > 50_000 {
		st.n = 0
		st.exec(ctx, "COMMIT")
		st.exec(ctx, "BEGIN")
	}
}

// mentions keeps a record that says of an object no more than its state.
func (st *Staging) mentions(ctx context.Context, externalID string, s state) {
	sid, _ := st.sid(ctx, externalID)
	st.says(ctx, sid, noNoun, s, 0)
}

// Ended says how the reading ended, before Affected and Finish. Without it the
// reading is full.
func (st *Staging) Ended(end directory.End) { st.end = end }
