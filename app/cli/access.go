package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
)

// answerFlags narrow a name that means more than one record.
type answerFlags struct{ source, id, asOf string }

func (f *answerFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.source, "source", "", "look only in the source of this `name`")
	cmd.Flags().StringVar(&f.id, "id", "", "the record with this `id`, instead of a name")
	asOfFlag(cmd, &f.asOf)
}

// asOfFlag lets a question be about the past.
func asOfFlag(cmd *cobra.Command, to *string) {
	cmd.Flags().StringVar(to, "as-of", "", "as of the end of this `date` (UTC), of this time (RFC 3339), after an event (#123) or after a run (run:12); now if not named")
}

// sayAsOf says what an answer about the past rests on.
func (p *program) sayAsOf(a *api.AsOf) {
	switch {
	case a == nil:
	case a.ObservedAt == "":
		p.say("As of %s: %s", when(a.At), a.Note)
	case a.NextObservation == "":
		p.say("As of %s, as observed %s. %s", when(a.At), when(a.ObservedAt), a.Note)
	default:
		p.say("As of %s, as observed %s; next observation %s.", when(a.At), when(a.ObservedAt), when(a.NextObservation))
	}
}

// answer asks for the effective membership that a name, in the parameter key,
// or an id is about.
func (f *answerFlags) answer(ctx context.Context, c *client, path, key string, args []string) ([]byte, error) {
	query := url.Values{}
	switch {
	case len(args) == 1 && f.id != "":
		return nil, usage("name it either by " + strings.ToUpper(key) + " or by --id")
	case len(args) == 1:
		query.Set(key, args[0])
	case f.id != "":
		query.Set("id", f.id)
	default:
		return nil, usage("name the " + strings.ToUpper(key))
	}
	if f.source != "" {
		s, err := c.source(ctx, f.source)
		if err != nil {
			return nil, err
		}
		query.Set("source", s.Name)
	}
	if f.asOf != "" {
		query.Set("asOf", f.asOf)
	}
	return c.call(ctx, http.MethodGet, path, query, nil)
}

// how says whether an account is in a group itself.
func how(direct bool) string {
	if direct {
		return "direct"
	}
	return "nested"
}

// by is the shortest of paths, and how many more there are.
func by(paths [][]string, morePaths bool) string {
	if len(paths) == 0 {
		return ""
	}
	text := strings.Join(paths[0], " > ")
	switch more := len(paths) - 1; {
	case morePaths:
		text += fmt.Sprintf(" (+%d or more)", more)
	case more > 0:
		text += fmt.Sprintf(" (+%d)", more)
	}
	return text
}

func (p *program) accessCommand() *cobra.Command {
	var flags answerFlags
	cmd := &cobra.Command{
		Use: "access LOGIN", Short: "Show the groups an account is in, directly and by nesting, and why",
		Args: cobra.MaximumNArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			body, err := flags.answer(ctx, c, "/answers/access", "login", args)
			if err != nil {
				return err
			}
			if p.json {
				return p.emitBody(body)
			}
			return p.showAccess(body)
		}),
	}
	flags.add(cmd)
	return cmd
}

func (p *program) showAccess(body []byte) error {
	var a api.AccessAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		return err
	}
	p.sayAsOf(a.AsOf)
	p.say("%s in %s: %s", a.Login, a.Source, a.DN)
	p.say("id %s, enabled %s, as read %s by run %s (%s)", a.ID, a.State, when(a.ObservedAt), a.Run, a.Coverage)
	p.say("")
	if len(a.Effective) == 0 {
		p.say("It is in no group.")
	} else {
		var rows [][]string
		for _, g := range a.Effective {
			rows = append(rows, []string{g.Group, how(g.Direct), by(g.Paths, g.MorePaths)})
		}
		p.table([]string{"GROUP", "MEMBER", "BY"}, rows)
	}
	for _, why := range a.Unresolved {
		p.say("May lack groups: %s", why)
	}
	return nil
}
