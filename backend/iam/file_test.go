package iam

import "testing"

// A newer upload, and a list that is empty instead of missing, change nothing
// that a read returns.
func TestReadsAlike(t *testing.T) {
	config := func(change func(*SourceConfig)) SourceConfig {
		c := SourceConfig{File: &FileConfig{Upload: "7", Name: "march.csv", KeyColumn: "id", Columns: map[string]string{"name": "Name"}}}
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		change func(*SourceConfig)
		alike  bool
	}{
		"nothing":       {func(*SourceConfig) {}, true},
		"newer upload":  {func(c *SourceConfig) { c.File.Upload, c.File.Name = "8", "april.csv" }, true},
		"an empty list": {func(c *SourceConfig) { c.Mapping.Service = []string{} }, true},
		"another key":   {func(c *SourceConfig) { c.File.KeyColumn = "no" }, false},
		"a column":      {func(c *SourceConfig) { c.File.Columns["mail"] = "Mail" }, false},
		"a path":        {func(c *SourceConfig) { c.File.Upload, c.File.Path = "", "/srv/staff.csv" }, false},
		"no file":       {func(c *SourceConfig) { c.File = nil }, false},
	} {
		if got := config(func(*SourceConfig) {}).ReadsAlike(config(c.change)); got != c.alike {
			t.Errorf("%s: %v", name, got)
		}
	}
}
