package cli

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

func (p *program) reviewCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "review", Short: "Review who has what: freeze, decide, close, and track what was revoked",
		Long: `Review who has what. A CAMPAIGN is named by its name or its id; a PERSON by
login, name or employee number, or as id:NUMBER.`,
		RunE: p.needsCommand(),
	}
	cmd.AddCommand(
		p.reviewListCommand(), p.reviewCreateCommand(), p.reviewShowCommand(), p.reviewItemsCommand(),
		p.reviewDecideCommand(), p.reviewAssignCommand(), p.reviewCloseCommand(), p.reviewRemovalsCommand(), p.reviewChangesCommand(),
	)
	return cmd
}

// pages asks for all pages of a list, the next one beginning after as many as
// came.
func pages[T any](ctx context.Context, c *client, path string, query url.Values, most int) ([]T, error) {
	query.Set("limit", strconv.Itoa(most))
	var all []T
	for {
		query.Set("offset", strconv.Itoa(len(all)))
		page, err := get[api.Page[T]](ctx, c, path, query)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if len(page.Items) < most {
			return all, nil
		}
	}
}

// campaign is the path of the campaign of that id or name, or of the one whose
// name differs in case only. What a name fits in part is listed, not meant:
// decisions and closings are for good.
func (c *client) campaign(ctx context.Context, name string) (string, error) {
	all, err := pages[api.Campaign](ctx, c, "/reviews", url.Values{}, 200)
	if err != nil {
		return "", err
	}
	names := make([]string, len(all))
	var alike, like []api.Campaign
	for i, r := range all {
		if r.ID == name || r.Name == name {
			return "/reviews/" + r.ID, nil
		}
		if strings.EqualFold(r.Name, name) {
			alike = append(alike, r)
		}
		if strings.Contains(strings.ToLower(r.Name), strings.ToLower(name)) {
			like = append(like, r)
		}
		names[i] = r.Name
	}
	if len(alike) == 1 {
		return "/reviews/" + alike[0].ID, nil
	}
	if len(like) > 0 {
		several := &api.Problem{Detail: fmt.Sprintf("There is no campaign %q, but %d are named alike.", name, len(like)), Remedy: "Name the campaign in full, or by its id."}
		for _, r := range like[:min(20, len(like))] {
			several.Errors = append(several.Errors, api.ProblemField{Message: fmt.Sprintf("%s %s, %s", r.ID, r.Name, r.State)})
		}
		return "", several
	}
	none := iam.Errorf(iam.NotFound, "There is no campaign %q.", name)
	if len(all) == 0 {
		return "", none.Fix("Create one with gatehouse review create.")
	}
	return "", none.Fix("Name one of: " + strings.Join(names[:min(20, len(names))], ", ") + ".")
}

// identity is the id of the one person that a login, a name or an employee
// number fits. If it fits several, the error lists them.
func (c *client) identity(ctx context.Context, name string) (string, error) {
	if id, ok := strings.CutPrefix(name, "id:"); ok {
		return id, nil
	}
	found, err := get[api.Page[api.IdentityRow]](ctx, c, "/identities", url.Values{"q": {name}, "limit": {"20"}})
	if err != nil {
		return "", err
	}
	// Who is named outright is meant, whoever else has the word in a name.
	hits, total := found.Items, found.Total
	if exact := slices.DeleteFunc(slices.Clone(hits), func(i api.IdentityRow) bool {
		return !strings.EqualFold(i.Login, name) && !strings.EqualFold(i.Name, name)
	}); len(exact) > 0 {
		hits, total = exact, int64(len(exact))
	}
	switch len(hits) {
	case 0:
		return "", iam.Errorf(iam.NotFound, "There is no person %q.", name).Fix("Look with: " + "gatehouse find " + quote(name))
	case 1:
		return hits[0].ID, nil
	}
	several := &api.Problem{Detail: fmt.Sprintf("%q fits %d people.", name, total), Remedy: "Name the person as id:NUMBER."}
	for _, i := range hits {
		several.Errors = append(several.Errors, api.ProblemField{Message: fmt.Sprintf("id:%s %s, %s, %s", i.ID, i.Name, i.Login, i.Department)})
	}
	return "", several
}

// identities are the ids of several people.
func (c *client) identities(ctx context.Context, names []string) ([]string, error) {
	ids := make([]string, len(names))
	for i, name := range names {
		var err error
		if ids[i], err = c.identity(ctx, name); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// endOf is the end of a day, or the moment that a date of the command line
// names.
func endOf(flag, date string) (string, error) {
	if day, err := time.Parse(time.DateOnly, date); err == nil {
		return day.Add(24*time.Hour - time.Second).Format(time.RFC3339), nil
	}
	if at, err := time.Parse(time.RFC3339, date); err == nil {
		return at.UTC().Format(time.RFC3339), nil
	}
	return "", usage(fmt.Sprintf("--%s %s is no date: write 2026-06-30 or 2026-06-30T12:00:00Z", flag, date))
}

func (p *program) reviewListCommand() *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use: "list", Short: "Show the campaigns and how far they are", Args: cobra.NoArgs,
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			query := url.Values{}
			if state != "" {
				query.Set("state", state)
			}
			all, err := pages[api.Campaign](ctx, c, "/reviews", query, 200)
			if err != nil {
				return err
			}
			if p.json {
				return emitEach(p, all)
			}
			if len(all) == 0 {
				fmt.Fprintln(p.err, "There is no campaign: gatehouse review create freezes one.")
				return nil
			}
			var rows [][]string
			for _, r := range all {
				a := r.Arithmetic
				rows = append(rows, []string{r.Name, r.State, when(r.FrozenAt), when(r.DueAt), number(a.InScope), number(a.InScope - a.Undecided), number(a.Revoke), number(a.Open), r.ID})
			}
			p.table([]string{"NAME", "STATE", "FROZEN", "DUE", "ITEMS", "DECIDED", "REVOKED", "STILL OPEN", "ID"}, rows)
			return nil
		}),
	}
	cmd.Flags().StringVar(&state, "state", "", "only those that are `open` or closed")
	return cmd
}

func (p *program) reviewShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show CAMPAIGN", Short: "Show a campaign, its sources and its arithmetic", Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			path, err := c.campaign(ctx, args[0])
			if err != nil {
				return err
			}
			d, err := get[api.CampaignDetail](ctx, c, path, nil)
			if err != nil {
				return err
			}
			return p.showCampaign(d)
		}),
	}
}

func (p *program) showCampaign(d api.CampaignDetail) error {
	if p.json {
		return p.emit(d)
	}
	p.say("%s: %s, due %s", d.Name, d.State, when(d.DueAt))
	p.say("id %s, frozen %s by event %d", d.ID, when(d.FrozenAt), d.Event)
	p.say("digest of what was frozen: %s", d.Digest)
	if d.SourceReason != "" {
		p.say("frozen all the same because: %s", d.SourceReason)
	}
	if d.Signer != nil {
		p.say("closed %s by %s, event %d: %s", when(d.ClosedAt), d.Signer.Name, d.ClosedEvent, d.Statement)
	}
	if d.CloseReason != "" {
		p.say("reason of the closing: %s", d.CloseReason)
	}
	p.showSources(d.Sources)
	p.showArithmetic(d.Arithmetic, d.Exclusions)
	p.say("after the freeze: %d joined, %d departed", d.Joined, d.Departed)
	p.showReviewers(d.Reviewers)
	return nil
}

func (p *program) showSources(sources []api.CampaignSource) {
	var rows [][]string
	for _, s := range sources {
		read := "never"
		if s.ObservedAt != "" {
			read = when(s.ObservedAt)
		}
		rows = append(rows, []string{s.Source.Name, s.Coverage, read, s.Run, number(s.GroupsIn), number(s.DirectIn), number(s.EffectiveIn), s.Note})
	}
	p.say("")
	p.table([]string{"SOURCE", "COVERAGE", "READ", "RUN", "GROUPS IN", "DIRECT IN", "BY NESTING", "NOTE"}, rows)
}

// showArithmetic prints terms that add up, zeros included.
func (p *program) showArithmetic(a api.Arithmetic, exclusions []api.Exclusion) {
	p.say("")
	p.say("read %d = in scope %d + excluded %d", a.Read, a.InScope, a.Excluded)
	for _, e := range exclusions {
		p.say("  excluded %d by %s: %s", e.Count, e.Rule, e.Reason)
	}
	p.say("in scope %d = keep %d + revoke %d + modify %d + exception %d + deferred %d + don't know %d + undecided %d",
		a.InScope, a.Keep, a.Revoke, a.Modify, a.Exception, a.Deferred, a.DontKnow, a.Undecided)
	p.say("revoke %d = removed and proven %d + already gone %d + open %d + refused %d", a.Revoke, a.Removed, a.AlreadyGone, a.Open, a.Refused)
	if !a.Complete {
		p.say("not complete: %d deferred, not known or undecided", a.Deferred+a.DontKnow+a.Undecided)
	}
}

func (p *program) showReviewers(reviewers []api.ReviewerProgress) {
	if len(reviewers) == 0 {
		return
	}
	var rows [][]string
	for _, r := range reviewers {
		rows = append(rows, []string{nameOf(r.Reviewer), number(r.Items), number(r.Decided), number(r.Undecided)})
	}
	p.say("")
	p.table([]string{"REVIEWER", "ITEMS", "DECIDED", "UNDECIDED"}, rows)
}

// nameOf is a reviewer's name, or nobody.
func nameOf(r *api.Ref) string {
	if r == nil {
		return "nobody"
	}
	return r.Name
}
