package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/backend/iam"
)

// errHeadless is what the Secret Service's client answers without a desktop.
var errHeadless = errors.New("the name org.freedesktop.secrets was not provided by any .service files")

func saying(passphrase string) func() (string, error) {
	return func() (string, error) { return passphrase, nil }
}

// newVault is a vault with a scrypt cheap enough for tests.
func newVault(slots Slots, o Options) *Vault {
	if o.Installation == "" {
		o.Installation = "test"
	}
	o.Work = 4
	return New(slots, o)
}

func seal(t *testing.T, v *Vault, secret string) string {
	t.Helper()
	sealed, err := v.Seal(t.Context(), "source", "password", 7, secret)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func opens(t *testing.T, v *Vault, sealed, want string) {
	t.Helper()
	got, err := v.Open(t.Context(), "source", "password", 7, sealed)
	if err != nil || got != want {
		t.Fatalf("opened %q, %v; want %q", got, err, want)
	}
}

func refused(t *testing.T, err error, kind iam.Kind, parts ...string) {
	t.Helper()
	if iam.KindOf(err) != kind {
		t.Fatalf("got %v (%q), want %q", err, iam.KindOf(err), kind)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

func TestWhatIsSealedOpensInItsPlaceOnly(t *testing.T) {
	v := newVault(&slotMap{}, Options{Keychain: newKeychain()})
	rapid.Check(t, func(t *rapid.T) {
		table, column := rapid.String().Draw(t, "table"), rapid.String().Draw(t, "column")
		row, secret := rapid.Int64().Draw(t, "row"), rapid.String().Draw(t, "secret")
		ctx := context.Background()
		sealed, err := v.Seal(ctx, table, column, row, secret)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := v.Open(ctx, table, column, row, sealed); err != nil || got != secret {
			t.Fatalf("got %q, %v", got, err)
		}
		again, err := v.Seal(ctx, table, column, row, secret)
		if err != nil || again == sealed {
			t.Fatalf("sealed twice alike: %v", err)
		}
		// The border between table and column is part of the place.
		for _, p := range []struct {
			table, column string
			row           int64
		}{{table + "x", column, row}, {table, column + "x", row}, {table, column, row ^ 1}, {table + column, "", row}} {
			if p.table == table && p.column == column && p.row == row {
				continue
			}
			if got, err := v.Open(ctx, p.table, p.column, p.row, sealed); err == nil {
				t.Fatalf("opened elsewhere: %q", got)
			}
		}
	})
}

func TestAnAlteredTextIsRefused(t *testing.T) {
	v := newVault(&slotMap{}, Options{Keychain: newKeychain()})
	sealed := seal(t, v, "canary-secret")
	parts := strings.Split(sealed, ".")
	if len(parts) != 4 || parts[0] != "gh1" {
		t.Fatalf("the form is %q", sealed)
	}
	for i := range sealed {
		for _, c := range []byte{'A', 'b', '.', '=', 0xff} {
			if sealed[i] == c {
				continue
			}
			altered := sealed[:i] + string([]byte{c}) + sealed[i+1:]
			_, err := v.Open(t.Context(), "source", "password", 7, altered)
			refused(t, err, iam.Unavailable, "source.password of record 7", "Enter the secret again.")
		}
	}
	for _, text := range []string{"", "gh1", "gh1...", "gh2." + strings.Join(parts[1:], "."), sealed + ".", parts[0] + "." + parts[1] + ".." + parts[3]} {
		_, err := v.Open(t.Context(), "source", "password", 7, text)
		refused(t, err, iam.Unavailable, "source.password of record 7")
	}
}

func TestTheFirstSealMakesTheFirstSlots(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	broken := &memoryKeychain{refuse: errHeadless}
	for _, c := range []struct {
		name    string
		options Options
		want    string
	}{
		{"keychain", Options{Keychain: newKeychain(), Passphrase: saying("long enough for this")}, "keychain"},
		{"keychain and key file", Options{Keychain: newKeychain(), KeyFile: file}, "keyfile keychain"},
		{"key file without a desktop", Options{Keychain: broken, KeyFile: file, Passphrase: saying("long enough for this")}, "keyfile"},
		{"passphrase without a desktop", Options{Keychain: broken, Passphrase: saying("long enough for this")}, "passphrase"},
		{"no keychain at all", Options{Passphrase: saying("long enough for this")}, "passphrase"},
	} {
		t.Run(c.name, func(t *testing.T) {
			slots := &slotMap{}
			sealed := seal(t, newVault(slots, c.options), "secret")
			if slots.kinds() != c.want {
				t.Errorf("slots: %s, want %s", slots.kinds(), c.want)
			}
			opens(t, newVault(slots, c.options), sealed, "secret")
		})
	}
}

func TestNowhereToKeepAKeyIsRefusedWithTheRemedies(t *testing.T) {
	slots := &slotMap{}
	v := newVault(slots, Options{Keychain: &memoryKeychain{refuse: errHeadless}})
	_, err := v.Seal(t.Context(), "source", "password", 7, "secret")
	refused(t, err, iam.Unavailable)
	const want = "There is no safe place for the key that seals secrets. Sign in to a desktop with a keychain, or pass --vault-key-file FILE or set GATEHOUSE_VAULT_KEY_FILE, or run in a terminal to set a passphrase."
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	if !errors.Is(err, errHeadless) {
		t.Error("the log is not told why")
	}
	if len(slots.slots) != 0 {
		t.Error("a slot was made")
	}
}

func TestAVaultThatCannotBeOpenedNamesEachWay(t *testing.T) {
	slots := &slotMap{}
	file := filepath.Join(t.TempDir(), "key")
	v := newVault(slots, Options{Keychain: newKeychain(), KeyFile: file, Passphrase: saying("long enough for this")})
	sealed := seal(t, v, "secret")
	if _, err := v.AddSlot(t.Context(), PassphraseSlot, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := v.AddRecoveryKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	elsewhere := newVault(slots, Options{Keychain: newKeychain()})
	_, err := elsewhere.Open(t.Context(), "source", "password", 7, sealed)
	refused(t, err, iam.Unavailable, "sign in to the desktop whose keychain has it", "pass --vault-key-file FILE or set GATEHOUSE_VAULT_KEY_FILE",
		"run in a terminal", "gatehouse vault recover")

	wrong := newVault(slots, Options{Passphrase: saying("a wrong passphrase")})
	_, err = wrong.Open(t.Context(), "source", "password", 7, sealed)
	refused(t, err, iam.Unavailable, "The passphrase is wrong.")

	gone := newVault(&slotMap{}, Options{Keychain: newKeychain()})
	_, err = gone.Open(t.Context(), "source", "password", 7, sealed)
	refused(t, err, iam.Unavailable, "Enter the secret again.")
	if _, err = gone.Seal(t.Context(), "source", "password", 7, "new"); err != nil {
		t.Fatal(err)
	}
	_, err = gone.Open(t.Context(), "source", "password", 7, sealed)
	refused(t, err, iam.Unavailable, "sealed with another key")
}

func TestItOpensAtFirstNeedAndNotBefore(t *testing.T) {
	keychain, slots := newKeychain(), &slotMap{}
	sealed := seal(t, newVault(slots, Options{Keychain: keychain}), "secret")

	keychain.asked = 0
	v := newVault(slots, Options{Keychain: keychain})
	if s, err := v.Status(t.Context()); err != nil || s.Unlocked || len(s.Slots) != 1 || s.Slots[0].Wrapped != "" || !s.RecoveryOffered {
		t.Errorf("status %+v, %v", s, err)
	}
	if keychain.asked != 0 {
		t.Error("the keychain was asked before there was a need")
	}
	opens(t, v, sealed, "secret")
	opens(t, v, sealed, "secret")
	if keychain.asked != 1 {
		t.Errorf("the keychain was asked %d times", keychain.asked)
	}
	if s, _ := v.Status(t.Context()); !s.Unlocked {
		t.Error("not unlocked after a need")
	}
}

// A Seal inside a transaction of the store that keeps the slots must not come
// back to it.
func TestAfterUnlockASealTouchesNoSlot(t *testing.T) {
	slots := &slotMap{}
	v := newVault(slots, Options{Keychain: newKeychain()})
	if err := v.Unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if slots.kinds() != "keychain" {
		t.Errorf("slots: %q", slots.kinds())
	}
	v.slots = nil // any use would panic
	opens(t, v, seal(t, v, "secret"), "secret")
}

func TestLockForgetsTheKeyAndOverwritesIt(t *testing.T) {
	keychain := newKeychain()
	v := newVault(&slotMap{}, Options{Keychain: keychain})
	sealed := seal(t, v, "secret")
	key := v.key
	v.Lock()
	if len(key) != keySize || strings.Trim(string(key), "\x00") != "" {
		t.Error("the key is still in memory")
	}
	opens(t, v, sealed, "secret")
	v.Lock()
	keychain.refuse = errHeadless
	_, err := v.Open(t.Context(), "source", "password", 7, sealed)
	refused(t, err, iam.Unavailable)
}

func TestSlotsAreAddedAndRemoved(t *testing.T) {
	ctx, keychain, slots := t.Context(), newKeychain(), &slotMap{}
	file := filepath.Join(t.TempDir(), "key")
	v := newVault(slots, Options{Keychain: keychain, KeyFile: file, Passphrase: saying("long enough for this"),
		Now: func() time.Time { return time.UnixMicro(42) }})
	sealed := seal(t, v, "secret")
	added, err := v.AddSlot(ctx, PassphraseSlot, "")
	if err != nil || added.Kind != PassphraseSlot || added.CreatedAt != 42 || added.Wrapped != "" {
		t.Fatalf("added %+v, %v", added, err)
	}
	// Each slot alone opens it.
	for _, o := range []Options{{Keychain: keychain}, {KeyFile: file}, {Passphrase: saying("long enough for this")}} {
		opens(t, newVault(slots, o), sealed, "secret")
	}
	_, err = v.AddSlot(ctx, RecoverySlot, "")
	refused(t, err, iam.Invalid, "keychain, keyfile or passphrase")
	refused(t, v.RemoveSlot(ctx, "none"), iam.NotFound)

	for _, s := range slices.Clone(slots.slots)[:2] {
		if err := v.RemoveSlot(ctx, s.ID); err != nil {
			t.Fatal(err)
		}
	}
	if len(keychain.entries) != 0 {
		t.Error("the keychain entry of a removed slot is left")
	}
	refused(t, v.RemoveSlot(ctx, added.ID), iam.Conflict, "only way to open the vault")
	opens(t, newVault(slots, Options{Passphrase: saying("long enough for this")}), sealed, "secret")
}

func TestASlotThatCannotBeStoredLeavesNothingBehind(t *testing.T) {
	full := errors.New("disk full")
	keychain, slots := newKeychain(), &slotMap{fail: full}
	v := newVault(slots, Options{Keychain: keychain})
	if _, err := v.Seal(t.Context(), "source", "password", 7, "secret"); !errors.Is(err, full) {
		t.Fatalf("got %v", err)
	}
	if len(keychain.entries) != 0 || v.key != nil {
		t.Error("a key without a slot is left")
	}
	opens(t, v, seal(t, v, "secret"), "secret")
}

func TestAPassphraseIsAskedOnceAndNotTooShort(t *testing.T) {
	asked := 0
	ask := func() (string, error) { asked++; return "long enough for this", nil }
	slots := &slotMap{}
	v := newVault(slots, Options{Passphrase: saying("eleven char")})
	_, err := v.Seal(t.Context(), "source", "password", 7, "secret")
	refused(t, err, iam.Invalid, "at least 12 characters")
	sealed := seal(t, newVault(slots, Options{Passphrase: saying("another one, as long")}), "secret")
	v = newVault(slots, Options{Passphrase: saying("another one, as long")})
	opens(t, v, sealed, "secret")
	v.options.Passphrase = ask
	if _, err := v.AddSlot(t.Context(), PassphraseSlot, ""); err != nil {
		t.Fatal(err)
	}
	asked = 0
	opens(t, newVault(slots, Options{Passphrase: ask}), sealed, "secret")
	if asked != 1 {
		t.Errorf("asked %d times for two slots", asked)
	}
	closed := errors.New("end of input")
	_, err = newVault(slots, Options{Passphrase: func() (string, error) { return "", closed }}).Open(t.Context(), "source", "password", 7, sealed)
	refused(t, err, iam.Unavailable, "could not be read")
	if !errors.Is(err, closed) {
		t.Error("the log is not told why")
	}
}

// No error, its causes included, and no slot shows a secret, a passphrase or a
// key.
func TestNothingShowsASecret(t *testing.T) {
	ctx, slots, keychain := t.Context(), &slotMap{}, newKeychain()
	file := filepath.Join(t.TempDir(), "key")
	const passphrase, secret = "canary-passphrase", "canary-secret"
	v := newVault(slots, Options{Keychain: keychain, KeyFile: file, Passphrase: saying(passphrase)})
	sealed := seal(t, v, secret)
	if _, err := v.AddSlot(ctx, PassphraseSlot, ""); err != nil {
		t.Fatal(err)
	}
	printed, err := v.AddRecoveryKey(ctx)
	if err != nil {
		t.Fatal(err)
	}
	fileKey, _ := os.ReadFile(file)
	canaries := []string{passphrase, secret, printed, printed[:14], strings.TrimSpace(string(fileKey)), encode(v.key), string(v.key)}
	for _, s := range keychain.entries {
		canaries = append(canaries, s)
	}
	var shown []string
	for _, s := range slots.slots {
		shown = append(shown, fmt.Sprintf("%+v", s))
	}
	show := func(err error) {
		for ; err != nil; err = errors.Unwrap(err) {
			shown = append(shown, fmt.Sprintf("%v %+v", err, err))
			if many, ok := err.(interface{ Unwrap() []error }); ok {
				shown = append(shown, fmt.Sprint(many.Unwrap()))
			}
		}
	}
	for i, s := range slots.slots { // damage every slot
		slots.slots[i].Wrapped = s.Wrapped[:len(s.Wrapped)-4] + "AAAA"
	}
	v.Lock()
	_, err = v.Open(ctx, "source", "password", 7, sealed)
	refused(t, err, iam.Unavailable)
	show(err)
	show(v.UnlockWithRecovery(ctx, printed))
	show(v.UnlockWithRecovery(ctx, printed+"0"))
	_, err = v.Seal(ctx, "source", "password", 7, secret)
	show(err)
	for _, text := range shown {
		for _, canary := range canaries {
			if strings.Contains(text, canary) {
				t.Errorf("%q is shown in %q", canary, text)
			}
		}
	}
	if len(shown) < 8 {
		t.Errorf("only %d texts were looked at", len(shown))
	}
}

func TestManyAtOnceMakeOneKey(t *testing.T) {
	slots := &slotMap{}
	v := newVault(slots, Options{Keychain: newKeychain()})
	var wg sync.WaitGroup
	sealed := make([]string, 8)
	for i := range sealed {
		wg.Go(func() { sealed[i], _ = v.Seal(t.Context(), "source", "password", 7, "secret") })
	}
	wg.Wait()
	for _, s := range sealed {
		opens(t, v, s, "secret")
	}
	if len(slots.slots) != 1 {
		t.Errorf("%d slots", len(slots.slots))
	}
}
