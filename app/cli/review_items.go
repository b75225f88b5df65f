package cli

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
)

func (p *program) reviewItemsCommand() *cobra.Command {
	var verdict, reviewer, words string
	var excluded bool
	cmd := &cobra.Command{
		Use: "items CAMPAIGN", Short: "Show the frozen grants of a campaign and what was decided of them", Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			path, err := c.campaign(ctx, args[0])
			if err != nil {
				return err
			}
			query := url.Values{"limit": {"500"}}
			if reviewer, err = c.reviewer(ctx, reviewer); err != nil {
				return err
			}
			for key, value := range map[string]string{"verdict": verdict, "reviewer": reviewer, "q": words} {
				if value != "" {
					query.Set(key, value)
				}
			}
			if excluded {
				query.Set("excluded", "true")
			}
			var rows [][]string
			for after := int64(0); ; {
				query.Set("after", number(after))
				page, err := get[api.Page[api.ReviewItem]](ctx, c, path+"/items", query)
				if err != nil {
					return err
				}
				if p.json {
					if err := emitEach(p, page.Items); err != nil {
						return err
					}
				}
				for _, i := range page.Items {
					after = i.Item
					if !p.json {
						rows = append(rows, itemRow(i))
					}
				}
				if len(page.Items) < 500 {
					break
				}
			}
			switch {
			case p.json:
			case len(rows) == 0:
				fmt.Fprintln(p.err, "No item fits.")
			default:
				p.table([]string{"ITEM", "WHO", "LOGIN", "GROUP", "BY", "PEERS", "LAST SIGN-IN", "BEFORE", "REVIEWER", "DECISION"}, rows)
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&verdict, "verdict", "", "only of this `verdict`, or undecided, or decided")
	cmd.Flags().StringVar(&reviewer, "reviewer", "", "only those of this `person`, or of nobody")
	cmd.Flags().StringVar(&words, "words", "", "only those with these words")
	cmd.Flags().BoolVar(&excluded, "excluded", false, "those that an exclusion left out instead")
	return cmd
}

func itemRow(i api.ReviewItem) []string {
	peers := "no peers"
	if i.PeersOf > 0 {
		peers = fmt.Sprintf("%d of %d", i.Peers, i.PeersOf)
	}
	before := "never"
	if i.Previous != nil {
		before = i.Previous.Verdict + ", " + when(i.Previous.At)
	}
	verdict := decision(i)
	if i.Excluded != "" {
		verdict = "left out: " + i.Excluded
	}
	return []string{number(i.Item), i.Subject.Name, i.Login, i.Group.Name, pathOf(i.Basis, i.Path), peers, signIn(i.LastSignIn), before, nameOf(i.Reviewer), verdict}
}

// pathOf is how a subject is in a group.
func pathOf(basis string, path []api.Ref) string {
	if basis != "effective" {
		return basis
	}
	steps := make([]string, len(path))
	for i, s := range path {
		steps[i] = s.Name
	}
	return strings.Join(steps, " > ")
}

// signIn is a moment, or the word for why there is none: unknown is not never.
func signIn(m api.Moment) string {
	if m.At != "" {
		return when(m.At)
	}
	switch m.State {
	case "notCollected":
		return "not collected"
	case "notSupported":
		return "not supported"
	}
	return m.State
}

func (p *program) reviewRemovalsCommand() *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use: "removals CAMPAIGN", Short: "Show what later reads say of the revoked grants", Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			path, err := c.campaign(ctx, args[0])
			if err != nil {
				return err
			}
			query := url.Values{}
			if state != "" {
				query.Set("state", state)
			}
			all, err := pages[api.Removal](ctx, c, path+"/removals", query, 500)
			if err != nil {
				return err
			}
			if p.json {
				return emitEach(p, all)
			}
			if len(all) == 0 {
				fmt.Fprintln(p.err, "No revoked grant fits.")
				return nil
			}
			var rows [][]string
			for _, r := range all {
				edge := ""
				if r.Edge != nil {
					edge = r.Edge.Member.Name + " from " + r.Edge.Group.Name
				}
				rows = append(rows, []string{number(r.Item.Item), r.Item.Subject.Name, r.Item.Login, r.Item.Group.Name, r.State, r.Text, edge})
			}
			p.table([]string{"ITEM", "WHO", "LOGIN", "GROUP", "STATE", "AS READ", "TO REMOVE"}, rows)
			p.say("Removed means from the directory: open sessions may last.")
			return nil
		}),
	}
	cmd.Flags().StringVar(&state, "state", "", "only `waiting`, removed, alreadyGone, stillThere or unproven")
	return cmd
}

func (p *program) reviewChangesCommand() *cobra.Command {
	var op string
	cmd := &cobra.Command{
		Use: "changes CAMPAIGN", Short: "Show what came and went after the freeze", Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			path, err := c.campaign(ctx, args[0])
			if err != nil {
				return err
			}
			query := url.Values{}
			if op != "" {
				query.Set("op", op)
			}
			all, err := pages[api.LaterChange](ctx, c, path+"/changes", query, 500)
			if err != nil {
				return err
			}
			if p.json {
				return emitEach(p, all)
			}
			if len(all) == 0 {
				fmt.Fprintln(p.err, "Nothing came or went after the freeze.")
				return nil
			}
			var rows [][]string
			for _, x := range all {
				item := ""
				if x.Item > 0 {
					item = number(x.Item)
				}
				rows = append(rows, []string{x.Op, x.Subject.Name, x.Login, x.Group.Name, pathOf(x.Basis, x.Path), when(x.At), x.Run, item})
			}
			p.table([]string{"WHAT", "WHO", "LOGIN", "GROUP", "BY", "OBSERVED", "RUN", "ITEM"}, rows)
			return nil
		}),
	}
	cmd.Flags().StringVar(&op, "op", "", "only what `joined` or departed")
	return cmd
}
