package demo

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	hashScheme = "{PBKDF2-SHA256}"
	noPassword = "{CRYPT}!" // fits nothing; for object classes that require userPassword
	rounds     = 10_000
)

// hidden reports whether values of a stay in the server: passwords always, and
// whether a password must be changed for all but the administrator, which is
// the right that a reading account lacks here.
func hidden(a *attributeType, admin bool) bool {
	return a.name() == "userPassword" || a.name() == "pwdReset" && !admin
}

// stored is the form in which a password is kept. A value that is hashed
// already stays as it is.
func stored(password string) string {
	if password == noPassword || strings.HasPrefix(password, hashScheme) {
		return password
	}
	salt := make([]byte, 16)
	rand.Read(salt) // crypto/rand.Read never fails
	return hashed(password, salt)
}

func hashed(password string, salt []byte) string {
	sum, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	if err != nil {
		return noPassword // only where a policy of the machine forbids the hash: nobody signs in then
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("%s%d$%s$%s", hashScheme, rounds, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// fits reports whether password is the one kept as one of the stored values.
func fits(values []string, password string) bool {
	for _, v := range values {
		parts := strings.Split(strings.TrimPrefix(v, hashScheme), "$")
		if !strings.HasPrefix(v, hashScheme) || len(parts) != 3 || parts[0] != strconv.Itoa(rounds) {
			continue
		}
		salt, err := base64.RawStdEncoding.DecodeString(parts[1])
		if err == nil && subtle.ConstantTimeCompare([]byte(hashed(password, salt)), []byte(v)) == 1 {
			return true
		}
	}
	return false
}

// invented is a password made up by the server (RFC 3062 section 2).
func invented() string { return rand.Text()[:16] }

// lockedNow reports whether the entry is locked by an administrator, or after
// wrong tries for as long as the company's policy says.
func lockedNow(t *tree, e *entry, now time.Time) bool {
	v := e.first("pwdAccountLockedTime")
	if v == "" || v == disabledTime {
		return v != ""
	}
	since, _ := parseTime(v)
	policy, err := t.find(e.first("pwdPolicySubentry"))
	if err != nil {
		return true
	}
	seconds, _ := strconv.Atoi(policy.first("pwdLockoutDuration"))
	return seconds == 0 || now.Before(since.Add(time.Duration(seconds)*time.Second))
}

// uuidOf derives an entryUUID: the same entry gets the same one each time the
// company is seeded, and nothing later gets it again, because when and as which
// entry it was added count too. Version 8 of RFC 9562 is for such derivations.
func uuidOf(key, added string, seq uint64) string {
	h := sha256.New()
	h.Write([]byte(key + "\x00" + added + "\x00"))
	h.Write(binary.BigEndian.AppendUint64(nil, seq))
	b := h.Sum(nil)[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	s := hex.EncodeToString(b)
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}
