package api

import (
	"context"
	"errors"
	"slices"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/backend/vault"
)

// VaultInfo says how the key of the vault is kept.
type VaultInfo struct {
	Slots       []VaultSlot `json:"slots"`
	HasRecovery bool        `json:"hasRecovery"`
	Unlocked    bool        `json:"unlocked"`
}

// VaultSlot is one way to unwrap the key of the vault.
type VaultSlot struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" enum:"keychain,passphrase,keyfile,recovery"`
	Label     string `json:"label"`
	CreatedAt string `json:"createdAt" format:"date-time"`
}

// AddVaultSlot asks for one more way to open the vault. A recovery key has a
// route of its own, because it answers with the key.
type AddVaultSlot struct {
	Body struct {
		Kind       string `json:"kind" enum:"keychain,passphrase,keyfile"`
		Passphrase string `json:"passphrase,omitempty" maxLength:"200" doc:"For the kind passphrase; without it the terminal of the owner is asked."`
	}
}

// SlotPath names a slot of the vault.
type SlotPath struct {
	ID string `path:"id" maxLength:"64"`
}

// UnlockVault carries a passphrase to whoever owns the vault.
type UnlockVault struct {
	Body struct {
		Passphrase string `json:"passphrase" minLength:"1" maxLength:"200"`
	}
}

// RecoveryKey is shown once.
type RecoveryKey struct {
	Key string `json:"key"`
}

// RecoverVault carries a printed recovery key.
type RecoverVault struct {
	Body struct {
		RecoveryKey string `json:"recoveryKey" minLength:"8" maxLength:"200"`
	}
}

// RekeyVault asks for a new data key.
type RekeyVault struct {
	Body struct {
		Passphrase string `json:"passphrase,omitempty" maxLength:"200" doc:"Of the passphrase slot, to keep it."`
	}
}

// VaultRekeyed says what is different now.
type VaultRekeyed struct {
	Vault       VaultInfo   `json:"vault"`
	RecoveryKey string      `json:"recoveryKey,omitempty" doc:"The new one, shown once, if there was one before."`
	Resealed    int64       `json:"resealed" doc:"Secrets sealed anew."`
	Dropped     []VaultSlot `json:"dropped" doc:"Ways in that could not be kept, because their key was not at hand."`
}

func (s *server) vaultInfo(ctx context.Context) (VaultInfo, error) {
	status, err := s.vault.Status(ctx)
	return vaultWith(status.Slots, status.Unlocked), err
}

func vaultWith(slots []vault.Slot, unlocked bool) VaultInfo {
	hasRecovery := slices.ContainsFunc(slots, func(slot vault.Slot) bool { return slot.Kind == vault.RecoverySlot })
	return VaultInfo{Slots: vaultSlots(slots), HasRecovery: hasRecovery, Unlocked: unlocked}
}

func vaultSlots(slots []vault.Slot) []VaultSlot {
	out := make([]VaultSlot, len(slots))
	for i, slot := range slots {
		out[i] = VaultSlot{slot.ID, string(slot.Kind), slot.Label, stamp(slot.CreatedAt)}
	}
	return out
}

func (s *server) addVaultSlot(ctx context.Context, in *AddVaultSlot) (*body[VaultInfo], error) {
	if _, err := s.vault.AddSlot(ctx, vault.SlotKind(in.Body.Kind), in.Body.Passphrase); err != nil {
		return nil, err
	}
	return answer(s.vaultInfo(ctx))
}

func (s *server) removeVaultSlot(ctx context.Context, in *SlotPath) (*body[VaultInfo], error) {
	if err := s.vault.RemoveSlot(ctx, in.ID); err != nil {
		return nil, err
	}
	return answer(s.vaultInfo(ctx))
}

func (s *server) addRecoveryKey(ctx context.Context, _ *none) (*body[RecoveryKey], error) {
	key, err := s.vault.AddRecoveryKey(ctx)
	return answer(RecoveryKey{key}, err)
}

// unlockVault opens a vault whose passphrase the owner's terminal is not there
// to ask for. Every try costs the second that the passphrase's scrypt takes, one
// after the other, and is recorded.
func (s *server) unlockVault(ctx context.Context, in *UnlockVault) (*body[VaultInfo], error) {
	refusal := s.vault.UnlockWithPassphrase(ctx, in.Body.Passphrase)
	if refusal != nil && iam.KindOf(refusal) != iam.Denied {
		return nil, refusal
	}
	if _, err := s.store.Write(ctx, "vault.unlock", func(t *store.Tx) error {
		t.AboutText("vault", "", string(vault.PassphraseSlot))
		t.Touches("settings")
		if refusal != nil {
			t.Ended(iam.Refused)
		}
		return nil
	}); err != nil || refusal != nil {
		return nil, errors.Join(refusal, err)
	}
	return answer(s.vaultInfo(ctx))
}

// recoverVault opens the vault on a machine that has none of its other keys,
// and gives it one, so that the printed key can go back into its drawer.
func (s *server) recoverVault(ctx context.Context, in *RecoverVault) (*body[VaultInfo], error) {
	if err := s.vault.UnlockWithRecovery(ctx, in.Body.RecoveryKey); err != nil {
		return nil, err
	}
	var last error
	for _, kind := range []vault.SlotKind{vault.KeychainSlot, vault.KeyFileSlot, vault.PassphraseSlot} {
		_, last = s.vault.AddSlot(ctx, kind, "")
		if last == nil || iam.KindOf(last) == iam.Conflict { // it has one already
			return answer(s.vaultInfo(ctx))
		}
	}
	return nil, last
}

// rekeyVault answers from what Rekey returned: the new recovery key is in this
// answer or nowhere, so that no further read may fail.
func (s *server) rekeyVault(ctx context.Context, in *RekeyVault) (*body[VaultRekeyed], error) {
	done, err := s.vault.Rekey(ctx, in.Body.Passphrase)
	return answer(VaultRekeyed{
		Vault: vaultWith(done.Slots, true), RecoveryKey: done.RecoveryKey, Resealed: done.Resealed, Dropped: vaultSlots(done.Dropped),
	}, err)
}
