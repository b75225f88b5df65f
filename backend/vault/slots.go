package vault

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"gatehouse/backend/iam"
)

// service names the program in the keychain.
const service = "Gatehouse"

// minPassphrase is the least length of a new passphrase in bytes.
const minPassphrase = 12

// unlock makes v.key the data key. With create it makes a new one where there
// is no slot yet. The passphrase is asked for only if none is given. The caller
// holds v.change.
func (v *Vault) unlock(ctx context.Context, create bool, passphrase string) error {
	if v.unlocked() {
		return nil
	}
	slots, err := v.slots.LoadSlots(ctx)
	if err != nil {
		return err
	}
	if len(slots) == 0 && create {
		return v.create(ctx, passphrase)
	}
	var why []string
	var causes []error
	// One question serves all passphrase slots.
	ask := sync.OnceValues(v.asked(passphrase))
	for _, kind := range []SlotKind{KeychainSlot, KeyFileSlot, PassphraseSlot} {
		for _, s := range slots {
			if s.Kind != kind {
				continue
			}
			key, err := v.open(s, ask)
			if err == nil {
				v.hold(key)
				return nil
			}
			causes = append(causes, err)
			if text := err.Error(); !slices.Contains(why, text) {
				why = append(why, text)
			}
		}
	}
	if slices.ContainsFunc(slots, func(s Slot) bool { return s.Kind == RecoverySlot }) {
		why = append(why, "The printed recovery key opens it on any machine: run gatehouse vault recover.")
	}
	if len(slots) == 0 {
		why = []string{"It has no key, so the secret was sealed with one that is gone. Enter the secret again."}
	}
	return iam.Errorf(iam.Unavailable, "The vault that keeps the secrets cannot be opened. %s", strings.Join(why, " ")).
		By(errors.Join(causes...))
}

// open unwraps the data key from one slot. Its error says to the operator why
// not.
func (v *Vault) open(s Slot, ask func() (string, error)) ([]byte, error) {
	switch s.Kind {
	case KeychainSlot:
		key, err := v.openKeychain(s)
		if err != nil {
			return nil, iam.Errorf(iam.Unavailable, "The keychain here does not have its key: sign in to the desktop whose keychain has it.").By(err)
		}
		return key, nil

	case KeyFileSlot:
		if v.options.KeyFile == "" {
			return nil, noKeyFile()
		}
		secret, err := readKeyFile(v.options.KeyFile)
		if err != nil {
			return nil, err
		}
		defer clear(secret)
		key, err := unwrap(s, secret)
		if err != nil {
			return nil, iam.Errorf(iam.Unavailable, "The key file %s is not the one this vault was made with.", v.options.KeyFile).In("keyFile").By(err)
		}
		return key, nil

	case PassphraseSlot:
		passphrase, err := ask()
		if err != nil {
			return nil, err
		}
		key, err := unwrapPassphrase(s, passphrase)
		if err != nil {
			return nil, wrongPassphrase().By(err)
		}
		return key, nil
	}
	return nil, iam.Errorf(iam.Internal, "A slot of the kind %q does not open by itself.", s.Kind)
}

func (v *Vault) openKeychain(s Slot) ([]byte, error) {
	if v.options.Keychain == nil {
		return nil, errNoKeychain
	}
	text, err := v.options.Keychain.Get(service, v.entry(s.ID))
	if err != nil {
		return nil, err
	}
	secret, err := decode(text)
	if err != nil {
		return nil, errAltered
	}
	defer clear(secret)
	return unwrap(s, secret)
}

var errNoKeychain = errors.New("there is no keychain")

func noKeyFile() error {
	return iam.Errorf(iam.Unavailable, "No key file is named: pass --vault-key-file FILE or set GATEHOUSE_VAULT_KEY_FILE.").In("keyFile")
}

// asked is the passphrase given, or what the terminal answers if none was.
func (v *Vault) asked(given string) func() (string, error) {
	if given != "" {
		return func() (string, error) { return given, nil }
	}
	return v.passphrase
}

func (v *Vault) passphrase() (string, error) {
	if v.options.Passphrase == nil {
		return "", iam.Errorf(iam.Unavailable, "The passphrase cannot be asked for here: enter it under Settings, Vault, or run in a terminal.")
	}
	passphrase, err := v.options.Passphrase()
	if err != nil {
		return "", iam.Errorf(iam.Unavailable, "The passphrase could not be read: run in a terminal.").By(err)
	}
	return passphrase, nil
}

// create makes the data key and the first slots: in the keychain if one works,
// in the key file if one is named, and only where there is neither with a
// passphrase.
func (v *Vault) create(ctx context.Context, passphrase string) error {
	key, err := random(keySize)
	if err != nil {
		return err
	}
	var slots []Slot
	// The key file comes first: it can be refused, and then nothing is left
	// behind in the keychain.
	if v.options.KeyFile != "" {
		s, err := v.wrapSlot(KeyFileSlot, key, nil)
		if err != nil {
			return err
		}
		slots = append(slots, s)
	}
	s, unusable := v.wrapSlot(KeychainSlot, key, nil)
	if unusable == nil {
		slots = append(slots, s)
	}
	if len(slots) == 0 && (passphrase != "" || v.options.Passphrase != nil) {
		s, err := v.wrapSlot(PassphraseSlot, key, v.asked(passphrase))
		if err != nil {
			return err
		}
		slots = append(slots, s)
	}
	if len(slots) == 0 {
		return iam.Errorf(iam.Unavailable, "There is no safe place for the key that seals secrets.").
			Fix("Sign in to a desktop with a keychain, or pass --vault-key-file FILE or set GATEHOUSE_VAULT_KEY_FILE, or run in a terminal to set a passphrase.").
			By(unusable)
	}
	for _, s := range slots {
		if err := v.save(ctx, s); err != nil {
			return err
		}
	}
	v.hold(key)
	return nil
}

// save stores a new slot. A slot that could not be stored leaves nothing in
// the keychain.
func (v *Vault) save(ctx context.Context, s Slot) error {
	err := v.slots.SaveSlot(ctx, s)
	if err != nil && s.Kind == KeychainSlot {
		_ = v.options.Keychain.Delete(service, v.entry(s.ID))
	}
	return err
}

// wrapSlot makes a slot of the kind for the data key; ask is for the passphrase
// of a passphrase slot. The slot is not yet saved.
func (v *Vault) wrapSlot(kind SlotKind, key []byte, ask func() (string, error)) (Slot, error) {
	s := Slot{Kind: kind, CreatedAt: iam.Micros(v.options.Now())}
	id, err := random(8)
	if err != nil {
		return Slot{}, err
	}
	s.ID = encode(id)
	switch kind {
	case KeychainSlot:
		s.Label = "Keychain of " + cmp.Or(v.options.Owner, "one user on one machine")
		secret, err := random(keySize)
		if err != nil {
			return Slot{}, err
		}
		defer clear(secret)
		if err := v.keep(s.ID, encode(secret)); err != nil {
			return Slot{}, iam.Errorf(iam.Unavailable, "The keychain of this machine cannot be used: sign in to a desktop with a keychain.").By(err)
		}
		s.Wrapped, err = wrap(kind, s.ID, secret, key)
		return s, err

	case KeyFileSlot:
		s.Label = "Key file " + v.options.KeyFile
		if v.options.KeyFile == "" {
			return Slot{}, noKeyFile()
		}
		secret, err := ensureKeyFile(v.options.KeyFile)
		if err != nil {
			return Slot{}, err
		}
		defer clear(secret)
		s.Wrapped, err = wrap(kind, s.ID, secret, key)
		return s, err

	case PassphraseSlot:
		s.Label = "Passphrase"
		passphrase, err := ask()
		if err != nil {
			return Slot{}, err
		}
		if len(passphrase) < minPassphrase {
			return Slot{}, iam.Errorf(iam.Invalid, "The passphrase is too short: use at least %d characters.", minPassphrase).In("passphrase")
		}
		s.Wrapped, err = wrapPassphrase(passphrase, key, v.options.Work)
		return s, err
	}
	return Slot{}, iam.Errorf(iam.Invalid, "There is no kind of slot %q to add: use keychain, keyfile or passphrase.", kind).In("kind")
}

// keep puts a secret in the keychain and proves that it can be had again.
func (v *Vault) keep(id, secret string) error {
	if v.options.Keychain == nil {
		return errNoKeychain
	}
	if err := v.options.Keychain.Set(service, v.entry(id), secret); err != nil {
		return err
	}
	got, err := v.options.Keychain.Get(service, v.entry(id))
	if err == nil && got != secret {
		err = errors.New("the keychain gave back something else")
	}
	if err != nil {
		_ = v.options.Keychain.Delete(service, v.entry(id))
	}
	return err
}

// entry names a slot's keychain entry. It holds the slot's id, so that copies
// of one data folder on several machines never overwrite each other's.
func (v *Vault) entry(id string) string { return v.options.Installation + "/" + id }

// AddSlot gives the vault one more way to be opened: KeychainSlot, KeyFileSlot
// with the file of Options, or PassphraseSlot, with the passphrase given or, if
// that is empty, asked for in the terminal. A recovery slot is made by
// AddRecoveryKey.
//
// Conflict: this keychain or key file opens the vault already.
func (v *Vault) AddSlot(ctx context.Context, kind SlotKind, passphrase string) (Slot, error) {
	v.change.Lock()
	defer v.change.Unlock()
	before, err := v.slots.LoadSlots(ctx)
	if err != nil {
		return Slot{}, err
	}
	opening := passphrase
	if len(before) > 0 {
		opening = "" // the one given is to be a new one
	}
	key, err := v.copyKey(ctx, opening)
	if err != nil {
		return Slot{}, err
	}
	defer clear(key)
	if len(before) == 0 {
		// The vault was made just now, as a rule with the very slot wanted.
		made, err := v.slots.LoadSlots(ctx)
		if err != nil {
			return Slot{}, err
		}
		if i := slices.IndexFunc(made, func(s Slot) bool { return s.Kind == kind }); i >= 0 {
			made[i].Wrapped = ""
			return made[i], nil
		}
	}
	if err := v.isNew(before, kind); err != nil {
		return Slot{}, err
	}
	s, err := v.wrapSlot(kind, key, v.asked(passphrase))
	if err != nil {
		return Slot{}, err
	}
	if err := v.save(ctx, s); err != nil {
		return Slot{}, err
	}
	s.Wrapped = ""
	return s, nil
}

// isNew refuses a second slot for the keychain or key file of a first one: it
// would look like one more way in and be none.
func (v *Vault) isNew(slots []Slot, kind SlotKind) error {
	for _, s := range slots {
		if s.Kind != kind || kind != KeychainSlot && kind != KeyFileSlot {
			continue
		}
		if key, err := v.open(s, nil); err == nil {
			clear(key)
			return iam.Errorf(iam.Conflict, "The vault opens with this already: %s.", lowerFirst(s.Label)).In("kind")
		}
	}
	return nil
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// UnlockWithPassphrase opens the vault with the passphrase of one of its slots,
// for whoever is not at the terminal of the program that owns it.
//
// Denied: it opens none of them. Conflict: the vault has no passphrase.
func (v *Vault) UnlockWithPassphrase(ctx context.Context, passphrase string) error {
	v.change.Lock()
	defer v.change.Unlock()
	slots, err := v.slots.LoadSlots(ctx)
	if err != nil {
		return err
	}
	slots = slices.DeleteFunc(slots, func(s Slot) bool { return s.Kind != PassphraseSlot })
	if len(slots) == 0 {
		return noPassphrase()
	}
	for _, s := range slots {
		if key, err := unwrapPassphrase(s, passphrase); err == nil {
			v.hold(key)
			return nil
		}
	}
	return wrongPassphrase()
}

func noPassphrase() error {
	return iam.Errorf(iam.Conflict, "The vault does not open with a passphrase: it has none.").In("passphrase")
}

func wrongPassphrase() *iam.Error {
	return iam.Errorf(iam.Denied, "The passphrase is wrong.").In("passphrase")
}

// RemoveSlot takes a way to open the vault away, its keychain entry included.
// It refuses the last one with Conflict.
func (v *Vault) RemoveSlot(ctx context.Context, id string) error {
	v.change.Lock()
	defer v.change.Unlock()
	slots, err := v.slots.LoadSlots(ctx)
	if err != nil {
		return err
	}
	for _, s := range slots {
		if s.ID != id {
			continue
		}
		if len(slots) == 1 {
			return iam.Errorf(iam.Conflict, "This is the only way to open the vault; without it every secret would be lost.").
				Fix("Add another one first.")
		}
		if err := v.slots.RemoveSlot(ctx, id); err != nil {
			return err
		}
		if s.Kind == KeychainSlot && v.options.Keychain != nil {
			// A key left behind opens nothing any more, so a failure here is
			// none of the removal.
			_ = v.options.Keychain.Delete(service, v.entry(id))
		}
		v.slots.Forget(ctx)
		return nil
	}
	return iam.Errorf(iam.NotFound, "The vault has no slot %q.", id)
}
