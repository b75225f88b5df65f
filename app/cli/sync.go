package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

func (p *program) syncCommand() *cobra.Command {
	var in api.StartRun
	cmd := &cobra.Command{
		Use: "sync [NAME]", Short: "Read a source now, or all of them; exit 1 if a read is partial or held",
		Long: `Read a source now, or all of them, and bring the records up to date. The
directory itself is never changed. Ctrl-C cancels the read, and nothing of it is
kept.

With --due only what the schedules ask for now is read, for cron or Task
Scheduler where no window and no server is open to keep them.`,
		Args: cobra.MaximumNArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			sources, err := c.sources(ctx)
			if err == nil && len(args) == 1 {
				var one api.Source
				one, err = c.source(ctx, args[0])
				sources = []api.Source{one}
			}
			if err != nil {
				return err
			}
			if in.Body.Due {
				if in.Body.Full || in.Body.Preview {
					return usage("--due reads as the schedule says: leave out --full and --preview")
				}
				if sources, err = due(ctx, c, sources); err != nil {
					return err
				}
				if len(sources) == 0 {
					fmt.Fprintln(p.err, "Nothing is due.")
					return nil
				}
			}
			if len(sources) == 0 {
				return iam.Errorf(iam.NotFound, "There is nothing to read: no directory is connected yet.").
					Fix("Connect one with gatehouse source add.")
			}
			return p.sync(ctx, c, sources, in)
		}),
	}
	cmd.Flags().BoolVar(&in.Body.Full, "full", false, "read everything, not only what changed")
	cmd.Flags().BoolVar(&in.Body.Due, "due", false, "read only what is due now, as the schedules say")
	cmd.Flags().BoolVar(&in.Body.Preview, "preview", false, "compare and count, and change no record")
	return cmd
}

// syncLine is the answer about one source. Scripts depend on its form.
type syncLine struct {
	Source   string `json:"source"`
	Run      string `json:"run"`
	Mode     string `json:"mode"`
	State    string `json:"state"`
	Read     int64  `json:"read"`
	Claimed  *int64 `json:"claimed"` // null: the server did not tell
	Added    int64  `json:"added"`
	Changed  int64  `json:"changed"`
	Removed  int64  `json:"removed"`
	Skipped  int64  `json:"skipped"`
	Coverage string `json:"coverage"`
	HoldHash string `json:"holdHash,omitempty"`
	Error    string `json:"error,omitempty"`
	Note     string `json:"note,omitempty"`
	Drift    *int64 `json:"drift,omitempty"`
}

func lineOf(source string, r api.RunDetail) syncLine {
	l := syncLine{
		Source: source, Run: r.ID, Mode: r.Mode, State: r.State, Read: r.Read, Added: r.Added, Changed: r.Changed,
		Removed: r.Removed, Skipped: r.Skipped, Coverage: r.Coverage, HoldHash: r.HoldHash, Error: r.Error, Note: r.Note, Drift: r.Drift,
	}
	if r.Claimed >= 0 {
		l.Claimed = &r.Claimed
	}
	return l
}

// sync reads the sources one after the other and answers a line for each.
func (p *program) sync(ctx context.Context, c *client, sources []api.Source, in api.StartRun) error {
	var rows [][]string
	whole := true
	for _, s := range sources {
		run, err := p.read(ctx, c, s, in)
		if err == nil {
			err = p.shortfall(s.Name, run)
		}
		line := lineOf(s.Name, run)
		if line.Run == "" { // it never began
			line.Mode, line.State, line.Coverage, line.Claimed = "full", "refused", "partial", nil
		}
		if err != nil {
			whole = false
			p.complain(err, "")
			if line.Error == "" {
				line.Error = err.Error()
			}
		}
		if !p.json {
			if line.Note != "" {
				fmt.Fprintf(p.err, "%s: %s\n", printable(s.Name), printable(line.Note))
			}
			rows = append(rows, line.row())
		} else if err := p.emit(line); err != nil {
			return err
		}
		if ctx.Err() != nil {
			break
		}
	}
	if !p.json {
		p.table([]string{"SOURCE", "RUN", "MODE", "STATE", "READ", "CLAIMED", "ADDED", "CHANGED", "REMOVED", "SKIPPED", "COVERAGE"}, rows)
	}
	if !whole || ctx.Err() != nil {
		return exitCode(failed)
	}
	return nil
}

// shortfall is why the run did not bring the records up to date, nil if it did
// or was not meant to.
func (p *program) shortfall(source string, run api.RunDetail) error {
	switch iam.RunState(run.State) {
	case iam.Applied, iam.Previewed, iam.Released:
		return nil
	case iam.Held:
		held := &api.Problem{
			Detail: source + ": the read is held, because it would change more than is usual. No record was changed.",
			Remedy: "If the list is right, let it through once: " +
				p.command("source", "release", source, "--hash", run.HoldHash, "--reason", "WHY"),
		}
		for _, r := range run.HoldReasons {
			held.Errors = append(held.Errors, api.ProblemField{
				Message: fmt.Sprintf("%s: %s, %d before, %d now", r.Title, r.Subject, r.Before, r.After),
			})
		}
		return held
	case iam.Cancelled:
		return iam.Errorf(iam.Conflict, "%s: the read was cancelled. No record was changed.", source)
	case iam.Partial:
		return iam.Errorf(iam.Unavailable, "%s: the read did not finish, and no record was changed: %s", source, run.Error).
			Fix("Mend what is named and read again; this shows what still stands against it: " + p.command("source", "check", source))
	}
	return iam.Errorf(iam.Unavailable, "%s: the read ended as %s, and no record was changed: %s", source, run.State, run.Error).
		Fix("Read again.")
}

// position is how far the notices have been heard.
type position struct {
	Epoch string `json:"epoch"`
	Seq   int64  `json:"seq"`
}

// after waits until something has changed since at, at most so long.
func (at position) after(ctx context.Context, c *client, wait time.Duration) (position, error) {
	query := url.Values{"wait": {wait.String()}}
	if at.Epoch != "" {
		query.Set("epoch", at.Epoch)
		query.Set("after", strconv.FormatInt(at.Seq, 10))
	}
	return get[position](ctx, c, "/notices", query)
}

// read starts a run and follows it to its end. If ctx ends, the run is
// cancelled and followed on, so that the answer says how it really ended.
func (p *program) read(ctx context.Context, c *client, s api.Source, in api.StartRun) (run api.RunDetail, err error) {
	// The position comes first, so that an end that comes at once is not missed.
	heard, err := position{}.after(ctx, c, 0)
	if err != nil {
		return run, err
	}
	if run.Run, err = post[api.Run](ctx, c, "/sources/"+s.ID+"/runs", in.Body); err != nil {
		return run, err
	}
	going := context.WithoutCancel(ctx)
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(cancelled)
		// A refusal means that the run is over, and following it will tell.
		_, _ = c.call(going, http.MethodPost, "/runs/"+run.ID+"/cancel", nil, nil)
	})
	defer func() {
		if !stop() {
			<-cancelled
		}
	}()

	wait, watched := 20*time.Second, isTerminal(p.err)
	if watched {
		wait = time.Second // notices tell the end of a run, not its progress
		defer fmt.Fprint(p.err, "\r\x1b[K")
	}
	for {
		now, err := get[api.RunDetail](going, c, "/runs/"+run.ID, nil)
		if err != nil {
			return run, err
		}
		if run = now; over(run.Run) {
			return run, nil
		}
		if watched {
			fmt.Fprintf(p.err, "\r\x1b[K%s: %s, %d entries", printable(s.Name), run.Phase, run.Progress)
		}
		if heard, err = heard.after(going, c, wait); err != nil {
			return run, err
		}
	}
}

// over reports whether nothing more will come of the run. Between its record's
// end and its own it tidies up, and the source cannot be read again yet.
func over(run api.Run) bool { return run.State != string(iam.Reading) && run.Phase == "" }

func (l syncLine) row() []string {
	claimed := ""
	if l.Claimed != nil {
		claimed = number(*l.Claimed)
	}
	return []string{
		l.Source, l.Run, modeWords[l.Mode], l.State, number(l.Read), claimed, number(l.Added), number(l.Changed), number(l.Removed), number(l.Skipped), l.Coverage,
	}
}

// modeWords say for people what a run read.
var modeWords = map[string]string{"full": "full", "incremental": "changes"}
