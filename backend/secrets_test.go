//go:build linux

package backend_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// What must be found nowhere: one word in every attribute that is never read,
// one as the bind password, one as a password that was typed wrong.
const (
	canary     = "CANARY-4kq9vz-directory"
	bindCanary = "CANARY-7wm2tx-bind"
	badCanary  = "CANARY-1hd8rb-mistyped"
)

// forms are the spellings in which bytes can hide: as they are, hexadecimal, and
// base64 at each of its three alignments, of which the whole groups are taken.
func forms(secret string) (all [][]byte) {
	all = append(all, []byte(secret), []byte(hex.EncodeToString([]byte(secret))), []byte(strings.ToUpper(hex.EncodeToString([]byte(secret)))))
	for skip := range 3 {
		inner := secret[(3-skip)%3:]
		inner = inner[:len(inner)/3*3]
		all = append(all, []byte(base64.StdEncoding.EncodeToString([]byte(inner))))
	}
	return all
}

// searcher looks for the canaries in whatever passes, and counts the bytes.
type searcher struct {
	t     testing.TB
	forms map[string][][]byte
	bytes map[string]int // by where
}

func (s *searcher) look(where string, b []byte) {
	s.t.Helper()
	s.bytes[where] += len(b)
	for secret, forms := range s.forms {
		for _, form := range forms {
			if at := bytes.Index(b, form); at >= 0 {
				s.t.Errorf("%s holds %s: %q", where, secret, b[max(0, at-60):min(len(b), at+60)])
				return
			}
		}
	}
}

// lookInFolder looks at every byte of every file below dir.
func (s *searcher) lookInFolder(when, dir string) (found map[string][]byte) {
	s.t.Helper()
	found = map[string][]byte{}
	must(s.t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		s.look(when+": file "+name, b)
		found[name] = b
		return err
	}))
	return found
}

// lookAtProcess looks at what others on the machine can see of a process.
func (s *searcher) lookAtProcess(p *process) {
	s.t.Helper()
	for _, file := range []string{"cmdline", "environ"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file))
		must(s.t, err)
		if len(b) == 0 {
			s.t.Errorf("%s of the process is empty", file)
		}
		s.look(file+" of the process", b)
	}
}

// planted is LDIF with the canary in every never-read attribute that the server's
// schema knows, in people, groups and a bind account.
func planted() string {
	coded := base64.StdEncoding.EncodeToString([]byte(canary))
	return `dn: uid=keeper,ou=people,dc=demo,dc=example
objectClass: inetOrgPerson
objectClass: posixAccount
objectClass: shadowAccount
objectClass: simpleSecurityObject
uid: keeper
cn: Keeper of Keys
sn: Keys
uidNumber: 77
gidNumber: 77
homeDirectory: /home/keeper
employeeNumber: 4242
userPassword: ` + canary + `
userPassword: {SSHA}` + coded + `
jpegPhoto:: ` + coded + `
photo:: ` + coded + `
audio:: ` + coded + `
homePhone: ` + canary + `
homePostalAddress: ` + canary + `
userPKCS12:: ` + coded + `

dn: cn=keyring,ou=groups,dc=demo,dc=example
objectClass: posixGroup
cn: keyring
gidNumber: 77
userPassword: ` + canary + `
memberUid: keeper

dn: cn=bell,ou=service,dc=demo,dc=example
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: bell
userPassword: ` + bindCanary + `

`
}

// Never-read attributes and passwords reach nothing that Gatehouse keeps, says
// or shows; on a server that would hand out everything.
func TestSecretsAreFoundNowhere(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{
		LDIF:   directorytest.Company{Users: 40, Groups: 12, Extra: planted()}.WriteFile,
		Access: []string{"to * by anonymous auth by users read"},
	})
	const bell = "cn=bell,ou=service,dc=demo,dc=example"
	f := newFolder(t)
	must(t, os.WriteFile(f.password, []byte(bindCanary), 0o600))
	s := &searcher{t: t, forms: map[string][][]byte{}, bytes: map[string]int{}}
	for _, secret := range []string{canary, bindCanary, badCanary} {
		s.forms[secret] = forms(secret)
	}

	// The server does hand them out, to that account.
	handed := searchAs(t, slapd, bell, f.password, "(|(uid=keeper)(cn=keyring)(cn=bell))")
	plain := 0
	for _, e := range parseLDIF(t, handed) {
		for _, values := range e.values {
			for _, v := range values {
				if strings.Contains(v, canary) || strings.Contains(v, bindCanary) || strings.Contains(v, "{SSHA}") {
					plain++
				}
			}
		}
	}
	if plain != 10 {
		t.Fatalf("%d canaries are planted:\n%s", plain, handed)
	}

	// say runs a command line and looks at all it says.
	say := func(code int, args ...string) outcome {
		t.Helper()
		r := f.run(args...)
		if r.code != code {
			t.Errorf("%s: exit %d\n%s", strings.Join(args, " "), r.code, r.err)
		}
		s.look("output of "+args[0], []byte(r.out+r.err))
		return r
	}
	connection := []string{"--url", slapd.URL, "--base-dn", slapd.Suffix, "--bind-dn", bell, "--password-file"}

	wrong := filepath.Join(filepath.Dir(f.dir), "wrong")
	must(t, os.WriteFile(wrong, []byte(badCanary), 0o600))
	if r := say(1, append(append([]string{"source", "add", "ldap", "corp"}, connection...), wrong)...); !strings.Contains(r.err, "refused") {
		t.Errorf("a wrong password: %s", r.err)
	}
	say(2, append(append([]string{"source", "add", "ldap", "corp"}, connection...), f.password, "--map", "title=homePhone", "--map", "nonsense")...)
	say(1, append(append([]string{"source", "add", "ldap", "corp"}, connection...), f.password, "--map", "title=homePhone")...)
	say(0, append(append([]string{"source", "add", "ldap", "corp"}, connection...), f.password)...)
	say(0, "source", "check", "corp")
	say(0, "source", "check", "corp", "--json")
	say(0, "sync", "--preview", "--json") // whose staging stays
	kept := s.lookInFolder("after a preview", f.dir)
	if !slices.ContainsFunc(slices.Collect(maps.Keys(kept)), func(name string) bool { return strings.HasPrefix(name, "staging/") }) {
		t.Errorf("a preview keeps no staging: %v", slices.Sorted(maps.Keys(kept)))
	}
	say(0, "sync")
	say(0, "find", "keeper")
	say(0, "find", "CANARY")
	if r := say(0, "access", "keeper"); !strings.Contains(r.out, "keyring") {
		t.Errorf("access: %s", r.out)
	}
	say(0, "who-can", "keyring", "--json")
	say(0, "audit", "verify", "--json")
	export := filepath.Join(t.TempDir(), "audit.jsonl")
	say(0, "audit", "export", "--out", export)
	say(0, "vault", "status")
	b, err := os.ReadFile(export)
	must(t, err)
	s.look("the audit export", b)

	// The bind account's password changes: the stored one is refused, in words
	// that do not repeat it.
	slapd.Modify("dn: " + bell + "\nchangetype: modify\nreplace: userPassword\nuserPassword: something-else\n")
	if r := say(1, "sync", "--json"); !strings.Contains(r.err, "refused") {
		t.Errorf("a changed password: %s", r.err)
	}
	say(3, "source", "check", "corp")
	slapd.Modify("dn: " + bell + "\nchangetype: modify\nreplace: userPassword\nuserPassword: " + bindCanary + "\n")

	owner := f.owner()
	s.lookAtProcess(owner)
	c := f.open() // as the owner's guest
	campaign := post[api.CampaignDetail](c, "/reviews", map[string]any{
		"name": "Keys", "dueAt": "2100-01-01T00:00:00Z", "scope": map[string]any{"effective": true}, "reviewers": map[string]any{"kind": "managers"},
		"sourceReason": "looked at for secrets",
	})
	if campaign.Arithmetic.InScope == 0 {
		t.Error("the campaign has no item")
	}
	answers := everyAnswer(t, c, s)
	if answers < 100 {
		t.Errorf("only %d answers were looked at", answers)
	}
	say(0, "sync")
	made := post[api.Export](c, "/exports", map[string]string{"kind": "audit"})
	status, content, err := c.request(http.MethodGet, "/exports/"+made.ID+"/content", nil)
	if must(t, err); status != http.StatusOK || len(content) == 0 {
		t.Errorf("the export: %d", status)
	}
	s.look("the content of an export", content)
	source := c.source()
	draft := api.SourceDraft{Name: "corp", Kind: "ldap", Config: source.Config, SourceID: source.ID}
	for what, draft := range map[string]api.SourceDraft{
		"a check with the stored password":       draft,
		"a check with a wrong password":          {Name: "corp", Kind: "ldap", Config: source.Config, Secret: badCanary},
		"a check elsewhere, with the stored one": {Name: "corp", Kind: "ldap", SourceID: source.ID, Config: elsewhere(source)},
	} {
		_, answer, err := c.request(http.MethodPost, "/sources/check", draft)
		must(t, err)
		s.look(what, answer)
	}
	// A request that cannot be understood must not be repeated back.
	_, answer, err := c.request(http.MethodPost, "/sources", map[string]any{"name": 7, "kind": "ldap", "secret": []string{badCanary}, "config": map[string]any{"url": "x"}})
	must(t, err)
	s.look("the refusal of a malformed request", answer)
	_, answer, err = c.request(http.MethodPut, "/sources/"+source.ID, map[string]any{"name": "corp", "kind": "ldap", "secret": bindCanary, "config": source.Config})
	must(t, err)
	s.look("the answer to a changed source", answer)

	live := s.lookInFolder("while it is served", f.dir)
	if len(live["gatehouse.db-wal"]) == 0 || !slices.ContainsFunc(slices.Collect(maps.Keys(live)), func(name string) bool { return strings.HasPrefix(name, "exports/") }) {
		t.Errorf("the folder has no write-ahead log or no export: %v", slices.Sorted(maps.Keys(live)))
	}
	// What is looked for would be found: the name of the account beside it is.
	if all := slices.Concat(live["gatehouse.db"], live["gatehouse.db-wal"]); !bytes.Contains(all, []byte("Keeper of Keys")) {
		t.Error("the search finds nothing at all")
	}
	owner.kill()
	s.lookInFolder("after kill -9", f.dir)
	s.look("what the owner logged", append(owner.out.Bytes(), owner.err.Bytes()...))
	say(0, "sync", "--json")
	s.lookInFolder("at the end", f.dir)
	total := 0
	for _, n := range s.bytes {
		total += n
	}
	t.Logf("looked at %d bytes in %d places, %d answers of the API among them", total, len(s.bytes), answers)
}

// searchAs is what ldapsearch gets as an account, by its password file.
func searchAs(t *testing.T, s *directorytest.Slapd, dn, password, filter string) string {
	t.Helper()
	args := []string{"-x", "-LLL", "-o", "ldif-wrap=no", "-H", s.URL, "-D", dn, "-y", password, "-b", s.Suffix, filter}
	out, err := exec.Command("ldapsearch", args...).Output()
	must(t, err)
	return string(out)
}

// elsewhere is the source's configuration, but for another server.
func elsewhere(s api.Source) (cfg iam.SourceConfig) {
	cfg = s.Config
	cfg.URL = "ldap://127.0.0.1:1"
	return cfg
}

var parameter = regexp.MustCompile(`\{[^}]+\}`)

// everyAnswer asks every GET of the API's own description, with every id that a
// list showed, and counts the answers.
func everyAnswer(t *testing.T, c console, s *searcher) (answers int) {
	t.Helper()
	description, err := api.OpenAPI()
	must(t, err)
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	must(t, json.Unmarshal(description, &doc))
	ids := map[string]bool{}
	ask := func(path string) int {
		status, b, err := c.request(http.MethodGet, path, nil)
		must(t, err)
		s.look("GET "+path, b)
		for _, m := range regexp.MustCompile(`"id":"([^"]+)"`).FindAllSubmatch(b, -1) {
			ids[string(m[1])] = true
		}
		if status == http.StatusOK {
			answers++
		}
		return status
	}
	var plain, byID []string
	for path, methods := range doc.Paths {
		if methods["get"] == nil || path == "/notices" {
			continue
		}
		if parameter.MatchString(path) {
			byID = append(byID, path)
		} else {
			plain = append(plain, path)
		}
	}
	if len(plain) < 10 || len(byID) < 10 {
		t.Fatalf("the description lists %v and %v", plain, byID)
	}
	for _, path := range plain {
		for _, query := range []string{"", "?limit=500", "?q=" + canary, "?login=keeper&group=keyring"} {
			if status := ask(path + query); status >= http.StatusInternalServerError {
				t.Errorf("GET %s%s: %d", path, query, status)
			}
		}
	}
	keyring := get[api.AccessAnswer](c, "/answers/access?login=keeper").Effective[0].GroupID
	people := get[api.Page[api.IdentityRow]](c, "/identities?limit=2").Items
	for _, path := range byID {
		served := 0
		for id := range maps.Clone(ids) {
			address := strings.NewReplacer("{id}", id, "{item}", "1", "{name}", "accounts").Replace(path)
			if !strings.Contains(path, "{name}") { // a report takes the parameters that it names
				address += "?group=" + keyring + "&into=" + people[0].ID
			}
			switch status := ask(address); {
			case status == http.StatusOK:
				served++
			case status >= http.StatusInternalServerError:
				t.Errorf("GET %s of %s: %d", path, id, status)
			}
		}
		if served == 0 && !strings.HasPrefix(path, "/exports/") {
			t.Errorf("GET %s answered for none of %d ids", path, len(ids))
		}
	}
	return answers
}
