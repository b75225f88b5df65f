package mfa

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"strings"
	"time"
	"unicode"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// What every authenticator app understands, and nothing else: some ignore what
// the link says and show wrong codes for all other values.
const (
	// Digits are those of a code.
	Digits = codeDigits
	// Period is the length of a time step in seconds.
	Period     = 30
	secretSize = 20 // bytes, as long as a SHA-1
	issuer     = "Gatehouse"
	drift      = 1 // time steps, early or late
)

// secret is a new factor's secret as it is shown.
type secret struct{ key, link string }

// newSecret makes a random secret for an account of an app.
func newSecret(account string) (secret, error) {
	b := make([]byte, secretSize)
	defer clear(b)
	if _, err := rand.Read(b); err != nil {
		return secret{}, err
	}
	k, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: account, Secret: b, Period: Period, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return secret{}, err
	}
	return secret{k.Secret(), k.URL()}, nil
}

// labelOf tells the accounts of an app apart: the login, at the first word of
// the organisation, or at the source where no organisation is set.
func labelOf(ctx context.Context, r *store.Reader, identity iam.ID) (string, error) {
	row, err := r.IdentityRow(ctx, identity)
	if err != nil {
		return "", err
	}
	login := row.Login
	if login == "" {
		login = row.Name
	}
	at, err := r.Setting(ctx, "organisation")
	if err != nil {
		return "", err
	}
	at = plain(strings.ToLower(first(strings.Fields(at))))
	if at == "" {
		accounts, err := r.AccountsOf(ctx, identity)
		if err != nil {
			return "", err
		}
		for _, a := range accounts {
			src, err := r.Source(ctx, a.SourceID)
			if err != nil {
				return "", err
			}
			if a.Login == row.Login || at == "" {
				at = plain(src.Name)
			}
		}
	}
	return plain(login) + "@" + at, nil
}

func first(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// plain is text without the colon, which parts issuer and account in a link,
// without what cannot be seen, and short enough for a code that can be scanned.
func plain(s string) string {
	const longest = 64
	var out []rune
	for _, r := range s {
		if r != ':' && unicode.IsPrint(r) && len(out) < longest {
			out = append(out, r)
		}
	}
	return string(out)
}

// stepOf is the time step (RFC 6238 T) of a moment in microseconds.
func stepOf(now int64) int64 { return now / (Period * time.Second.Microseconds()) }

// match is the factor that shows a code, and the time step of which it does.
type match struct {
	factor store.Factor
	step   int64 // 0: no factor shows the code
	used   bool  // it, or a newer one, was accepted before
}

// match finds the factor that shows a code now or one step either side; one of
// which the code was not used is preferred. Each secret is opened for this
// alone.
func (m *Factors) match(ctx context.Context, factors []store.Factor, code string, now int64) (found match, err error) {
	for _, f := range factors {
		key, err := m.ring.Open(ctx, "factors", "secret", int64(f.ID), f.Sealed)
		if err != nil {
			return match{}, err
		}
		for s := stepOf(now) - drift; s <= stepOf(now)+drift; s++ {
			shown, err := hotp.GenerateCodeCustom(key, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
			if err != nil {
				return match{}, err
			}
			if subtle.ConstantTimeCompare([]byte(shown), []byte(code)) == 1 && (found.step == 0 || found.used) {
				found = match{f, s, s <= f.LastStep}
			}
		}
	}
	return found, nil
}
