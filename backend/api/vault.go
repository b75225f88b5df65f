package api

import "context"

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

// LostLaptop is what to do when the machine with this data folder is gone.
type LostLaptop struct {
	Opens   []string     `json:"opens" doc:"What a finder needs to open the secrets, by slot."`
	Disk    string       `json:"disk" enum:"yes,no,unknown" doc:"Whether the disk is encrypted."`
	Rotate  []Rotate     `json:"rotate" doc:"What to change at once, worst first."`
	Exposed []ExposedRow `json:"exposed" doc:"What lies in the folder unsealed, and how much of it."`
}

// Rotate is one secret to change.
type Rotate struct {
	What  string `json:"what"`
	About Ref    `json:"about"`
	Where string `json:"where" doc:"Where to change it."`
	How   string `json:"how" doc:"What to do, one sentence."`
	Risk  string `json:"risk" enum:"low,medium,high,critical"`
	SetAt string `json:"setAt,omitempty" format:"date-time"`
}

// ExposedRow counts one sort of data.
type ExposedRow struct {
	What  string `json:"what"`
	Count int64  `json:"count"`
}

func (s *server) addVaultSlot(context.Context, *AddVaultSlot) (*body[VaultInfo], error) {
	return notBuilt[body[VaultInfo]]()
}
func (s *server) removeVaultSlot(context.Context, *SlotPath) (*body[VaultInfo], error) {
	return notBuilt[body[VaultInfo]]()
}
func (s *server) rekeyVault(context.Context, *RekeyVault) (*body[VaultRekeyed], error) {
	return notBuilt[body[VaultRekeyed]]()
}
func (s *server) getLostLaptop(context.Context, *none) (*body[LostLaptop], error) {
	return notBuilt[body[LostLaptop]]()
}
