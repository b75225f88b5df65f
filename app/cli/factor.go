package cli

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

func (p *program) factorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "factor", Short: "Enrol, verify and revoke one-time codes that prove a caller",
		Long: `Enrol, verify and revoke one-time codes that prove a caller to the help desk.
They guard no directory sign-in.

A PERSON is named by login, name or employee number, or as id:NUMBER.`,
		RunE: p.needsCommand(),
	}
	cmd.AddCommand(
		p.factorListCommand(), p.factorShowCommand(), p.factorEnrolCommand(), p.factorProveCommand(), p.factorVerifyCommand(),
		p.factorRevokeCommand(), p.recoveryCodesCommand(), p.factorCoverageCommand(),
	)
	return cmd
}

// personFlags name a person.
type personFlags struct{ id string }

func (f *personFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.id, "id", "", "the identity with this `id`, instead of a name")
}

// path is the route of the person that the arguments name. If they fit several
// people, the error lists them.
func (f *personFlags) path(ctx context.Context, c *client, args []string) (string, error) {
	switch {
	case len(args) > 0 && f.id != "":
		return "", usage("name the person either by PERSON or by --id")
	case f.id != "":
		return "/identities/" + url.PathEscape(f.id), nil
	case len(args) == 0:
		return "", usage("name the PERSON, or add --id")
	}
	name := args[0]
	if id, ok := strings.CutPrefix(name, "id:"); ok {
		return "/identities/" + url.PathEscape(id), nil
	}
	found, err := get[api.Page[api.IdentityRow]](ctx, c, "/identities", url.Values{"q": {name}, "limit": {"20"}})
	if err != nil {
		return "", err
	}
	hits := found.Items
	// Who is named outright is meant, whoever else has the word in a name.
	var exact []api.IdentityRow
	for _, i := range hits {
		if strings.EqualFold(i.Login, name) || strings.EqualFold(i.Name, name) {
			exact = append(exact, i)
		}
	}
	if len(exact) > 0 {
		hits = exact
	}
	switch {
	case len(hits) == 0:
		return "", iam.Errorf(iam.NotFound, "Nobody is found as %q.", name).Fix("Look with: gatehouse find " + quote(name))
	case len(hits) == 1:
		return "/identities/" + url.PathEscape(hits[0].ID), nil
	}
	total := found.Total
	if len(exact) > 0 {
		total = int64(len(exact))
	}
	several := &api.Problem{Detail: fmt.Sprintf("%q fits %d people.", name, total), Remedy: "Narrow it with --id."}
	for _, i := range hits {
		several.Errors = append(several.Errors, api.ProblemField{Message: strings.TrimSuffix(fmt.Sprintf("id %s, %s, %s, %s", i.ID, i.Name, i.Login, i.Department), ", ")})
	}
	return "", several
}

func (p *program) factorListCommand() *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use: "list [WORDS]", Short: "List factors, newest first",
		Args: cobra.ArbitraryArgs,
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			query := url.Values{"limit": {"500"}}
			if state != "" {
				query.Set("state", state)
			}
			if len(args) > 0 {
				query.Set("q", strings.Join(args, " "))
			}
			for offset := 0; ; {
				query.Set("offset", fmt.Sprint(offset))
				page, err := get[api.Page[api.Factor]](ctx, c, "/factors", query)
				if err != nil {
					return err
				}
				if p.json {
					err = emitEach(p, page.Items)
				} else if len(page.Items) > 0 {
					p.showFactors(page.Items, true)
				} else if offset == 0 {
					fmt.Fprintln(p.err, "There is none.")
				}
				if offset += len(page.Items); err != nil || len(page.Items) < 500 {
					return err
				}
			}
		}),
	}
	cmd.Flags().StringVar(&state, "state", "", "only those that are pending, active, replaced, revoked or lapsed")
	return cmd
}

func (p *program) showFactors(factors []api.Factor, people bool) {
	head := []string{"FACTOR", "STATE", "ENROLLED", "LAST USED", "ID", "ENDED"}
	if people {
		head = append([]string{"PERSON", "LOGIN"}, head...)
	}
	var rows [][]string
	for _, f := range factors {
		ended := f.EndReason
		if f.EndedAt != "" {
			ended = when(f.EndedAt) + ": " + f.EndReason
		}
		row := []string{f.Name, f.State, when(f.EnrolledAt), used(f), f.ID, ended}
		if people {
			row = append([]string{f.Identity.Name, f.Identity.Detail}, row...)
		}
		rows = append(rows, row)
	}
	p.table(head, rows)
}

func used(f api.Factor) string {
	if f.LastUsedAt == "" {
		return "never"
	}
	return when(f.LastUsedAt)
}

func (p *program) factorShowCommand() *cobra.Command {
	var who personFlags
	cmd := &cobra.Command{
		Use: "show PERSON", Short: "Show what a person can be verified with",
		Args: cobra.MaximumNArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			path, err := who.path(ctx, c, args)
			if err != nil {
				return err
			}
			held, err := get[api.IdentityFactors](ctx, c, path+"/factors", nil)
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(held)
			}
			p.say("%s, %s, id %s", held.Identity.Name, held.Identity.Detail, held.Identity.ID)
			if codes := held.RecoveryCodes; codes.Of > 0 {
				p.say("recovery codes: %d of %d left, made %s", codes.Left, codes.Of, when(codes.MadeAt))
			} else {
				p.say("recovery codes: none")
			}
			if held.BlockedUntil != "" {
				p.say("verification is paused until %s, after %d failures in a row", when(held.BlockedUntil), held.Failures)
			} else if held.Failures > 0 {
				p.say("failed verifications in a row: %d, attempts left: %d", held.Failures, held.AttemptsLeft)
			}
			if len(held.Factors) == 0 {
				p.say("factors: none")
				return nil
			}
			p.say("")
			p.showFactors(held.Factors, false)
			return nil
		}),
	}
	who.add(cmd)
	return cmd
}

func (p *program) factorRevokeCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "revoke FACTOR-ID --reason TEXT", Short: "End a factor, or an enrolment that was not proven",
		Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			f, err := post[api.Factor](ctx, c, "/factors/"+url.PathEscape(args[0])+"/revoke", map[string]string{"reason": reason})
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(f)
			}
			p.say("%s of %s is revoked.", f.Name, f.Identity.Name)
			return nil
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit log")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

func (p *program) recoveryCodesCommand() *cobra.Command {
	var who personFlags
	var reason string
	cmd := &cobra.Command{
		Use: "recovery-codes PERSON --reason TEXT", Short: "Make new recovery codes and print them, once; the old ones end",
		Args: cobra.MaximumNArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			path, err := who.path(ctx, c, args)
			if err != nil {
				return err
			}
			made, err := post[api.RecoveryCodeSet](ctx, c, path+"/recovery-codes", map[string]string{"reason": reason})
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(made)
			}
			p.showCodes(made.Codes)
			p.say("Each works once, from now on. They are shown only now.")
			return nil
		}),
	}
	who.add(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit log")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

func (p *program) showCodes(codes []string) {
	for i, c := range codes {
		p.say("%4d  %s", i+1, c)
	}
}

func (p *program) factorCoverageCommand() *cobra.Command {
	return &cobra.Command{
		Use: "coverage", Short: "Count what directories enforce at sign-in, and apart from it who can be verified",
		Args: cobra.NoArgs,
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			covered, err := get[api.FactorCoverage](ctx, c, "/factors/coverage", nil)
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(covered)
			}
			p.say("people with an account in use: %d", covered.People)
			p.say("of them can be verified as callers: %d", covered.Callers)
			var rows [][]string
			for _, s := range covered.Sources {
				enforced := number(s.Enforced)
				if s.State != "known" {
					enforced = unknowns[s.State]
				}
				rows = append(rows, []string{s.Source.Name, number(s.Accounts), enforced, s.Text})
			}
			if len(rows) > 0 {
				p.say("")
				p.table([]string{"SOURCE", "ACCOUNTS", "ENFORCED AT SIGN-IN", "WHY"}, rows)
			}
			p.say("")
			p.say("%s", covered.Explained)
			return nil
		}),
	}
}

// unknowns are the words for why a number is not known.
var unknowns = map[string]string{"unknown": "unknown", "notCollected": "not collected", "notSupported": "not supported"}
