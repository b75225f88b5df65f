package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// TestApplyCopiesItsLog: what a large reading wrote into the log is copied into
// the database file without another Write.
func TestApplyCopiesItsLog(t *testing.T) {
	s := newStore(t)
	src := addSource(t, s, "corp")
	var records []directory.Record
	for i := range 3000 {
		records = append(records, directory.Account{ExternalID: fmt.Sprint("a", i), DN: fmt.Sprint("uid=", i), Facts: iam.AccountFacts{Login: fmt.Sprint("u", i), Sort: iam.Person}})
	}
	apply(t, s, src, records)
	s.copying.Wait()
	var pages, size int64
	must(t, s.writer.QueryRow(`SELECT page_count, page_size FROM pragma_page_count, pragma_page_size`).Scan(&pages, &size))
	info, err := os.Stat(filepath.Join(s.dir, "gatehouse.db"))
	must(t, err)
	if info.Size() != pages*size {
		t.Errorf("the file has %d bytes, the database %d pages of %d", info.Size(), pages, size)
	}
}
