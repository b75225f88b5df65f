package cli

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
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
		p.vaultAddCommand(), p.vaultRemoveCommand(), p.vaultUnlockCommand(), p.vaultRekeyCommand(),
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
				p.showRecoveryKey(made.Key)
				return nil
			}),
		},
		p.vaultRecoverCommand(), p.lostLaptopCommand(),
	)
	return cmd
}

func (p *program) vaultAddCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "add keychain|keyfile|passphrase", Short: "Add a way to open the vault", Args: cobra.ExactArgs(1),
		ValidArgs: []string{"keychain", "keyfile", "passphrase"},
		RunE: p.do(func(cmd *cobra.Command, args []string) error {
			ctx, in := cmd.Context(), map[string]string{"kind": args[0]}
			switch {
			case args[0] == "recovery":
				return usage("a recovery key is made by vault recovery-key")
			case !slices.Contains(cmd.ValidArgs, args[0]):
				return usage(fmt.Sprintf("there is no way %q to open the vault: name keychain, keyfile or passphrase", args[0]))
			case file != "" && args[0] != "passphrase":
				return usage("--passphrase-file is for vault add passphrase")
			case args[0] == "passphrase":
				passphrase, err := p.newPassphrase(ctx, file)
				if err != nil {
					return err
				}
				in["passphrase"] = passphrase
			}
			return p.withOwner(ctx, false, func(c *client) error {
				vault, err := post[api.VaultInfo](ctx, c, "/vault/slots", in)
				if err != nil {
					return err
				}
				return p.showVault(vault)
			})
		}),
	}
	passphraseFlag(cmd, &file)
	return cmd
}

func passphraseFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "passphrase-file", "", "read the passphrase from this `file`, or - for standard input")
}

// newPassphrase asks twice, because what is mistyped opens nothing later.
func (p *program) newPassphrase(ctx context.Context, file string) (string, error) {
	first, err := p.secret(ctx, file, "passphrase", "--passphrase-file")
	if err != nil || file != "" {
		return first, err
	}
	again, err := p.prompt(ctx, "passphrase again")
	if err == nil && again != first {
		err = iam.Errorf(iam.Invalid, "The two passphrases differ: nothing was added.")
	}
	return first, err
}

func (p *program) vaultRemoveCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "remove SLOT", Short: "Take away a way to open the vault, named by its slot or, if there is one of it, its kind", Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			settings, err := get[api.Settings](ctx, c, "/settings", nil)
			if err != nil {
				return err
			}
			slot, err := slotNamed(settings.Vault.Slots, args[0])
			if err != nil {
				return err
			}
			if err := p.confirm(yes, fmt.Sprintf("%s will no longer open the vault; %s.", slot.Label, whatStays(settings.Vault.Slots, slot)), slot.Kind); err != nil {
				return err
			}
			vault, err := ask[api.VaultInfo](ctx, c, http.MethodDelete, "/vault/slots/"+url.PathEscape(slot.ID), nil, nil)
			if err != nil {
				return err
			}
			return p.showVault(vault)
		}),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// slotNamed is the slot of that id, or the only one of that kind.
func slotNamed(slots []api.VaultSlot, name string) (api.VaultSlot, error) {
	var found []api.VaultSlot
	var all []string
	for _, s := range slots {
		if s.ID == name || s.Kind == name {
			found = append(found, s)
		}
		all = append(all, s.ID+" ("+s.Kind+")")
	}
	if len(found) == 1 {
		return found[0], nil
	}
	kind, why := iam.NotFound, "The vault has no slot %q."
	if len(found) > 1 {
		kind, why = iam.Invalid, "The vault has several slots %q."
	}
	return api.VaultSlot{}, iam.Errorf(kind, why, name).Fix("Name one of: " + strings.Join(all, ", ") + ".")
}

func whatStays(slots []api.VaultSlot, gone api.VaultSlot) string {
	var labels []string
	for _, s := range slots {
		if s.ID != gone.ID {
			labels = append(labels, s.Label)
		}
	}
	if len(labels) == 0 {
		return "nothing else does"
	}
	return "what stays: " + strings.Join(labels, ", ")
}

// confirm says the consequence and lets a word be typed.
func (p *program) confirm(yes bool, consequence, word string) error {
	if yes {
		return nil
	}
	if !isTerminal(p.in) {
		return usage("there is no terminal to confirm on: add --yes")
	}
	fmt.Fprintf(p.err, "%s\nType %s to go on: ", printable(consequence), word)
	typed, err := bufio.NewReader(p.in).ReadString('\n')
	if err != nil || strings.TrimSpace(typed) != word {
		return iam.Errorf(iam.Denied, "It was not confirmed: nothing was changed.")
	}
	return nil
}

func (p *program) vaultUnlockCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "unlock", Short: "Open the vault of the running program with its passphrase", Args: cobra.NoArgs,
		RunE: p.do(func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			passphrase, err := p.secret(ctx, file, "passphrase", "--passphrase-file")
			if err != nil {
				return err
			}
			return p.withOwner(ctx, false, func(c *client) error {
				vault, err := post[api.VaultInfo](ctx, c, "/vault/unlock", map[string]string{"passphrase": passphrase})
				if err != nil {
					return err
				}
				return p.showVault(vault)
			})
		}),
	}
	passphraseFlag(cmd, &file)
	return cmd
}

func (p *program) vaultRekeyCommand() *cobra.Command {
	var file string
	var yes bool
	cmd := &cobra.Command{
		Use: "rekey", Short: "Replace the key of the vault and seal every secret anew", Args: cobra.NoArgs,
		Long: `Replace the key of the vault and seal every secret anew.

Ways in whose other half is not at hand here are dropped: the keychain of another
machine, a missing key file, a passphrase that is not given. A recovery key is
replaced by a new one, which is printed once. A key file and a passphrase stay the
same: who has one of them and a later copy of the data opens that too.`,
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			settings, err := get[api.Settings](ctx, c, "/settings", nil)
			if err != nil {
				return err
			}
			in := map[string]string{}
			if file != "" || hasPassphrase(settings.Vault) && isTerminal(p.in) {
				if in["passphrase"], err = p.secret(ctx, file, "passphrase of the vault, to keep it", "--passphrase-file"); err != nil {
					return err
				}
			}
			if err := p.confirm(yes, rekeyConsequence(settings.Vault, in["passphrase"] != ""), "rekey"); err != nil {
				return err
			}
			done, err := post[api.VaultRekeyed](ctx, c, "/vault/rekey", in)
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(done)
			}
			p.say("%d secrets were sealed anew.", done.Resealed)
			for _, s := range done.Dropped {
				p.say("Dropped, because it was not at hand: %s (%s).", s.Label, s.Kind)
			}
			if done.RecoveryKey != "" {
				p.showRecoveryKey(done.RecoveryKey)
			}
			return p.showVault(done.Vault)
		}),
	}
	passphraseFlag(cmd, &file)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func hasPassphrase(v api.VaultInfo) bool {
	return slices.ContainsFunc(v.Slots, func(s api.VaultSlot) bool { return s.Kind == "passphrase" })
}

func rekeyConsequence(v api.VaultInfo, passphraseGiven bool) string {
	text := "Every secret is sealed anew. Copies made before open only as they did. What is not at hand here no longer opens the vault"
	if hasPassphrase(v) && !passphraseGiven {
		text += ", the passphrase among it"
	}
	if v.HasRecovery {
		text += "; the printed recovery key becomes worthless, a new one is printed"
	}
	return text + "."
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

func (p *program) showRecoveryKey(key string) {
	p.say("%s", key)
	p.say("Keep it on paper, away from this machine. It opens the vault anywhere and is shown only now.")
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
		rows = append(rows, []string{s.Kind, s.Label, when(s.CreatedAt), s.ID})
	}
	p.table([]string{"OPENED WITH", "WHICH IS", "SINCE", "SLOT"}, rows)
	if !v.HasRecovery {
		p.say("There is no recovery key: make one with %s and keep it on paper.", p.command("vault", "recovery-key"))
	}
	return nil
}
