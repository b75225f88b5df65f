package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const vectors = "../../backend/audit/testdata/vectors.jsonl"

func TestVerifyOfALogThatIsWhole(t *testing.T) {
	body := `{"ok":true,"events":12,"head":"ab","problems":[],"cannotProve":["Not the end."]}`
	h := owner{"POST /audit/verify": body}.mux()
	called(t, h, "", "audit", "verify", "--json").want(t, 0, body+"\n")
	called(t, h, "", "audit", "verify").want(t, 0, "The audit log is whole: 12 events, head ab\nNot the end.\n")
}

func TestVerifyOfALogThatIsNotExits3(t *testing.T) {
	body := `{"ok":false,"events":12,"head":"ab","problems":[{"event":4,"text":"event 4 was edited"}],"cannotProve":[]}`
	h := owner{"POST /audit/verify": body}.mux()
	called(t, h, "", "audit", "verify", "--json").want(t, 3, body+"\n")
	called(t, h, "", "audit", "verify").want(t, 3, "The audit log is NOT whole: 12 events, head ab\n  event 4 was edited\n")
}

func TestVerifyOfAnExportNeedsNoDataFolder(t *testing.T) {
	whole, err := os.ReadFile(vectors)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	for _, c := range []struct {
		name string
		file []byte
		args string
		code int
		want []string
	}{
		{"whole", whole, "", 0, []string{`{"ok":true,"events":12,`, `"problems":[]`, "Without a head noted elsewhere"}},
		{"with its head", whole, "--head HEAD", 0, []string{`{"ok":true,"events":12,`, `event 12`}},
		{"edited", bytes.Replace(whole, []byte(`"anna"`), []byte(`"otto"`), 1), "", 3, []string{`{"ok":false,`, `"event":2`, "was edited"}},
		{"one removed", bytes.Join(append(append([][]byte{}, lines[:4]...), lines[5:]...), nil), "", 3, []string{"event 5 is missing"}},
		{"newest removed", bytes.Join(lines[:11], nil), "--head HEAD", 3, []string{`{"ok":false,"events":11,`}},
		{"broken line", append(bytes.Clone(whole), "{}\n"...), "", 3, []string{`"ok":false`, "line 13: ", "nothing after it was checked"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "export.jsonl")
			if err := os.WriteFile(file, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			_, rest, _ := bytes.Cut(lines[11], []byte(`"hash":"`))
			args := strings.Fields("audit verify --json " + strings.Replace(c.args, "HEAD", string(rest[:64]), 1))
			r := called(t, nil, "", append(args, "--file", file)...)
			if r.code != c.code || r.err != "" {
				t.Errorf("exit %d, want %d: %s", r.code, c.code, r.err)
			}
			for _, w := range c.want {
				if !strings.Contains(r.out, w) {
					t.Errorf("%s\nwant in it: %s", r.out, w)
				}
			}
		})
	}
	called(t, nil, "", "audit", "verify", "--file", "/nowhere/export").want(t, 1, "", "The export cannot be read")
}

func TestExport(t *testing.T) {
	h := owner{
		"POST /exports":          `{"id":"5","fileName":"audit.jsonl","bytes":6,"event":12,"head":"ab"}`,
		"GET /exports/5/content": "{}\n{}\n",
	}.mux()
	called(t, h, "", "audit", "export").want(t, 0, "{}\n{}\n", "event 12, head ab\n")

	file := filepath.Join(t.TempDir(), "export.jsonl")
	called(t, h, "", "audit", "export", "--out", file).want(t, 0, "", "event 12, head ab\n")
	if b, err := os.ReadFile(file); err != nil || string(b) != "{}\n{}\n" {
		t.Errorf("%q, %v", b, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	called(t, h, "", "audit", "export", "--out", file).want(t, 1, "", "exists.\nName another one with --out.")

	cut := filepath.Join(t.TempDir(), "cut.jsonl")
	h = owner{"POST /exports": `{"id":"5","bytes":7}`, "GET /exports/5/content": "{}\n{}\n"}.mux()
	called(t, h, "", "audit", "export", "--out", cut).want(t, 1, "", "cut after 6 of 7 bytes")
	if _, err := os.Stat(cut); !errors.Is(err, os.ErrNotExist) {
		t.Error("the cut file was left")
	}
}

func TestLink(t *testing.T) {
	h := owner{
		"GET /settings":             `{"folder":"/d","listener":{"on":true,"addresses":["http://localhost:4100"]}}`,
		"POST /settings/start-link": `{"url":"http://localhost:4100/#start=x","expiresAt":"2026-03-01T08:05:00Z"}`,
	}.mux()
	called(t, h, "", "link").want(t, 0, "http://localhost:4100/#start=x\n")
	called(t, owner{"GET /settings": `{"folder":"/d","listener":{"on":false,"addresses":[]}}`}.mux(), "", "--data", "/d", "link").
		want(t, 1, "", "gatehouse: Nothing serves the data folder /d.\nStart it with gatehouse --data /d serve, or turn the listener on in Settings.\n")
}
