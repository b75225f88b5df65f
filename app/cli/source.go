package cli

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

func (p *program) sourceCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "source", Short: "Connect directories and look after them", RunE: p.needsCommand()}
	cmd.AddCommand(p.sourceAddCommand(), p.sourceListCommand(), p.sourceCheckCommand(), p.sourceScheduleCommand(), p.sourceReleaseCommand(), p.sourceRemoveCommand())
	return cmd
}

func (p *program) sourceListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Show the connected directories and how fresh their reads are", Args: cobra.NoArgs,
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			sources, err := c.sources(ctx)
			if err != nil {
				return err
			}
			if p.json {
				return emitEach(p, sources)
			}
			if len(sources) == 0 {
				fmt.Fprintln(p.err, "No directory is connected yet: gatehouse source add connects one.")
				return nil
			}
			var rows [][]string
			for _, s := range sources {
				read := "never"
				if s.LastComplete != nil {
					read = when(s.LastComplete.EndedAt)
				}
				rows = append(rows, []string{
					s.Name, s.Kind, s.Config.URL, s.Status, read, number(s.Accounts), number(s.Groups), number(s.Memberships),
				})
			}
			p.table([]string{"NAME", "KIND", "URL", "STATUS", "LAST READ", "ACCOUNTS", "GROUPS", "MEMBERSHIPS"}, rows)
			return nil
		}),
	}
}

func (p *program) sourceCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check NAME", Short: "Prove address, certificate, credentials and rights; exit 3 if a read cannot work",
		Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			s, err := c.source(ctx, args[0])
			if err != nil {
				return err
			}
			report, err := c.check(ctx, api.SourceDraft{Name: s.Name, Kind: s.Kind, Config: s.Config, SourceID: s.ID})
			if err != nil {
				return err
			}
			if p.json {
				if err := p.emit(report); err != nil {
					return err
				}
			} else {
				p.showCheck(report)
				p.showSamples(report.Samples)
			}
			if !report.Passed {
				return exitCode(findings)
			}
			return nil
		}),
	}
}

func (c *client) check(ctx context.Context, draft api.SourceDraft) (api.CheckReport, error) {
	return post[api.CheckReport](ctx, c, "/sources/check", draft)
}

// showCheck prints each step with what was found, and what would mend it.
func (p *program) showCheck(report api.CheckReport) {
	words := map[string]string{"passed": "ok", "needsYou": "NEEDS YOU", "missing": "missing", "tooMuch": "too much", "failed": "FAILED", "unknown": "unknown"}
	var rows [][]string
	for _, r := range report.Results {
		rows = append(rows, []string{words[r.State], r.Title, r.Text})
	}
	p.table([]string{"STEP", "WHAT", "FOUND"}, rows)
	for _, r := range report.Results {
		if r.Remedy == "" && r.Copy == "" {
			continue
		}
		p.say("")
		p.say("%s: %s", r.Title, r.Remedy)
		for line := range strings.Lines(r.Copy) {
			p.say("    %s", strings.TrimRight(line, "\r\n"))
		}
	}
}

func (p *program) showSamples(samples []api.CheckSample) {
	if len(samples) == 0 {
		return
	}
	var rows [][]string
	for _, s := range samples {
		rows = append(rows, []string{s.Login, s.Name, s.Sort, string(s.Enabled), s.Department, fmt.Sprint(s.Groups), s.DN})
	}
	p.say("")
	p.table([]string{"LOGIN", "NAME", "SORT", "ENABLED", "DEPARTMENT", "GROUPS", "DN"}, rows)
}

func (p *program) sourceReleaseCommand() *cobra.Command {
	var hash, reason string
	cmd := &cobra.Command{
		Use: "release NAME --hash HASH --reason REASON", Short: "Let the held read of a source through, once",
		Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			s, err := c.source(ctx, args[0])
			if err != nil {
				return err
			}
			if s.Newest == nil || s.Newest.State != string(iam.Held) {
				return iam.Errorf(iam.Conflict, "No read of %s is held.", s.Name)
			}
			var in api.ReleaseRun
			in.Body.HoldHash, in.Body.Reason = hash, reason
			run, err := post[api.Run](ctx, c, "/runs/"+s.Newest.ID+"/release", in.Body)
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(lineOf(s.Name, api.RunDetail{Run: run}))
			}
			p.say("Run %s of %s was released: %d added, %d changed, %d removed.", run.ID, s.Name, run.Added, run.Changed, run.Removed)
			return nil
		}),
	}
	cmd.Flags().StringVar(&hash, "hash", "", "the `hash` of the list that you read, as sync printed it")
	cmd.Flags().StringVar(&reason, "reason", "", "why the losses are right, for the audit log")
	_ = cmd.MarkFlagRequired("hash")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

func (p *program) sourceRemoveCommand() *cobra.Command {
	var reason string
	var yes bool
	cmd := &cobra.Command{
		Use: "remove NAME --reason REASON", Short: "Disconnect a directory and drop what was read from it",
		Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			s, err := c.source(ctx, args[0])
			if err != nil {
				return err
			}
			if err := p.confirmRemoval(s, yes); err != nil {
				return err
			}
			if _, err := c.call(ctx, http.MethodDelete, "/sources/"+s.ID, url.Values{"reason": {reason}}, nil); err != nil {
				return err
			}
			if p.json {
				return p.emit(map[string]string{"source": s.Name, "id": s.ID, "state": "removed"})
			}
			p.say("%s is no longer connected. The directory itself was not touched.", s.Name)
			return nil
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit log")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

// confirmRemoval shows what goes and lets the name be typed.
func (p *program) confirmRemoval(s api.Source, yes bool) error {
	if yes {
		return nil
	}
	if !isTerminal(p.in) {
		return usage("there is no terminal to confirm on: add --yes")
	}
	fmt.Fprintf(p.err, "%s: %d accounts, %d groups and %d memberships will no longer be shown.\nType its name to remove it: ",
		printable(s.Name), s.Accounts, s.Groups, s.Memberships)
	typed, err := bufio.NewReader(p.in).ReadString('\n')
	if err != nil || strings.TrimSpace(typed) != s.Name {
		return iam.Errorf(iam.Denied, "The name was not confirmed: nothing was removed.")
	}
	return nil
}
