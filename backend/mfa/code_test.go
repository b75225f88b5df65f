package mfa

import (
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/backend/vault"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]typed{
		"418092": {"418092", false}, "418 092": {"418092", false}, " 4 1 8 0 9 2 ": {"418092", false},
		"7KQM-2F4D": {"7KQM2F4D", true}, "7kqm2f4d": {"7KQM2F4D", true}, "7kqm - 2f4d": {"7KQM2F4D", true},
		"oil0-OIL1": {"01100111", true}, "1234-5678": {"12345678", true},
	} {
		if got, err := parse(in); err != nil || got != want {
			t.Errorf("parse(%q) = %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "41809", "4180921", "418-092", "41809a", "7KQM-2F4", "7KQM-2F4DX", "UUUU-UUUU", "7KQM_2F4D", "４１８０９２", "7KQM-2F4ı", "ſſſſ-ſſſſ", "418092\x00"} {
		if got, err := parse(in); iam.KindOf(err) != iam.Invalid {
			t.Errorf("parse(%q) = %+v, %v", in, got, err)
		}
	}
}

// FuzzParse: whatever is typed is six digits, a recovery code or refused, and
// what was understood is understood alike when it is typed again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"418092", "418 092", "7KQM-2F4D", "oil0-OIL1", "", "４１８０９２", "--------", "12345678"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parse(s)
		if err != nil {
			// Whatever it was, the same is said: it could be most of a code.
			if _, nothing := parse(""); iam.KindOf(err) != iam.Invalid || err.Error() != nothing.Error() {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		alphabet, length := "0123456789", codeDigits
		if got.recovery {
			alphabet, length = letters, codeLength
		}
		if len(got.text) != length || strings.Trim(got.text, alphabet) != "" {
			t.Errorf("%q is read as %+v", s, got)
		}
		if again, err := parse(got.text); err != nil || again != got {
			t.Errorf("%q is read as %+v, and that as %+v, %v", s, got, again, err)
		}
	})
}

func TestNewCodes(t *testing.T) {
	m := New(nil, vault.New(nil, vault.Options{}))
	if m.memory != 46*1024 {
		t.Errorf("one guess takes %d KiB", m.memory)
	}
	m.memory = cheap
	shown, kept, err := m.newCodes(t.Context())
	if err != nil || len(shown) != codesInSet || len(kept.Hashes) != codesInSet || len(kept.Salt) != 16 {
		t.Fatalf("%d codes, %d hashes, %v", len(shown), len(kept.Hashes), err)
	}
	set := &store.CodeSet{Salt: kept.Salt, Codes: make([]store.Code, codesInSet)}
	for i, h := range kept.Hashes {
		set.Codes[i].Hash = h
	}
	for i, code := range shown {
		read, err := parse(strings.ToLower(code))
		if err != nil || !read.recovery || slices.Contains(shown[:i], code) {
			t.Fatalf("code %d is not read again, or there twice: %v", i+1, err)
		}
		hash, err := m.hash(t.Context(), read.text, kept.Salt)
		if err != nil {
			t.Fatal(err)
		}
		if at, used := find(set, hash); at != i+1 || used {
			t.Errorf("code %d is found at %d", i+1, at)
		}
	}
	if at, _ := find(set, make([]byte, 32)); at != 0 {
		t.Errorf("another code is found at %d", at)
	}
}

func TestThrottle(t *testing.T) {
	if err := quick.Check(func(failures uint8, now uint32) bool {
		before := store.Throttle{Failures: int64(failures)}
		after := failed(before, int64(now))
		pause := after.BlockedUntil - int64(now)
		switch {
		case after.Failures != before.Failures+1:
			return false
		case after.Failures < freeFailures:
			return after.BlockedUntil == 0 && AttemptsLeft(after, int64(now)) == freeFailures-after.Failures
		}
		again := failed(after, int64(now)).BlockedUntil - int64(now)
		return pause >= firstPause.Microseconds() && again == min(2*pause, longestPause.Microseconds()) && AttemptsLeft(after, int64(now)) == 0
	}, nil); err != nil {
		t.Error(err)
	}
}
