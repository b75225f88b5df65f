package cli

import (
	"context"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
)

func (p *program) diffCommand() *cobra.Command {
	var from, to, source string
	var rows bool
	cmd := &cobra.Command{
		Use: "diff", Short: "Tell what changed between two dates or reads, in words",
		Long: `Tell what changed between two dates or reads, in words: who effectively gained
and lost which group and by which way, which accounts and groups came, went and
changed. Who came and went again is no difference.`,
		Args: cobra.NoArgs,
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			if from == "" {
				return usage("say with --from where to begin")
			}
			query := url.Values{"from": {from}}
			if to != "" {
				query.Set("to", to)
			}
			if source != "" {
				s, err := c.source(ctx, source)
				if err != nil {
					return err
				}
				query.Set("source", s.ID)
			}
			d, err := get[api.Difference](ctx, c, "/differences", query)
			if err != nil {
				return err
			}
			if p.json {
				return emitEach(p, d.Sentences)
			}
			return p.showDifference(ctx, c, d, query, rows)
		}),
	}
	const moment = "the end of this `date` (UTC), this time (RFC 3339), after an event (#123) or after a run (run:12)"
	cmd.Flags().StringVar(&from, "from", "", moment)
	cmd.Flags().StringVar(&to, "to", "", moment+"; now if not named")
	cmd.Flags().StringVar(&source, "source", "", "only in the source of this `name`")
	cmd.Flags().BoolVar(&rows, "rows", false, "show the rows of each sentence")
	return cmd
}

func (p *program) showDifference(ctx context.Context, c *client, d api.Difference, query url.Values, rows bool) error {
	p.say("From %s to %s.", observed(d.From), observed(d.To))
	for _, note := range d.Notes {
		p.say("%s", note)
	}
	p.say("")
	if len(d.Sentences) == 0 {
		p.say("Nothing differs, as far as the directories were read.")
	}
	for _, s := range d.Sentences {
		text := s.Text
		if s.Privileged {
			text = "PRIVILEGED: " + text
		}
		p.say("%s", text)
		if rows && s.HasRows {
			if err := p.showDifferenceRows(ctx, c, s, query); err != nil {
				return err
			}
		}
	}
	return nil
}

// observed is a moment as the directories were read then.
func observed(a api.AsOf) string {
	if a.ObservedAt == "" {
		return when(a.At) + " (nothing had been read)"
	}
	return when(a.At) + " (observed " + when(a.ObservedAt) + ")"
}

func (p *program) showDifferenceRows(ctx context.Context, c *client, s api.Sentence, query url.Values) error {
	for offset := 0; ; {
		query.Set("sentence", s.ID)
		query.Set("offset", strconv.Itoa(offset))
		page, err := get[api.Page[api.DifferenceRow]](ctx, c, "/differences/rows", query)
		if err != nil {
			return err
		}
		for _, row := range page.Items {
			name, what := row.Value, row.Text
			if row.Subject != nil {
				name = row.Subject.Name
				if row.Subject.Detail != "" {
					name += " (" + row.Subject.Detail + ")"
				}
			}
			for _, f := range row.Fields {
				what += f.Field + ": " + f.Before + " -> " + f.After + " "
			}
			p.say("  %s  %s  %s", name, what, when(row.At))
		}
		if offset += len(page.Items); len(page.Items) == 0 || int64(offset) >= page.Total {
			return nil
		}
	}
}
