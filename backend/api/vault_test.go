package api

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/backend/vault"
)

func TestVaultSlots(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const phrase, add = "a sentence for the vault", "/vault/slots"
	scenarios(t, h, []Scenario{
		{Name: "the first is made as it is needed", Method: "POST", URL: "/sources", Body: draft("Corp", "ldaps://one", "cn=reader", canary), As: administrator, Status: 200, Audited: []string{"vault.slot.add done", "source.add done"}},
		{Name: "a short passphrase", Method: "POST", URL: add, Body: `{"kind":"passphrase","passphrase":"short"}`, As: administrator, Status: 422, Contains: []string{"body.passphrase", "at least 12 characters"}},
		{Name: "none and no terminal", Method: "POST", URL: add, Body: `{"kind":"passphrase"}`, As: administrator, Status: 503, Contains: []string{"Settings, Vault"}},
		{Name: "no keychain", Method: "POST", URL: add, Body: `{"kind":"keychain"}`, As: administrator, Status: 503, Contains: []string{"sign in to a desktop"}},
		{Name: "the same key file", Method: "POST", URL: add, Body: `{"kind":"keyfile"}`, As: administrator, Status: 409, Contains: []string{"body.kind", "opens with this already"}},
		{Name: "not this way", Method: "POST", URL: add, Body: `{"kind":"recovery"}`, As: administrator, Status: 422},
		{Name: "unlock without a passphrase", Method: "POST", URL: "/vault/unlock", Body: `{"passphrase":"` + phrase + `"}`, As: administrator, Status: 409, Contains: []string{"it has none"}},
	})
	scenarios(t, h, []Scenario{
		{Name: "the only one stays", Method: "DELETE", URL: add + "/" + get[Settings](t, h, "/settings").Vault.Slots[0].ID, As: administrator, Status: 409, Contains: []string{"only way to open", "Add another one first"}},
		{Name: "a passphrase", Method: "POST", URL: add, Body: `{"kind":"passphrase","passphrase":"` + phrase + `"}`, As: administrator, Status: 200, Contains: []string{`"kind":"passphrase"`, `"kind":"keyfile"`, "!" + phrase}, Audited: []string{"vault.slot.add done"}},
		{Name: "not for an auditor", Method: "POST", URL: add, Body: `{"kind":"passphrase","passphrase":"` + phrase + `"}`, As: auditor, Status: 403, Audited: []string{"request.refuse refused"}},
	})
	slots := get[Settings](t, h, "/settings").Vault.Slots
	keyFile := slots[slices.IndexFunc(slots, func(s VaultSlot) bool { return s.Kind == "keyfile" })]
	scenarios(t, h, []Scenario{
		{Name: "remove says what stays", Method: "DELETE", URL: add + "/" + keyFile.ID, As: administrator, Status: 200, Contains: []string{`"kind":"passphrase"`, "!keyfile"}, Audited: []string{"vault.slot.remove done"}},
		{Name: "remove it again", Method: "DELETE", URL: add + "/" + keyFile.ID, As: administrator, Status: 404},
	})

	// Only the passphrase is left, and no terminal to ask for it.
	h.vault.Lock()
	src := get[[]Source](t, h, "/sources")[0]
	scenarios(t, h, []Scenario{
		{Name: "locked", Method: "GET", URL: "/settings", As: auditor, Status: 200, Contains: []string{`"unlocked":false`}},
		{Name: "nothing opens", Method: "POST", URL: "/sources/check", Body: strings.TrimSuffix(draft("Corp", "ldaps://one", "cn=reader", ""), "}") + `,"sourceId":"` + src.ID + `"}`, As: administrator, Status: 503, Contains: []string{"Settings, Vault"}},
		{Name: "a wrong passphrase", Method: "POST", URL: "/vault/unlock", Body: `{"passphrase":"not the sentence"}`, As: administrator, Status: 403, Contains: []string{"body.passphrase", "passphrase is wrong"}, Audited: []string{"vault.unlock refused"}},
		{Name: "the passphrase", Method: "POST", URL: "/vault/unlock", Body: `{"passphrase":"` + phrase + `"}`, As: administrator, Status: 200, Contains: []string{`"unlocked":true`}, Audited: []string{"vault.unlock done"}},
	})
	opensPassword(t, h, src.ID)
	if strings.Contains(h.log.String(), phrase) {
		t.Error("the passphrase is in the log")
	}
}

// opensPassword checks that the vault opens a source's password as it is kept
// now.
func opensPassword(t *testing.T, h *house, source string) {
	t.Helper()
	id, _ := iam.ParseID(source)
	h.plain.secrets = nil
	if err := h.read(id); err != nil {
		t.Fatal(err)
	}
	if want := []string{"ldaps://one " + canary}; !slices.Equal(h.plain.secrets, want) {
		t.Errorf("the directory was shown %q", h.plain.secrets)
	}
}

func TestRekeyVault(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.plain.records = nil
	src := send[Source](t, h, "POST", "/sources", draft("Corp", "ldaps://one", "cn=reader", canary))
	printed := send[RecoveryKey](t, h, "POST", "/vault/recovery-key", "").Key
	other := vault.New(h.store, vault.Options{Installation: "other", Work: 4, Passphrase: func() (string, error) { return "known to Kim alone", nil }})
	if err := other.UnlockWithRecovery(t.Context(), printed); err != nil {
		t.Fatal(err)
	}
	if _, err := other.AddSlot(t.Context(), vault.PassphraseSlot, ""); err != nil {
		t.Fatal(err)
	}
	scenarios(t, h, []Scenario{
		{Name: "not for an auditor", Method: "POST", URL: "/vault/rekey", Body: `{}`, As: auditor, Status: 403, Audited: []string{"request.refuse refused"}},
		{Name: "a wrong passphrase changes nothing", Method: "POST", URL: "/vault/rekey", Body: `{"passphrase":"not known to anybody"}`, As: administrator, Status: 403, Contains: []string{"body.passphrase"}},
	})
	before := len(h.events(t))
	v := send[VaultRekeyed](t, h, "POST", "/vault/rekey", `{}`)
	if v.Resealed != 1 || len(v.Dropped) != 1 || v.Dropped[0].Kind != "passphrase" || len(v.Vault.Slots) != 2 || !v.Vault.HasRecovery || v.RecoveryKey == "" || v.RecoveryKey == printed {
		t.Errorf("%+v", v)
	}
	if e := h.events(t)[before:]; len(e) != 1 || e[0].Action != "vault.rekey" || len(e[0].Objects) != 3 {
		t.Errorf("audited %+v", e)
	}
	opensPassword(t, h, src.ID)
	scenarios(t, h, []Scenario{
		{Name: "the old recovery key", Method: "POST", URL: "/vault/recover", Body: `{"recoveryKey":"` + printed + `"}`, As: administrator, Status: 403},
		{Name: "the new one", Method: "POST", URL: "/vault/recover", Body: `{"recoveryKey":"` + v.RecoveryKey + `"}`, As: administrator, Status: 200, Contains: []string{`"kind":"keyfile"`}},
	})
	if strings.Contains(h.log.String(), v.RecoveryKey) {
		t.Error("the recovery key is in the log")
	}
}

func TestLostLaptop(t *testing.T) {
	h := newHouse(t)
	empty := get[LostLaptop](t, h, "/vault/lost-laptop")
	if len(empty.Opens) != 0 || slices.ContainsFunc(empty.Rotate, func(r Rotate) bool { return r.About != nil || r.Where == "Settings, Vault, on the restored copy" }) {
		t.Errorf("%+v", empty)
	}
	send[Source](t, h, "POST", "/sources", draft("Corp", "ldaps://one", "cn=reader", canary))
	send[Source](t, h, "POST", "/sources", draft("Open", "ldaps://two", "", ""))
	send[RecoveryKey](t, h, "POST", "/vault/recovery-key", "")
	send[Export](t, h, "POST", "/exports", `{"kind":"audit"}`)
	w := h.ask(auditor, "GET", "/vault/lost-laptop", "")
	if w.Code != 200 || strings.Contains(w.Body.String(), canary) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	v := get[LostLaptop](t, h, "/vault/lost-laptop")
	if len(v.Opens) != 2 || !strings.Contains(v.Opens[0], "the key file lies in the data folder") || !strings.Contains(v.Opens[1], "the paper") {
		t.Errorf("opens %q", v.Opens)
	}
	var what []string
	for _, r := range v.Rotate {
		what = append(what, r.Risk+" "+r.What)
	}
	// The key file of this house lies in its data folder: it cannot be worse.
	want := []string{"critical Password of cn=reader", "critical Key of the vault", "critical Key file of the vault", "low Printed recovery key", "low 3 sessions and start links"}
	if !slices.Equal(what, want) {
		t.Errorf("rotate %q, want %q", what, want)
	}
	if r := v.Rotate[0]; r.About == nil || r.About.Kind != "source" || r.About.Name != "Corp" || r.Where != "ldaps://one" || r.SetAt != "2026-03-10T13:51:00Z" {
		t.Errorf("%+v", r)
	}
	counts := map[string]int64{}
	for _, e := range v.Exposed {
		counts[e.What] = e.Count
	}
	if counts["Exports not yet deleted"] != 1 || counts["Audit events"] < 4 || counts["Identities"] != 0 {
		t.Errorf("%+v", v.Exposed)
	}
	if v.Disk != get[Overview](t, h, "/overview").DiskEncrypted {
		t.Errorf("the disk is %q here", v.Disk)
	}
	Scenario{Name: "not without a permission", Method: "GET", URL: "/vault/lost-laptop", As: guest, Status: 403, Audited: []string{"request.refuse refused"}}.run(t, h)
}

// Factors are counted by the secrets that lie there, proven or not.
func TestTheFactorsOfALoss(t *testing.T) {
	for c, want := range map[store.InTheClear]string{
		{SealedFactors: 2}:                   "2 sealed factors, 2 of them not proven",
		{SealedFactors: 1, ActiveFactors: 1}: "1 sealed factor",
	} {
		got := loss{}.proofs(c)
		if len(got) != 1 || got[0].What != want || !strings.Contains(got[0].How, "recovery codes lie there as hashes") {
			t.Errorf("%+v: %+v, want %q", c, got, want)
		}
	}
}

// What a finder needs is said by what is there, and how soon to act by the
// worst of it.
func TestTheRiskOfALoss(t *testing.T) {
	keyFile := func(path string) vault.Slot {
		return vault.Slot{Kind: vault.KeyFileSlot, Label: "Key file " + path}
	}
	for _, c := range []struct {
		disk  string
		slot  vault.Slot
		risk  string
		says  string
		rekey string
	}{
		{"no", keyFile("/data/gatehouse/vault.key"), "critical", "Treat the secrets as known", "has the key file, which stays the same"},
		{"yes", keyFile("/data/gatehouse/keys/vault.key"), "critical", "Treat the secrets as known", "has the key file, which stays the same"},
		{"yes", keyFile("/data/vault.key"), "medium", "If it was on the same disk", "unless the finder also has the key file"},
		{"unknown", keyFile("/data/gatehouse2/vault.key"), "high", "If it was on the same disk", "unless the finder also has the key file"},
		{"no", vault.Slot{Kind: vault.KeychainSlot, Label: "Keychain"}, "high", "left open is enough", "print a recovery key now"},
		{"yes", vault.Slot{Kind: vault.PassphraseSlot, Label: "Passphrase"}, "medium", "its length decides", "has the passphrase, which stays the same"},
		{"yes", vault.Slot{Kind: vault.RecoverySlot, Label: "Printed recovery key"}, "medium", "cannot be guessed", "nothing that is written later."},
	} {
		l := loss{slots: []vault.Slot{c.slot}, folder: "/data/gatehouse", disk: c.disk}
		if got := l.sealedRisk(); got != c.risk {
			t.Errorf("%s on a disk that is encrypted %s: %s, want %s", c.slot.Label, c.disk, got, c.risk)
		}
		if how := l.howToRekey(); !strings.Contains(how, c.rekey) || strings.Contains(how, "recovery key") == (c.slot.Kind == vault.KeyFileSlot || c.slot.Kind == vault.PassphraseSlot) {
			t.Errorf("with %s: %q, want %q", c.slot.Label, how, c.rekey)
		}
		if says := l.opens()[0]; !strings.HasPrefix(says, c.slot.Label+": ") || !strings.Contains(says, c.says) {
			t.Errorf("says %q, want %q", says, c.says)
		}
	}
}
