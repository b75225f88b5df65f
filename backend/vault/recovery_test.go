package vault

import (
	"strings"
	"testing"

	"gatehouse/backend/iam"
)

func TestARecoveryKeyOpensItOnAMachineWithAnEmptyKeychain(t *testing.T) {
	ctx, slots := t.Context(), &slotMap{}
	old := newVault(slots, Options{Keychain: newKeychain()})
	sealed := seal(t, old, "secret")
	printed, err := old.AddRecoveryKey(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := old.Status(ctx); s.RecoveryOffered {
		t.Error("a second recovery key is offered")
	}

	keychain := newKeychain()
	restored := newVault(slots, Options{Keychain: keychain})
	_, err = restored.Open(ctx, "source", "password", 7, sealed)
	refused(t, err, iam.Unavailable, "recovery key")
	// As people type it.
	typed := strings.ToLower(strings.ReplaceAll(printed, "-", " "))
	typed = strings.NewReplacer("0", "o", "1", "l").Replace(typed)
	if err := restored.UnlockWithRecovery(ctx, typed); err != nil {
		t.Fatal(err)
	}
	opens(t, restored, sealed, "secret")
	// From then on by itself, and the old machine still does.
	if _, err := restored.AddSlot(ctx, KeychainSlot, ""); err != nil {
		t.Fatal(err)
	}
	opens(t, newVault(slots, Options{Keychain: keychain}), sealed, "secret")
	old.Lock()
	opens(t, old, sealed, "secret")
}

func TestARecoveryKeyReadOffWronglyIsToldFromAWrongOne(t *testing.T) {
	ctx, slots := t.Context(), &slotMap{}
	v := newVault(slots, Options{Keychain: newKeychain()})
	printed, err := v.AddRecoveryKey(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if groups := strings.Split(printed, "-"); len(groups) != 9 || len(printed) != 9*4+8 || strings.ContainsAny(printed, "ILOU") {
		t.Fatalf("printed %q", printed)
	}
	slip := []byte(printed)
	slip[0] = map[bool]byte{true: '3', false: '2'}[slip[0] == '2']
	for name, text := range map[string]string{"a slip": string(slip), "cut": printed[:40], "empty": "", "a letter that is none": "U" + printed[1:]} {
		err := v.UnlockWithRecovery(ctx, text)
		refused(t, err, iam.Invalid)
		if len(text) > 8 && strings.Contains(err.Error(), text[5:9]) {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
	other := newVault(&slotMap{}, Options{Keychain: newKeychain()})
	foreign, err := other.AddRecoveryKey(ctx)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, v.UnlockWithRecovery(ctx, foreign), iam.Denied, "does not open this vault")
}
