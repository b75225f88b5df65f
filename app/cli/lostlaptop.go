package cli

import (
	"context"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
)

func (p *program) lostLaptopCommand() *cobra.Command {
	return &cobra.Command{
		Use: "lost-laptop", Short: "Say what a finder of this data folder has, and what to change, worst first", Args: cobra.NoArgs,
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			v, err := get[api.LostLaptop](ctx, c, "/vault/lost-laptop", nil)
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(v)
			}
			p.showLostLaptop(v)
			return nil
		}),
	}
}

func (p *program) showLostLaptop(v api.LostLaptop) {
	p.say("The disk of this data folder: %s.", map[string]string{
		"yes": "encrypted, which helps if the machine was switched off", "no": "not encrypted", "unknown": "it is not known whether it is encrypted",
	}[v.Disk])
	p.say("")
	if len(v.Opens) == 0 {
		p.say("Nothing is sealed: there is no secret to open.")
	} else {
		p.say("To open the secrets, a finder needs one of:")
		for _, o := range v.Opens {
			p.say("- %s", o)
		}
	}
	p.say("")
	if len(v.Rotate) == 0 {
		p.say("There is nothing to change.")
	} else {
		p.say("To change, worst first:")
		for _, r := range v.Rotate {
			of, since := "", ""
			if r.About != nil {
				of = " for " + r.About.Name
			}
			if r.SetAt != "" {
				since = " Set " + when(r.SetAt) + "."
			} else if r.About != nil {
				since = " Set: unknown."
			}
			p.say("- %s: %s%s. Where: %s.%s %s", r.Risk, r.What, of, r.Where, since, r.How)
		}
	}
	p.say("")
	p.say("Readable by whoever opens the file:")
	for _, e := range v.Exposed {
		p.say("- %s: %d", e.What, e.Count)
	}
}
