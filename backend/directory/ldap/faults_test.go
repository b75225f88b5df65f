package ldap

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

func TestReferrals(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{LDIF: directorytest.Company{
		Extra: "dn: ou=abroad,dc=demo,dc=example\nobjectClass: referral\nobjectClass: extensibleObject\nou: abroad\nref: ldap://abroad.example/ou=abroad,dc=demo,dc=example\n\n",
	}.WriteFile})
	r := wantComplete(t, read(t, config(slapd), directorytest.ReaderPassword))
	if len(r.Skipped) != 1 || !strings.Contains(r.Skipped[0].Reason, "ldap://abroad.example") {
		t.Errorf("skipped: %+v", r.Skipped)
	}
	cfg := config(slapd)
	cfg.BaseDN = "ou=deep,ou=abroad,dc=demo,dc=example"
	wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "ldap://abroad.example")
}

func TestServerDiesOrFreezes(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{LDIF: directorytest.Company{Users: 5000, Groups: 50}.WriteFile})
	cfg := config(slapd)
	cfg.PageSize, cfg.TimeoutSec = 200, 1
	during := func(ctx context.Context, act func()) directorytest.Reading {
		var once sync.Once
		n := 0
		return directorytest.ReadAll(ctx, opened(t, cfg, directorytest.ReaderPassword), func(directory.Record) bool {
			if n++; n > 1000 {
				once.Do(act)
			}
			return true
		})
	}
	t.Run("killed half way", func(t *testing.T) {
		r := during(t.Context(), slapd.Kill)
		if len(r.Ends) != 0 || iam.KindOf(r.Err) != iam.Unavailable || len(r.Accounts) < 1000 || len(r.Accounts) >= 5000 {
			t.Errorf("%d accounts, %d ends, %v", len(r.Accounts), len(r.Ends), r.Err)
		}
		wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "Nothing answers")
		slapd.Restart()
		if r := wantComplete(t, read(t, cfg, directorytest.ReaderPassword)); len(r.Accounts) != 5000 {
			t.Errorf("%d accounts after the restart", len(r.Accounts))
		}
	})
	t.Run("frozen half way", func(t *testing.T) {
		began := time.Now()
		wantPartial(t, during(t.Context(), slapd.Freeze), "did not answer within 1s")
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("noticed after %s", took)
		}
		secure := cfg
		secure.URL, secure.CAPEM = slapd.TLSURL, slapd.Authority.PEM
		for _, cfg := range []iam.SourceConfig{cfg, secure} {
			wantPartial(t, read(t, cfg, directorytest.ReaderPassword), "did not answer within 1s")
		}
		if report := opened(t, secure, directorytest.ReaderPassword).Check(t.Context()); report.Passed() {
			t.Errorf("Check of a frozen server passes:\n%s", describe(report))
		}
		slapd.Thaw()
		wantComplete(t, read(t, cfg, directorytest.ReaderPassword))
	})
	t.Run("the line is cut after any number of bytes", func(t *testing.T) {
		for _, bytes := range []int64{0, 1, 60, 300, 5_000, 30_000, 400_000, 1_500_000} {
			cfg := cfg
			cfg.URL = "ldap://" + cut(t, strings.TrimPrefix(slapd.URL, "ldap://"), bytes)
			if r := read(t, cfg, directorytest.ReaderPassword); len(r.Ends) != 0 || iam.KindOf(r.Err) != iam.Unavailable {
				t.Errorf("after %d bytes: %d ends, %v", bytes, len(r.Ends), r.Err)
			}
		}
	})
	t.Run("cancelled half way", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		wantPartial(t, during(ctx, cancel), "Cancelled")
	})
}

// cut is a proxy that closes each connection after so many bytes of answers.
func cut(t *testing.T, to string, bytes int64) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				server, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer server.Close()
				go func() { _, _ = io.Copy(server, client) }()
				_, _ = io.CopyN(client, server, bytes)
			}()
		}
	}()
	return l.Addr().String()
}
