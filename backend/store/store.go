package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the open database of one data folder.
type Store struct {
	Notices *Notices

	dir     string
	now     func() time.Time
	log     *slog.Logger
	readers *sql.DB
	writer  *sql.DB
	mu      sync.Mutex // one writer at a time, fair enough for one process
	head    head       // guarded by mu
	memory  memories
	copying sync.WaitGroup // what Applies left in the log
}

// Options say where a store is and what it stands on.
type Options struct {
	Dir string           // the data folder; it must exist
	Now func() time.Time // the clock
	Log *slog.Logger
}

// Open opens the database in the folder, creating it at the first start and
// bringing an older one up to date. After an unclean stop it checks the file
// first. A database of a newer version is refused. The caller holds the
// folder's lock.
func Open(ctx context.Context, o Options) (*Store, error) {
	path := filepath.Join(o.Dir, "gatehouse.db")
	fresh := false
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		fresh = true
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, iam.Errorf(iam.Unavailable, "The database %s cannot be created.", path).
				Fix("Choose a folder you may write to with --data.").By(err)
		}
		_ = f.Close()
	}
	s := &Store{Notices: newNotices(), dir: o.Dir, now: o.Now, log: o.Log}
	s.memory.renewing.view = s.View
	var err error
	if s.writer, err = open(path, "immediate", false, 1); err != nil {
		return nil, err
	}
	if s.readers, err = open(path, "deferred", true, 4); err != nil {
		_ = s.writer.Close()
		return nil, err
	}
	if err := s.start(ctx, fresh); err != nil {
		_ = s.close()
		return nil, err
	}
	return s, nil
}

// open makes a pool of connections with the pragmas every connection needs.
func open(path, txlock string, queryOnly bool, most int) (*sql.DB, error) {
	q := url.Values{"_txlock": {txlock}, "_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "trusted_schema(0)",
	}}
	if queryOnly {
		q["_pragma"] = append(q["_pragma"], "query_only(1)", "temp_store(MEMORY)", "cache_size(-65536)")
	} else {
		// What does not fit goes to files while it is sorted, which is as quick and
		// takes the same memory for a large reading as for a small one.
		q["_pragma"] = append(q["_pragma"], "cache_size(-16384)")
	}
	d, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	d.SetMaxOpenConns(most)
	d.SetMaxIdleConns(most)
	return d, nil
}

// start checks, migrates and marks the database as in use.
func (s *Store) start(ctx context.Context, fresh bool) error {
	provider, err := s.migrator()
	if err != nil {
		return err
	}
	if !fresh {
		have, err := provider.GetDBVersion(ctx)
		if err != nil {
			return s.unusable(err)
		}
		newest := provider.ListSources()[len(provider.ListSources())-1].Version
		if have > newest {
			return iam.Errorf(iam.Unsupported, "The data folder was written by a newer version of Gatehouse (schema %d, this one knows %d).", have, newest).
				Fix("Start the newer version, or restore a backup made by this one.")
		}
		clean, _ := s.readSetting(ctx, "clean")
		if have < newest || clean != "1" {
			if err := s.QuickCheck(ctx); err != nil {
				return err
			}
		}
	}
	if _, err := provider.Up(ctx); err != nil {
		return s.unusable(err)
	}
	q := db.New(s.writer)
	if _, err := q.GetSetting(ctx, "installation"); errors.Is(err, sql.ErrNoRows) {
		b := make([]byte, 8)
		if _, err := rand.Read(b); err != nil {
			return err
		}
		if err := q.PutSetting(ctx, db.PutSettingParams{Key: "installation", Value: fmt.Sprintf("%x", b)}); err != nil {
			return err
		}
	}
	if err := q.PutSetting(ctx, db.PutSettingParams{Key: "clean", Value: "0"}); err != nil {
		return s.full(err)
	}
	if err := os.MkdirAll(s.stagingDir(), 0o700); err != nil {
		return err
	}
	// What is sorted is the data of the folder, and stays in it. SQLite knows one
	// such directory for the whole process.
	if _, err := s.writer.ExecContext(ctx, "PRAGMA temp_store_directory = '"+strings.ReplaceAll(s.stagingDir(), "'", "''")+"'"); err != nil {
		return err
	}
	return s.loadHead(ctx)
}

func (s *Store) migrator() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, s.writer, files)
}

// QuickCheck fails with a named error if the file is damaged.
func (s *Store) QuickCheck(ctx context.Context) error {
	var verdict string
	if err := s.writer.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return s.unusable(err)
	}
	if verdict != "ok" {
		return s.damaged(errors.New(verdict))
	}
	return nil
}

func (s *Store) damaged(err error) error {
	return iam.Errorf(iam.Unavailable, "The database %s is damaged or cannot be read.", filepath.Join(s.dir, "gatehouse.db")).
		Fix("Restore the newest backup; the damaged file is left as it is.").By(err)
}

// Explain names the disk or the folder where that is what an error of a Staging
// means. A staging file that is damaged says nothing of the database.
func (s *Store) Explain(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB) {
		return err
	}
	return s.full(err)
}

// unusable says why the database cannot be opened: the disk, if that is it, else
// the file.
func (s *Store) unusable(err error) error {
	if named := s.full(err); iam.KindOf(named) != iam.Internal {
		return named
	}
	return s.damaged(err)
}

// full turns the driver's errors for a full or read-only disk, or a damaged
// file, into words.
func (s *Store) full(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return iam.Errorf(iam.Unavailable, "The disk of %s is full; nothing was changed.", s.dir).Fix("Free some space and try again.").By(err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return iam.Errorf(iam.Unavailable, "The data folder %s is read-only; nothing was changed.", s.dir).Fix("Make the folder writable and try again.").By(err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return s.damaged(err)
	}
	return err
}

// Close marks a clean stop and closes the database.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := db.New(s.writer).PutSetting(context.Background(), db.PutSettingParams{Key: "clean", Value: "1"})
	return errors.Join(err, s.close())
}

func (s *Store) close() error {
	s.memory.renewing.close()
	s.copying.Wait()
	return errors.Join(s.readers.Close(), s.writer.Close())
}

// deferCopying holds back, until the function it returns is called, the copying of
// what is committed from the log into the database file, which then happens
// beside other work. What is committed is safe in the log already.
func (s *Store) deferCopying(ctx context.Context) (func(), error) {
	if _, err := s.writer.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 0"); err != nil {
		return nil, err
	}
	return func() {
		ctx := context.WithoutCancel(ctx)
		if _, err := s.writer.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 1000"); err != nil {
			s.log.Error("the log of the database is not copied any more", "error", err)
		}
		s.copying.Go(func() {
			if _, err := s.readers.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
				s.log.Warn("the log of the database could not be copied", "error", err)
			}
		})
	}, nil
}

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.now() }

// Dir is the data folder.
func (s *Store) Dir() string { return s.dir }

// View reads one snapshot. fn must not keep the Reader.
func (s *Store) View(ctx context.Context, fn func(*Reader) error) error {
	tx, err := s.readers.BeginTx(ctx, nil)
	if err != nil {
		return s.full(err)
	}
	defer func() { _ = tx.Rollback() }()
	return s.full(fn(&Reader{tx: tx, q: db.New(tx), Now: s.now().UnixMicro(), memory: &s.memory}))
}

// Reader answers questions from one snapshot.
type Reader struct {
	Now  int64 // microseconds; fixed for the snapshot
	tx   *sql.Tx
	q    *db.Queries
	past bool       // as of at, not now
	at   iam.Seq    // see At
	then []SourceAt // the sources at the point, once they were asked for

	memory *memories // nil within a Write
}

// Scratch changes working state: staging, progress, sessions, observations and
// list rows. It appends no event.
func (s *Store) Scratch(ctx context.Context, fn func(*Scratch) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return s.full(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := fn(&Scratch{tx: tx, q: db.New(tx), Now: s.now().UnixMicro()}); err != nil {
		return s.full(err)
	}
	return s.full(tx.Commit())
}

// Scratch is a transaction on working state.
type Scratch struct {
	Now int64
	tx  *sql.Tx
	q   *db.Queries
}

// one turns "no rows" into NotFound with an operator's message.
func one[T any](v T, err error) func(what string) (T, error) {
	return func(what string) (T, error) {
		if errors.Is(err, sql.ErrNoRows) {
			return v, iam.Errorf(iam.NotFound, "%s", what)
		}
		return v, err
	}
}
