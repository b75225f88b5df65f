package ldap

import (
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

func TestTransport(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{})
	other := directorytest.NewAuthority(t, "Other CA")
	plain := config(slapd)
	secure := plain
	secure.URL, secure.CAPEM = slapd.TLSURL, slapd.Authority.PEM
	starttls := plain
	starttls.StartTLS, starttls.CAPEM = true, slapd.Authority.PEM

	t.Run("ldap", func(t *testing.T) { wantComplete(t, read(t, plain, directorytest.ReaderPassword)) })
	t.Run("ldaps", func(t *testing.T) { wantComplete(t, read(t, secure, directorytest.ReaderPassword)) })
	t.Run("StartTLS", func(t *testing.T) { wantComplete(t, read(t, starttls, directorytest.ReaderPassword)) })
	for name, base := range map[string]iam.SourceConfig{"ldaps": secure, "StartTLS": starttls} {
		t.Run(name+": unknown authority, then its fingerprint", func(t *testing.T) {
			cfg := base
			cfg.CAPEM = ""
			wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "signed by Test CA, which this computer does not know")
			report := opened(t, cfg, directorytest.ReaderPassword).Check(t.Context())
			f := wantFinding(t, report, "certificate", directory.NeedsYou, "signed by Test CA")
			if !strings.Contains(f.Copy, "openssl x509 -noout -fingerprint -sha256") || finding(report, "bind", directory.Passed, "") != nil {
				t.Errorf("the way to compare is missing, or the password was sent:\n%s", describe(report))
			}
			cfg.Fingerprint = f.Fingerprint
			wantComplete(t, read(t, cfg, directorytest.ReaderPassword))
			cfg.Fingerprint = strings.Repeat("00:", 31) + "00"
			wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "another certificate than the one whose fingerprint")
		})
		t.Run(name+": wrong CA file", func(t *testing.T) {
			cfg := base
			cfg.CAPEM = other.PEM
			wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "not in the CA file")
		})
	}
	t.Run("ldaps on a port without TLS", func(t *testing.T) {
		cfg := secure
		cfg.URL = strings.Replace(slapd.URL, "ldap:", "ldaps:", 1)
		wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "does not speak TLS")
	})
	t.Run("ldap on a port with TLS", func(t *testing.T) {
		cfg := plain
		cfg.URL, cfg.TimeoutSec = strings.Replace(slapd.TLSURL, "ldaps:", "ldap:", 1), 1
		if r := read(t, cfg, directorytest.ReaderPassword); iam.KindOf(r.Err) != iam.Unavailable || len(r.Ends) > 0 {
			t.Errorf("read without TLS: %v", r.Err)
		}
	})
	t.Run("nothing listens", func(t *testing.T) {
		cfg := plain
		cfg.URL = "ldap://127.0.0.1:1"
		wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "Nothing answers at 127.0.0.1:1: connection refused")
	})
	t.Run("a name that does not exist", func(t *testing.T) {
		cfg := secure
		cfg.URL = "ldaps://no-such-host.invalid"
		wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "no-such-host.invalid")
	})
	t.Run("the password never crosses a network in the clear", func(t *testing.T) {
		cfg := plain
		cfg.URL = "ldap://directory.invalid"
		wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "unencrypted")
		wantFinding(t, opened(t, cfg, directorytest.ReaderPassword).Check(t.Context()), "certificate", directory.Failed, "unencrypted")
	})
	t.Run("wrong password", func(t *testing.T) {
		wantPartial(t, read(t, secure, "wrong"), "the password is wrong")
		wantFinding(t, opened(t, secure, "wrong").Check(t.Context()), "bind", directory.Failed, "the password is wrong")
	})
	t.Run("anonymous without rights", func(t *testing.T) {
		cfg := plain
		cfg.BindDN = ""
		if r := read(t, cfg, ""); r.Err == nil || len(r.Ends) != 0 {
			t.Errorf("an anonymous read of a closed directory ended with %v", r.Err)
		}
	})
	t.Run("a base that is not there", func(t *testing.T) {
		cfg := plain
		cfg.BaseDN = "ou=nowhere,dc=demo,dc=example"
		wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "What exists of it: dc=demo,dc=example")
	})
}

func TestAnonymous(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{Access: []string{"to attrs=userPassword by anonymous auth by * none", "to * by * read"}})
	cfg := config(slapd)
	cfg.BindDN = ""
	wantComplete(t, read(t, cfg, ""))
	report := opened(t, cfg, "").Check(t.Context())
	if !report.Passed() || report.Watchers.Account != "anonymous" {
		t.Errorf("%s\n%+v", describe(report), report.Watchers)
	}
}

func TestCertificateThatIsWrong(t *testing.T) {
	for _, c := range []struct {
		what string
		o    directorytest.Options
		text string
	}{
		{"expired", directorytest.Options{Until: time.Now().Add(-time.Hour)}, "expired on"},
		{"for another host", directorytest.Options{Names: []string{"other.example"}}, "is for other.example, not for localhost"},
		{"not valid yet", directorytest.Options{Until: time.Now().Add(72 * time.Hour)}, "not valid before"},
	} {
		t.Run(c.what, func(t *testing.T) {
			slapd := directorytest.Start(t, c.o)
			cfg := config(slapd)
			cfg.URL, cfg.CAPEM = slapd.TLSURL, slapd.Authority.PEM
			wantPartial(t, read(t, cfg, directorytest.ReaderPassword), c.text)
			f := wantFinding(t, opened(t, cfg, directorytest.ReaderPassword).Check(t.Context()), "certificate", directory.NeedsYou, c.text)
			cfg.Fingerprint = f.Fingerprint
			wantComplete(t, read(t, cfg, directorytest.ReaderPassword))
		})
	}
}
