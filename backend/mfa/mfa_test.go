package mfa

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"pgregory.net/rapid"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/backend/vault"
)

// office is a store with a few people in it, and a clock.
type office struct {
	t       *testing.T
	dir     string
	now     time.Time
	passing time.Duration // whenever the clock is looked at
	store   *store.Store
	factors *Factors
	// keychain is the vault's, beside its key file; nil for none.
	keychain vault.Keychain
}

// cheap is the memory, in KiB, of hashes that nobody attacks.
const cheap = 64

const devika, ragna iam.ID = 1001, 1002

var desk = iam.WithOrigin(context.Background(), iam.Origin{Actor: iam.Local("ragna")})

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), now: time.Date(2026, 3, 10, 14, 0, 0, 0, time.UTC)}
	o.open()
	t.Cleanup(func() { _ = o.store.Close() })
	db, err := sql.Open("sqlite", "file:"+filepath.Join(o.dir, "gatehouse.db"))
	o.must(err)
	defer db.Close()
	for id, name := range map[iam.ID]string{devika: "Devika Patel", ragna: "Ragna Solheim"} {
		_, err = db.Exec(`INSERT INTO identities (id, since, until, sort, name, employee_number, primary_account) VALUES (?1, 1, ?3, 'person', ?2, '', 0);
		  INSERT INTO identity_rows (id, sort, name, list_name, name_fold, login, login_fold, department, title, accounts, enabled, locked, last_sign_in)
		  VALUES (?1, 'person', ?2, ?2, '', 'somebody', 'somebody', '', '', 1, 1, 0, -1)`, int64(id), name, int64(iam.Open))
		o.must(err)
	}
	return o
}

func (o *office) open() {
	o.t.Helper()
	var err error
	o.store, err = store.Open(desk, store.Options{Dir: o.dir, Now: o.clock, Log: slog.New(slog.DiscardHandler)})
	o.must(err)
	o.factors = New(o.store, vault.New(o.store, vault.Options{Installation: "test", KeyFile: filepath.Join(o.dir, "vault.key"), Keychain: o.keychain}))
	o.factors.memory = cheap
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) clock() time.Time {
	o.now = o.now.Add(o.passing)
	return o.now
}

// refused expects an error of a kind that names a field.
func (o *office) refused(err error, kind iam.Kind, field string) {
	o.t.Helper()
	e, _ := err.(*iam.Error)
	if e == nil || e.Kind != kind || e.Field != field || e.Remedy == "" {
		o.t.Errorf("refused with %v, want %s in %q", err, kind, field)
	}
}

func (o *office) code(key string, at time.Time) string {
	o.t.Helper()
	code, err := totp.GenerateCode(key, at)
	o.must(err)
	return code
}

func (o *office) held(id iam.ID) *store.PersonFactors {
	o.t.Helper()
	var p store.PersonFactors
	o.must(o.store.View(desk, func(r *store.Reader) (err error) {
		p, err = r.FactorsOf(desk, id)
		return err
	}))
	return &p
}

// enrolled is a proven factor of Devika's, an hour ago.
func (o *office) enrolled() Enrolment {
	o.t.Helper()
	e, err := o.factors.Enrol(desk, devika, "phone", 0)
	o.must(err)
	_, err = o.factors.Prove(desk, e.Factor.ID, o.code(e.Key, o.now))
	o.must(err)
	o.now = o.now.Add(time.Hour)
	return e
}

// Whatever is tried in whatever order, a code is accepted if it is of now or one
// step either side, newer than every accepted one, and tried outside of a
// pause; so no step is ever accepted twice.
func TestNoStepIsAcceptedTwice(t *testing.T) {
	o := newOffice(t)
	e := o.enrolled()
	accepted := map[int64]bool{stepOf(o.now.Add(-time.Hour).UnixMicro()): true}
	rapid.Check(t, func(r *rapid.T) {
		o.now = o.now.Add(2 * time.Hour) // beyond every pause
		held := o.held(devika)
		last, failures, until := held.Factors[0].LastStep, held.Throttle.Failures, int64(0)
		for range rapid.IntRange(1, 25).Draw(r, "tries") {
			switch rapid.IntRange(0, 9).Draw(r, "what") {
			case 0:
				o.must(o.store.Close())
				o.open()
			case 1, 2, 3:
				o.now = o.now.Add(time.Duration(rapid.IntRange(0, 90_000).Draw(r, "wait")) * time.Millisecond)
			default:
				at := stepOf(o.now.UnixMicro()) + rapid.Int64Range(-3, 3).Draw(r, "step")
				v, err := o.factors.Verify(desk, devika, o.code(e.Key, time.Unix(at*Period, 0)))
				o.must(err)
				now := o.now.UnixMicro()
				near := at >= stepOf(now)-1 && at <= stepOf(now)+1
				var want Why
				switch {
				case now < until:
					want = Blocked
				case !near:
					want = WrongCode
				case at <= last:
					want = UsedCode
				}
				if v.Why != want {
					r.Fatalf("step %d at %d after %d, %d failures: %q, want %q", at, stepOf(now), last, failures, v.Why, want)
				}
				switch want {
				case "":
					if accepted[at] {
						r.Fatalf("step %d is accepted twice", at)
					}
					accepted[at], last, failures, until = true, at, 0, 0
				case WrongCode, UsedCode:
					if failures++; failures >= freeFailures {
						until = v.Throttle.BlockedUntil
					}
				}
			}
		}
	})
	if len(accepted) < 3 {
		t.Errorf("only %d steps were accepted: the test tries too little", len(accepted))
	}
	o.must(o.store.View(desk, func(r *store.Reader) error {
		res, err := r.VerifyAudit(desk, "")
		if !res.OK {
			t.Errorf("the records are not what the events say: %+v", res.Problems)
		}
		return err
	}))
}

func TestWhatCannotBeEnrolled(t *testing.T) {
	o := newOffice(t)
	e := o.enrolled()
	_, err := o.factors.Enrol(desk, devika, "  ", 0)
	o.refused(err, iam.Invalid, "name")
	_, err = o.factors.Enrol(desk, devika, "PHONE", 0)
	o.refused(err, iam.Conflict, "name")
	_, err = o.factors.Enrol(desk, ragna, "phone", e.Factor.ID) // another's
	o.refused(err, iam.Conflict, "replaces")
	_, err = o.factors.Enrol(desk, 4711, "phone", 0)
	if iam.KindOf(err) != iam.NotFound {
		t.Errorf("for nobody: %v", err)
	}
	pending, err := o.factors.Enrol(desk, devika, "phone", e.Factor.ID)
	o.must(err)
	_, err = o.factors.Enrol(desk, devika, "tablet", pending.Factor.ID) // not active yet
	o.refused(err, iam.Conflict, "replaces")
	_, err = o.factors.Prove(desk, pending.Factor.ID, pending.Codes[0])
	o.refused(err, iam.Invalid, "code")
	_, err = o.factors.Prove(desk, pending.Factor.ID, o.code(pending.Key, o.now.Add(2*Period*time.Second)))
	o.refused(err, iam.Invalid, "code")
	_, err = o.factors.RenewCodes(desk, ragna, "none yet")
	o.refused(err, iam.Conflict, "")
}

// What a factor is in is said to whoever asks for what it is not.
func TestAFactorEndsOnce(t *testing.T) {
	o := newOffice(t)
	e := o.enrolled()
	_, err := o.factors.Prove(desk, e.Factor.ID, o.code(e.Key, o.now))
	if iam.KindOf(err) != iam.Conflict {
		t.Errorf("proven twice: %v", err)
	}
	second, err := o.factors.Enrol(desk, devika, "tablet", 0)
	o.must(err)
	if f, err := o.factors.Revoke(desk, second.Factor.ID, "mistyped"); err != nil || f.State != iam.FactorRevoked || f.Sealed != "" {
		t.Errorf("a pending one is revoked as %+v, %v", f, err)
	}
	if o.held(devika).Valid().Left() != codesInSet {
		t.Error("the codes of the active factor went with an enrolment")
	}
	if _, err = o.factors.Prove(desk, second.Factor.ID, o.code(second.Key, o.now)); iam.KindOf(err) != iam.Conflict {
		t.Errorf("proven after it was revoked: %v", err)
	}
	f, err := o.factors.Revoke(desk, e.Factor.ID, "lost")
	if err != nil || f.State != iam.FactorRevoked || f.EndReason != "lost" || o.held(devika).Valid() != nil {
		t.Errorf("revoked as %+v, %v; codes %+v", f, err, o.held(devika).Valid())
	}
	if _, err = o.factors.Revoke(desk, e.Factor.ID, "again"); iam.KindOf(err) != iam.Conflict {
		t.Errorf("revoked twice: %v", err)
	}
}

// Two factors side by side prove the same person; the codes are of the newer.
func TestSeveralFactorsOfOnePerson(t *testing.T) {
	o := newOffice(t)
	first := o.enrolled()
	second, err := o.factors.Enrol(desk, devika, "tablet", 0)
	o.must(err)
	_, err = o.factors.Prove(desk, second.Factor.ID, o.code(second.Key, o.now))
	o.must(err)
	o.now = o.now.Add(time.Minute)
	for _, c := range []struct {
		code, factor string
		why          Why
	}{
		{o.code(first.Key, o.now), "phone", ""},
		{o.code(second.Key, o.now), "tablet", ""},
		{first.Codes[0], "", WrongCode},
		{second.Codes[0], "", ""},
	} {
		if v, err := o.factors.Verify(desk, devika, c.code); err != nil || v.Why != c.why || v.Factor != c.factor {
			t.Errorf("%+v: %+v, %v", c, v, err)
		}
	}
	// Another person's codes prove nothing.
	if v, err := o.factors.Verify(desk, ragna, o.code(first.Key, o.now)); err != nil || v.Why != NoFactor {
		t.Errorf("another's code: %+v, %v", v, err)
	}
}

// Someone who is gone from the directories is still known, and can prove it.
func TestAPersonWithoutAccounts(t *testing.T) {
	o := newOffice(t)
	e := o.enrolled()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(o.dir, "gatehouse.db"))
	o.must(err)
	defer db.Close()
	_, err = db.Exec(`UPDATE identities SET until = 2 WHERE id = ?; DELETE FROM identity_rows WHERE id = ?`, int64(devika), int64(devika))
	o.must(err)
	v, err := o.factors.Verify(desk, devika, o.code(e.Key, o.now))
	if err != nil || v.Why != "" || v.Text != "The caller is Devika Patel: the code of phone fits. No account of this person is left, as far as the last read tells: ask why before you help." {
		t.Errorf("verified: %+v, %v", v, err)
	}
	if _, err := o.factors.Enrol(desk, devika, "tablet", 0); iam.KindOf(err) != iam.NotFound {
		t.Errorf("enrolled: %v", err)
	}
	o.must(o.store.View(desk, func(r *store.Reader) error {
		found, n, err := r.ListFactors(desk, iam.FactorActive, "devika", "", 0, 10)
		if n.N != 1 || found[0].IdentityName != "Devika Patel" {
			t.Errorf("listed: %+v", found)
		}
		return err
	}))
}
