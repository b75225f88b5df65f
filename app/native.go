package app

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"gatehouse/app/local"
	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

// Native are the verbs that the page may call in the window, beside the one
// handler: each needs the desktop, and none takes a path, a command or SQL.
// What is read or written is chosen by the person in a dialog of the system,
// and all data passes the handler and its permissions.
type Native struct {
	handler http.Handler
	desktop desktop

	mu    sync.Mutex
	saved map[string]string // where exports were saved, by id
}

// desktop is what the web view's host can do.
type desktop interface {
	// askOpen lets the person choose a file; empty if they would not.
	askOpen(title, kind, patterns string) (string, error)
	// askSave lets the person choose where to write; empty if they would not.
	askSave(title, name string) (string, error)
	openURL(address string)
	notify(title, text string) error
}

// PickedFile is a file that the person chose.
type PickedFile struct {
	Name string `json:"name"` // without its folder
	Text string `json:"text"` // the certificates in it, in PEM, and nothing else
}

// caLimit is the size in bytes beyond which a file cannot be certificates that
// somebody meant.
const caLimit = 1 << 20

// PickFile lets the person choose a file of certificates and returns what is in
// it, in PEM. It is nil if they chose none. A private key in the file is left
// out and a file without a certificate refused, so the verb reads nothing else.
func (n *Native) PickFile() (*PickedFile, error) {
	path, err := n.desktop.askOpen("Certificates of the directory's authority", "Certificates", "*.pem;*.crt;*.cer;*.der;*.ca-bundle")
	if path == "" || err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, iam.Errorf(iam.Invalid, "The file %s could not be read: %v.", filepath.Base(path), errors.Unwrap(err)).In("caFile")
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, caLimit+1))
	if err != nil {
		return nil, err
	}
	certificates := onlyCertificates(content)
	if len(content) > caLimit || len(certificates) == 0 {
		return nil, iam.Errorf(iam.Invalid, "The file %s holds no certificate.", filepath.Base(path)).In("caFile").
			Fix("Choose the certificate of the authority that signed the directory's, as PEM or DER.")
	}
	return &PickedFile{Name: filepath.Base(path), Text: string(certificates)}, nil
}

// onlyCertificates are the certificates in content, PEM or DER, as PEM.
func onlyCertificates(content []byte) []byte {
	var out bytes.Buffer
	if certificates, err := x509.ParseCertificates(content); err == nil {
		for _, c := range certificates {
			pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
		}
		return out.Bytes()
	}
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if _, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: block.Bytes})
		}
	}
	return out.Bytes()
}

var exportID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// SaveExport lets the person choose where to save an export that was started
// through the API, and writes it there. It is false if they chose nowhere. The
// file appears whole or not at all.
func (n *Native) SaveExport(id string) (bool, error) {
	if !exportID.MatchString(id) {
		return false, iam.Errorf(iam.NotFound, "There is no export with the id %q.", id)
	}
	path := api.Root + "/exports/" + id + "/content"
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, path, nil)
	if err != nil {
		return false, err
	}
	r.Host, r.RequestURI = "wails", path
	s := &saver{answer: answer{header: http.Header{}}, ask: func(name string) (string, error) {
		return n.desktop.askSave("Save the export", name)
	}}
	n.handler.ServeHTTP(s, r)
	if err := s.finish(); s.path == "" || err != nil {
		return false, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.saved == nil {
		n.saved = map[string]string{}
	}
	n.saved[id] = s.path
	return true, nil
}

// saver is the response writer that puts an export into a file. The first byte
// of a good answer opens the dialog; an error is kept as it is.
type saver struct {
	answer
	ask   func(name string) (string, error)
	path  string // what the person chose
	file  *os.File
	asked bool
	err   error
}

func (s *saver) Write(b []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	if s.status != http.StatusOK {
		return s.body.Write(b)
	}
	if !s.asked {
		s.asked = true
		s.begin()
	}
	if s.err != nil {
		return 0, s.err
	}
	if s.file == nil {
		return 0, fs.ErrClosed // nowhere was chosen
	}
	var k int
	k, s.err = s.file.Write(b)
	return k, s.err
}

// begin asks where to write and opens a file of a passing name beside it.
func (s *saver) begin() {
	name := "gatehouse-export"
	if _, p, err := mime.ParseMediaType(s.header.Get("Content-Disposition")); err == nil && p["filename"] != "" {
		name = filepath.Base(p["filename"])
	}
	if s.path, s.err = s.ask(name); s.path == "" || s.err != nil {
		return
	}
	s.file, s.err = os.CreateTemp(filepath.Dir(s.path), ".gatehouse-*")
}

// finish gives the whole file its name, or takes away what there is of it.
func (s *saver) finish() error {
	if s.status != http.StatusOK {
		return iam.Errorf(iam.Unavailable, "The export could not be read.").
			Fix("It may have been purged: start it again.").By(fmt.Errorf("%d: %s", s.status, s.body.String()))
	}
	if s.file != nil {
		if err := s.file.Close(); s.err == nil {
			s.err = err
		}
		if s.err == nil {
			s.err = os.Rename(s.file.Name(), s.path)
		}
		if s.err != nil {
			os.Remove(s.file.Name())
		}
	}
	if s.err != nil {
		return iam.Errorf(iam.Unavailable, "The export could not be saved: %v.", s.err).Fix("Choose another folder.").By(s.err)
	}
	return nil
}

// Reveal shows an export that was saved since the program started in the file
// manager.
func (n *Native) Reveal(id string) error {
	n.mu.Lock()
	path := n.saved[id]
	n.mu.Unlock()
	if path == "" {
		return iam.Errorf(iam.NotFound, "This export was not saved in this window.").Fix("Save it first.")
	}
	return local.Reveal(path)
}

// OpenURL opens an address outside the window: a web page over https, this
// program's own pages over http on this computer, or a new message to one
// mail address.
func (n *Native) OpenURL(address string) error {
	if !mayOpen(address) {
		return iam.Errorf(iam.Invalid, "This address is not opened from here.").In("address").
			Fix("Copy it into a browser if you trust it.")
	}
	n.desktop.openURL(address)
	return nil
}

// mayOpen reports whether an address can do no more than show a page or begin
// a message.
func mayOpen(address string) bool {
	u, err := url.Parse(address)
	if err != nil || len(address) > 2048 || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Hostname() != "" && u.User == nil
	case "http":
		h := u.Hostname()
		return u.User == nil && (h == "localhost" || h == "127.0.0.1" || h == "::1")
	case "mailto":
		to, err := url.PathUnescape(u.Opaque)
		if err != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
			return false
		}
		parsed, err := mail.ParseAddress(to)
		return err == nil && parsed.Name == "" && parsed.Address == to
	}
	return false
}

// Notify shows a short message outside the window, such as that a read has
// ended while the window was out of sight.
func (n *Native) Notify(title, text string) error {
	const limit = 200 // characters; more is cut off by every desktop
	return n.desktop.notify(shorten(title, limit), shorten(text, limit))
}

func shorten(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return s
}
