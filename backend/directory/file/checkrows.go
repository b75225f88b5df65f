package file

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/reports/sheet"
)

// How much of a table a Check shows.
const (
	previewRows = 10
	mostFaults  = 500
	mostSamples = 10
	mostNamed   = 5 // of what is listed in a sentence
)

func (k *checker) firstRows(t *table, preview *directory.Preview) error {
	n, err := t.walk(k.ctx, func(row sheet.Row) error {
		if len(preview.Rows) == previewRows {
			return nil
		}
		r := directory.PreviewRow{Number: row.Number, Cells: []string{}}
		for _, c := range row.Cells {
			r.Cells = append(r.Cells, c.Text)
		}
		preview.Rows = append(preview.Rows, r)
		return nil
	})
	preview.Total = n
	return err
}

// tally is what one pass over the rows tells.
type tally struct {
	hidden, shared int64
	starts, ends   int64
	noEnd          int64
	states         map[iam.Tri]int64
	groups         map[string]bool
	memberships    int64
	known          map[uint64]bool // references of rows that can be used
	managers       []named
}

type named struct {
	row   int
	value string
	ref   uint64
}

// rows reads every row as a run would.
func (k *checker) rows(p *interpreter, preview *directory.Preview) {
	ids, err := p.unique(k.ctx)
	if err != nil {
		k.fail("base", "Rows", err)
		return
	}
	seed := maphash.MakeSeed()
	v := tally{states: map[iam.Tri]int64{}, groups: map[string]bool{}, known: map[uint64]bool{}}
	samples := newSampler()
	_, err = p.walk(k.ctx, func(row sheet.Row) error {
		r := p.read(row)
		if row.Hidden {
			v.hidden++
		}
		if r.key != "" && ids.twice(r.key) {
			v.shared++
		}
		ids.judge(p, &r)
		if len(r.faults) > 0 {
			preview.Faulty++
			preview.Faults = append(preview.Faults, r.faults[:min(len(r.faults), mostFaults-len(preview.Faults))]...)
		}
		// A row that cannot be used is still somebody: whoever it manages is not
		// without a manager for that.
		for _, ref := range r.account.Refs {
			v.known[maphash.String(seed, ref)] = true
		}
		if len(r.faults) == 0 {
			v.add(r, seed)
			samples.see(r.account)
			if len(r.groups) > 0 {
				samples.groups[r.key] = len(r.groups)
			}
		}
		return nil
	})
	if err != nil {
		k.fail("base", "Rows", err)
		return
	}
	k.tell(p, preview, v)
	if err := samples.nameManagers(k.ctx, p); err != nil {
		k.fail("base", "Rows", err)
		return
	}
	k.report.Samples = samples.list()
}

func (v *tally) add(r record, seed maphash.Seed) {
	f := r.account.Facts
	v.states[f.Enabled]++
	if f.StartDate.Known() {
		v.starts++
	}
	if f.EndDate.Known() {
		v.ends++
	}
	if f.EndDate == iam.Never {
		v.noEnd++
	}
	v.memberships += int64(len(r.groups))
	for _, name := range r.groups {
		v.groups[name] = true
	}
	if f.ManagerRef != "" {
		v.managers = append(v.managers, named{r.row, r.manager, maphash.String(seed, f.ManagerRef)})
	}
}

func (k *checker) tell(p *interpreter, preview *directory.Preview, v tally) {
	if v.shared > 0 {
		k.say(directory.Missing, "key", "Key", "%s; %s", p.cfg.KeyColumn, count(v.shared, "row has a key", "rows have a key")+" that another row has too, and none of them is used").
			Remedy = "Choose a column whose value belongs to one row alone, or correct the export."
	} else {
		k.say(directory.Passed, "key", "Key", "%s, different in every row", p.cfg.KeyColumn)
	}
	k.dates(p, v)
	k.states(p, v)
	k.managers(p, v)
	if _, mapped := p.at["groups"]; mapped {
		k.say(directory.Passed, "base", "Groups", "%s, %s", count(int64(len(v.groups)), "group", "groups"), count(v.memberships, "membership", "memberships"))
	}
	if v.hidden > 0 {
		k.say(directory.Unknown, "base", "Hidden rows", "%s read like the others", count(v.hidden, "row that the sheet hides is", "rows that the sheet hides are"))
	}
	if p.file.book != nil && p.file.book.Merged > 0 {
		k.say(directory.Unknown, "base", "Merged cells", "%s: all but the first cell of a block are empty", count(int64(p.file.book.Merged), "block", "blocks"))
	}
	usable := preview.Total - preview.Faulty
	switch {
	case usable == 0:
		k.say(directory.Failed, "base", "Rows", "none of %s can be used; the first: %s", count(preview.Total, "row", "rows"), faultText(preview.Faults[0])).Remedy = "Look at what the columns mean, or correct the export."
	case preview.Faulty > 0:
		k.say(directory.Missing, "base", "Rows", "%d of %d can be used, %d cannot; the first: %s", usable, preview.Total, preview.Faulty, faultText(preview.Faults[0])).
			Remedy = "Rows that cannot be used are listed with each read; whoever they are about is not in it."
	default:
		k.say(directory.Passed, "base", "Rows", "all %d can be used", preview.Total)
	}
}

func (k *checker) dates(p *interpreter, v tally) {
	var parts []string
	if _, mapped := p.at["startDate"]; mapped {
		parts = append(parts, fmt.Sprintf("%d with a start", v.starts))
	}
	if _, mapped := p.at["endDate"]; mapped {
		parts = append(parts, fmt.Sprintf("%d with an end, %d without", v.ends, v.noEnd))
	}
	if len(parts) == 0 {
		k.say(directory.Unknown, "rights", "Dates", "no column tells when people begin or leave").Remedy = "Without an end date nobody can be found who left and still has access."
		return
	}
	k.say(directory.Passed, "rights", "Dates", "%s", strings.Join(parts, "; "))
}

func (k *checker) states(p *interpreter, v tally) {
	column, mapped := p.cfg.Columns["status"]
	if !mapped {
		return
	}
	words, err := p.words(k.ctx, column)
	if err != nil {
		k.fail("rights", "Status", err)
		return
	}
	k.report.Preview.Words = words
	text := fmt.Sprintf("%d enabled, %d disabled", v.states[iam.Yes], v.states[iam.No])
	var strange []string
	for _, w := range words {
		if p.states[fold(w)] == "" {
			strange = append(strange, w)
		}
	}
	switch n := v.states[iam.UnknownTri]; {
	case len(strange) > 0:
		k.say(directory.Unknown, "rights", "Status", "%s, %d unknown: it is not said what %s means", text, n, listed(strange)).Remedy = "Say which words mean enabled or disabled."
	case n > 0:
		k.say(directory.Unknown, "rights", "Status", "%s, %d unknown", text, n)
	default:
		k.say(directory.Passed, "rights", "Status", "%s", text)
	}
}

func (k *checker) managers(p *interpreter, v tally) {
	if _, mapped := p.at["manager"]; !mapped {
		return
	}
	var nobody []string
	lost := 0
	for _, m := range v.managers {
		if !v.known[m.ref] {
			if lost++; !slices.Contains(nobody, m.value) {
				nobody = append(nobody, m.value)
			}
		}
	}
	text := fmt.Sprintf("%d of %d are found by their %s", len(v.managers)-lost, len(v.managers), map[string]string{
		managerKey: "key", managerMail: "mail address", managerLogin: "login", managerNumber: "employee number"}[p.managerBy])
	if lost == 0 {
		k.say(directory.Passed, "rights", "Managers", "%s", text)
		return
	}
	k.say(directory.Missing, "rights", "Managers", "%s; nobody is %s", text, listed(nobody)).Remedy = "Those people are shown with a manager who is not in the file."
}

func listed(values []string) string {
	if len(values) > mostNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(values[:mostNamed], ", "), len(values)-mostNamed)
	}
	return strings.Join(values, ", ")
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
