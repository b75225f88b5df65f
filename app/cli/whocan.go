package cli

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
)

func (p *program) whoCanCommand() *cobra.Command {
	var flags answerFlags
	cmd := &cobra.Command{
		Use: "who-can GROUP", Short: "Show who is in a group, directly and by nesting, and why",
		Args: cobra.MaximumNArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			body, err := flags.answer(ctx, c, "/answers/who-can", "group", args)
			if err != nil {
				return err
			}
			if p.json {
				return p.emitBody(body)
			}
			return p.showMembers(body)
		}),
	}
	flags.add(cmd)
	return cmd
}

func (p *program) showMembers(body []byte) error {
	var a api.WhoCanAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		return err
	}
	p.sayAsOf(a.AsOf)
	p.say("%s: %s", a.Group, a.DN)
	p.say("id %s, accounts in it: %d, unresolved: %d", a.GroupID, len(a.Members), len(a.Unresolved))
	if len(a.Members) > 0 {
		var rows [][]string
		for _, m := range a.Members {
			rows = append(rows, []string{m.Login, how(m.Direct), by(m.Paths, m.MorePaths), m.ID})
		}
		p.say("")
		p.table([]string{"LOGIN", "MEMBER", "BY", "ID"}, rows)
	}
	if len(a.Unresolved) > 0 {
		var rows [][]string
		for _, u := range a.Unresolved {
			rows = append(rows, []string{u.Value, u.Reason})
		}
		p.say("")
		p.table([]string{"UNRESOLVED", "WHY"}, rows)
	}
	return nil
}
