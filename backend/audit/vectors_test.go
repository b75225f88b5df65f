package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gatehouse/backend/iam"
)

var update = flag.Bool("update", false, "write testdata/vectors.jsonl")

const vectorsFile = "testdata/vectors.jsonl"

// vectors are the events of testdata/vectors.jsonl. What they leave out is
// filled in by chain.
func vectors() []Line {
	many := make([]iam.Object, 40)
	for i := range many {
		many[i] = iam.Object{Kind: "account", ID: fmt.Sprint(i + 1), Name: fmt.Sprintf("account %d", i+1)}
	}
	events := []Line{
		0: {Record: Record{Actor: iam.System, Channel: "system", Action: "installation.create", Outcome: iam.Done}},
		1: {Record: Record{Actor: iam.Local("anna"), OSUser: "anna", Host: "ws-014", Channel: "cli", Action: "source.add",
			Objects: []iam.Object{{Kind: "source", ID: "7", Name: "halden"}}, Outcome: iam.Done,
			Correlation: "c-0001"}, Detail: &Detail{Text: `{"url":"ldaps://ldap.halden.example"}`}},
		// The same act refused, from a browser, with every text field in use.
		2: {Record: Record{Actor: iam.Operator(12), OSUser: "gatehouse", Host: "ws-014", Channel: "browser", Address: "127.0.0.1",
			Action: "source.remove", Objects: []iam.Object{{Kind: "source", ID: "7", Name: "halden"}},
			Outcome: iam.Refused, Reason: "the operator may not", Ticket: "CHG-1042", Correlation: "c-0002"},
			Detail: &Detail{Text: "{}"}},
		// Every text field empty.
		3: {},
		// Unicode: accents composed and decomposed, right to left, outside the BMP.
		4: {Record: Record{Actor: iam.Local("jörg"), Host: "büro", Action: "identity.view", Outcome: iam.Done,
			Objects: []iam.Object{{Kind: "identity", ID: "88", Name: "Zoë Müller"}, {Kind: "identity", ID: "89", Name: "Zoe\u0308"},
				{Kind: "identity", ID: "90", Name: "ליאור כהן"}, {Kind: "identity", ID: "91", Name: "𠮷田 🙂"}}},
			Detail: &Detail{Text: `{"query":"Zoë"}`}},
		// What JSON writers escape in different ways.
		5: {Record: Record{Actor: iam.System, Action: "run.fail", Outcome: iam.Failed,
			Reason: "line\nbreak\ttab \"quote\" back\\slash <b>&</b> \u2028 \u0000 \u007f /"},
			Detail: &Detail{Text: "\u2029\r\n"}},
		6: {Record: Record{Actor: iam.Schedule, Action: "run.finish", Objects: many, Outcome: iam.Done}},
		// A purged detail: the hash is there, the text is not.
		7: {Record: Record{Actor: iam.Schedule, Action: "run.finish", Outcome: iam.Done,
			DetailHash: Detail{Salt: vectorSalt(8), Text: `{"purged":"personal data"}`}.Hash()}},
		// A detail of no characters is a detail.
		8: {Record: Record{Actor: iam.System, Action: "vault.unlock", Outcome: iam.Done}, Detail: &Detail{}},
		// The same moment as the event before.
		9: {Record: Record{Actor: iam.System, Action: "session.end", Outcome: iam.Done}},
		// A field that looks like the start of the next one.
		10: {Record: Record{Actor: "local:\x00\x00\x00\x04root", OSUser: "", Action: "a", Outcome: iam.Done, Clock: "ntp"}},
		11: {Record: Record{Actor: iam.System, Action: "export.create", Objects: []iam.Object{{}}, Outcome: iam.Done}},
	}
	for i := range events {
		e := &events[i]
		e.Record.Time = 1_767_225_600_000_000 + int64(i)*1_500_001 // from 2026-01-01
		if e.Detail != nil {
			e.Detail.Salt = vectorSalt(i + 1)
		}
	}
	events[9].Record.Time = events[8].Record.Time
	return chain(events)
}

func vectorSalt(n int) [saltSize]byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "gatehouse-audit-vector-salt-%d", n))
	return [saltSize]byte(sum[:])
}

// chain numbers, links and seals events as the store does.
func chain(events []Line) []Line {
	var prev [32]byte
	for i := range events {
		r := &events[i].Record
		r.Version, r.Seq, r.Prev = FormatVersion, iam.Seq(i+1), prev
		if r.Clock == "" {
			r.Clock = "system"
		}
		if d := events[i].Detail; d != nil {
			r.DetailHash = d.Hash()
		}
		*r = Seal(*r)
		prev = r.Hash
	}
	return events
}

func written(t testing.TB, lines []Line) []byte {
	var b bytes.Buffer
	for _, l := range lines {
		if err := WriteLine(&b, l.Record, l.Detail); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestVectorsAreWhatThisPackageWrites(t *testing.T) {
	got := written(t, vectors())
	if *update {
		if err := os.WriteFile(vectorsFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the format of the audit log has changed: it no longer gives %s", vectorsFile)
	}
}

func TestVectorsVerify(t *testing.T) {
	b, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	v := NewVerifier()
	for l, err := range ReadLines(bytes.NewReader(b)) {
		if err != nil {
			t.Fatal(err)
		}
		v.Add(l.Record, l.Detail)
	}
	res := v.Result("")
	if !res.OK || res.Events != 12 {
		t.Errorf("got %+v", res)
	}
}

// The worked example of docs/audit-format.md is the second vector: its line,
// and the bytes that are hashed, a field a row.
func TestTheFormatPageShowsTheSecondVector(t *testing.T) {
	page, err := os.ReadFile("../../docs/audit-format.md")
	if err != nil {
		t.Fatal(err)
	}
	event := vectors()[1]
	if line := strings.TrimSpace(string(written(t, []Line{event}))); !bytes.Contains(page, []byte(line)) {
		t.Errorf("the page does not show %s", line)
	}
	_, rest, _ := strings.Cut(string(page), "```hex\n")
	table, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the page has no block of hex")
	}
	var hashed []byte
	for row := range strings.Lines(table) {
		// length, bytes (none of an empty field), two spaces, what it is
		cells, _, _ := strings.Cut(row, "  ")
		b, err := hex.DecodeString(strings.ReplaceAll(cells, " ", ""))
		if err != nil {
			t.Fatalf("%q: %v", row, err)
		}
		hashed = append(hashed, b...)
	}
	if sha256.Sum256(hashed) != event.Record.Hash {
		t.Errorf("the bytes on the page do not give %x", event.Record.Hash)
	}
}

// testdata/verify.py is written from docs/audit-format.md and shares nothing
// with this package.
func TestAnotherLanguageAgrees(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is missing: install python3")
	}
	run := func(t *testing.T, lines []Line, head string) (string, bool) {
		t.Helper()
		name := t.TempDir() + "/log.jsonl"
		if err := os.WriteFile(name, written(t, lines), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(python, "testdata/verify.py", name, head).CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1 && !bytes.Contains(out, []byte("Traceback"))) {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out), err == nil
	}
	whole := vectors()
	last := hex.EncodeToString(whole[11].Record.Hash[:])
	if out, ok := run(t, whole, last[:16]); !ok || out != "ok: 12 events, head "+last+"\n" {
		t.Errorf("whole: %s", out)
	}
	for name, edit := range map[string]func([]Line) []Line{
		"edited":         func(l []Line) []Line { l[4].Record.Reason = "x"; return l },
		"detail edited":  func(l []Line) []Line { l[4].Detail.Text += " "; return l },
		"deleted":        func(l []Line) []Line { return append(l[:4], l[5:]...) },
		"swapped":        func(l []Line) []Line { l[4], l[5] = l[5], l[4]; return l },
		"newest removed": func(l []Line) []Line { return l[:11] },
	} {
		t.Run(name, func(t *testing.T) {
			if out, ok := run(t, edit(vectors()), last); ok {
				t.Errorf("not detected: %s", out)
			}
		})
	}
}
