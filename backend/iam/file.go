package iam

import (
	"bytes"
	"encoding/json"
)

// FileConfig says where a file is and what its columns mean. Either Path or
// Upload is set.
type FileConfig struct {
	Path   string `json:"path,omitempty"`   // absolute, on the computer that runs Gatehouse; read anew by each run
	Upload string `json:"upload,omitempty"` // id of a file that was sent to Gatehouse
	Name   string `json:"name,omitempty"`   // what that file was called, for people

	Format    string `json:"format,omitempty"`    // ldif, csv or xlsx; empty: told by the content
	Sheet     string `json:"sheet,omitempty"`     // xlsx; empty: the first that is shown
	Delimiter string `json:"delimiter,omitempty"` // csv: , ; | or tab; empty: told by the content
	Encoding  string `json:"encoding,omitempty"`  // csv: utf-8, windows-1252, utf-16le or utf-16be; empty: told by the content
	HeaderRow int    `json:"headerRow,omitempty"` // the row with the columns' names, counted from 1; 0: told by the content

	// KeyColumn is the column, or the attribute of an LDIF entry, whose value
	// never changes and belongs to one row alone.
	KeyColumn string `json:"keyColumn,omitempty"`
	// Columns are the names of the columns by the field they fill, such as
	// endDate: Austritt. A field without a column is not supported.
	Columns map[string]string `json:"columns,omitempty"`
	// ManagerBy says what stands in the manager's column: the key, mail, login or
	// employeeNumber of another row. Empty: the key.
	ManagerBy string `json:"managerBy,omitempty"`
	// DateFormat is dmy where 3/4/2026 means April, mdy where it means March.
	// Empty: dates with slashes are refused. ISO dates and 31.12.2026 always count.
	DateFormat string `json:"dateFormat,omitempty"`
	// States say what the words of the status column mean: enabled or disabled.
	// A word that is not listed leaves the state unknown.
	States map[string]string `json:"states,omitempty"`
	// GroupSeparator parts the names in the groups' column. Empty: a semicolon.
	GroupSeparator string `json:"groupSeparator,omitempty"`
}

// Unit is what a read of the source counts: rows of a table, or entries.
func (c SourceConfig) Unit() string {
	if f := c.File; f != nil && f.Format != "ldif" && (f.Format != "" || len(f.Columns) > 0) {
		return "row"
	}
	return "entry"
}

// ReadsAlike reports whether both configurations understand what they read in
// the same way. A newer upload of the same table is no other configuration. They
// are compared as they are kept, where an empty list is none.
func (c SourceConfig) ReadsAlike(d SourceConfig) bool {
	a, err := json.Marshal(c.withoutUpload())
	b, err2 := json.Marshal(d.withoutUpload())
	return err == nil && err2 == nil && bytes.Equal(a, b)
}

func (c SourceConfig) withoutUpload() SourceConfig {
	if c.File != nil && c.File.Upload != "" {
		f := *c.File
		f.Upload, f.Name = "any", ""
		c.File = &f
	}
	return c
}
