package vault

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gatehouse/backend/iam"
)

func TestAKeyFileIsTheOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no file modes")
	}
	ctx, folder := t.Context(), t.TempDir()
	file := filepath.Join(folder, "key")
	slots := &slotMap{}
	sealed := seal(t, newVault(slots, Options{KeyFile: file}), "secret")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("made with mode %v, %v", info.Mode(), err)
	}
	key, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	open := func() error {
		_, err := newVault(slots, Options{KeyFile: file}).Open(ctx, "source", "password", 7, sealed)
		return err
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o644, 0o666} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		refused(t, open(), iam.Unavailable, fmt.Sprintf("mode %04o", mode), "run chmod 600 "+file)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"", "short", string(key[:20]), string(key) + string(key), "canary-not-a-key"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		err := open()
		refused(t, err, iam.Unavailable, "does not hold a key")
		if content != "" && strings.Contains(err.Error(), strings.TrimSpace(content)) {
			t.Errorf("the error shows the file: %v", err)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	refused(t, open(), iam.Unavailable, "does not exist")
	if _, err := os.Stat(file); err == nil {
		t.Error("opening made a new key file")
	}
	_, err = newVault(&slotMap{}, Options{KeyFile: filepath.Join(folder, "none", "key"), Keychain: newKeychain()}).
		Seal(ctx, "source", "password", 7, "secret")
	refused(t, err, iam.Unavailable, "cannot be read or made")

	// A file made for another vault.
	if _, err := newVault(&slotMap{}, Options{KeyFile: file}).Seal(ctx, "a", "b", 1, "x"); err != nil {
		t.Fatal(err)
	}
	refused(t, open(), iam.Unavailable, "is not the one this vault was made with")
}

// The slot says where its file is, wherever the program is started next.
func TestAKeyFileIsNamedFromTheRoot(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	folder, err := os.Getwd() // as the system spells it
	if err != nil {
		t.Fatal(err)
	}
	slots := &slotMap{}
	v := newVault(slots, Options{KeyFile: "vault.key"})
	sealed := seal(t, v, "secret")
	if label := slots.slots[0].Label; label != "Key file "+filepath.Join(folder, "vault.key") {
		t.Errorf("the slot is %q", label)
	}
	t.Chdir(t.TempDir())
	v.Lock()
	if got, err := v.Open(t.Context(), "source", "password", 7, sealed); err != nil || got != "secret" {
		t.Errorf("from another folder: %q, %v", got, err)
	}
}
