package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/iam"
)

// fakeDesktop answers as a person would who always chooses path.
type fakeDesktop struct {
	path     string
	name     string // proposed when saving
	opened   string
	notified string
}

func (d *fakeDesktop) askOpen(string, string, string) (string, error) { return d.path, nil }
func (d *fakeDesktop) askSave(_, name string) (string, error)         { d.name = name; return d.path, nil }
func (d *fakeDesktop) openURL(address string)                         { d.opened = address }
func (d *fakeDesktop) notify(title, text string) error                { d.notified = title + ": " + text; return nil }

// TestNativeVerbs is the whole list of what a page can do beside the handler.
// A verb added here must not take a path, a command or SQL; the meaning of each
// text that one takes is written down.
func TestNativeVerbs(t *testing.T) {
	want := map[string][]string{
		"Notify":     {"title", "text"}, // shown, never interpreted
		"OpenURL":    {"address"},       // of the forms in TestMayOpen
		"PickFile":   {},                // the person chooses
		"Reveal":     {"export id"},     // of an export that was saved
		"SaveExport": {"export id"},     // the person chooses where
	}
	native := reflect.TypeFor[*Native]()
	for i := range native.NumMethod() {
		m := native.Method(i)
		params, known := want[m.Name]
		if !known {
			t.Errorf("%s is bound and not in the list", m.Name)
			continue
		}
		delete(want, m.Name)
		if m.Type.NumIn()-1 != len(params) {
			t.Errorf("%s takes %d values, not %q", m.Name, m.Type.NumIn()-1, params)
		}
		for j := 1; j < m.Type.NumIn(); j++ {
			if m.Type.In(j).Kind() != reflect.String {
				t.Errorf("%s takes a %s: only plain texts cross from the page", m.Name, m.Type.In(j))
			}
		}
	}
	for name := range want {
		t.Errorf("%s is in the list and not bound", name)
	}
}

// certificate makes one that signs itself, and its key, both in PEM.
func certificate(t *testing.T) (der, certPEM, keyPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	der, err = x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

func TestPickFileReturnsCertificatesAndNothingElse(t *testing.T) {
	der, cert, key := certificate(t)
	tests := []struct {
		name    string
		content []byte
		want    string
		kind    iam.Kind
	}{
		{"pem", cert, string(cert), ""},
		{"der", der, string(cert), ""},
		{"a bundle with words between", slices.Concat([]byte("first\n"), cert, []byte("second\n"), cert), string(cert) + string(cert), ""},
		{"a key is left out", slices.Concat(key, cert), string(cert), ""},
		{"only a key", key, "", iam.Invalid},
		{"any other text", []byte("root:x:0:0:root:/root:/bin/bash\n"), "", iam.Invalid},
		{"no certificate inside", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("no")}), "", iam.Invalid},
		{"too large", slices.Concat(cert, make([]byte, caLimit)), "", iam.Invalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "authority.pem")
			if err := os.WriteFile(path, test.content, 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := (&Native{desktop: &fakeDesktop{path: path}}).PickFile()
			if iam.KindOf(err) != test.kind {
				t.Fatalf("error %v, want kind %q", err, test.kind)
			}
			if err == nil && (got.Name != "authority.pem" || got.Text != test.want) {
				t.Errorf("got %q %q, want %q", got.Name, got.Text, test.want)
			}
		})
	}
	if got, err := (&Native{desktop: &fakeDesktop{}}).PickFile(); got != nil || err != nil {
		t.Errorf("no choice gave %v, %v", got, err)
	}
}

// exports answers the content of the export 7 in two pieces.
func exports(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/api/v1/exports/7/content" {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, `{"detail":"no such export"}`)
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="../../audit.jsonl"`)
	io.WriteString(w, "one\n")
	io.WriteString(w, "two\n")
}

func TestSaveExport(t *testing.T) {
	folder := t.TempDir()
	chosen := filepath.Join(folder, "mine.jsonl")
	tests := []struct {
		name, id, path string
		saved          bool
		kind           iam.Kind
	}{
		{"saved where the person chose", "7", chosen, true, ""},
		{"the person chose nowhere", "7", "", false, ""},
		{"no such export", "8", chosen, false, iam.Unavailable},
		{"an id that is a path", "../settings", chosen, false, iam.NotFound},
		{"a folder that is not there", "7", filepath.Join(folder, "none", "x"), false, iam.Unavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			os.Remove(chosen)
			d := &fakeDesktop{path: test.path}
			n := &Native{handler: http.HandlerFunc(exports), desktop: d}
			saved, err := n.SaveExport(test.id)
			if saved != test.saved || iam.KindOf(err) != test.kind {
				t.Fatalf("got %v, %v", saved, err)
			}
			if d.name != "" && d.name != "audit.jsonl" {
				t.Errorf("proposed the name %q", d.name)
			}
			content, _ := os.ReadFile(chosen)
			if want := map[bool]string{true: "one\ntwo\n"}[test.saved]; string(content) != want {
				t.Errorf("the file holds %q, want %q", content, want)
			}
			left, err := filepath.Glob(filepath.Join(folder, ".gatehouse-*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

func TestRevealOnlyWhatWasSaved(t *testing.T) {
	if err := (&Native{}).Reveal("/etc/passwd"); iam.KindOf(err) != iam.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestMayOpen(t *testing.T) {
	for address, want := range map[string]bool{
		"https://docs.example.org/a?b=c#d":          true,
		"http://localhost:41000/boot#t=abc":         true,
		"http://127.0.0.1:41000/":                   true,
		"http://[::1]:41000/":                       true,
		"mailto:ragna.solheim@halden.example":       true,
		"http://halden.example/":                    false,
		"http://localhost.evil.example/":            false,
		"https://user:pass@example.org/":            false,
		"https:///path":                             false,
		"https://example.org/a b":                   false,
		"https://example.org/\n":                    false,
		"file:///etc/passwd":                        false,
		"javascript:alert(1)":                       false,
		"data:text/html,x":                          false,
		"vbscript:x":                                false,
		"smb://server/share":                        false,
		"mailto:a@b.example?attach=/etc/passwd":     false,
		"mailto:a@b.example?":                       false,
		"mailto:a@b.example,c@d.example":            false,
		"mailto:":                                   false,
		"":                                          false,
		"/etc/passwd":                               false,
		"-version":                                  false,
		"https://e.org/" + strings.Repeat("a", 4e3): false,
	} {
		d := &fakeDesktop{}
		err := (&Native{desktop: d}).OpenURL(address)
		if (err == nil) != want || (d.opened == address && address != "") != want {
			t.Errorf("%.60q: opened %q, error %v; may open: %v", address, d.opened, err, want)
		}
	}
}

func TestNotifyIsShort(t *testing.T) {
	d := &fakeDesktop{}
	if err := (&Native{desktop: d}).Notify("Read", strings.Repeat("é", 500)); err != nil {
		t.Fatal(err)
	}
	if n := len([]rune(d.notified)); n != len("Read: ")+200 {
		t.Errorf("%d characters", n)
	}
}
