package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/backend/vault"
)

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
	About *Ref   `json:"about,omitempty" doc:"The record it belongs to, if it belongs to one."`
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

var risks = []string{"critical", "high", "medium", "low"}

func (s *server) getLostLaptop(ctx context.Context, _ *none) (*body[LostLaptop], error) {
	status, err := s.vault.Status(ctx)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (LostLaptop, error) {
		l := loss{slots: status.Slots, folder: s.store.Dir(), disk: diskEncrypted(s.store.Dir())}
		v := LostLaptop{Opens: l.opens(), Disk: l.disk}
		clear, err := r.InTheClear(ctx)
		if err != nil {
			return v, err
		}
		if v.Rotate, err = l.passwords(ctx, r); err != nil {
			return v, err
		}
		v.Rotate = append(v.Rotate, l.keys()...)
		v.Rotate = append(v.Rotate, l.proofs(clear)...)
		slices.SortStableFunc(v.Rotate, func(a, b Rotate) int {
			return cmp.Compare(slices.Index(risks, a.Risk), slices.Index(risks, b.Risk))
		})
		v.Exposed, err = l.exposed(clear)
		return v, err
	})
}

// loss is what is known of the folder that a finder has.
type loss struct {
	slots  []vault.Slot
	folder string
	disk   string
}

func (l loss) has(kind vault.SlotKind) bool {
	return slices.ContainsFunc(l.slots, func(s vault.Slot) bool { return s.Kind == kind })
}

// keyWithLock says whether a key file lies in the folder whose secrets it opens.
func (l loss) keyWithLock() bool {
	return slices.ContainsFunc(l.slots, l.besideSecrets)
}

func (l loss) besideSecrets(s vault.Slot) bool {
	file, is := strings.CutPrefix(s.Label, "Key file ")
	if s.Kind != vault.KeyFileSlot || !is {
		return false
	}
	inside, err := filepath.Rel(l.folder, file)
	return err == nil && filepath.IsLocal(inside)
}

// weakest is the kinds of slot, those first that a finder may have found too.
var weakest = []vault.SlotKind{vault.KeyFileSlot, vault.KeychainSlot, vault.PassphraseSlot, vault.RecoverySlot}

// opens says what a finder needs, one sentence or two a slot, the weakest
// first.
func (l loss) opens() []string {
	out := []string{}
	slots := slices.SortedStableFunc(slices.Values(l.slots), func(a, b vault.Slot) int {
		return cmp.Compare(slices.Index(weakest, a.Kind), slices.Index(weakest, b.Kind))
	})
	for _, s := range slots {
		var text string
		switch {
		case s.Kind == vault.KeychainSlot:
			text = "the sign-in of that user on that machine. A session that was left open is enough."
		case l.besideSecrets(s):
			text = "nothing more: the key file lies in the data folder, beside what it opens. Treat the secrets as known."
		case s.Kind == vault.KeyFileSlot:
			text = "that file. If it was on the same disk or in the same backup, treat the secrets as known."
		case s.Kind == vault.PassphraseSlot:
			text = "the passphrase. It can be guessed without anybody noticing, at about a second a guess on one processor; its length decides."
		case s.Kind == vault.RecoverySlot:
			text = "the paper. It cannot be guessed; it matters only if it was kept with the machine."
		}
		out = append(out, s.Label+": "+text)
	}
	return out
}

// sealedRisk is how soon what is sealed must be changed.
func (l loss) sealedRisk() string {
	switch {
	case l.keyWithLock():
		return "critical"
	case l.disk == "yes":
		return "medium"
	}
	return "high"
}

// passwords are the bind accounts' of the connected directories.
func (l loss) passwords(ctx context.Context, r *store.Reader) ([]Rotate, error) {
	out := []Rotate{}
	sources, err := r.Sources(ctx)
	if err != nil {
		return nil, err
	}
	for _, src := range sources {
		sealed, err := r.SealedSecret(ctx, src.ID)
		if err != nil {
			return nil, err
		}
		if sealed == "" {
			continue
		}
		about := sourceRef(src)
		v := Rotate{
			What: "Password of " + src.Config.BindDN, About: &about, Where: src.Config.URL, Risk: l.sealedRisk(),
			How: "Give the account a new password there, then enter it here under Directories; look in the directory's log for sign-ins of the account from elsewhere.",
		}
		since, err := r.SecretSince(ctx, src.ID)
		if err != nil {
			return nil, err
		}
		if since != 0 {
			v.SetAt = stamp(since)
		}
		out = append(out, v)
	}
	return out, nil
}

// keys are the vault's own.
func (l loss) keys() []Rotate {
	const restored = "Settings, Vault, on the restored copy"
	var out []Rotate
	if len(l.slots) > 0 {
		out = append(out, Rotate{What: "Key of the vault", Where: restored, Risk: l.sealedRisk(), How: l.howToRekey()})
	}
	if l.has(vault.KeyFileSlot) {
		v := Rotate{
			What: "Key file of the vault", Where: restored, Risk: "medium",
			How: "It stays the same when the key of the vault is replaced: first remove its slot, delete the file and add a new one, on all machines that have it.",
		}
		if l.keyWithLock() {
			v.Risk = "critical"
		}
		out = append(out, v)
	}
	if l.has(vault.PassphraseSlot) {
		out = append(out, Rotate{
			What: "Passphrase of the vault", Where: restored, Risk: "medium",
			How: "Add a new one and remove the old one before you replace the key; if it is used for anything else, change it there too.",
		})
	}
	if l.has(vault.RecoverySlot) {
		out = append(out, Rotate{
			What: "Printed recovery key", Where: restored, Risk: "low",
			How: "Replacing the vault's key prints a new one; only if the paper was with the machine is this as urgent as the passwords.",
		})
	}
	return out
}

// howToRekey says how to replace the key of the vault, by the ways into it that
// a restored copy has, and what that is good for.
func (l loss) howToRekey() string {
	var with, stays string
	switch {
	case l.has(vault.RecoverySlot):
		with = "the recovery key"
	case l.has(vault.PassphraseSlot):
		with = "the passphrase"
	case l.has(vault.KeyFileSlot):
		with = "the key file"
	default:
		return "Only the keychain of this machine opens it, so a restored copy cannot: print a recovery key now, while the machine is here."
	}
	switch file, phrase := l.has(vault.KeyFileSlot), l.has(vault.PassphraseSlot); {
	case file && phrase:
		stays = ", unless the finder also has the key file or the passphrase, which stay the same"
	case file:
		stays = ", unless the finder also has the key file, which stays the same"
	case phrase:
		stays = ", unless the finder also has the passphrase, which stays the same"
	}
	return "Restore the data folder on another machine, open the vault there with " + with +
		", and replace its key: what the finder has then opens nothing that is written later" + stays + "."
}

// proofs are the factors of people and the sessions of this console.
func (l loss) proofs(c store.InTheClear) []Rotate {
	var out []Rotate
	if c.SealedFactors > 0 {
		v := Rotate{
			What: counted(c.SealedFactors, "sealed factor", "sealed factors"), Where: "Factors", Risk: "low",
			How: "Not urgent: their secrets are sealed under a key of their own, which opens only with a way into the vault, and recovery codes lie there as hashes that are slow to guess; if one of the ways above was open to the finder, revoke them and enrol the people again.",
		}
		if unproven := c.SealedFactors - c.ActiveFactors; unproven > 0 {
			v.What += fmt.Sprintf(", %d of them not proven", unproven)
		}
		if l.keyWithLock() {
			v.Risk, v.How = "high", "The key file lay beside them, so a finder can make the same codes: revoke each and enrol the person again."
		}
		out = append(out, v)
	}
	if n := c.Sessions + c.StartLinks; n > 0 {
		out = append(out, Rotate{
			What: counted(n, "session or start link", "sessions and start links"), Where: "the lost machine", Risk: "low",
			How: "Nothing to do: the folder holds only their hashes, and they lead to a console that answers on that machine alone.",
		})
	}
	return out
}

// exposed is what anybody reads who opens the file.
func (l loss) exposed(c store.InTheClear) ([]ExposedRow, error) {
	out := []ExposedRow{
		{"Identities", c.Identities}, {"Accounts", c.Accounts}, {"Groups", c.Groups}, {"Memberships", c.Memberships},
		{"Contacts", c.Contacts}, {"Review items", c.ReviewItems}, {"Audit events", c.Events},
	}
	files, err := os.ReadDir(filepath.Join(l.folder, "exports"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, iam.Errorf(iam.Unavailable, "The folder of exports cannot be read.").By(err)
	}
	return append(out, ExposedRow{"Exports not yet deleted", int64(len(files))}), nil
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return fmt.Sprint(n, " ", one)
	}
	return fmt.Sprint(n, " ", many)
}
