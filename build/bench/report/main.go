//go:build linux

// Command report measures a workbook of a million rows and ten columns as
// reports write it, against excelize's StreamWriter alone with the same values
// and no looks:
//
//	go run ./build/bench/report [-rows N] [-rounds N]
//
// Each writing is a process of its own, so that its peak memory is its own, and
// the two take turns. A third of a tenth of the rows shows whether memory grows
// with them, and a last one of more rows than a sheet has that the rest goes on
// in a second.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/xuri/excelize/v2"

	"gatehouse/reports/sheet"
)

// What must hold.
const (
	bar  = 1.2 // times excelize's StreamWriter alone
	flat = 1.3 // times the memory of a tenth of the rows
)

func main() {
	rows := flag.Int("rows", 1_000_000, "`number` of rows")
	rounds := flag.Int("rounds", 3, "`number` of rounds")
	write := flag.String("write", "", "write once, as `who`: gatehouse or excelize")
	out := flag.String("out", "", "the `file` written to with -write")
	flag.Parse()
	var err error
	if *write != "" {
		err = once(*write, *out, *rows)
	} else {
		err = measure(*rows, *rounds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

// result is what one process says of its writing.
type result struct {
	Took   time.Duration
	Size   int64
	Sheets int

	// Filled in by who started it:
	Peak      int64         // bytes of memory
	Processor time.Duration // which other programs on the machine disturb less
}

// once writes the rows in this process.
func once(who, path string, rows int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	began, sheets := time.Now(), 1
	if who == "excelize" {
		err = alone(f, rows)
	} else {
		sheets, err = ours(f, rows)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return err
	}
	took := time.Since(began)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result{Took: took, Size: info.Size(), Sheets: sheets})
}

const day = int64(24 * time.Hour / time.Microsecond)

// start is the first moment: 1 January 2020.
var start = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// texts are the six texts of row i; they are made anew for each row, as a
// database would.
func texts(i int, to *[6]string) {
	n := strconv.Itoa(i)
	to[0] = "Person " + n
	to[1] = "00" + n
	to[2] = "uid=user" + n + ",ou=people,dc=example,dc=com"
	to[3] = "Finance › Payables › Approvers " + strconv.Itoa(i%977)
	to[4] = "Example Directory " + strconv.Itoa(i%7)
	to[5] = "person." + n + "@example.com"
}

func ours(f *os.File, rows int) (sheets int, err error) {
	outcomes := []sheet.Result{sheet.Pass, sheet.Fail, sheet.CannotConclude, sheet.NotApplicable}
	table := sheet.Table{Name: "accounts", Title: "Accounts", Columns: []sheet.Column{
		{Name: "person", Title: "Person"}, {Name: "employee", Title: "Employee number", Kind: sheet.ID}, {Name: "account", Title: "Account"},
		{Name: "path", Title: "Path"}, {Name: "source", Title: "Source"}, {Name: "mail", Title: "Mail"},
		{Name: "created", Title: "Created", Kind: sheet.Time}, {Name: "seen", Title: "Last sign-in", Kind: sheet.Time},
		{Name: "logons", Title: "Sign-ins", Kind: sheet.Number}, {Name: "outcome", Title: "Outcome", Kind: sheet.Outcome},
	}, Rows: func(yield func([]sheet.Value, error) bool) {
		row := make([]sheet.Value, 10)
		var s [6]string
		for i := range rows {
			texts(i, &s)
			row[0], row[1], row[2] = sheet.TextOf(s[0]), sheet.IDOf(s[1]), sheet.TextOf(s[2])
			row[3], row[4], row[5] = sheet.TextOf(s[3]), sheet.TextOf(s[4]), sheet.TextOf(s[5])
			row[6] = sheet.TimeOf(start + int64(i)*1_000_000)
			row[7] = sheet.TimeOf(start + int64(i%2000)*day)
			row[8] = sheet.NumberOf(int64(i) * 3)
			row[9] = sheet.OutcomeOf(outcomes[i%4])
			if !yield(row, nil) {
				return
			}
		}
	}}
	written, err := sheet.WriteXLSX(context.Background(), f, sheet.Book{Title: "Accounts", Tables: []sheet.Table{table}}, nil)
	if err != nil {
		return 0, err
	}
	return written[0].Sheets, nil
}

// alone writes the same values by excelize's StreamWriter as its documentation
// does. The dates have their style, as they would else be found one anew for
// each cell.
func alone(f *os.File, rows int) error {
	book := excelize.NewFile()
	defer book.Close()
	dates, err := book.NewStyle(&excelize.Style{NumFmt: 22})
	if err != nil {
		return err
	}
	w, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	header := []any{"Person", "Employee number", "Account", "Path", "Source", "Mail", "Created (UTC)", "Last sign-in (UTC)", "Sign-ins", "Outcome"}
	if err := w.SetRow("A1", header); err != nil {
		return err
	}
	outcomes := []string{"pass", "fail", "cannot conclude", "not applicable"}
	row := make([]any, 10)
	var s [6]string
	for i := range rows {
		texts(i, &s)
		for c, v := range s {
			row[c] = v
		}
		row[6] = excelize.Cell{StyleID: dates, Value: time.UnixMicro(start + int64(i)*1_000_000).UTC()}
		row[7] = excelize.Cell{StyleID: dates, Value: time.UnixMicro(start + int64(i%2000)*day).UTC()}
		row[8] = int64(i) * 3
		row[9] = outcomes[i%4]
		if err := w.SetRow("A"+strconv.Itoa(i+2), row); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return book.Write(f)
}

// subject is one of those that are measured.
type subject struct {
	name, who string
	rows      int
	results   []result
}

func measure(rows, rounds int) error {
	dir, err := os.MkdirTemp("", "gatehouse-bench-report-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	peer := &subject{name: "excelize alone", who: "excelize", rows: rows}
	us := &subject{name: "Gatehouse", who: "gatehouse", rows: rows}
	tenth := &subject{name: "Gatehouse, a tenth", who: "gatehouse", rows: rows / 10}
	split := &subject{name: "Gatehouse, two sheets", who: "gatehouse", rows: excelize.TotalRows} // with the heading one too many
	for range rounds {
		for _, s := range []*subject{peer, us, tenth} {
			if err := s.run(dir); err != nil {
				return err
			}
		}
	}
	if err := split.run(dir); err != nil {
		return err
	}
	for _, s := range []*subject{peer, us, tenth, split} {
		fmt.Printf("%-22s %9d rows  median %6d ms  (%d to %d)  processor %6d ms  peak memory %4d MB  file %3d MB  sheets %d\n", s.name, s.rows,
			s.median().Milliseconds(), s.results[0].Took.Milliseconds(), s.results[len(s.results)-1].Took.Milliseconds(),
			s.processor().Milliseconds(), s.peak()>>20, s.results[0].Size>>20, s.results[0].Sheets)
	}
	ratio := float64(us.median()) / float64(peer.median())
	growth := float64(us.peak()) / float64(tenth.peak())
	fmt.Printf("ratio %.2f, bar %.1f, of processor time %.2f; memory %.2f times that of a tenth of the rows, bar %.1f\n", ratio, bar, float64(us.processor())/float64(peer.processor()), growth, flat)
	switch {
	case ratio > bar:
		return fmt.Errorf("%.2f times as long as excelize alone", ratio)
	case growth > flat:
		return fmt.Errorf("memory grows with the rows: %.2f times", growth)
	case us.results[0].Sheets != 1 || split.results[0].Sheets != 2:
		return fmt.Errorf("%d and %d sheets, want 1 and 2", us.results[0].Sheets, split.results[0].Sheets)
	}
	return nil
}

// run writes once in a process of its own.
func (s *subject) run(dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, s.who+".xlsx")
	cmd := exec.Command(self, "-write", s.who, "-rows", strconv.Itoa(s.rows), "-out", path)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	var r result
	if err := json.Unmarshal(out, &r); err != nil {
		return err
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return fmt.Errorf("%s: the system does not tell its memory", s.name)
	}
	r.Peak = usage.Maxrss << 10
	r.Processor = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	s.results = append(s.results, r)
	slices.SortFunc(s.results, func(a, b result) int { return int(a.Took - b.Took) })
	return os.Remove(path)
}

func (s *subject) median() time.Duration { return s.results[len(s.results)/2].Took }

func (s *subject) processor() time.Duration {
	of := make([]time.Duration, 0, len(s.results))
	for _, r := range s.results {
		of = append(of, r.Processor)
	}
	slices.Sort(of)
	return of[len(of)/2]
}

// peak is the most memory of all rounds.
func (s *subject) peak() int64 {
	return slices.MaxFunc(s.results, func(a, b result) int { return int(a.Peak - b.Peak) }).Peak
}
