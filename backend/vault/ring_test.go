package vault

import (
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/iam"
)

func TestARingOpensWhatItSealedInItsPlaceOnly(t *testing.T) {
	slots := &slotMap{}
	v := newVault(slots, Options{Keychain: newKeychain()})
	factors, other := v.Ring("factors"), v.Ring("other")
	for _, r := range []*Ring{factors, other, factors} { // preparing twice keeps the key
		if err := r.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		table, column := rapid.String().Draw(t, "table"), rapid.String().Draw(t, "column")
		row, secret := rapid.Int64().Draw(t, "row"), rapid.String().Draw(t, "secret")
		ctx := context.Background()
		sealed, err := factors.Seal(ctx, table, column, row, secret)
		if err != nil {
			t.Fatal(err)
		}
		if len(secret) > 3 && strings.Contains(sealed, secret) {
			t.Error("the sealed text holds the secret")
		}
		if got, err := factors.Open(ctx, table, column, row, sealed); err != nil || got != secret {
			t.Fatalf("opened %q, %v", got, err)
		}
		for name, open := range map[string]func() (string, error){
			"another row":    func() (string, error) { return factors.Open(ctx, table, column, row+1, sealed) },
			"another column": func() (string, error) { return factors.Open(ctx, table, column+"x", row, sealed) },
			"another table":  func() (string, error) { return factors.Open(ctx, table+"x", column, row, sealed) },
			"another ring":   func() (string, error) { return other.Open(ctx, table, column, row, sealed) },
			"the data key":   func() (string, error) { return v.Open(ctx, table, column, row, sealed) },
		} {
			if got, err := open(); iam.KindOf(err) != iam.Unavailable || got != "" {
				t.Errorf("%s: opened %q, %v", name, got, err)
			}
		}
	})
}

func TestARingsKeyIsSealedForItsName(t *testing.T) {
	ctx, slots := t.Context(), &slotMap{}
	v := newVault(slots, Options{Keychain: newKeychain()})
	r := v.Ring("factors")
	_, err := r.Seal(ctx, "factors", "secret", 1, "x")
	refused(t, err, iam.Unavailable, "no key for the factors")
	if err := r.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	sealed, err := r.Seal(ctx, "factors", "secret", 1, "x")
	if err != nil {
		t.Fatal(err)
	}
	slots.keys["other"] = slots.keys["factors"]
	_, err = v.Ring("other").Open(ctx, "factors", "secret", 1, sealed)
	refused(t, err, iam.Unavailable, "The key of the other cannot be opened", "moved here")
	// Another start of the program opens it by the slot.
	v.Lock()
	if got, err := r.Open(ctx, "factors", "secret", 1, sealed); err != nil || got != "x" {
		t.Errorf("opened %q, %v", got, err)
	}
	slots.keys["factors"] = sealed
	_, err = r.Open(ctx, "factors", "secret", 1, sealed)
	refused(t, err, iam.Unavailable, "sealed with another key")
}
