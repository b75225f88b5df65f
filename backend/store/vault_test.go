package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
	"gatehouse/backend/vault"
)

// sealed is a store with a vault that seals the secrets of sources and factors.
type sealed struct {
	*Store
	dir, keyFile string
	vault        *vault.Vault
	sources      []iam.ID
}

func newSealed(t *testing.T) *sealed {
	t.Helper()
	s := &sealed{dir: t.TempDir(), keyFile: filepath.Join(t.TempDir(), "vault.key")}
	s.Store = mustOpen(t, s.dir, newClock())
	s.vault = s.open()
	must(t, s.vault.Ring("factors").Prepare(t.Context()))
	for range 3 {
		must(t, s.add())
	}
	return s
}

func (s *sealed) open() *vault.Vault {
	return vault.New(s.Store, vault.Options{Installation: "test", KeyFile: s.keyFile})
}

// add connects a source and enrols a factor of the same id, both with the
// secret "secret ID".
func (s *sealed) add() error {
	ctx := context.Background()
	_, err := s.Write(ctx, "source.add", func(t *Tx) error {
		id, err := t.NewID(ctx)
		if err != nil {
			return err
		}
		secret := "secret " + id.String()
		password, err := s.vault.Seal(ctx, "sources", "secret", int64(id), secret)
		if err != nil {
			return err
		}
		factor, err := s.vault.Ring("factors").Seal(ctx, "factors", "secret", int64(id), secret)
		if err != nil {
			return err
		}
		t.About("source", id, "")
		s.sources = append(s.sources, id)
		if err := t.AddSource(ctx, iam.Source{ID: id, Name: id.String(), Kind: "plain"}, password); err != nil {
			return err
		}
		_, err = t.tx.ExecContext(ctx, `INSERT INTO factors VALUES (?, 1, 'x', 'x', 'totp', 'callers', 'active', ?, 0, 0, 0, 0, 0, 0, '', 0, 0, 0)`, int64(id), factor)
		return err
	})
	return err
}

// opens checks that v opens every secret.
func (s *sealed) opens(t *testing.T, how string, v *vault.Vault) {
	t.Helper()
	ctx := context.Background()
	var passwords []string
	var factors []db.FactorSecretsRow
	must(t, s.View(ctx, func(r *Reader) (err error) {
		for _, id := range s.sources {
			password, err := r.SealedSecret(ctx, id)
			if err != nil {
				return err
			}
			passwords = append(passwords, password)
		}
		factors, err = r.q.FactorSecrets(ctx)
		return err
	}))
	if len(factors) != len(s.sources) {
		t.Fatalf("%s: %d factors", how, len(factors))
	}
	for i, id := range s.sources {
		got, err := v.Open(ctx, "sources", "secret", int64(id), passwords[i])
		if err != nil || got != "secret "+id.String() {
			t.Errorf("%s: source %d opens as %q, %v", how, id, got, err)
		}
		got, err = v.Ring("factors").Open(ctx, "factors", "secret", factors[i].ID, factors[i].Secret)
		if err != nil || got != "secret "+id.String() {
			t.Errorf("%s: factor %d opens as %q, %v", how, id, got, err)
		}
	}
}

// ciphertexts are everything that is kept sealed.
func (s *sealed) ciphertexts(t *testing.T) (all []string) {
	t.Helper()
	rows, err := s.readers.Query(`SELECT wrapped FROM vault_slots UNION ALL SELECT sealed FROM vault_keys UNION ALL SELECT secret FROM sources UNION ALL SELECT secret FROM factors`)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var text string
		must(t, rows.Scan(&text))
		all = append(all, text)
	}
	must(t, rows.Err())
	return all
}

func TestRekeyIsOneWrite(t *testing.T) {
	s := newSealed(t)
	ctx := t.Context()
	_, err := s.vault.AddRecoveryKey(ctx)
	must(t, err)
	before := s.ciphertexts(t)
	// Whatever the database refuses, and be it the event, nothing has changed.
	for _, step := range []string{"DELETE ON vault_slots", "INSERT ON vault_slots", "UPDATE ON vault_keys", "UPDATE ON sources", "UPDATE ON factors", "INSERT ON events", "INSERT ON event_details"} {
		_, err := s.writer.Exec(`CREATE TRIGGER full BEFORE ` + step + ` BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)
		must(t, err)
		if done, err := s.vault.Rekey(ctx, ""); err == nil || done.RecoveryKey != "" {
			t.Errorf("%s failed and Rekey answers %+v, %v", step, done, err)
		}
		_, err = s.writer.Exec(`DROP TRIGGER full`)
		must(t, err)
		if after := s.ciphertexts(t); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("%s failed and something changed", step)
		}
		s.opens(t, step, s.vault)
		s.opens(t, step+", by the key file", s.open())
	}
	done, err := s.vault.Rekey(ctx, "")
	must(t, err)
	if done.Resealed != int64(2*len(s.sources)) || done.RecoveryKey == "" || len(done.Dropped) != 0 {
		t.Errorf("%+v", done)
	}
	s.opens(t, "the same vault", s.vault)
	s.opens(t, "by the key file", s.open())
	restored := vault.New(s.Store, vault.Options{})
	must(t, restored.UnlockWithRecovery(ctx, done.RecoveryKey))
	s.opens(t, "by the recovery key", restored)

	// What was sealed with the old key is nowhere in the files any more.
	for _, name := range []string{"gatehouse.db", "gatehouse.db-wal"} {
		b, err := os.ReadFile(filepath.Join(s.dir, name))
		must(t, err)
		for _, old := range before {
			if bytes.Contains(b, []byte(old)) {
				t.Errorf("%s still holds %.20s…", name, old)
			}
		}
	}
	if len(s.ciphertexts(t)) != len(before) || len(before) != 2+1+2*len(s.sources) {
		t.Errorf("%d sealed texts before", len(before))
	}
	var detail string
	must(t, s.readers.QueryRow(`SELECT detail FROM events JOIN event_details USING (seq) WHERE action = 'vault.rekey'`).Scan(&detail))
	if want := `{"slots":2,"dropped":0,"keys":1,"sources":3,"factors":3}`; detail != want {
		t.Errorf("the event says %s, want %s", detail, want)
	}
}

// Sources come in while the key is replaced again and again, and every secret
// opens in the end.
func TestRekeyAmongWrites(t *testing.T) {
	s := newSealed(t)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 40 {
			if err := s.add(); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for range 10 {
			if _, err := s.vault.Rekey(context.Background(), ""); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for range 10 {
			if _, err := s.vault.AddRecoveryKey(context.Background()); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	s.opens(t, "the same vault", s.vault)
	s.opens(t, "by the key file", s.open())
}

func TestARemovedSlotIsOverwritten(t *testing.T) {
	s := newSealed(t)
	_, err := s.vault.AddRecoveryKey(t.Context())
	must(t, err)
	slots, err := s.LoadSlots(t.Context())
	must(t, err)
	for _, slot := range slots {
		if slot.Kind != vault.RecoverySlot {
			continue
		}
		must(t, s.vault.RemoveSlot(t.Context(), slot.ID))
		for _, name := range []string{"gatehouse.db", "gatehouse.db-wal"} {
			b, err := os.ReadFile(filepath.Join(s.dir, name))
			must(t, err)
			if bytes.Contains(b, []byte(slot.Wrapped)) {
				t.Errorf("%s still holds the slot", name)
			}
		}
	}
	s.opens(t, "by the key file", s.open())
	var on int
	must(t, s.writer.QueryRow(`PRAGMA secure_delete`).Scan(&on))
	if on != 0 {
		t.Error("every later deletion is overwritten too")
	}
}

func TestSinceWhenASecretIsKnown(t *testing.T) {
	s := newSealed(t)
	ctx, id := t.Context(), s.sources[0]
	since := func() (at int64) {
		must(t, s.View(ctx, func(r *Reader) (err error) {
			at, err = r.SecretSince(ctx, id)
			return err
		}))
		return at
	}
	change := func(detail any) (at int64) {
		_, err := s.Write(ctx, "source.change", func(t *Tx) error {
			at = t.Now
			t.About("source", id, "")
			if detail == nil {
				return nil
			}
			return t.Detail(detail)
		})
		must(t, err)
		return at
	}
	added := since()
	if added == 0 {
		t.Error("unknown after it was added")
	}
	change(map[string]bool{"secretChanged": false})
	if since() != added {
		t.Error("a change of something else counts")
	}
	if at := change(map[string]bool{"secretChanged": true}); since() != at {
		t.Error("a change does not count")
	}
	change(nil) // its details were purged
	if since() != 0 {
		t.Error("known though an event does not tell")
	}
}
