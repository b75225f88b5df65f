package ldap

import (
	"fmt"
	"os/exec"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
)

func TestZZBench(t *testing.T) {
	c := directorytest.Company{Users: 100_000, Groups: 5000, Memberships: 1_000_000, Depth: 10}
	slapd := directorytest.Start(t, directorytest.Options{LDIF: c.WriteFile})
	for range 4 {
		began := time.Now()
		cmd := exec.Command("sh", append([]string{"-c", `exec ldapsearch "$@" >/dev/null`, "x"}, append(slapd.SearchArgs(), "-E", "pr=1000/noprompt")...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
		dump := time.Since(began)
		began = time.Now()
		m := 0
		for r, err := range opened(t, config(slapd), directorytest.ReaderPassword).Read(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			if v, ok := r.(directory.Members); ok {
				m += len(v.Members)
			}
		}
		took := time.Since(began)
		fmt.Printf("ldapsearch %.2f read %.2f ratio %.2f members %d\n", dump.Seconds(), took.Seconds(), took.Seconds()/dump.Seconds(), m)
	}
}
