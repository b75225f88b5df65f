package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSortingStaysInTheFolder: what is too much to be sorted in memory lies in
// the data folder, in files without a name.
func TestSortingStaysInTheFolder(t *testing.T) {
	dir := t.TempDir()
	s, err := openIn(dir, newClock())
	must(t, err)
	defer func() { must(t, s.Close()) }()
	rows, err := s.writer.QueryContext(ann(), `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000) SELECT hex(randomblob(100)) AS x FROM c ORDER BY x`)
	must(t, err)
	defer func() { must(t, rows.Close()) }()
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	var nameless []string
	open, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	for _, f := range open {
		if name, err := os.Readlink(filepath.Join("/proc/self/fd", f.Name())); err == nil && strings.HasSuffix(name, " (deleted)") && strings.Contains(name, "etilqs_") {
			nameless = append(nameless, filepath.Dir(name))
		}
	}
	if len(nameless) == 0 || nameless[0] != s.stagingDir() {
		t.Errorf("sorted in %q, not in %s", nameless, s.stagingDir())
	}
}
