package cli

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
)

// createFlags are what a campaign is created from.
type createFlags struct {
	name, due, source, words, fallback, sourceReason string
	groups, exclude, people                          []string
	rule                                             string
	privileged, effective, dryRun                    bool
}

func (p *program) reviewCreateCommand() *cobra.Command {
	var f createFlags
	cmd := &cobra.Command{
		Use: "create --name NAME --due DATE", Short: "Freeze the grants of groups into a new campaign",
		Long: `Freeze the grants of groups into a new campaign: those of the groups named with
--group, or of all that pass --privileged, --source and --words. With --dry-run
it only shows what would be frozen.`,
		Args: cobra.NoArgs,
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return p.create(ctx, c, f)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "the campaign's name")
	flags.StringVar(&f.due, "due", "", "the `date` by which everything is to be decided")
	flags.StringArrayVar(&f.groups, "group", nil, "review this `group`; repeat it for more")
	flags.BoolVar(&f.privileged, "privileged", false, "review all groups that give power over others")
	flags.StringVar(&f.source, "source", "", "only groups of the source of this `name`")
	flags.StringVar(&f.words, "words", "", "only groups with these words in their name")
	flags.BoolVar(&f.effective, "effective", false, "also accounts that are in by nesting only")
	flags.StringArrayVar(&f.exclude, "exclude", nil, "leave out, such as serviceAccounts='reviewed on their own'; repeat it for more `RULE=REASON`")
	flags.StringVar(&f.rule, "reviewers", "", "who reviews: `managers`, owners or named")
	flags.StringArrayVar(&f.people, "reviewer", nil, "a `person` who reviews, a group each in turn; repeat it for more")
	flags.StringVar(&f.fallback, "fallback", "", "the `person` who reviews what is left over")
	flags.StringVar(&f.sourceReason, "source-reason", "", "why a partial, held or stale source is frozen all the same")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would be frozen, and freeze nothing")
	return cmd
}

func (f *createFlags) check() error {
	if f.rule == "" && len(f.people) > 0 {
		f.rule = "named"
	}
	switch {
	case !f.dryRun && f.name == "":
		return usage("name the campaign with --name")
	case !f.dryRun && f.due == "":
		return usage("say with --due until when it is to be decided")
	case f.rule == "":
		return usage("say with --reviewers who reviews: managers, owners or named")
	case f.rule != "managers" && f.rule != "owners" && f.rule != "named":
		return usage("--reviewers is managers, owners or named")
	case f.rule == "named" && len(f.people) == 0:
		return usage("name the reviewers with --reviewer")
	case f.rule != "named" && len(f.people) > 0:
		return usage("--reviewer goes with --reviewers named")
	case len(f.groups) > 0 && (f.privileged || f.words != ""):
		return usage("name groups with --group, or choose them with --privileged and --words; not both")
	}
	return nil
}

func (p *program) create(ctx context.Context, c *client, f createFlags) error {
	var in api.CreateReview
	in.Body.Name, in.Body.SourceReason = f.name, f.sourceReason
	var err error
	if f.due != "" {
		if in.Body.DueAt, err = endOf("due", f.due); err != nil {
			return err
		}
	}
	if in.Body.Scope, err = f.scope(ctx, c); err != nil {
		return err
	}
	r := &in.Body.Reviewers
	r.Kind = f.rule
	if r.Named, err = c.identities(ctx, f.people); err != nil {
		return err
	}
	if f.fallback != "" {
		if r.Fallback, err = c.identity(ctx, f.fallback); err != nil {
			return err
		}
	}
	if f.dryRun {
		var ask api.PlanReview
		ask.Body.Scope, ask.Body.Reviewers = in.Body.Scope, in.Body.Reviewers
		plan, err := post[api.ReviewPlan](ctx, c, "/reviews/plan", ask.Body)
		if err != nil {
			return err
		}
		return p.showPlan(plan)
	}
	d, err := post[api.CampaignDetail](ctx, c, "/reviews", in.Body)
	if err != nil {
		return err
	}
	return p.showCampaign(d)
}

func (f *createFlags) scope(ctx context.Context, c *client) (api.ReviewScope, error) {
	s := api.ReviewScope{Privileged: f.privileged, Words: f.words, Effective: f.effective}
	for _, e := range f.exclude {
		rule, reason, ok := strings.Cut(e, "=")
		if !ok || strings.TrimSpace(reason) == "" {
			return s, usage("--exclude " + e + ": write RULE=REASON")
		}
		s.Exclude = append(s.Exclude, api.Exclusion{Rule: rule, Reason: reason})
	}
	var source api.Source
	if f.source != "" {
		var err error
		if source, err = c.source(ctx, f.source); err != nil {
			return s, err
		}
	}
	if len(f.groups) == 0 {
		s.Source = source.ID
	}
	for _, name := range f.groups {
		id, err := c.group(ctx, name, source)
		if err != nil {
			return s, err
		}
		s.Groups = append(s.Groups, id)
	}
	return s, nil
}

// group is the id of the one group of that name, in any source or in one. If
// there are several, the error lists them.
func (c *client) group(ctx context.Context, name string, source api.Source) (string, error) {
	query := url.Values{"group": {name}}
	if source.ID != "" {
		query.Set("source", source.Name)
	}
	found, err := get[api.WhoCanAnswer](ctx, c, "/answers/who-can", query)
	return found.GroupID, err
}

func (p *program) showPlan(plan api.ReviewPlan) error {
	if p.json {
		return p.emit(plan)
	}
	p.say("Nothing is frozen yet: %d groups, %d items.", plan.GroupCount, plan.Arithmetic.InScope)
	p.showSources(plan.Sources)
	p.showArithmetic(plan.Arithmetic, plan.Exclusions)
	for _, b := range plan.Bases {
		p.say("  %s: %d", b.Basis, b.Count)
	}
	if len(plan.Groups) > 0 {
		var rows [][]string
		for _, g := range plan.Groups {
			privileged := ""
			if g.Privileged {
				privileged = "privileged"
			}
			rows = append(rows, []string{g.Group.Name, g.Source, privileged, number(g.Items)})
		}
		p.say("")
		p.table([]string{"GROUP", "SOURCE", "", "ITEMS"}, rows)
		if more := plan.GroupCount - int64(len(plan.Groups)); more > 0 {
			p.say("and %d smaller groups", more)
		}
	}
	p.showReviewers(plan.Reviewers)
	if plan.NeedsReason {
		fmt.Fprintln(p.err, "A source is partial, held or stale: freezing needs --source-reason.")
	}
	return nil
}

// nobody stands for no reviewer.
const nobody = "nobody"

// reviewer is the id of a person, or nobody.
func (c *client) reviewer(ctx context.Context, name string) (string, error) {
	if name == nobody || name == "" {
		return name, nil
	}
	return c.identity(ctx, name)
}
