package cli

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
)

func (p *program) findCommand() *cobra.Command {
	limit, asOf := 50, ""
	cmd := &cobra.Command{
		Use: "find WORDS", Short: "Find people, accounts and groups by anything that names them",
		Args: cobra.MinimumNArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			query := url.Values{"q": {strings.Join(args, " ")}, "limit": {strconv.Itoa(limit)}}
			if asOf != "" {
				query.Set("asOf", asOf)
			}
			found, err := get[api.SearchAnswer](ctx, c, "/search", query)
			if err != nil {
				return err
			}
			if p.json {
				return emitEach(p, found.Items)
			}
			p.sayAsOf(found.AsOf)
			if len(found.Items) == 0 {
				fmt.Fprintln(p.err, "Nothing was found.")
				return nil
			}
			var rows [][]string
			for _, hit := range found.Items {
				detail := hit.Detail
				if detail == "" {
					detail = hit.Ref.Detail
				}
				rows = append(rows, []string{hit.Ref.Kind, hit.Ref.Name, hit.Login, hit.Source, hit.Ref.ID, detail})
			}
			p.table([]string{"KIND", "NAME", "LOGIN", "SOURCE", "ID", "DETAIL"}, rows)
			return nil
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "at most so many, up to 50")
	asOfFlag(cmd, &asOf)
	return cmd
}
