package file

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"sort"
	"strings"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// checker makes a Report step by step.
type checker struct {
	*source
	ctx    context.Context
	report directory.Report
}

// Check reads the file as a run would, and says what it found without keeping
// anything.
func (s *source) Check(ctx context.Context) directory.Report {
	k := &checker{source: s, ctx: ctx, report: directory.Report{Config: s.cfg}}
	k.report.Watchers = directory.Watchers{
		Account: osUser(), Binds: "never: a file has no sign-in", Filters: []string{"the whole file, from its first byte to its last"},
		Never: "writing, locking or moving the file; following links; opening addresses that it names",
	}
	k.steps()
	return k.report
}

func osUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "the account that runs Gatehouse"
}

func (k *checker) say(state directory.ResultState, step, title, format string, args ...any) *directory.Result {
	k.report.Findings = append(k.report.Findings, directory.Result{State: state, Step: step, Title: title, Text: fmt.Sprintf(format, args...)})
	return &k.report.Findings[len(k.report.Findings)-1]
}

func (k *checker) fail(step, title string, err error) {
	var e *iam.Error
	if errors.As(k.explain(k.ctx, err), &e) {
		k.say(directory.Failed, step, title, "%s", e.Message).Remedy = e.Remedy
	}
}

func (k *checker) steps() {
	o, err := k.open(k.ctx)
	if err != nil {
		k.fail("name", "File", err)
		return
	}
	defer o.Close()
	k.report.Server = o.server()
	k.say(directory.Passed, "name", "File", "%s, %s, modified %s UTC", k.name, size(o.info.Size()), o.info.ModTime().UTC().Format(time.DateTime))
	if o.format(k.file.Format) == formatLDIF {
		k.entries(o)
	} else {
		k.rowsOf(o)
	}
	if err := o.unchanged(); err != nil {
		k.fail("name", "File", err)
	}
}

func size(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 10_000_000:
		return fmt.Sprintf("%d KB", n/1000)
	}
	return fmt.Sprintf("%d MB", n/1_000_000)
}

// delimiterNames are for people.
var delimiterNames = map[string]string{",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

func (k *checker) rowsOf(o *opened) {
	t, err := o.table(k.ctx)
	if err != nil {
		k.fail("kind", "Format", err)
		return
	}
	preview := &directory.Preview{}
	k.report.Preview = preview
	if t.cfg.Format == formatXLSX {
		preview.Sheets = o.book.Sheets()
		k.say(directory.Passed, "kind", "Format", "Excel workbook, sheet %s of %d", t.cfg.Sheet, len(preview.Sheets))
	} else {
		k.say(directory.Passed, "kind", "Format", "csv in %s, fields parted by %s", t.cfg.Encoding, delimiterNames[t.cfg.Delimiter])
	}
	facts, err := t.propose(k.ctx)
	cfg := k.cfg
	cfg.File = &t.cfg
	k.report.Config = cfg
	for i, name := range t.columns {
		column := directory.PreviewColumn{Name: name}
		if facts != nil {
			column.Filled = facts[i].filled
		}
		preview.Columns = append(preview.Columns, column)
	}
	if err == nil {
		err = k.firstRows(t, preview)
	}
	if err != nil {
		k.fail("base", "Rows", err)
		return
	}
	k.columns(t, facts)
	p, err := t.interpret(k.cfg.Mapping)
	if err != nil {
		var e *iam.Error
		if errors.As(err, &e) && e.Field == "file.keyColumn" {
			k.fail("key", "Key", err)
		} else {
			k.fail("base", "Columns", err)
		}
		return
	}
	k.rows(p, preview)
}

// columns says which columns mean what, and which are left out.
func (k *checker) columns(t *table, facts []columnFacts) {
	var mapped, left []string
	by := map[string]string{}
	for field, column := range t.cfg.Columns {
		by[column] = field
	}
	for _, column := range t.columns {
		if by[column] == "" && column != t.cfg.KeyColumn {
			left = append(left, column)
		} else {
			mapped = append(mapped, column)
		}
	}
	text := fmt.Sprintf("named in row %d; %d of %d are used", t.cfg.HeaderRow, len(mapped), len(t.columns))
	if len(left) > 0 {
		text += ", left out: " + strings.Join(left, ", ")
	}
	k.say(directory.Passed, "base", "Columns", "%s", text)
	var meant []string
	for i, column := range t.columns {
		field := fieldOf(column)
		if by[column] == "" && column != t.cfg.KeyColumn && field != "" && t.cfg.Columns[field] == "" && !t.twice[column] && facts[i].filled > 0 {
			meant = append(meant, column)
		}
	}
	if len(meant) > 0 {
		k.say(directory.Missing, "base", "Left out", "%s: filled, called like something that Gatehouse reads, and left out", strings.Join(meant, ", ")).
			Remedy = "Say what the column means, if it is to be read."
	}
	if len(t.twice) > 0 {
		var names []string
		for name := range t.twice {
			names = append(names, name)
		}
		sort.Strings(names)
		k.say(directory.Unknown, "base", "Columns", "more than one column is named %s; those cannot be used", strings.Join(names, ", "))
	}
}

func (k *checker) entries(o *opened) {
	k.say(directory.Passed, "kind", "Format", "LDIF")
	proposed := *k.source
	proposed.cfg = k.proposeLDIF()
	k.report.Config = proposed.cfg
	var accounts, groups, skipped int64
	first := ""
	samples := newSampler()
	_, err := proposed.readLDIF(k.ctx, o, func(r directory.Record) error {
		switch r := r.(type) {
		case directory.Account:
			accounts++
			samples.see(r)
		case directory.Entitlement:
			groups++
		case directory.Members:
			samples.members(r)
		case directory.Skipped:
			if skipped++; first == "" {
				first = r.Reason
			}
		}
		return nil
	})
	if err != nil {
		k.fail("base", "Entries", err)
		return
	}
	k.say(directory.Passed, "base", "Entries", "%d accounts, %d groups", accounts, groups)
	if skipped > 0 {
		k.say(directory.Missing, "rights", "Entries", "%d entries cannot be used; the first: %s", skipped, first)
	}
	k.report.Samples = samples.list()
}
