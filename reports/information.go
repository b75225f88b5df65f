package reports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/reports/sheet"
)

// The coverages of a source as of a moment.
const (
	complete = "complete"
	partial  = "partial" // a newer read did not finish, or is held
	stale    = "stale"   // observed more than staleDays before, or with other settings
	none     = "none"    // not observed yet
)

// source is a source as of the report's moment.
type source struct {
	store.SourceAt
	coverage string
	note     string // what is to be said of it; empty if nothing
}

// sourcesAt are the sources that the report is about. Those of a campaign are
// what they were when it was frozen; all else of it is of now.
func (x *extract) sourcesAt(ctx context.Context) ([]source, error) {
	seq, at := x.span.seq, x.span.at
	if x.def.Review {
		seq, at = x.span.campaign.Seq, x.span.campaign.FrozenAt
	}
	all, err := x.r.SourcesAt(ctx, seq)
	if err != nil {
		return nil, err
	}
	out := []source{}
	for _, s := range all {
		if x.span.sourceID == 0 || s.ID == x.span.sourceID {
			out = append(out, covered(s, at))
		}
	}
	if x.span.sourceID != 0 && len(out) == 0 {
		// It may have been connected later; one that never was is a mistake.
		if _, err := x.r.Source(ctx, x.span.sourceID); err != nil {
			return nil, in(err, "query.source")
		}
	}
	return out, nil
}

// covered says how far a source's rows can be trusted as of a moment.
func covered(s store.SourceAt, at int64) source {
	c := source{SourceAt: s, coverage: complete}
	switch {
	case s.Shown == nil:
		c.coverage, c.note = none, "nothing was observed yet"
		if s.Newest != nil && s.Newest.Coverage() == partial {
			c.note = "no read had finished yet"
		}
		return c
	case s.Newest.Seq > s.Shown.Seq && s.Newest.HoldHash != "":
		c.coverage, c.note = partial, "a newer read was held and is not in the rows"
	case s.Newest.Seq > s.Shown.Seq && s.Newest.Coverage() == partial:
		c.coverage, c.note = partial, "a newer read did not finish and is not in the rows"
	case s.Next == nil && s.ConfigVersion != s.Shown.ConfigVersion:
		// Nothing was read yet with the settings that are to count.
		c.coverage = stale
	case at-s.Shown.EndedAt > staleDays*day:
		c.coverage, c.note = stale, fmt.Sprintf("observed more than %d days before", staleDays)
	}
	if s.ConfigVersion != s.Shown.ConfigVersion {
		c.note = strings.TrimPrefix(c.note+"; the settings have been changed since: the base, filters and attributes are the present ones", "; ")
	}
	return c
}

// Fact is one line of the information page.
type Fact struct {
	Name string
	Text string
	Mono bool // something to copy
}

// SourceBox is what it takes to ask a source the same question without us.
type SourceBox struct {
	Name, Server, Base, BindDN string
	Filters, Attributes        []string
	Run                        iam.ID
	ObservedAt, NextAt         int64 // microseconds; 0: none
	Coverage, Note             string
	Mode, Unit                 string // of the read; what it counts
	Read, Claimed, Skipped     int64
	Commands                   []string
}

func (x *extract) boxes(d Definition) []SourceBox {
	out := []SourceBox{}
	for _, s := range x.sources {
		b := SourceBox{Name: s.Name, Base: s.Config.BaseDN, BindDN: s.Config.BindDN, Coverage: s.coverage, Note: s.note, Unit: s.Config.Unit(), Claimed: -1}
		if s.Shown != nil {
			b.Server, b.Run, b.ObservedAt = s.Shown.Server, s.Shown.ID, s.Shown.EndedAt
			b.Mode, b.Read, b.Claimed, b.Skipped = s.Shown.Mode, s.Shown.Read, s.Shown.Claimed, s.Shown.Skipped
		}
		if s.Next != nil {
			b.NextAt = s.Next.EndedAt
		}
		if b.Server == "" {
			b.Server = s.Config.URL
		}
		if x.run.Searches != nil {
			for _, q := range x.run.Searches(s.Source) {
				if asks(d.Name, q.Noun) {
					b.Filters, b.Attributes = append(b.Filters, q.Filter), append(b.Attributes, strings.Join(q.Attributes, " "))
					b.Commands = append(b.Commands, ldapsearch(s.Config, q), powershell(s.Config, q))
				}
			}
		}
		out = append(out, b)
	}
	return out
}

// asks says whether a report rests on a search for the noun.
func asks(report, noun string) bool {
	switch report {
	case accountsReport.Name, factorsReport.Name:
		return noun == "account"
	}
	return true
}

// information are the lines of the information page.
func (x *extract) information(p *Report, s Summary) []Fact {
	var out []Fact
	say := func(name, text string) {
		if text != "" {
			out = append(out, Fact{Name: name, Text: text})
		}
	}
	if x.run.Demo {
		say("DEMO", "Made-up data of the demo company: it is evidence of nothing.")
	}
	say("Report", p.Title)
	say("Question", p.Question)
	say("Test", p.Test)
	for _, c := range p.Controls {
		say("Supports, does not prove", c)
	}
	say("Asked for", x.span.asked)
	if x.span.from > 0 {
		say("Period (UTC)", clock(x.span.from)+" to "+clock(x.span.at))
		say("From after event", fmt.Sprint(x.span.fromSeq))
	} else {
		say("As of (UTC)", clock(x.span.at))
	}
	say("As of event", fmt.Sprint(x.span.seq))
	if len(x.sources) == 0 {
		say("Observed", "nothing was observed yet: no source was connected")
	}
	for _, b := range s.Sources {
		say("Observed in "+b.Name, b.observed())
	}
	if x.span.sourceID != 0 && len(x.sources) == 1 {
		say("Only the source", x.sources[0].Name)
	} else {
		say("Filter", "none")
	}
	out = append(out, p.content.notes...)
	say("Extracted at (UTC)", clock(x.r.Now))
	say("Run by", string(x.run.By))
	say("Version", "Gatehouse "+x.run.Version)
	for i, w := range s.Tables {
		say("Rows of "+p.Tables[i].Title, fmt.Sprint(w.Rows))
	}
	if p.outcomeColumn() >= 0 {
		o := s.Outcomes
		say("Outcomes", fmt.Sprintf("%d pass, %d fail, %d not applicable, %d cannot conclude", o.Pass, o.Fail, o.NotApplicable, o.CannotConclude))
	}
	out = append(out, Fact{"Dataset SHA-256", s.Dataset, true})
	for i, w := range s.Tables {
		if len(s.Tables) > 1 {
			out = append(out, Fact{"SHA-256 of " + p.Tables[i].Title, w.SHA256, true})
		}
	}
	say("Audit event", fmt.Sprintf("%d, the newest when this was extracted", s.Event))
	out = append(out, Fact{"Head hash", hex.EncodeToString(s.Head[:]), true})
	return out
}

// observed says in words when a source was looked at, and when again.
func (b SourceBox) observed() string {
	if b.ObservedAt == 0 {
		return b.Note
	}
	text := "as observed at " + clock(b.ObservedAt) + " UTC by run " + b.Run.String()
	if b.NextAt != 0 {
		text += "; next observation " + clock(b.NextAt) + " UTC"
	}
	text += "; " + b.Coverage
	if b.Note != "" {
		text += ": " + b.Note
	}
	return text
}

// page is the information sheet of a workbook.
func (s Summary) page() sheet.Page {
	p := sheet.Page{Title: "Information"}
	facts := sheet.Block{}
	for _, f := range s.Information {
		facts.Lines = append(facts.Lines, sheet.Line{Label: f.Name, Value: sheet.TextOf(f.Text), Mono: f.Mono})
	}
	sums := sheet.Grid{Columns: []sheet.Column{{Name: "sum", Title: "Sum"}, {Name: "left", Title: "Left", Kind: sheet.Number}, {Name: "right", Title: "Right", Kind: sheet.Number}, {Name: "closes", Title: "Closes"}}}
	for _, sum := range s.Sums {
		sums.Rows = append(sums.Rows, []sheet.Value{sheet.TextOf(sum.Text), sheet.NumberOf(sum.Left), sheet.NumberOf(sum.Right), check(sum.OK())})
	}
	p.Blocks = append(p.Blocks, facts, sheet.Block{Heading: "Sums that must close", Grid: &sums})
	for _, b := range s.Sources {
		p.Blocks = append(p.Blocks, b.block())
	}
	return p
}

func check(ok bool) sheet.Value {
	if ok {
		return sheet.TextOf("✓ closes")
	}
	return sheet.TextOf("✗ does not close")
}

func (b SourceBox) block() sheet.Block {
	out := sheet.Block{Heading: "Ask " + b.Name + " again"}
	line := func(label, text string, mono bool) {
		if text == "" {
			text = "none"
		}
		out.Lines = append(out.Lines, sheet.Line{Label: label, Value: sheet.TextOf(text), Mono: mono})
	}
	line("Server", b.Server, false)
	line("Base", b.Base, true)
	for i, f := range b.Filters {
		line("Filter", f, true)
		line("Attributes", b.Attributes[i], true)
	}
	if b.BindDN == "" {
		line("Bind account", "anonymous", false)
	} else {
		line("Bind account", b.BindDN, true)
	}
	line("Observed", b.observed(), false)
	line(map[string]string{"row": "Rows", "entry": "Entries"}[b.Unit], b.counts(), false)
	line("Clock offset", "unknown: the server did not tell its time", false)
	for _, c := range b.Commands {
		line("The same question", c, true)
	}
	return out
}

// counts says how much was read. Of a full read the parts add up.
func (b SourceBox) counts() string {
	switch {
	case b.Mode == "incremental":
		return fmt.Sprintf("%d read that had changed, %d skipped", b.Read, b.Skipped)
	case b.Claimed < 0:
		return fmt.Sprintf("%d read, %d skipped; how many there are was not told", b.Read, b.Skipped)
	}
	return fmt.Sprintf("%d read and %d skipped of %d", b.Read, b.Skipped, b.Claimed)
}

// dataset is one hash for all tables: that of a single one is its own, that of
// several the SHA-256 of a line for each, name and hash.
func dataset(written []sheet.Written) string {
	if len(written) == 1 {
		return written[0].SHA256
	}
	h := sha256.New()
	for _, w := range written {
		_, _ = io.WriteString(h, w.Name+" "+w.SHA256+"\n")
	}
	return hex.EncodeToString(h.Sum(nil))
}

func clock(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.DateTime) }

func dateOf(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.DateOnly) }
