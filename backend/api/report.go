package api

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/review"
	"gatehouse/backend/store"
	"gatehouse/reports"
	"gatehouse/reports/sheet"
)

// Report is a question that can be answered as a spreadsheet.
type Report struct {
	Name     string        `json:"name" doc:"Such as effective-membership."`
	Title    string        `json:"title"`
	Question string        `json:"question"`
	Test     string        `json:"test" doc:"What makes a row pass."`
	Controls []string      `json:"controls" doc:"The controls it supports; it does not by itself prove compliance."`
	Period   bool          `json:"period" doc:"It answers for the time between two dates instead of one date."`
	Review   bool          `json:"review" doc:"It is about one campaign."`
	Now      bool          `json:"now" doc:"It answers for now alone and takes no date."`
	Narrows  bool          `json:"narrows" doc:"It takes the filters of the list of findings: kind, risk, group, q and state."`
	Tables   []ReportTable `json:"tables" doc:"The first is the main one."`
}

// ReportTable is one sheet of a report.
type ReportTable struct {
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Columns []ReportColumn `json:"columns"`
}

// ReportColumn is one column.
type ReportColumn struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Kind  string `json:"kind" enum:"text,id,number,time,outcome"`
}

// ReportQuery says what a report is about.
type ReportQuery struct {
	AsOf   string `query:"asOf" json:"asOf,omitempty" maxLength:"40" doc:"A date (its end, UTC), a time (RFC 3339), the number of an event (#123) or of a run (run:12); empty: now."`
	From   string `query:"from" json:"from,omitempty" maxLength:"40" doc:"Of a period; a date (its beginning, UTC) or a time."`
	To     string `query:"to" json:"to,omitempty" maxLength:"40" doc:"Of a period; empty: now."`
	Source string `query:"source" json:"source,omitempty" maxLength:"32" doc:"Only this source."`
	Review string `query:"review" json:"review,omitempty" maxLength:"40" doc:"The campaign's id."`
	Kind   string `query:"kind" json:"kind,omitempty" maxLength:"32" doc:"Only findings of this check."`
	Risk   string `query:"risk" json:"risk,omitempty" enum:"low,medium,high,critical" doc:"Only findings of this risk."`
	Group  string `query:"group" json:"group,omitempty" maxLength:"32" doc:"Only findings that reach this group."`
	Q      string `query:"q" json:"q,omitempty" maxLength:"200" doc:"Only findings about names or logins with these words."`
	State  string `query:"state" json:"state,omitempty" enum:"open,accepted,all" doc:"Only open or only accepted findings; empty: all."`
}

// PreviewReport asks for the beginning of a report.
type PreviewReport struct {
	Name string `path:"name" maxLength:"60"`
	ReportQuery
	Table string `query:"table" maxLength:"60" doc:"Empty: the main one."`
	// Outcome narrows the rows shown of the main table, not what is counted.
	Outcome string `query:"outcome" enum:"pass,fail,notApplicable,cannotConclude"`
	Limit   int    `query:"limit" minimum:"0" maximum:"500" default:"100"`
}

// ReportPreview is the beginning of a report, with the totals of the whole.
type ReportPreview struct {
	Report      Report         `json:"report"`
	Table       string         `json:"table"`
	Rows        [][]ReportCell `json:"rows" doc:"The first of them."`
	Total       int64          `json:"total" doc:"Rows of this table."`
	Outcomes    ReportOutcomes `json:"outcomes"`
	Information []ReportFact   `json:"information" doc:"The information sheet."`
	Sources     []ReportSource `json:"sources"`
	Adds        []ReportSum    `json:"adds" doc:"The sums that must close; a report whose sums do not is refused as a file."`
}

// ReportCell is one value as text, with why there is none.
type ReportCell struct {
	Text  string `json:"text"`
	Kind  string `json:"kind,omitempty" enum:"word,number,time,pass,fail,notApplicable,cannotConclude" doc:"word: why there is no value."`
	About *Ref   `json:"about,omitempty" doc:"The record it links to."`
}

// ReportOutcomes counts rows by outcome.
type ReportOutcomes struct {
	Pass           int64 `json:"pass"`
	Fail           int64 `json:"fail"`
	NotApplicable  int64 `json:"notApplicable"`
	CannotConclude int64 `json:"cannotConclude"`
}

// ReportFact is one line of the information sheet.
type ReportFact struct {
	Name string `json:"name"`
	Text string `json:"text"`
	Mono bool   `json:"mono,omitempty" doc:"Something to copy."`
}

// ReportSource is the re-perform box of one source.
type ReportSource struct {
	Name       string   `json:"name"`
	Server     string   `json:"server"`
	Base       string   `json:"base"`
	BindDN     string   `json:"bindDn"`
	Run        string   `json:"run"`
	ObservedAt string   `json:"observedAt,omitempty" format:"date-time"`
	NextAt     string   `json:"nextAt,omitempty" format:"date-time" doc:"The next observation, if the report is as of a date before it."`
	Coverage   string   `json:"coverage" enum:"complete,partial,stale,none"`
	Mode       string   `json:"mode,omitempty" enum:"full,incremental"`
	Unit       string   `json:"unit" enum:"entry,row" doc:"What read, claimed and skipped count."`
	Read       int64    `json:"read"`
	Claimed    int64    `json:"claimed"`
	Skipped    int64    `json:"skipped"`
	Commands   []string `json:"commands" doc:"The same question as ldapsearch and Get-ADUser."`
}

// ReportSum is a sum that must close.
type ReportSum struct {
	Text  string `json:"text" doc:"Such as: accounts in the rows = accounts of the source."`
	Left  int64  `json:"left"`
	Right int64  `json:"right"`
	OK    bool   `json:"ok"`
}

func (s *server) listReports(context.Context, *none) (*body[[]Report], error) {
	var out []Report
	for _, d := range reports.All() {
		out = append(out, reportOf(d))
	}
	return answer(out, nil)
}

// previewTime is how long a preview may take. A file may take longer.
const previewTime = 30 * time.Second

func (s *server) previewReport(ctx context.Context, in *PreviewReport) (*body[ReportPreview], error) {
	d, err := reports.Find(in.Name)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	out, err := view(ctx, s, func(r *store.Reader) (ReportPreview, error) {
		p, err := s.openReport(ctx, r, d, in.ReportQuery)
		if err != nil {
			return ReportPreview{}, err
		}
		v, err := p.Preview(ctx, in.Table, resultOf(in.Outcome), in.Limit)
		if err != nil {
			return ReportPreview{}, err
		}
		return previewOf(d, v), nil
	})
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, iam.Errorf(iam.Unavailable, "This report takes longer than a preview may.").Fix("Export it as a file.").By(err)
	}
	return out, err
}

func queryOf(q ReportQuery) (reports.Query, error) {
	source, err := optionalID(q.Source)
	if err != nil {
		return reports.Query{}, err
	}
	group, err := optionalID(q.Group)
	narrow := reports.Narrow{Kind: iam.FindingKind(q.Kind), Risk: iam.RiskOf(q.Risk), Group: group, Words: q.Q, State: store.FindingState(q.State)}
	return reports.Query{AsOf: q.AsOf, From: q.From, To: q.To, Source: source, Review: q.Review, Narrow: narrow}, err
}

func (s *server) openReport(ctx context.Context, r *store.Reader, d reports.Definition, in ReportQuery) (*reports.Report, error) {
	q, err := queryOf(in)
	if err != nil {
		return nil, err
	}
	return reports.Open(ctx, r, d, q, reports.Run{
		By: iam.OriginOf(ctx).Actor, Version: s.version, Demo: s.demo != nil,
		Searches: func(src iam.Source) []directory.Search {
			if k, err := s.kind(src.Kind); err == nil && k.Searches != nil {
				return k.Searches(src.Config)
			}
			return nil
		},
		Reviews: reports.Reviews{Removals: removalsFor, Later: laterFor},
	})
}

// removalsFor tells a report what later reads say of revoked grants.
func removalsFor(ctx context.Context, r *store.Reader, c store.Campaign) ([]reports.Removal, error) {
	found, _, err := review.Removals(ctx, r, c, "", 0, math.MaxInt)
	out := make([]reports.Removal, len(found))
	for i, x := range found {
		out[i] = reports.Removal{Revoked: x.Revoked, State: x.State, Text: x.Text, Run: x.Run}
	}
	return out, err
}

// laterFor tells a report what came and went after a campaign was frozen.
func laterFor(ctx context.Context, r *store.Reader, c store.Campaign) ([]reports.LaterChange, error) {
	found, err := review.LaterChanges(ctx, r, c)
	out := make([]reports.LaterChange, len(found))
	for i, x := range found {
		out[i] = reports.LaterChange{Joined: x.Joined, Item: x.Item, Group: x.Group, Subject: x.Subject, Value: x.Value, Basis: x.Basis, Path: x.Path, At: x.At, Run: x.Run}
	}
	return out, err
}

// startReport begins to write a report and answers at once, or with the file if
// it is there in a moment.
func (s *server) startReport(ctx context.Context, in *StartReport) (*body[Export], error) {
	d, err := reports.Find(in.Name)
	if err != nil {
		return nil, err
	}
	table, err := d.Table(in.Body.Table)
	if err == nil && in.Body.Format == "xlsx" && in.Body.Table != "" {
		err = iam.Errorf(iam.Invalid, "A workbook holds all tables.").In("table").Fix("Leave the table out, or ask for csv.")
	}
	if err != nil {
		return nil, ofBody(err)
	}
	name := "gatehouse-" + d.Name
	if table > 0 {
		name += "-" + d.Tables[table].Name
	}
	// What is wrong with the question is said now, and not by a file that failed.
	if err := s.store.View(ctx, func(r *store.Reader) error {
		q, err := queryOf(in.Body.ReportQuery)
		if err != nil {
			return err
		}
		date, err := reports.Check(ctx, r, d, q)
		name = s.demoName(name + "-" + date + "." + in.Body.Format)
		return err
	}); err != nil {
		return nil, ofBody(err)
	}
	var sum reports.Summary
	x, err := s.exports.begin(ctx, name, contentTypes[in.Body.Format], iam.RunReports,
		func(ctx context.Context, w io.Writer, progress func(int64)) (v Export, err error) {
			err = s.store.View(ctx, func(r *store.Reader) error {
				p, err := s.openReport(ctx, r, d, in.Body.ReportQuery)
				if err != nil {
					return err
				}
				if in.Body.Format == "csv" {
					sum, err = p.WriteCSV(ctx, w, in.Body.Table, progress)
				} else {
					sum, err = p.WriteXLSX(ctx, w, progress)
				}
				return err
			})
			if err == nil {
				v = Export{Rows: sum.Tables[table].Rows, Dataset: sum.Dataset, Event: int64(sum.Event), Head: hex.EncodeToString(sum.Head[:])}
			}
			return v, err
		},
		func(ctx context.Context, v Export) error { return s.recordReport(ctx, d, in, v, sum) })
	if err != nil {
		return nil, err
	}
	return answer(s.exports.wait(ctx, x, aMoment), nil)
}

// aMoment is how long an answer waits for a short report.
const aMoment = 300 * time.Millisecond

var contentTypes = map[string]string{
	"csv":  "text/csv; charset=utf-8",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

func (s *server) recordReport(ctx context.Context, d reports.Definition, in *StartReport, v Export, sum reports.Summary) error {
	tables := map[string]string{}
	for _, w := range sum.Tables {
		tables[w.Name] = w.SHA256
	}
	_, err := s.store.Write(ctx, "report.run", func(t *store.Tx) error {
		t.AboutText("report", d.Name, d.Title)
		t.AboutText("export", v.ID, v.FileName)
		t.Touches("exports")
		return t.Detail(map[string]any{
			"report": d.Name, "query": in.Body.ReportQuery, "format": in.Body.Format, "table": in.Body.Table, "rows": v.Rows,
			"dataset": v.Dataset, "tables": tables, "bytes": v.Bytes, "event": v.Event, "head": v.Head,
		})
	})
	return err
}

// ofBody is an error about a query that came in the body.
func ofBody(err error) error {
	var e *iam.Error
	if errors.As(err, &e) {
		e.Field = strings.TrimPrefix(e.Field, "query.")
	}
	return err
}

func reportOf(d reports.Definition) Report {
	v := Report{Name: d.Name, Title: d.Title, Question: d.Question, Test: d.Test, Controls: d.Controls, Period: d.Period, Review: d.Review, Now: d.Now, Narrows: d.Narrows}
	for _, t := range d.Tables {
		table := ReportTable{Name: t.Name, Title: t.Title}
		for _, c := range t.Columns {
			table.Columns = append(table.Columns, ReportColumn{Name: c.Name, Title: c.Title, Kind: string(c.Kind)})
		}
		v.Tables = append(v.Tables, table)
	}
	return v
}

func previewOf(d reports.Definition, p reports.Preview) ReportPreview {
	table := d.Tables[p.Table]
	v := ReportPreview{
		Report: reportOf(d), Table: table.Name, Total: p.Tables[p.Table].Rows, Outcomes: ReportOutcomes(p.Outcomes),
		Rows: [][]ReportCell{}, Information: []ReportFact{}, Sources: []ReportSource{}, Adds: []ReportSum{},
	}
	for _, row := range p.Rows {
		v.Rows = append(v.Rows, cellsOf(table, row))
	}
	for _, f := range p.Information {
		v.Information = append(v.Information, ReportFact(f))
	}
	for _, sum := range p.Sums {
		v.Adds = append(v.Adds, ReportSum{Text: sum.Text, Left: sum.Left, Right: sum.Right, OK: sum.OK()})
	}
	for _, b := range p.Sources {
		src := ReportSource{Name: b.Name, Server: b.Server, Base: b.Base, BindDN: b.BindDN, Coverage: b.Coverage, Mode: b.Mode, Unit: b.Unit, Read: b.Read, Claimed: b.Claimed, Skipped: b.Skipped, Commands: append([]string{}, b.Commands...)}
		if b.ObservedAt > 0 {
			src.Run, src.ObservedAt = b.Run.String(), stamp(b.ObservedAt)
		}
		if b.NextAt > 0 {
			src.NextAt = stamp(b.NextAt)
		}
		v.Sources = append(v.Sources, src)
	}
	return v
}

// cellsOf are the values of a row with the records that they name.
func cellsOf(t reports.Table, row []sheet.Value) []ReportCell {
	out := make([]ReportCell, len(row))
	for i, c := range t.Columns {
		out[i] = ReportCell{Text: row[i].String(), Kind: cellKind(c.Kind, row[i])}
		if by := slices.IndexFunc(t.Columns, func(other reports.Column) bool { return other.Name == c.By }); c.Links != "" && row[by].String() != "" {
			out[i].About = &Ref{Kind: c.Links, ID: row[by].String(), Name: row[i].String()}
		}
	}
	return out
}

// resultOf is the outcome of a word of the API, empty for none.
func resultOf(word string) sheet.Result {
	for result, w := range outcomeKinds {
		if w == word {
			return sheet.Result(result)
		}
	}
	return ""
}

func cellKind(column sheet.Kind, v sheet.Value) string {
	if v == sheet.WordOf(v.String()) {
		return "word"
	}
	switch column {
	case sheet.Number, sheet.Time:
		return string(column)
	case sheet.Outcome:
		return outcomeKinds[v.String()]
	}
	return ""
}

var outcomeKinds = map[string]string{
	string(sheet.Pass): "pass", string(sheet.Fail): "fail", string(sheet.NotApplicable): "notApplicable", string(sheet.CannotConclude): "cannotConclude",
}
