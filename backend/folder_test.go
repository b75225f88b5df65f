package backend

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gatehouse/backend/iam"
)

func TestFolderRefused(t *testing.T) {
	for _, c := range []struct {
		name, dir string
		kind      iam.Kind
		says      string
	}{
		{"none", "", iam.Invalid, "--data"},
		{"Dropbox", "Dropbox/gatehouse", iam.Unsupported, "Dropbox"},
		{"OneDrive", "OneDrive/x/gatehouse", iam.Unsupported, "OneDrive"},
		{"OneDrive of a company", "OneDrive - Halden AS/gatehouse", iam.Unsupported, "OneDrive"},
		{"iCloud", "Library/Mobile Documents/gatehouse", iam.Unsupported, "Mobile Documents"},
		{"Nextcloud, in any case", "nextcloud/gatehouse", iam.Unsupported, "Nextcloud"},
		{"a name that only begins so", "Dropbox-old/gatehouse", "", ""},
		{"an ordinary one", "data", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := c.dir
			if dir != "" {
				dir = filepath.Join(t.TempDir(), filepath.FromSlash(dir))
			}
			err := prepareFolder(dir)
			if iam.KindOf(err) != c.kind {
				t.Fatalf("%v", err)
			}
			if c.kind != "" && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not name %s", err, c.says)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := prepareFolder(filepath.Join(file, "data")); iam.KindOf(err) != iam.Unavailable || !strings.Contains(err.Error(), "--data") {
		t.Errorf("below a file: %v", err)
	}
}

// TestFolderIsPrivate: the folder and what lies in it is its owner's alone.
func TestFolderIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no mode bits: the folder inherits the profile's rights")
	}
	dir := filepath.Join(t.TempDir(), "data")
	b, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	seen := 0
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if seen++; info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		return nil
	}); err != nil || seen < 4 {
		t.Errorf("%d files: %v", seen, err)
	}
}

// TestFolderHasOneOwner: a second process is told who has it and what to do.
func TestFolderHasOneOwner(t *testing.T) {
	dir := t.TempDir()
	b, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Dir: dir}); iam.KindOf(err) != iam.Conflict || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "Close it") {
		t.Errorf("a second owner: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err = Open(t.Context(), Config{Dir: dir}); err != nil {
		t.Fatalf("after the first closed: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestSocketInALongFolder: a folder whose path is longer than a socket's
// address may be.
func TestSocketInALongFolder(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux reaches a socket through a descriptor's path")
	}
	dir := filepath.Join(t.TempDir(), strings.Repeat("long-", 30), strings.Repeat("longer-", 20))
	client, done, err := Connect(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Get(Address + "/api/v1/session")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("%d", res.StatusCode)
	}
	if err := done(); err != nil {
		t.Fatal(err)
	}
}
