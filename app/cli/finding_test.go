package cli

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/api"
)

// TestFindingsCommand: what the checks noticed, and how it is accepted.
func TestFindingsCommand(t *testing.T) {
	d := demoFolder{t, filepath.Join(t.TempDir(), "data")}
	if r := d.called("findings", "--json"); r.code == 0 {
		t.Fatalf("an empty folder answers: %s", r.out)
	}
	_, stop := d.serve()
	d.settle()
	stop()
	all := d.called("findings", "--kind", "orphan", "--check", "--json")
	lines := strings.Split(strings.TrimSpace(all.out), "\n")
	if all.code != findings || len(lines) != 5 {
		t.Fatalf("exit %d, %d lines: %s", all.code, len(lines), all.err)
	}
	if r := d.called("findings", "accept", "--kind", "orphan", "--count", "4", "--reason", "known"); r.code != failed || !strings.Contains(r.err, "5 findings fit now, not 4") {
		t.Errorf("a wrong count: exit %d %s", r.code, r.err)
	}
	if r := d.called("findings", "accept", "--reason", "known"); r.code != misused {
		t.Errorf("nothing named: exit %d %s", r.code, r.err)
	}
	past, far := time.Now().AddDate(0, 0, -1).Format(time.DateOnly), time.Now().AddDate(2, 0, 0).Format(time.DateOnly)
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{misused, `--kind "nonsense" is none of nestedPrivileged, leaverActive`, []string{"findings", "--kind", "nonsense"}},
		{misused, `--risk "dire" is none of low, medium, high, critical`, []string{"findings", "--risk", "dire"}},
		{misused, `--kind "nonsense" is none of`, []string{"findings", "accept", "--kind", "nonsense", "--count", "1", "--reason", "known"}},
		{misused, "has passed", []string{"findings", "accept", "--kind", "orphan", "--count", "5", "--reason", "known", "--until", past}},
		{misused, "for a year at most", []string{"findings", "accept", "--kind", "orphan", "--count", "5", "--reason", "known", "--until", far}},
		{failed, "--reason: ", []string{"findings", "accept", "--kind", "orphan", "--count", "5", "--reason", "x"}},
	} {
		if r := d.called(c.args...); r.code != c.code || !strings.Contains(r.err, c.says) || strings.Contains(r.err, "body.") {
			t.Errorf("%q: exit %d %s", c.args, r.code, r.err)
		}
	}
	if got := answer[api.Accepted](d, "findings", "accept", "--kind", "orphan", "--count", "5", "--reason", "known", "--ticket", "CHG-1"); got.Count != 5 || got.Event == 0 {
		t.Errorf("accepted %+v", got)
	}
	if r := d.called("findings", "--kind", "orphan", "--check"); r.code != done {
		t.Errorf("after the acceptance: exit %d %s", r.code, r.out)
	}
	if r := d.called("findings", "--kind", "orphan", "--state", "accepted"); r.code != done || strings.Count(r.out, "orphan") != 5 {
		t.Errorf("accepted: exit %d %s", r.code, r.out)
	}
	if r := d.called("findings", "checks"); r.code != done || !strings.Contains(r.out, "more than 90 days before the reading") {
		t.Errorf("checks: exit %d %s", r.code, r.out)
	}
	if r := d.called("audit", "verify"); r.code != done {
		t.Errorf("the log: exit %d %s %s", r.code, r.out, r.err)
	}
}
