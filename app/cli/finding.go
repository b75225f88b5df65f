package cli

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

func (p *program) findingsCommand() *cobra.Command {
	query := url.Values{}
	var kind, risk, source, state string
	var check bool
	limit := 200
	cmd := &cobra.Command{
		Use: "findings", Short: "List what the checks noticed, the riskiest first",
		Args:    cobra.NoArgs,
		PreRunE: p.do(func(*cobra.Command, []string) error { return validFindings(kind, risk) }),
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			set(query, "kind", kind)
			set(query, "risk", risk)
			set(query, "state", state)
			query.Set("limit", strconv.Itoa(limit))
			if source != "" {
				s, err := c.source(ctx, source)
				if err != nil {
					return err
				}
				query.Set("source", s.ID)
			}
			found, err := get[api.Page[api.FindingRow]](ctx, c, "/findings", query)
			if err != nil {
				return err
			}
			if err := p.sayFindings(found); err != nil {
				return err
			}
			if check && found.Total > 0 {
				return exitCode(findings)
			}
			return nil
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&kind, "kind", "", "only of this kind, such as dormant")
	flags.StringVar(&risk, "risk", "", "only of this risk: low, medium, high or critical")
	flags.StringVar(&source, "source", "", "only of the source of this name")
	flags.StringVar(&state, "state", "open", "open, accepted or all")
	flags.IntVar(&limit, "limit", limit, "at most so many, up to 500")
	flags.BoolVar(&check, "check", false, "exit with 3 if there is one")
	cmd.AddCommand(p.findingsAcceptCommand(), p.findingsChecksCommand())
	return cmd
}

// validFindings refuses kinds and risks that there are none of. An empty one is
// any.
func validFindings(kind, risk string) error {
	var kinds []string
	for _, f := range iam.FindingKinds {
		kinds = append(kinds, string(f.Kind))
	}
	risks := []string{iam.Low.String(), iam.Medium.String(), iam.High.String(), iam.Critical.String()}
	if kind != "" && !slices.Contains(kinds, kind) {
		return usage(fmt.Sprintf("--kind %q is none of %s", kind, strings.Join(kinds, ", ")))
	}
	if risk != "" && !slices.Contains(risks, risk) {
		return usage(fmt.Sprintf("--risk %q is none of %s", risk, strings.Join(risks, ", ")))
	}
	return nil
}

// untilDay reads the end of an acceptance, a day that lies ahead.
func untilDay(text string, now time.Time) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, usage("--until must be a date such as 2026-06-30")
	}
	if !day.After(now) {
		return day, usage("--until " + text + " has passed; a finding is accepted until a date that lies ahead, a year at most")
	}
	if day.After(now.AddDate(0, 0, iam.MostAcceptDays)) {
		return day, usage("--until " + text + " is more than a year ahead; a finding is accepted for a year at most")
	}
	return day, nil
}

func set(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

func (p *program) sayFindings(found api.Page[api.FindingRow]) error {
	if p.json {
		return emitEach(p, found.Items)
	}
	var rows [][]string
	for _, f := range found.Items {
		until := ""
		if f.Accepted != nil {
			until = when(f.Accepted.Until)
		}
		rows = append(rows, []string{f.Risk, f.Kind, f.Subject.Name, f.Subject.Detail, f.Detail, f.Source.Name, f.ID, until})
	}
	if len(rows) == 0 {
		fmt.Fprintln(p.err, "No finding fits.")
		return nil
	}
	p.table([]string{"RISK", "KIND", "ABOUT", "LOGIN", "DETAIL", "SOURCE", "ID", "ACCEPTED UNTIL"}, rows)
	if more := found.Total - int64(len(found.Items)); more > 0 {
		fmt.Fprintf(p.err, "%d more; --limit shows more of them.\n", more)
	}
	return nil
}

func (p *program) findingsAcceptCommand() *cobra.Command {
	var reason, until, ticket, kind, risk string
	var count int64
	cmd := &cobra.Command{
		Use: "accept [ID...]", Short: "Accept findings until a date, with a reason",
		Long: `Accept findings until a date, with a reason.

Name them by their ids, or all of a kind or risk with --kind, --risk and --count,
which must be how many are open. Nothing changes in the directory.`,
		RunE: p.ask(func(ctx context.Context, c *client, ids []string) error {
			if len(ids) == 0 && kind == "" && risk == "" {
				return usage("name findings by id, or with --kind or --risk")
			}
			if err := validFindings(kind, risk); err != nil {
				return err
			}
			in := map[string]any{"reason": reason}
			if len(ids) > 0 {
				in["ids"] = ids
			}
			for name, value := range map[string]string{"kind": kind, "risk": risk, "ticket": ticket} {
				if value != "" {
					in[name] = value
				}
			}
			if count > 0 {
				in["count"] = count
			}
			if until != "" {
				day, err := untilDay(until, time.Now())
				if err != nil {
					return err
				}
				in["until"] = day.UTC().Format(time.RFC3339)
			}
			done, err := post[api.Accepted](ctx, c, "/findings/accept", in)
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(done)
			}
			p.say("%d accepted until %s, event %d.", done.Count, when(done.Until), done.Event)
			return nil
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&reason, "reason", "", "why")
	flags.StringVar(&until, "until", "", "a `date`, at most a year ahead; 90 days if not named")
	flags.StringVar(&ticket, "ticket", "", "a ticket")
	flags.StringVar(&kind, "kind", "", "all open ones of this kind")
	flags.StringVar(&risk, "risk", "", "all open ones of this risk")
	flags.Int64Var(&count, "count", 0, "how many fit, as confirmed")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

func (p *program) findingsChecksCommand() *cobra.Command {
	return &cobra.Command{
		Use: "checks", Short: "List the checks, what each came to and from when on it notices",
		Args: cobra.NoArgs,
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			all, err := get[[]api.FindingSummary](ctx, c, "/findings/summary", nil)
			if err != nil {
				return err
			}
			if p.json {
				return emitEach(p, all)
			}
			var rows [][]string
			for _, s := range all {
				rows = append(rows, []string{s.Kind, s.Outcome, number(s.Count), number(s.Accepted), number(s.CannotConclude), s.Threshold})
			}
			p.table([]string{"CHECK", "OUTCOME", "OPEN", "ACCEPTED", "CANNOT CONCLUDE", "NOTICED WHEN"}, rows)
			return nil
		}),
	}
}
