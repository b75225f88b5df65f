package cli

import (
	"context"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
)

func (p *program) vaultCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "vault", Short: "See and mend how the key of the vault is kept", RunE: p.needsCommand()}
	cmd.AddCommand(
		&cobra.Command{
			Use: "status", Short: "Show the ways in which the vault can be opened", Args: cobra.NoArgs,
			RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
				settings, err := get[api.Settings](ctx, c, "/settings", nil)
				if err != nil {
					return err
				}
				return p.showVault(settings.Vault)
			}),
		},
		&cobra.Command{
			Use: "recovery-key", Short: "Make a recovery key and print it, once", Args: cobra.NoArgs,
			RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
				made, err := post[api.RecoveryKey](ctx, c, "/vault/recovery-key", nil)
				if err != nil {
					return err
				}
				if p.json {
					return p.emit(made)
				}
				p.say("%s", made.Key)
				p.say("Keep it on paper, away from this machine. It opens the vault anywhere and is shown only now.")
				return nil
			}),
		},
		p.vaultRecoverCommand(),
	)
	return cmd
}

func (p *program) vaultRecoverCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "recover", Short: "Open the vault with the printed recovery key, and keep its key here from now on",
		Args: cobra.NoArgs,
		RunE: p.do(func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			key, err := p.secret(ctx, file, "recovery key", "--recovery-key-file")
			if err != nil {
				return err
			}
			return p.withOwner(ctx, false, func(c *client) error {
				opened, err := post[api.VaultInfo](ctx, c, "/vault/recover", map[string]string{"recoveryKey": key})
				if err != nil {
					return err
				}
				return p.showVault(opened)
			})
		}),
	}
	cmd.Flags().StringVar(&file, "recovery-key-file", "", "read it from this `file`, or - for standard input")
	return cmd
}

func (p *program) showVault(v api.VaultInfo) error {
	if p.json {
		return p.emit(v)
	}
	if len(v.Slots) == 0 {
		p.say("The vault holds no secret yet.")
		return nil
	}
	var rows [][]string
	for _, s := range v.Slots {
		rows = append(rows, []string{s.Kind, s.Label, when(s.CreatedAt)})
	}
	p.table([]string{"OPENED WITH", "WHICH IS", "SINCE"}, rows)
	if !v.HasRecovery {
		p.say("There is no recovery key: make one with %s and keep it on paper.", p.command("vault", "recovery-key"))
	}
	return nil
}
