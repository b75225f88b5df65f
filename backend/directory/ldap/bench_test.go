package ldap

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
)

// BenchmarkRead measures a full read without a store beside ldapsearch, and a
// read of a hundred changes.
func BenchmarkRead(b *testing.B) {
	c := directorytest.Company{Users: 100_000, Groups: 5_000, Memberships: 500_000}
	slapd := directorytest.Start(b, directorytest.Options{Sync: true, LDIF: c.WriteFile, Limits: []string{unlimited}})
	cfg := config(slapd)
	source := opened(b, cfg, directorytest.ReaderPassword)
	read := func(since directory.Cursor) (end directory.End, records int, took time.Duration) {
		began := time.Now()
		for record, err := range source.Read(b.Context(), since) {
			if err != nil {
				b.Fatal(err)
			}
			records++
			if e, ok := record.(directory.End); ok {
				end = e
			}
		}
		return end, records, time.Since(began)
	}
	dump := func() time.Duration {
		began := time.Now()
		for _, s := range Kind.Searches(cfg) {
			args := []string{"-x", "-LLL", "-H", slapd.URL, "-D", slapd.ReaderDN, "-w", directorytest.ReaderPassword, "-E", "pr=1000/noprompt", "-b", s.Base, s.Filter}
			if err := exec.Command("ldapsearch", append(args, s.Attributes...)...).Run(); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(began)
	}
	b.ReportAllocs()
	for b.Loop() {
		peer := dump()
		end, _, full := read("")
		var ldif strings.Builder
		for i := range 100 {
			fmt.Fprintf(&ldif, "dn: %s\nchangetype: modify\nreplace: title\ntitle: %d\n\n", c.UserDN(1+i*7), time.Now().UnixNano())
		}
		slapd.Modify(ldif.String())
		_, records, some := read(end.Cursor)
		if records != 101 {
			b.Fatalf("%d records", records)
		}
		b.ReportMetric(full.Seconds()/peer.Seconds(), "x-ldapsearch")
		b.ReportMetric(full.Seconds(), "s-full")
		b.ReportMetric(float64(some.Milliseconds()), "ms-100-changes")
	}
}
