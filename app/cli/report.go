package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

func (p *program) reportCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "report", Short: "Take reports out as spreadsheets that add up", RunE: p.needsCommand()}
	cmd.AddCommand(p.reportListCommand(), p.reportRunCommand())
	return cmd
}

func (p *program) reportListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the reports, their questions and their tables",
		Args: cobra.NoArgs,
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			all, err := get[[]api.Report](ctx, c, "/reports", nil)
			if err != nil {
				return err
			}
			if p.json {
				return emitEach(p, all)
			}
			var rows [][]string
			for _, r := range all {
				var tables []string
				for _, t := range r.Tables {
					tables = append(tables, t.Name)
				}
				needs := "--as-of"
				switch {
				case r.Period:
					needs = "--from, --to"
				case r.Now:
					needs = "--source"
				case r.Review:
					needs = "--review"
				}
				rows = append(rows, []string{r.Name, r.Question, needs, strings.Join(tables, ", ")})
			}
			p.table([]string{"NAME", "QUESTION", "TAKES", "TABLES"}, rows)
			return nil
		}),
	}
}

// reportFlags are what a report run is asked with.
type reportFlags struct {
	format, out, asOf, from, to, source, review, table string
}

func (p *program) reportRunCommand() *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use: "run NAME", Short: "Write a report to a new file",
		Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			if f.format == "" {
				f.format = "xlsx"
				if strings.HasSuffix(strings.ToLower(f.out), ".csv") {
					f.format = "csv"
				}
			}
			if f.format != "xlsx" && f.format != "csv" {
				return usage("--format is xlsx or csv")
			}
			if f.out == "" {
				return usage("name the new file with --out")
			}
			export, err := p.runReport(ctx, c, args[0], f)
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(export)
			}
			fmt.Fprintf(p.err, "%s rows, dataset %s, event %d, head %s\n", number(export.Rows), export.Dataset, export.Event, export.Head)
			return nil
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "", "`xlsx` or csv; by the end of the file's name if not named")
	flags.StringVar(&f.out, "out", "", "the new `file`")
	flags.StringVar(&f.asOf, "as-of", "", "as of the end of this `date` (UTC), of this time (RFC 3339), or after an event (#123) or a run (run:12); now if not named")
	flags.StringVar(&f.from, "from", "", "the period's first `date` (UTC)")
	flags.StringVar(&f.to, "to", "", "the period's last `date` (UTC); now if not named")
	flags.StringVar(&f.source, "source", "", "only the source of this `name`")
	flags.StringVar(&f.review, "review", "", "the review of this `name` or id")
	flags.StringVar(&f.table, "table", "", "of several tables, the `one` that csv holds")
	return cmd
}

func (p *program) runReport(ctx context.Context, c *client, name string, f reportFlags) (api.Export, error) {
	var in api.StartReport
	in.Body.Format, in.Body.Table = f.format, f.table
	in.Body.AsOf, in.Body.From, in.Body.To = f.asOf, f.from, f.to
	if f.source != "" {
		source, err := c.source(ctx, f.source)
		if err != nil {
			return api.Export{}, err
		}
		in.Body.Source = source.ID
	}
	if f.review != "" {
		id, err := c.reviewID(ctx, f.review)
		if err != nil {
			return api.Export{}, err
		}
		in.Body.Review = id
	}
	var export api.Export
	// The file is made first, so that one that exists refuses before the work.
	err := writeNew(f.out, func(w io.Writer) (err error) {
		if export, err = post[api.Export](ctx, c, "/reports/"+url.PathEscape(name)+"/exports", in.Body); err != nil {
			return err
		}
		if export, err = p.await(ctx, c, export); err != nil {
			return err
		}
		return c.fetch(ctx, export, w)
	})
	return export, err
}

// await waits until an export is ready and says how far it is where a person
// looks on. If the wait is given up, so is the export.
func (p *program) await(ctx context.Context, c *client, export api.Export) (api.Export, error) {
	show := isTerminal(p.err)
	for export.State == "writing" {
		if show {
			fmt.Fprintf(p.err, "\r%d rows ", export.Rows)
		}
		next, err := get[api.Export](ctx, c, "/exports/"+export.ID, url.Values{"wait": {"1s"}})
		if ctx.Err() != nil {
			_, _ = c.call(context.WithoutCancel(ctx), http.MethodDelete, "/exports/"+export.ID, nil, nil)
			return export, ctx.Err()
		}
		if err != nil {
			return export, err
		}
		export = next
	}
	if show {
		fmt.Fprint(p.err, "\r\033[K")
	}
	if export.State != "ready" {
		why := export.Error
		if why == "" {
			why = "The report was " + export.State + "."
		}
		return export, iam.Errorf(iam.Unavailable, "%s", why)
	}
	return export, nil
}

// reviewID is the id of the review that is named exactly so, or has the id;
// else of the only one whose name differs just by case.
func (c *client) reviewID(ctx context.Context, name string) (string, error) {
	var names, alike, ids []string
	for offset := 0; ; {
		found, err := get[api.Page[api.Campaign]](ctx, c, "/reviews", url.Values{"limit": {"500"}, "offset": {strconv.Itoa(offset)}})
		if err != nil {
			return "", err
		}
		for _, r := range found.Items {
			if r.ID == name || r.Name == name {
				return r.ID, nil
			}
			if strings.EqualFold(r.Name, name) {
				alike, ids = append(alike, r.Name), append(ids, r.ID)
			}
			names = append(names, r.Name)
		}
		if offset += len(found.Items); len(found.Items) == 0 || int64(offset) >= found.Total {
			break
		}
	}
	switch {
	case len(ids) == 1:
		return ids[0], nil
	case len(ids) > 1:
		return "", iam.Errorf(iam.Conflict, "%q fits several reviews: %s.", name, strings.Join(alike, ", ")).Fix("Write the name exactly, or give the id.")
	case len(names) == 0:
		return "", iam.Errorf(iam.NotFound, "There is no review %q: none was frozen yet.", name)
	}
	return "", iam.Errorf(iam.NotFound, "There is no review %q.", name).Fix("Name one of: " + strings.Join(names, ", ") + ".")
}
