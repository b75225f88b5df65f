//go:build unix

package file

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// Only an ordinary file outside of the data folder is read.
func TestOnlyOrdinaryFiles(t *testing.T) {
	folder, data := t.TempDir(), t.TempDir()
	plain := filepath.Join(folder, "staff.csv")
	for _, path := range []string{plain, filepath.Join(data, "vault.csv")} {
		if err := os.WriteFile(path, []byte(staff), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link, pipe, way := filepath.Join(folder, "link.csv"), filepath.Join(folder, "pipe.csv"), filepath.Join(folder, "way")
	if err := os.Symlink(plain, link); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(data, way); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	huge := filepath.Join(folder, "huge.csv")
	if err := os.WriteFile(huge, []byte("id\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, Largest+1); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		plain: "", link: "is a link", pipe: "no ordinary file", "/dev/zero": "no ordinary file", folder: "no ordinary file", huge: "more than the 512 MB",
		filepath.Join(data, "vault.csv"): "own data folder", filepath.Join(way, "vault.csv"): "own data folder", filepath.Join(folder, "none.csv"): "There is no file",
	} {
		s, err := Kind(data).Open(config(path, nil), "")
		if err != nil {
			t.Fatal(err)
		}
		r := directorytest.ReadAll(t.Context(), s, nil)
		if says == "" && !r.Complete() || says != "" && (r.Err == nil || len(r.Records) > 0 || !strings.Contains(r.Err.Error(), says)) {
			t.Errorf("%s: %d records, %v; want %q", path, len(r.Records), r.Err, says)
		}
	}
}

// What cannot work is refused before anything is read, and names the field.
func TestConfigurations(t *testing.T) {
	path := put(t, "staff.csv", staff)
	for _, c := range []struct {
		field  string
		change func(*iam.SourceConfig)
	}{
		{"", func(*iam.SourceConfig) {}},
		{"file", func(c *iam.SourceConfig) { c.File = nil }},
		{"url", func(c *iam.SourceConfig) { c.URL = "ldap://x" }},
		{"file.path", func(c *iam.SourceConfig) { c.File.Path = "" }},
		{"file.path", func(c *iam.SourceConfig) { c.File.Upload = "7" }},
		{"file.path", func(c *iam.SourceConfig) { c.File.Path = "staff.csv" }},
		{"file.upload", func(c *iam.SourceConfig) { c.File.Path, c.File.Upload = "", "../vault.db" }},
		{"file.format", func(c *iam.SourceConfig) { c.File.Format = "pdf" }},
		{"file.encoding", func(c *iam.SourceConfig) { c.File.Encoding = "ebcdic" }},
		{"file.delimiter", func(c *iam.SourceConfig) { c.File.Delimiter = "x" }},
		{"file.delimiter", func(c *iam.SourceConfig) { c.File.Delimiter = ";," }},
		{"file.headerRow", func(c *iam.SourceConfig) { c.File.HeaderRow = -1 }},
		{"file.managerBy", func(c *iam.SourceConfig) { c.File.ManagerBy = "shoe size" }},
		{"file.managerBy", func(c *iam.SourceConfig) { c.File.ManagerBy = "login" }},
		{"file.dateFormat", func(c *iam.SourceConfig) { c.File.DateFormat = "ymd" }},
		{"file.states", func(c *iam.SourceConfig) { c.File.States["x"] = "maybe" }},
		{"file.columns", func(c *iam.SourceConfig) { c.File.Columns["shoe"] = "Schuh" }},
		{"file.columns.title", func(c *iam.SourceConfig) { c.File.Columns["title"] = "" }},
		{"mapping.userFilter", func(c *iam.SourceConfig) { c.Mapping.UserFilter = "(cn=a*b)" }},
		{"mapping.mail", func(c *iam.SourceConfig) { c.Mapping.Mail = "userPassword" }},
	} {
		cfg := config(path, nil)
		c.change(&cfg)
		_, err := Kind(t.TempDir()).Open(cfg, "")
		e, _ := err.(*iam.Error)
		if c.field == "" && err != nil || c.field != "" && (e == nil || e.Kind != iam.Invalid || e.Field != c.field) {
			t.Errorf("%+v: %v; want %q", cfg.File, err, c.field)
		}
	}
	keyless := readAll(t, config(path, func(f *iam.FileConfig) { f.KeyColumn = "" }))
	if e, _ := keyless.Err.(*iam.Error); e == nil || e.Field != "file.keyColumn" || len(keyless.Records) > 0 {
		t.Errorf("without a key: %v", keyless.Err)
	}
}
