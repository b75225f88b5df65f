// Package file is the kind "file": people, managers, dates and groups from an
// LDIF file, a csv file or an Excel workbook, as personnel systems and
// applications export them. It only ever reads.
package file

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/reports/sheet"
)

// KindName is the name of the kind.
const KindName iam.SourceKind = "file"

// Folder is where files that were sent to Gatehouse lie, below the data folder.
const Folder = "files"

// Largest is the most that a file may have, in bytes.
const Largest = 512 << 20

// The formats.
const (
	formatCSV  = "csv"
	formatXLSX = "xlsx"
	formatLDIF = "ldif"
)

// Kind reads files; data is the data folder, where files lie that were sent.
func Kind(data string) directory.Kind {
	open := func(cfg iam.SourceConfig, secret string) (*source, error) { return newSource(cfg, secret, data) }
	return directory.Kind{
		Name: KindName, Title: "File: csv, Excel or LDIF", Form: "file",
		Open: func(cfg iam.SourceConfig, secret string) (directory.Source, error) {
			s, err := open(cfg, secret)
			if err != nil {
				return nil, err
			}
			return s, nil
		},
		Propose: func(ctx context.Context, cfg iam.SourceConfig, secret string) (iam.SourceConfig, error) {
			s, err := open(cfg, secret)
			if err != nil {
				return cfg, err
			}
			return s.propose(ctx)
		},
		CannotSee: []string{
			"Whether anybody signed in, and when: a file tells no last sign-in",
			"Passwords, their age, and whether an account is locked",
			"What changed between two exports: each read knows only the file as it lies there",
			"People whom the export left out: a row that is missing is called not returned, never deleted",
		},
	}
}

// source is one configured file.
type source struct {
	cfg  iam.SourceConfig
	file iam.FileConfig
	data string // the data folder
	path string
	name string // for people
}

// newSource validates cfg; every error is iam.Invalid and names the field.
func newSource(cfg iam.SourceConfig, secret, data string) (*source, error) {
	invalid := func(field, format string, args ...any) (*source, error) {
		return nil, iam.Errorf(iam.Invalid, format, args...).In(field)
	}
	if cfg.File == nil {
		return invalid("file", "A file source needs a file: the path of one, or one that was sent.")
	}
	if cfg.URL != "" || cfg.BindDN != "" || cfg.Auth != "" || secret != "" {
		return invalid("url", "A file has no address, no account and no password.")
	}
	f := *cfg.File
	s := &source{cfg: cfg, file: f, data: data}
	switch {
	case (f.Path == "") == (f.Upload == ""):
		return invalid("file.path", "Name the path of a file, or send one: exactly one of the two.")
	case f.Upload != "":
		if _, err := iam.ParseID(f.Upload); err != nil {
			return invalid("file.upload", "There is no sent file %q.", f.Upload)
		}
		s.path, s.name = filepath.Join(data, Folder, f.Upload), f.Name
		if s.name == "" {
			s.name = "sent file " + f.Upload
		}
	default:
		if !filepath.IsAbs(f.Path) || strings.ContainsRune(f.Path, 0) {
			return invalid("file.path", "The path %q does not begin at the root of the computer that runs Gatehouse.", f.Path)
		}
		s.path = filepath.Clean(f.Path)
		s.name = filepath.Base(s.path)
	}
	if err := validForm(f); err != nil {
		return nil, err
	}
	if err := validMapping(cfg.Mapping, f); err != nil {
		return nil, err
	}
	return s, nil
}

// validForm refuses what no file could fit.
func validForm(f iam.FileConfig) error {
	one := func(field, value string, of ...string) error {
		if value == "" || slices.Contains(of, value) {
			return nil
		}
		return iam.Errorf(iam.Invalid, "%q is not one of %s.", value, strings.Join(of, ", ")).In("file." + field)
	}
	for _, err := range []error{
		one("format", f.Format, formatCSV, formatXLSX, formatLDIF),
		one("encoding", f.Encoding, sheet.Encodings...),
		one("managerBy", f.ManagerBy, managerKey, managerMail, managerLogin, managerNumber),
		one("dateFormat", f.DateFormat, dayFirst, monthFirst),
	} {
		if err != nil {
			return err
		}
	}
	if f.Delimiter != "" && !strings.Contains(delimiters, f.Delimiter) || len(f.Delimiter) > 1 {
		return iam.Errorf(iam.Invalid, "The delimiter is a comma, a semicolon, a bar or a tab.").In("file.delimiter")
	}
	if f.HeaderRow < 0 || f.HeaderRow > 1000 {
		return iam.Errorf(iam.Invalid, "The row with the columns' names lies between 1 and 1000.").In("file.headerRow")
	}
	for word, state := range f.States {
		if state != enabled && state != disabled {
			return iam.Errorf(iam.Invalid, "The word %q means enabled or disabled, not %q.", word, state).In("file.states")
		}
	}
	by := map[string]string{}
	for name, column := range f.Columns {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			return iam.Errorf(iam.Invalid, "There is no field %q for the column %q.", name, column).In("file.columns")
		}
		if column == "" {
			return iam.Errorf(iam.Invalid, "The field %s names no column. Leave it out where the file has none.", name).In("file.columns." + name)
		}
		by[column] = name
	}
	if f.ManagerBy != "" && f.ManagerBy != managerKey && f.Format != formatLDIF && len(f.Columns) > 0 && f.Columns[f.ManagerBy] == "" {
		return iam.Errorf(iam.Invalid, "Managers are named by their %s, and no column holds it.", f.ManagerBy).In("file.managerBy")
	}
	return nil
}

// complete refuses a configuration that says not yet what to read.
func (s *source) complete(format string) error {
	if format == formatLDIF {
		for _, need := range []struct{ field, value, what string }{
			{"mapping.userFilter", s.cfg.Mapping.UserFilter, "filter that finds accounts"},
			{"mapping.groupFilter", s.cfg.Mapping.GroupFilter, "filter that finds groups"},
			{"mapping.login", s.cfg.Mapping.Login, "attribute that holds the login"},
		} {
			if need.value == "" {
				return iam.Errorf(iam.Invalid, "The source has no %s yet.", need.what).In(need.field).Fix("Check the source: it proposes one.")
			}
		}
		return nil
	}
	if s.file.KeyColumn == "" {
		return errNoKey()
	}
	return nil
}

func errNoKey() *iam.Error {
	return iam.Errorf(iam.Invalid, "No column is the key. Without a value that never changes and belongs to one row alone, a renamed person could not be told from one who left and one who came.").
		In("file.keyColumn").Fix("Name the column of the personnel number or of another id that is never given twice.")
}
