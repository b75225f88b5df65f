package api

import "context"

// Report is a question that can be answered as a spreadsheet.
type Report struct {
	Name     string        `json:"name" doc:"Such as effective-membership."`
	Title    string        `json:"title"`
	Question string        `json:"question"`
	Test     string        `json:"test" doc:"What makes a row pass."`
	Controls []string      `json:"controls" doc:"The controls it supports; it does not by itself prove compliance."`
	Period   bool          `json:"period" doc:"It answers for the time between two dates instead of one date."`
	Review   bool          `json:"review" doc:"It is about one campaign."`
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
	AsOf   string `query:"asOf" json:"asOf,omitempty" maxLength:"40" doc:"A date (its end, UTC) or a time (RFC 3339); empty: now."`
	From   string `query:"from" json:"from,omitempty" maxLength:"40" doc:"Of a period; a date (its beginning, UTC) or a time."`
	To     string `query:"to" json:"to,omitempty" maxLength:"40" doc:"Of a period; empty: now."`
	Source string `query:"source" json:"source,omitempty" maxLength:"32" doc:"Only this source."`
	Review string `query:"review" json:"review,omitempty" maxLength:"40" doc:"The campaign's id."`
}

// PreviewReport asks for the beginning of a report.
type PreviewReport struct {
	Name string `path:"name" maxLength:"60"`
	ReportQuery
	Table string `query:"table" maxLength:"60" doc:"Empty: the main one."`
	Limit int    `query:"limit" minimum:"0" maximum:"500" default:"100"`
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
	return notBuilt[body[[]Report]]()
}
func (s *server) previewReport(context.Context, *PreviewReport) (*body[ReportPreview], error) {
	return notBuilt[body[ReportPreview]]()
}
