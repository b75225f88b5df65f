package vault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/iam"
)

// keyhouse is a vault with slots of several kinds, and secrets.
type keyhouse struct {
	slots    *slotMap
	keychain *memoryKeychain
	file     string
	printed  string // the recovery key, if any
	vault    *Vault
	want     map[spot]string
}

const phrase = "long enough for this"

// newKeyhouse makes the slots in order; "elsewhere" is the keychain of another
// machine.
func newKeyhouse(t rapid.TB, folder string, kinds []string, secrets int) *keyhouse {
	ctx := context.Background()
	h := &keyhouse{slots: &slotMap{secrets: map[spot]string{}}, keychain: newKeychain(), file: filepath.Join(folder, "key"), want: map[spot]string{}}
	_ = os.Remove(h.file)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var key []byte
	for _, kind := range kinds {
		o := Options{Keychain: h.keychain}
		switch kind {
		case "keyfile":
			o = Options{KeyFile: h.file}
		case "passphrase":
			o = Options{Passphrase: saying(phrase)}
		case "elsewhere":
			o = Options{Keychain: newKeychain()}
		}
		v := newVault(h.slots, o)
		v.key = slices.Clone(key)
		switch {
		case kind == "recovery":
			var err error
			h.printed, err = v.AddRecoveryKey(ctx)
			check(err)
		case key == nil:
			check(v.Unlock(ctx))
		default:
			_, err := v.AddSlot(ctx, SlotKind(strings.Replace(kind, "elsewhere", string(KeychainSlot), 1)), "")
			check(err)
		}
		key = slices.Clone(v.key)
	}
	h.vault = newVault(h.slots, Options{Keychain: h.keychain, KeyFile: h.file})
	h.vault.key = key
	for _, ring := range []string{"factors", "others"} {
		check(h.vault.Ring(ring).Prepare(ctx))
	}
	for i := range secrets {
		at := spot{[]string{"", "factors", "others"}[i%3], "table", "column", int64(i)}
		h.want[at] = fmt.Sprint("secret ", i)
		sealed, err := h.vault.Seal(ctx, at.table, at.column, at.row, h.want[at])
		if at.ring != "" {
			sealed, err = h.vault.Ring(at.ring).Seal(ctx, at.table, at.column, at.row, h.want[at])
		}
		check(err)
		h.slots.secrets[at] = sealed
	}
	return h
}

// opens checks that v opens every secret.
func (h *keyhouse) opens(t rapid.TB, how string, v *Vault) {
	t.Helper()
	ctx := context.Background()
	for at, want := range h.want {
		got, err := v.Open(ctx, at.table, at.column, at.row, h.slots.secrets[at])
		if at.ring != "" {
			got, err = v.Ring(at.ring).Open(ctx, at.table, at.column, at.row, h.slots.secrets[at])
		}
		if err != nil || got != want {
			t.Fatalf("%s: %+v opens as %q, %v", how, at, got, err)
		}
	}
}

// Rekey keeps every secret, for any set of ways in and any part of them at
// hand; or it refuses and has changed nothing.
func TestRekeyKeepsEverySecret(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.Permutation([]string{"keychain", "keyfile", "passphrase", "elsewhere", "recovery"}).Draw(t, "kinds")
		kinds = kinds[:rapid.IntRange(1, 5).Draw(t, "slots")]
		if kinds[0] == "recovery" { // it is never the first
			kinds = append(kinds[1:], "recovery")
			if len(kinds) == 1 {
				kinds = []string{"keychain", "recovery"}
			}
		}
		h := newKeyhouse(t, folder, kinds, rapid.IntRange(0, 9).Draw(t, "secrets"))
		given := ""
		if slices.Contains(kinds, "passphrase") && rapid.Bool().Draw(t, "the passphrase is given") {
			given = phrase
		}
		if rapid.Bool().Draw(t, "no key file is named") {
			h.vault.options.KeyFile = ""
		}
		atHand := map[string]bool{"keychain": true, "keyfile": h.vault.options.KeyFile != "", "passphrase": given != ""}
		before, oldSecrets, oldKeys := slices.Clone(h.slots.slots), maps.Clone(h.slots.secrets), maps.Clone(h.slots.keys)
		entries := maps.Clone(h.keychain.entries)
		var kept []string
		for _, kind := range kinds {
			if atHand[kind] {
				kept = append(kept, kind)
			}
		}

		done, err := h.vault.Rekey(context.Background(), given)
		if len(kept) == 0 {
			if iam.KindOf(err) != iam.Conflict || !slices.Equal(before, h.slots.slots) || !maps.Equal(oldSecrets, h.slots.secrets) ||
				!maps.Equal(oldKeys, h.slots.keys) || !maps.Equal(entries, h.keychain.entries) {
				t.Fatalf("refused with %v, and something changed", err)
			}
			h.opens(t, "after a refusal", h.vault)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		h.opens(t, "the same vault", h.vault)
		for kind, o := range map[string]Options{"keychain": {Keychain: h.keychain}, "keyfile": {KeyFile: h.file}, "passphrase": {Passphrase: saying(phrase)}} {
			if slices.Contains(kept, kind) {
				h.opens(t, "by "+kind+" alone", newVault(h.slots, o))
			}
		}
		restored := newVault(h.slots, Options{})
		if hadRecovery := slices.Contains(kinds, "recovery"); hadRecovery != (done.RecoveryKey != "") {
			t.Fatalf("the recovery key is %q", done.RecoveryKey)
		} else if hadRecovery {
			if err := restored.UnlockWithRecovery(context.Background(), h.printed); iam.KindOf(err) != iam.Denied {
				t.Fatalf("the old recovery key: %v", err)
			}
			if err := restored.UnlockWithRecovery(context.Background(), done.RecoveryKey); err != nil {
				t.Fatal(err)
			}
			h.opens(t, "by the new recovery key", restored)
			kept = append(kept, "recovery")
		}
		if len(h.slots.slots) != len(kept) || len(done.Dropped) != len(kinds)-len(kept) || int(done.Resealed) != len(h.want) {
			t.Fatalf("%d slots of %q, kept %q, dropped %+v, resealed %d of %d", len(h.slots.slots), kinds, kept, done.Dropped, done.Resealed, len(h.want))
		}
		for _, s := range h.slots.slots {
			if slices.ContainsFunc(before, func(b Slot) bool { return b.ID == s.ID || b.Wrapped == s.Wrapped }) {
				t.Fatalf("slot %s is an old one", s.ID)
			}
		}
		for _, s := range done.Dropped {
			if s.Wrapped != "" {
				t.Fatal("a dropped slot shows what it wrapped")
			}
		}
		// Nothing old opens with what is new.
		for at, sealed := range oldSecrets {
			open := h.vault.Open
			if at.ring != "" {
				open = h.vault.Ring(at.ring).Open
			}
			if _, err := open(context.Background(), at.table, at.column, at.row, sealed); iam.KindOf(err) != iam.Unavailable {
				t.Fatalf("an old secret still opens: %v", err)
			}
		}
		if n := len(h.keychain.entries); (n == 1) != slices.Contains(kept, "keychain") || n > 1 {
			t.Fatalf("%d keychain entries", n)
		}
	})
}

var errStep = errors.New("the disk is full")

// A rekey that ends before any of its steps, by an error or with the process,
// leaves a vault that opens every secret by every way that is at hand.
func TestARekeyThatEndsAnywhereLosesNothing(t *testing.T) {
	folder := t.TempDir()
	for _, crash := range []bool{false, true} {
		whole := false
		for n := 0; !whole; n++ {
			h := newKeyhouse(t, folder, []string{"keychain", "keyfile", "recovery", "passphrase"}, 6)
			how := fmt.Sprintf("crash %v before step %d", crash, n)
			left := n
			step := func() error {
				left--
				if left != -1 {
					return nil
				}
				if crash {
					panic(errStep)
				}
				return errStep
			}
			h.slots.step, h.keychain.step = step, step
			func() {
				defer func() { _ = recover() }()
				_, _ = h.vault.Rekey(t.Context(), phrase)
			}()
			whole = left >= 0 // it ran to its end without reaching the step
			h.slots.step, h.keychain.step = nil, nil
			if n > 100 {
				t.Fatal("it never ends")
			}
			for _, o := range []Options{{Keychain: h.keychain}, {KeyFile: h.file}, {Passphrase: saying(phrase)}} {
				if crash || o.Keychain == nil || len(h.slots.slots) == 4 {
					h.opens(t, how, newVault(h.slots, o))
				}
			}
			if crash {
				continue
			}
			h.opens(t, how+", the same vault", h.vault)
			sealed := seal(t, h.vault, "later")
			opens(t, newVault(h.slots, Options{KeyFile: h.file}), sealed, "later")
			if whole && n < 12 {
				t.Errorf("only %d steps were tried", n)
			}
		}
	}
}

func TestRekeyRefusesBeforeItChangesAnything(t *testing.T) {
	ctx, folder := t.Context(), t.TempDir()
	h := newKeyhouse(t, folder, []string{"passphrase", "keychain"}, 3)
	before := slices.Clone(h.slots.slots)
	_, err := h.vault.Rekey(ctx, "not the passphrase")
	refused(t, err, iam.Denied, "passphrase is wrong")
	at := slices.Collect(maps.Keys(h.slots.secrets))[0]
	good := h.slots.secrets[at]
	h.slots.secrets[at] = good[:len(good)-4] + "AAAA"
	_, err = h.vault.Rekey(ctx, phrase)
	refused(t, err, iam.Unavailable, fmt.Sprintf("table.column of record %d", at.row), "Enter the secret again")
	h.slots.secrets[at] = good
	if !slices.Equal(before, h.slots.slots) || len(h.keychain.entries) != 1 {
		t.Errorf("%d slots, %d keychain entries", len(h.slots.slots), len(h.keychain.entries))
	}
	h.opens(t, "after refusals", h.vault)

	h = newKeyhouse(t, folder, []string{"keychain"}, 1)
	_, err = h.vault.Rekey(ctx, phrase)
	refused(t, err, iam.Conflict, "it has none")
	h.keychain.refuse = errHeadless
	_, err = h.vault.Rekey(ctx, "")
	refused(t, err, iam.Conflict, "No way to open the vault could be kept", "add a way in that works here")
}

// The first way in that is asked for makes the vault, once.
func TestTheFirstSlotAdded(t *testing.T) {
	ctx := t.Context()
	for kind, o := range map[SlotKind]Options{KeychainSlot: {Keychain: newKeychain()}, KeyFileSlot: {KeyFile: filepath.Join(t.TempDir(), "key")}, PassphraseSlot: {}} {
		slots := &slotMap{}
		v := newVault(slots, o)
		if s, err := v.AddSlot(ctx, kind, phrase); err != nil || s.Kind != kind || s.Wrapped != "" || slots.kinds() != string(kind) {
			t.Errorf("%s: %+v, %v; there are %s", kind, s, err, slots.kinds())
		}
		if kind == PassphraseSlot {
			v.Lock()
			_, err := v.AddSlot(ctx, kind, "another one, as long")
			refused(t, err, iam.Unavailable, "cannot be asked for here")
			refused(t, v.UnlockWithPassphrase(ctx, "another one, as long"), iam.Denied)
			if err := v.UnlockWithPassphrase(ctx, phrase); err != nil {
				t.Error(err)
			}
			continue
		}
		_, err := v.AddSlot(ctx, kind, "")
		refused(t, err, iam.Conflict, "opens with this already")
		refused(t, v.UnlockWithPassphrase(ctx, phrase), iam.Conflict, "it has none")
	}
}

// A vault that only a passphrase opens is opened with the one that came with the
// request; no terminal is asked.
func TestRekeyOpensWithThePassphraseGiven(t *testing.T) {
	h := newKeyhouse(t, t.TempDir(), []string{"passphrase"}, 3)
	v := newVault(h.slots, Options{})
	_, err := v.Rekey(t.Context(), "")
	refused(t, err, iam.Unavailable, "enter it under Settings, Vault")
	_, err = v.Rekey(t.Context(), "not the passphrase")
	refused(t, err, iam.Unavailable, "The passphrase is wrong")
	if _, err := v.Rekey(t.Context(), phrase); err != nil {
		t.Fatal(err)
	}
	h.opens(t, "the same vault", v)
	h.opens(t, "by passphrase", newVault(h.slots, Options{Passphrase: saying(phrase)}))
}

// What is sealed while the key is replaced is sealed with one of the two keys,
// and with the one that the store then has.
func TestSealingWaitsForRekey(t *testing.T) {
	h := newKeyhouse(t, t.TempDir(), []string{"keychain"}, 1)
	inside, sealed := make(chan struct{}), make(chan string)
	calls := 0
	h.slots.step = func() error {
		if calls++; calls == 3 { // LoadSlots, the start of Rekey, the first ring's key
			go func() {
				close(inside)
				s, _ := h.vault.Seal(context.Background(), "source", "password", 7, "meanwhile")
				sealed <- s
			}()
			<-inside
			select {
			case <-sealed:
				t.Error("sealed while the key was being replaced")
			default:
			}
		}
		return nil
	}
	if _, err := h.vault.Rekey(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	h.slots.step = nil
	opens(t, newVault(h.slots, Options{Keychain: h.keychain}), <-sealed, "meanwhile")
}
