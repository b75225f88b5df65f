// Package reports answers the questions that auditors ask as tables that add
// up: each report says its question, its test and what it rests on, and is
// refused as a file if its sums do not close.
package reports

import (
	"context"
	"errors"
	"io"
	"strings"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/reports/sheet"
)

// Definition is a question that can be answered as a spreadsheet.
type Definition struct {
	Name     string
	Title    string
	Question string
	Test     string   // what makes a row pass
	Controls []string // paraphrased; a report supports them and proves none
	Period   bool     // it answers for the time between two dates
	Review   bool     // it is about one campaign
	Now      bool     // it answers for now alone: what it is about keeps no history
	Narrows  bool     // it takes the filters of the list of findings
	Tables   []Table  // the first is the main one

	open func(context.Context, *extract) (content, error)
}

// Table is one sheet of a report.
type Table struct {
	Name    string
	Title   string
	Columns []Column
}

// Column is one column of a table.
type Column struct {
	sheet.Column
	Links string // the kind of record that its text names: account, group, identity, source, run, review; empty if none
	By    string // the column with the record's id
}

// All are the reports.
func All() []Definition {
	return []Definition{accountsReport, membershipReport, changesReport, factorsReport, evidenceReport, findingsReport}
}

// Find is the report of a name, or NotFound.
func Find(name string) (Definition, error) {
	var names []string
	for _, d := range All() {
		if d.Name == name {
			return d, nil
		}
		names = append(names, d.Name)
	}
	return Definition{}, iam.Errorf(iam.NotFound, "There is no report named %q.", name).Fix("Name one of: " + strings.Join(names, ", ") + ".")
}

// Table is the table of that name; empty names the main one.
func (d Definition) Table(name string) (int, error) {
	var names []string
	for i, t := range d.Tables {
		if t.Name == name || name == "" {
			return i, nil
		}
		names = append(names, t.Name)
	}
	return 0, iam.Errorf(iam.Invalid, "The report %s has no table %q.", d.Name, name).In("query.table").Fix("Name one of: " + strings.Join(names, ", ") + ".")
}

// Run says who takes a report out, and with what program.
type Run struct {
	By       iam.Actor
	Version  string
	Demo     bool
	Searches func(iam.Source) []directory.Search // how a source is asked; nil if nobody can tell
	Reviews  Reviews
}

// Report is a report opened on one snapshot. Its rows are produced when it is
// previewed or written, each time anew.
type Report struct {
	Definition
	extract *extract
	content content
}

// extract is what every report stands on.
type extract struct {
	r       *store.Reader
	def     Definition
	run     Run
	span    span
	sources []source
	head    iam.Seq // the newest event of the snapshot
	hash    [32]byte
}

// content is what one report adds: its rows, the sums that must close once they
// have been produced, pages in front and lines for the information page.
type content struct {
	rows  []produce // one a table
	sums  func(ctx context.Context, written []sheet.Written) ([]Sum, error)
	front func() []sheet.Page
	notes []Fact
}

// produce gives each row of a table to put, which keeps none of it. An error of put
// ends it.
type produce func(ctx context.Context, put func(row []sheet.Value) error) error

// bySource puts the rows of one source after those of another, and counts each
// source's anew whenever they are put.
func (x *extract) bySource(rows func(context.Context, source, func([]sheet.Value) error) (int64, error)) (produce, map[iam.ID]int64) {
	counted := map[iam.ID]int64{}
	return func(ctx context.Context, put func([]sheet.Value) error) error {
		clear(counted)
		for _, s := range x.sources {
			n, err := rows(ctx, s, put)
			if counted[s.ID] = n; err != nil {
				return err
			}
		}
		return nil
	}, counted
}

// Outcomes counts the rows of the main table by outcome.
type Outcomes struct{ Pass, Fail, NotApplicable, CannotConclude int64 }

func (o *Outcomes) add(v sheet.Value) {
	switch v {
	case sheet.OutcomeOf(sheet.Pass):
		o.Pass++
	case sheet.OutcomeOf(sheet.Fail):
		o.Fail++
	case sheet.OutcomeOf(sheet.NotApplicable):
		o.NotApplicable++
	case sheet.OutcomeOf(sheet.CannotConclude):
		o.CannotConclude++
	}
}

// Sum is a sum that must close.
type Sum struct {
	Text        string
	Left, Right int64
}

// OK says whether it does.
func (s Sum) OK() bool { return s.Left == s.Right }

// Check says what is wrong with a query before any work is done for it, and
// the date that its answer speaks of, for a file's name.
func Check(ctx context.Context, r *store.Reader, d Definition, q Query) (date string, err error) {
	x, err := begin(ctx, r, d, q, Run{})
	if err != nil {
		return "", err
	}
	return dateOf(x.span.at), nil
}

// Open prepares a report on the snapshot of r. Nothing of it may be used after
// the snapshot.
func Open(ctx context.Context, r *store.Reader, d Definition, q Query, run Run) (*Report, error) {
	x, err := begin(ctx, r, d, q, run)
	if err != nil {
		return nil, err
	}
	if x.head, x.hash, err = r.Head(ctx); err != nil {
		return nil, err
	}
	p := &Report{Definition: d, extract: x}
	p.content, err = d.open(ctx, x)
	return p, err
}

// begin makes the query exact and finds its sources.
func begin(ctx context.Context, r *store.Reader, d Definition, q Query, run Run) (*extract, error) {
	x := &extract{r: r, def: d, run: run}
	var err error
	if x.span, err = q.span(ctx, r, d); err == nil {
		x.sources, err = x.sourcesAt(ctx)
	}
	return x, err
}

// Summary is what there is to say of a report whose rows have been produced.
type Summary struct {
	Tables      []sheet.Written
	Dataset     string // SHA-256 of the data of all tables, the same in every format
	Outcomes    Outcomes
	Sums        []Sum
	Information []Fact
	Sources     []SourceBox
	Event       iam.Seq // the newest event that the report knows of
	Head        [32]byte
}

// errStopped ends a table whose rows nobody wants any more.
var errStopped = errors.New("no more rows are wanted")

// table is the i-th table for the sheet writer. Each row is shown to see first.
func (p *Report) table(ctx context.Context, i int, see func(row []sheet.Value)) sheet.Table {
	def := p.Tables[i]
	t := sheet.Table{Name: def.Name, Title: def.Title}
	for _, c := range def.Columns {
		t.Columns = append(t.Columns, c.Column)
	}
	t.Rows = func(yield func([]sheet.Value, error) bool) {
		err := p.content.rows[i](ctx, func(row []sheet.Value) error {
			see(row)
			if !yield(row, nil) {
				return errStopped
			}
			return ctx.Err()
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
	return t
}

// tables are all tables, with the outcomes counted as the rows go by.
func (p *Report) tables(ctx context.Context, counted *Outcomes) []sheet.Table {
	var out []sheet.Table
	for i := range p.Tables {
		at := -1
		if i == 0 {
			at = p.outcomeColumn()
		}
		out = append(out, p.table(ctx, i, func(row []sheet.Value) {
			if at >= 0 {
				counted.add(row[at])
			}
		}))
	}
	return out
}

// shows says whether a row has the outcome that is looked for. Only the main
// table has outcomes.
func (p *Report) shows(table int, row []sheet.Value, only sheet.Result) bool {
	at := p.outcomeColumn()
	return only == "" || table != 0 || at < 0 || row[at] == sheet.OutcomeOf(only)
}

// outcomeColumn is the place of the report's own outcome in the main table, -1
// if its rows have none.
func (p *Report) outcomeColumn() int {
	for i, c := range p.Tables[0].Columns {
		if c.Name == "outcome" {
			return i
		}
	}
	return -1
}

// summarise closes the books on what was produced.
func (p *Report) summarise(ctx context.Context, written []sheet.Written, counted Outcomes) (Summary, error) {
	s := Summary{Tables: written, Outcomes: counted, Event: p.extract.head, Head: p.extract.hash, Dataset: dataset(written)}
	var err error
	if s.Sums, err = p.content.sums(ctx, written); err != nil {
		return s, err
	}
	if p.outcomeColumn() >= 0 {
		s.Sums = append(s.Sums, Sum{"pass + fail + not applicable + cannot conclude = rows of " + p.Tables[0].Title,
			counted.Pass + counted.Fail + counted.NotApplicable + counted.CannotConclude, written[0].Rows})
	}
	s.Sources = p.extract.boxes(p.Definition)
	s.Information = p.extract.information(p, s)
	return s, nil
}

// closed is the error of a report whose sums do not close.
func (s Summary) closed() error {
	for _, sum := range s.Sums {
		if !sum.OK() {
			return iam.Errorf(iam.Internal, "The report does not add up, so it was not written: %s, but %d is not %d.", sum.Text, sum.Left, sum.Right).
				Fix("Keep the preview of this report and report the failure; the data itself was not changed.")
		}
	}
	return nil
}

// Preview is the beginning of one table, with the totals of the whole report.
type Preview struct {
	Summary
	Table int
	Rows  [][]sheet.Value
}

// Preview produces the whole report and keeps the first rows of one table, of
// the main one those of an outcome, if one is named.
func (p *Report) Preview(ctx context.Context, table string, only sheet.Result, most int) (Preview, error) {
	var v Preview
	var err error
	if v.Table, err = p.Table(table); err != nil {
		return v, err
	}
	var counted Outcomes
	var written []sheet.Written
	for i, t := range p.tables(ctx, &counted) {
		if all := t.Rows; i == v.Table {
			t.Rows = func(yield func([]sheet.Value, error) bool) {
				for row, err := range all {
					if err == nil && len(v.Rows) < most && p.shows(i, row, only) {
						v.Rows = append(v.Rows, append([]sheet.Value{}, row...))
					}
					if !yield(row, err) {
						return
					}
				}
			}
		}
		w, err := sheet.Digest(ctx, t)
		if err != nil {
			return v, err
		}
		written = append(written, w)
	}
	v.Summary, err = p.summarise(ctx, written, counted)
	return v, err
}

// WriteXLSX writes the report as a workbook. If its sums do not close it fails
// and says which.
func (p *Report) WriteXLSX(ctx context.Context, w io.Writer, progress func(rows int64)) (Summary, error) {
	var counted Outcomes
	var s Summary
	b := sheet.Book{
		Title: p.Title, Creator: "Gatehouse " + p.extract.run.Version, Created: p.extract.r.Now, Tables: p.tables(ctx, &counted),
		Back: func(written []sheet.Written) (_ []sheet.Page, err error) {
			if s, err = p.summarise(ctx, written, counted); err == nil {
				err = s.closed()
			}
			return []sheet.Page{s.page()}, err
		},
	}
	if p.content.front != nil {
		b.Front = p.content.front()
	}
	written, err := sheet.WriteXLSX(ctx, w, b, progress)
	s.Tables = written
	return s, err
}

// WriteCSV writes one table, and counts the others, so that the dataset is the
// same as that of the workbook.
func (p *Report) WriteCSV(ctx context.Context, w io.Writer, table string, progress func(rows int64)) (Summary, error) {
	wanted, err := p.Table(table)
	if err != nil {
		return Summary{}, err
	}
	var counted Outcomes
	var written []sheet.Written
	for i, t := range p.tables(ctx, &counted) {
		var done sheet.Written
		if i == wanted {
			done, err = sheet.WriteCSV(ctx, w, t, progress)
		} else {
			done, err = sheet.Digest(ctx, t)
		}
		if err != nil {
			return Summary{}, err
		}
		written = append(written, done)
	}
	s, err := p.summarise(ctx, written, counted)
	if err == nil {
		err = s.closed()
	}
	return s, err
}
