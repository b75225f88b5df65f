package cli

import (
	"context"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

func (p *program) linkCommand() *cobra.Command {
	return &cobra.Command{
		Use: "link", Short: "Print a new link that opens a session of the running server",
		Args: cobra.NoArgs,
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			// Without an owner this very process answers, and nothing listens.
			settings, err := get[api.Settings](ctx, c, "/settings", nil)
			if err != nil {
				return err
			}
			if len(settings.Listener.Addresses) == 0 {
				return iam.Errorf(iam.Unavailable, "Nothing serves the data folder %s.", settings.Folder).
					Fix("Start it with " + p.command("serve") + ", or turn the listener on in Settings.")
			}
			link, err := post[api.StartLink](ctx, c, "/settings/start-link", nil)
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(link)
			}
			_, err = p.out.Write([]byte(link.URL + "\n"))
			return err
		}),
	}
}
