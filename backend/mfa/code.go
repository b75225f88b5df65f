package mfa

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"slices"
	"strings"

	"golang.org/x/crypto/argon2"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// typed is what a caller read out.
type typed struct {
	text     string // six digits, or eight letters of a recovery code
	recovery bool
}

// The letters of Crockford's base32: none that is taken for another when it is
// read aloud.
const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	codesInSet = 10
	codeLength = 8 // letters; 40 bits
	codeDigits = 6
)

// alike are letters that are read as others.
var alike = strings.NewReplacer("O", "0", "I", "1", "L", "1", " ", "", "-", "")

// parse reads six digits, with spaces if need be, or a recovery code in any
// case, with or without its dash.
func parse(code string) (typed, error) {
	if digits := strings.ReplaceAll(code, " ", ""); len(digits) == codeDigits && strings.Trim(digits, "0123456789") == "" {
		return typed{digits, false}, nil
	}
	if text := alike.Replace(asciiUpper(code)); len(text) == codeLength && strings.Trim(text, letters) == "" {
		return typed{text, true}, nil
	}
	return typed{}, iam.Errorf(iam.Invalid, "This is no code.").In("code").Fix("Type the six digits the app shows, or a recovery code such as 7KQM-2F4D.")
}

// asciiUpper is s in capitals. Letters beyond ASCII stay as they are, so that
// none becomes one of ours.
func asciiUpper(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

// newCodes makes a set of recovery codes, as they are shown and as they are
// kept.
func (m *Factors) newCodes(ctx context.Context) ([]string, store.FactorSecrets, error) {
	kept := store.FactorSecrets{Salt: make([]byte, 16)}
	random := make([]byte, codesInSet*codeLength)
	for _, b := range [][]byte{kept.Salt, random} {
		if _, err := rand.Read(b); err != nil {
			return nil, kept, err
		}
	}
	defer clear(random)
	var shown []string
	for code := range slices.Chunk(random, codeLength) {
		for i, b := range code {
			code[i] = letters[b%32] // 256 is a multiple of 32: no letter is likelier
		}
		hash, err := m.hash(ctx, string(code), kept.Salt)
		if err != nil {
			return nil, kept, err
		}
		kept.Hashes = append(kept.Hashes, hash)
		shown = append(shown, string(code[:codeLength/2])+"-"+string(code[codeLength/2:]))
	}
	return shown, kept, nil
}

// codesOf tells a new set to the event. It waits for a factor to be proven, or
// is valid at once.
func codesOf(s store.FactorSecrets, waits iam.ID) *store.NewCodes {
	return &store.NewCodes{Count: len(s.Hashes), Waits: waits, Digest: store.DigestCodes(s.Salt, s.Hashes)}
}

// hash is what is kept of a recovery code: argon2id with 46 MiB, once over. All
// codes of a set share a salt, so that one hash is compared with all of them.
func (m *Factors) hash(ctx context.Context, code string, salt []byte) ([]byte, error) {
	select {
	case m.hashing <- struct{}{}:
		defer func() { <-m.hashing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(code), salt, 1, m.memory, 1, 32), nil
}

// find is the code of a set with a hash, from 1, one that is not used if there
// is one; 0 if there is none. It takes as long wherever the code is.
func find(set *store.CodeSet, hash []byte) (at int, used bool) {
	for i, c := range set.Codes {
		if subtle.ConstantTimeCompare(c.Hash, hash) == 1 && (at == 0 || used) {
			at, used = i+1, c.Used != 0
		}
	}
	return at, used
}
