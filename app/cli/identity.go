package cli

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

func (p *program) identityCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "identity", Short: "Show, merge and split people and decide whose an account is",
		Long: `Show, merge and split people and decide whose an account is.

A PERSON is named by login, name or employee number, or as id:NUMBER. The id of
a merged person leads to the one it became part of.`,
		RunE: p.needsCommand(),
	}
	cmd.AddCommand(p.identityShowCommand(), p.identityCasesCommand(), p.identityDecideCommand(), p.identityMergeCommand(), p.identitySplitCommand(), p.identityUndoCommand())
	return cmd
}

func (p *program) identityShowCommand() *cobra.Command {
	var who personFlags
	cmd := &cobra.Command{
		Use: "show [PERSON]", Short: "Show a person's accounts and why they are one person's",
		Args: cobra.MaximumNArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			path, err := who.path(ctx, c, args)
			if err != nil {
				return err
			}
			i, err := get[api.Identity](ctx, c, path, nil)
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(i)
			}
			links, err := get[api.IdentityLinks](ctx, c, "/identities/"+i.ID+"/links", nil)
			if err != nil {
				return err
			}
			if i.RedirectedFrom != "" {
				p.say("The id %s was merged into %s.", i.RedirectedFrom, i.ID)
			}
			p.say("%s, id %s, employee number %s", i.Name, i.ID, orDash(i.EmployeeNumber))
			var rows [][]string
			for _, a := range i.Accounts {
				l := links.Links[a.ID]
				why := l.How
				if l.Rule != "" {
					why = fmt.Sprintf("%s, %d %%", l.Rule, l.Confidence)
				}
				rows = append(rows, []string{a.Login, a.Source.Name, a.ID, why, strings.Join(l.Reasons, "; ")})
			}
			p.table([]string{"LOGIN", "SOURCE", "ID", "LINKED BY", "REASONS"}, rows)
			for _, m := range links.Merges {
				p.say("Merge %s with %s (id %s) at %s: %s", m.ID, m.From.Name, m.From.ID, when(m.At), m.Reason)
			}
			return nil
		}),
	}
	who.add(cmd)
	return cmd
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (p *program) identityCasesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "cases", Short: "List accounts of which the rules cannot say whose they are",
		Args: cobra.NoArgs,
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			found, err := get[api.Page[api.CorrelationCase]](ctx, c, "/correlation/cases", url.Values{"limit": {"200"}})
			if err != nil {
				return err
			}
			if p.json {
				return emitEach(p, found.Items)
			}
			var rows [][]string
			for _, x := range found.Items {
				for _, k := range x.Candidates {
					rows = append(rows, []string{x.ID, x.Account.Name, x.Mine.Login, x.Source.Name, k.Identity.ID, k.Identity.Name, fmt.Sprintf("%d %%", k.Confidence), strings.Join(k.Reasons, "; ")})
				}
			}
			p.table([]string{"CASE", "ACCOUNT", "LOGIN", "SOURCE", "CANDIDATE", "NAME", "CONFIDENCE", "REASONS"}, rows)
			fmt.Fprintf(p.err, "%d open cases.\n", found.Total)
			return nil
		}),
	}
}

// reasonFlag is the reason that the audit log keeps.
func reasonFlag(cmd *cobra.Command, to *string) {
	cmd.Flags().StringVar(to, "reason", "", "why; it is kept in the audit log")
	_ = cmd.MarkFlagRequired("reason")
}

// sureFlags are --yes, without which a command shows what it would do, and the
// reason, which only the deed needs.
func sureFlags(cmd *cobra.Command, sure *bool, verb string, reason *string) {
	cmd.Flags().BoolVar(sure, "yes", false, verb+", instead of showing what would move")
	cmd.Flags().StringVar(reason, "reason", "", "why; it is kept in the audit log; needed with --yes")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if *sure && strings.TrimSpace(*reason) == "" {
			return usage("--yes needs --reason: why?")
		}
		return nil
	}
}

func (p *program) identityDecideCommand() *cobra.Command {
	var reason, candidate string
	cmd := &cobra.Command{
		Use: "decide CASE same|different|left", Short: "Decide a case",
		Long: `Decide a case: the account is the candidate's (same), is not (different; without
--candidate: is none of theirs), or is left until it changes.`,
		Args: cobra.ExactArgs(2),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			done, err := post[api.CaseDecided](ctx, c, "/correlation/cases/"+url.PathEscape(args[0])+"/decision", map[string]string{"decision": args[1], "identity": candidate, "reason": reason})
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(done)
			}
			p.say("Decided, event %d.", done.Event)
			if done.Merge != "" {
				p.say("To undo it: %s", p.command("identity", "undo", done.Merge, "--reason", "…"))
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&candidate, "candidate", "", "the identity with this `id`")
	reasonFlag(cmd, &reason)
	return cmd
}

func (p *program) identityMergeCommand() *cobra.Command {
	var reason string
	var sure bool
	cmd := &cobra.Command{
		Use: "merge PERSON INTO", Short: "Make a person part of another; shows first what would move",
		Args: cobra.ExactArgs(2),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			var paths [2]string
			for i := range args {
				var err error
				if paths[i], err = (&personFlags{}).path(ctx, c, args[i:i+1]); err != nil {
					return err
				}
			}
			into := strings.TrimPrefix(paths[1], "/identities/")
			plan, err := get[api.MergePreview](ctx, c, paths[0]+"/merge", url.Values{"into": {into}})
			if err != nil {
				return err
			}
			if !sure {
				if p.json {
					return p.emit(plan)
				}
				p.say("%s (id %s) would become part of %s (id %s): %d accounts, %d findings move; %d factors and %d items of open reviews stay under the old id, which leads on.",
					plan.From.Name, plan.From.ID, plan.Into.Name, plan.Into.ID, len(plan.Accounts), plan.Findings, plan.Factors, plan.ReviewItems)
				for _, w := range plan.Warnings {
					p.say("Warning: %s", w)
				}
				p.say("Nothing was changed. Add --yes and --reason to merge.")
				return nil
			}
			done, err := post[api.Relinked](ctx, c, paths[0]+"/merge", map[string]string{"into": into, "reason": reason})
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(done)
			}
			p.say("Merged, event %d. To undo it: %s", done.Event, p.command("identity", "undo", done.Merge, "--reason", "…"))
			return nil
		}),
	}
	sureFlags(cmd, &sure, "merge", &reason)
	return cmd
}

func (p *program) identitySplitCommand() *cobra.Command {
	var reason string
	var sure bool
	var accounts []string
	cmd := &cobra.Command{
		Use: "split PERSON --account ID", Short: "Make accounts of a person somebody else's, for good; shows first what would move",
		Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			path, err := (&personFlags{}).path(ctx, c, args)
			if err != nil {
				return err
			}
			if !sure {
				return p.showSplit(ctx, c, path, accounts)
			}
			sort.Strings(accounts)
			done, err := post[api.Relinked](ctx, c, path+"/split", map[string]any{"accounts": accounts, "reason": reason})
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(done)
			}
			p.say("Split off as id %s, event %d.", done.Identity, done.Event)
			return nil
		}),
	}
	cmd.Flags().StringArrayVar(&accounts, "account", nil, "the account with this `id`; may be given several times")
	_ = cmd.MarkFlagRequired("account")
	sureFlags(cmd, &sure, "split", &reason)
	return cmd
}

// showSplit says which accounts a split would take from a person, and which
// would stay.
func (p *program) showSplit(ctx context.Context, c *client, path string, accounts []string) error {
	i, err := get[api.Identity](ctx, c, path, nil)
	if err != nil {
		return err
	}
	var rows [][]string
	moving := 0
	for _, a := range i.Accounts {
		becomes := "stays"
		if slices.Contains(accounts, a.ID) {
			moving++
			becomes = "would be somebody else's"
		}
		rows = append(rows, []string{a.Login, a.Source.Name, a.ID, becomes})
	}
	for _, id := range accounts {
		if !slices.ContainsFunc(i.Accounts, func(a api.Account) bool { return a.ID == id }) {
			return iam.Errorf(iam.NotFound, "%s has no account %s.", i.Name, id).Fix(p.command("identity", "show", "id:"+i.ID) + " lists the accounts.")
		}
	}
	if p.json {
		return p.emit(i)
	}
	p.say("%s, id %s: %d of %d accounts would be somebody else's.", i.Name, i.ID, moving, len(i.Accounts))
	p.table([]string{"LOGIN", "SOURCE", "ID", "AFTERWARDS"}, rows)
	p.say("Nothing was changed. Add --yes and --reason to split.")
	return nil
}

func (p *program) identityUndoCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "undo MERGE", Short: "Undo a merge: everything is as it was before",
		Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			done, err := post[api.Relinked](ctx, c, "/merges/"+url.PathEscape(args[0])+"/undo", map[string]string{"reason": reason})
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(done)
			}
			p.say("Undone, event %d.", done.Event)
			for _, a := range done.Left {
				p.say("%s was elsewhere by now and stays there.", a.Detail)
			}
			return nil
		}),
	}
	reasonFlag(cmd, &reason)
	return cmd
}
