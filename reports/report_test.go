package reports

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/reports/sheet"
)

// made is a report of so many rows whose sum is what a test says.
func made(rows int, sum Sum) *Report {
	d := Definition{Name: "made", Title: "Made", Tables: []Table{{Name: "made", Title: "Made", Columns: []Column{count("n", "N"), outcome("outcome", "Outcome")}}}}
	return &Report{Definition: d, extract: &extract{def: d, r: &store.Reader{}}, content: content{
		rows: []produce{func(_ context.Context, put func([]sheet.Value) error) error {
			for n := range rows {
				if err := put([]sheet.Value{sheet.NumberOf(int64(n)), sheet.OutcomeOf(sheet.Pass)}); err != nil {
					return err
				}
			}
			return nil
		}},
		sums: func(context.Context, []sheet.Written) ([]Sum, error) { return []Sum{sum}, nil },
	}}
}

// TestSumsMustClose: a report that does not add up is no file, and the preview
// says so.
func TestSumsMustClose(t *testing.T) {
	wrong := made(3, Sum{"apples = pears", 3, 4})
	_, csv := wrong.WriteCSV(t.Context(), io.Discard, "", nil)
	_, xlsx := wrong.WriteXLSX(t.Context(), io.Discard, nil)
	for _, err := range []error{csv, xlsx} {
		if iam.KindOf(err) != iam.Internal || !strings.Contains(err.Error(), "apples = pears, but 3 is not 4") {
			t.Errorf("%v", err)
		}
	}
	v, err := wrong.Preview(t.Context(), "", "", 2)
	if err != nil || len(v.Rows) != 2 || v.Tables[0].Rows != 3 || v.Sums[0].OK() || !v.Sums[1].OK() || v.Outcomes.Pass != 3 {
		t.Errorf("%+v, %v", v, err)
	}
	right := made(3, Sum{"apples = pears", 4, 4})
	var text bytes.Buffer
	s, err := right.WriteCSV(t.Context(), &text, "", nil)
	book, err2 := right.WriteXLSX(t.Context(), io.Discard, nil)
	if err != nil || err2 != nil || s.Dataset != v.Dataset || book.Dataset != v.Dataset || s.Tables[0].Rows != 3 || book.Outcomes != v.Outcomes || text.String() != "N,Outcome\n0,pass\n1,pass\n2,pass\n" {
		t.Errorf("%+v %+v %q, %v %v", s, book, &text, err, err2)
	}
}

// cutter cancels after the first bytes.
type cutter struct{ cancel context.CancelFunc }

func (c cutter) Write(b []byte) (int, error) { c.cancel(); return len(b), nil }

func TestCancelledInTheMiddle(t *testing.T) {
	for name, write := range map[string]func(context.Context, io.Writer) error{
		"csv": func(ctx context.Context, w io.Writer) error {
			_, err := made(1_000_000, Sum{}).WriteCSV(ctx, w, "", nil)
			return err
		},
		"xlsx": func(ctx context.Context, w io.Writer) error {
			_, err := made(1_000_000, Sum{}).WriteXLSX(ctx, w, nil)
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if err := write(ctx, cutter{cancel}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}

// TestDefinitions: names are there once, links lead to a column that is there,
// and every report says what it is for.
func TestDefinitions(t *testing.T) {
	for _, d := range All() {
		if found, err := Find(d.Name); err != nil || found.Title != d.Title || d.Question == "" || d.Test == "" || len(d.Controls) == 0 {
			t.Errorf("%s: %+v, %v", d.Name, found, err)
		}
		for i, table := range d.Tables {
			var names, titles []string
			for _, c := range table.Columns {
				names, titles = append(names, c.Name), append(titles, c.Title)
			}
			for k, c := range table.Columns {
				if slices.Index(names, c.Name) != k || slices.Index(titles, c.Title) != k || c.Kind == "" || (c.Links == "") != (c.By == "") || c.By != "" && !slices.Contains(names, c.By) {
					t.Errorf("%s, %s: %+v", d.Name, table.Name, c)
				}
			}
			if at, err := d.Table(table.Name); err != nil || at != i {
				t.Errorf("%s, %s: %d, %v", d.Name, table.Name, at, err)
			}
		}
	}
}

// TestCovered: how far a source can be trusted as of a moment.
func TestCovered(t *testing.T) {
	run := func(seq iam.Seq, state iam.RunState, at int64) *iam.Run {
		return &iam.Run{Seq: seq, State: state, EndedAt: at, ConfigVersion: 1}
	}
	held := run(2, iam.Overtaken, noon)
	held.HoldHash = "00"
	shown := run(1, iam.Applied, noon-day)
	week := run(1, iam.Applied, noon-staleDays*day)
	older := run(1, iam.Applied, noon-staleDays*day-1)
	for _, c := range []struct {
		name          string
		shown, newest *iam.Run
		config        int64
		next          *iam.Run
		want, note    string
	}{
		{"never read", nil, nil, 1, nil, none, "nothing was observed yet"},
		{"never finished", nil, run(1, iam.Partial, noon), 1, nil, none, "no read had finished yet"},
		{"read", shown, shown, 1, nil, complete, ""},
		{"a preview is no reading", shown, run(2, iam.Previewed, noon), 1, nil, complete, ""},
		{"a newer one broke off", shown, run(2, iam.Partial, noon), 1, nil, partial, "did not finish"},
		{"a newer one was cancelled", shown, run(2, iam.Cancelled, noon), 1, nil, partial, "did not finish"},
		{"a newer one was held", shown, held, 1, nil, partial, "was held"},
		{"a week ago", week, week, 1, nil, complete, ""},
		{"longer ago", older, older, 1, nil, stale, "more than 7 days"},
		{"set otherwise since", shown, shown, 2, nil, stale, "settings have been changed"},
		{"set otherwise and broke off", shown, run(2, iam.Partial, noon), 2, nil, partial, "did not finish and is not in the rows; the settings have been changed"},
		{"read again since", shown, shown, 2, run(3, iam.Applied, noon+day), complete, "settings have been changed"},
	} {
		s := covered(store.SourceAt{Source: iam.Source{ConfigVersion: c.config}, Shown: c.shown, Newest: c.newest, Next: c.next}, noon)
		if s.coverage != c.want || !strings.Contains(s.note, c.note) || (c.note == "") != (s.note == "") {
			t.Errorf("%s: %s, %q", c.name, s.coverage, s.note)
		}
	}
}
