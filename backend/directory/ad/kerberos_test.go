package ad

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// Tickets come from a password, a keytab or the current session, over ldaps and
// StartTLS, and a refusal says why.
func TestKerberos(t *testing.T) {
	directorytest.Need(t, "kinit")
	if runtime.GOOS == "windows" {
		t.Skip("the session is Windows' own there")
	}
	s := directorytest.StartSamba(t, directorytest.SambaOptions{})
	s.Disable("u000003")
	dir := t.TempDir()
	keys := filepath.Join(dir, "reader.keytab")
	s.Tool("domain", "exportkeytab", keys, "--principal=gatehouse-read@AD.TEST")
	base := reader(s)
	base.Auth = "kerberos"
	base.Kerberos = &iam.Kerberos{KDCs: []string{s.Address}}

	tickets := filepath.Join(dir, "tickets")
	conf := filepath.Join(dir, "krb5.conf")
	text := fmt.Sprintf("[libdefaults]\ndefault_realm = AD.TEST\ndns_lookup_kdc = false\nudp_preference_limit = 1\n[realms]\nAD.TEST = {\nkdc = %s:88\n}\n", s.Address)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	kinit := exec.Command("kinit", "-c", tickets, "gatehouse-read@AD.TEST")
	kinit.Env = append(os.Environ(), "KRB5_CONFIG="+conf)
	kinit.Stdin = strings.NewReader(directorytest.SambaPassword + "\n")
	if out, err := kinit.CombinedOutput(); err != nil {
		t.Fatalf("kinit: %v\n%s", err, out)
	}
	t.Setenv("KRB5CCNAME", "FILE:"+tickets)

	for _, c := range []struct {
		what   string
		secret string
		change func(*iam.SourceConfig)
		says   string // empty: the read is complete
	}{
		{"password", directorytest.SambaPassword, func(*iam.SourceConfig) {}, ""},
		{"password over StartTLS", directorytest.SambaPassword, func(cfg *iam.SourceConfig) { cfg.URL, cfg.StartTLS = s.PlainURL, true }, ""},
		{"a name and a realm apart", directorytest.SambaPassword, func(cfg *iam.SourceConfig) {
			cfg.BindDN, cfg.Kerberos = "", &iam.Kerberos{KDCs: []string{s.Address}, User: "gatehouse-read", Realm: "ad.test"}
		}, ""},
		{"keytab", "", func(cfg *iam.SourceConfig) {
			cfg.Kerberos = &iam.Kerberos{KDCs: []string{s.Address}, KeytabFile: keys}
		}, ""},
		{"the current session", "", func(cfg *iam.SourceConfig) {
			cfg.BindDN, cfg.Kerberos = "", &iam.Kerberos{KDCs: []string{s.Address}, Session: true}
		}, ""},
		{"a wrong password", "wrong", func(*iam.SourceConfig) {}, "refused the password"},
		{"a stranger", "wrong", func(cfg *iam.SourceConfig) { cfg.BindDN = "nobody@ad.test" }, "knows no account"},
		{"a disabled account", directorytest.SambaPassword, func(cfg *iam.SourceConfig) { cfg.BindDN = "u000003@ad.test" }, "disabled, locked"},
		{"no Kerberos server", directorytest.SambaPassword, func(cfg *iam.SourceConfig) { cfg.Kerberos = &iam.Kerberos{KDCs: []string{"127.0.0.1:1"}} }, "No Kerberos server answers"},
		{"no keytab", "", func(cfg *iam.SourceConfig) { cfg.Kerberos = &iam.Kerberos{KeytabFile: filepath.Join(dir, "gone")} }, "keytab cannot be read"},
	} {
		t.Run(c.what, func(t *testing.T) {
			cfg := base
			c.change(&cfg)
			source, err := Kind.Open(cfg, c.secret)
			if err != nil {
				t.Fatal(err)
			}
			r := directorytest.ReadAll(t.Context(), source, nil)
			switch {
			case c.says == "" && !r.Complete():
				t.Error(r.Err)
			case c.says != "" && (r.Err == nil || !strings.Contains(r.Err.Error(), c.says)):
				t.Errorf("%v (%v), want %q", r.Err, errors.Unwrap(r.Err), c.says)
			case c.says != "" && iam.KindOf(r.Err) == iam.Internal:
				t.Errorf("an error of kind %s", iam.KindOf(r.Err))
			}
		})
	}
	t.Run("Check says how it signed in", func(t *testing.T) {
		source, err := Kind.Open(base, directorytest.SambaPassword)
		if err != nil {
			t.Fatal(err)
		}
		report := source.Check(t.Context())
		if !report.Passed() || !finding(report, directory.Passed, "bind", "Kerberos") {
			t.Errorf("%+v", report.Findings)
		}
	})
}

// finding reports whether a step of a Check went so and says so.
func finding(r directory.Report, state directory.ResultState, step, says string) bool {
	for _, f := range r.Findings {
		if f.State == state && f.Step == step && strings.Contains(f.Text+" "+f.Remedy+" "+f.Copy, says) {
			return true
		}
	}
	return false
}

// What ties a sign-in to the connection, against its definition written out by
// hand: four empty address fields, the length of the data, the data.
func TestChannelBinding(t *testing.T) {
	leaf := &x509.Certificate{Raw: []byte("a certificate"), SignatureAlgorithm: x509.ECDSAWithSHA256}
	sum := sha256.Sum256(leaf.Raw)
	data := "tls-server-end-point:" + string(sum[:])
	want := md5.Sum([]byte(strings.Repeat("\x00", 16) + "\x35\x00\x00\x00" + data)) // 21 + 32 = 0x35
	if got := channelBinding(leaf); got != want {
		t.Errorf("binding %x, want %x", got, want)
	}
	if got := hex.EncodeToString(checksum(want)); got != "10000000"+hex.EncodeToString(want[:])+"32000000" {
		t.Errorf("checksum %s", got) // mutual 2, confidentiality 0x10, integrity 0x20
	}
	for algorithm, size := range map[x509.SignatureAlgorithm]int{x509.SHA1WithRSA: 32, x509.SHA256WithRSAPSS: 32, x509.SHA384WithRSA: 48, x509.ECDSAWithSHA512: 64, x509.PureEd25519: 32} {
		if got := len(endPoint(&x509.Certificate{SignatureAlgorithm: algorithm})); got != size {
			t.Errorf("%s: a hash of %d bytes, want %d", algorithm, got, size)
		}
	}
}
