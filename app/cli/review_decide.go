package cli

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

// mostItems is how many items one decision may name.
const mostItems = 2000

// itemNumbers are the items that flags such as 4 and 7-9 name, each once.
func itemNumbers(flags []string) ([]int64, error) {
	var out []int64
	for _, f := range flags {
		from, to, span := strings.Cut(f, "-")
		if !span {
			to = from
		}
		a, err := strconv.ParseInt(from, 10, 64)
		b, err2 := strconv.ParseInt(to, 10, 64)
		if err != nil || err2 != nil || a < 1 || b < a {
			return nil, usage(fmt.Sprintf("--item %s: write a number, or two such as 4-9", f))
		}
		if b-a >= mostItems {
			return nil, usage(fmt.Sprintf("--item %s: at most %d items at once", f, mostItems))
		}
		for n := a; n <= b; n++ {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// itemsSeen are items with the number of their newest decision, as they are
// now.
func (c *client) itemsSeen(ctx context.Context, path string, numbers []int64) ([]api.ItemSeen, error) {
	newest := map[int64]int64{}
	last := numbers[len(numbers)-1]
	for after := numbers[0] - 1; after < last; {
		page, err := get[api.Page[api.ReviewItem]](ctx, c, path+"/items", url.Values{"after": {number(after)}, "limit": {"500"}})
		if err != nil {
			return nil, err
		}
		if len(page.Items) == 0 {
			break
		}
		for _, i := range page.Items {
			newest[i.Item] = i.Decision
			after = i.Item
		}
	}
	seen := make([]api.ItemSeen, len(numbers))
	for i, n := range numbers {
		seen[i] = api.ItemSeen{Item: n, Decision: newest[n]}
	}
	return seen, nil
}

func (p *program) reviewDecideCommand() *cobra.Command {
	var in api.Decide
	var items []string
	var by, until string
	seen := int64(-1)
	cmd := &cobra.Command{
		Use: "decide CAMPAIGN --item N --verdict VERDICT --by PERSON", Short: "Record a verdict for items of a campaign",
		Long: `Record a verdict for items of a campaign: keep, revoke, modify, exception (with
--until), defer or dontKnow; undecided withdraws. To revoke, modify or defer, and
for an exception, say why with --reason. Nothing is removed from a directory by
it. If another was faster, the verdict is not recorded and the exit code is 1.`,
		Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			numbers, err := itemNumbers(items)
			if err != nil {
				return err
			}
			if len(numbers) > mostItems {
				return usage(fmt.Sprintf("at most %d items at once", mostItems))
			}
			if until != "" {
				if in.Body.Until, err = endOf("until", until); err != nil {
					return err
				}
			}
			path, err := c.campaign(ctx, args[0])
			if err != nil {
				return err
			}
			if in.Body.DecidedBy, err = c.identity(ctx, by); err != nil {
				return err
			}
			if in.Body.Items, err = c.itemsSeen(ctx, path, numbers); err != nil {
				return err
			}
			if seen >= 0 {
				for i := range in.Body.Items {
					in.Body.Items[i].Decision = seen
				}
			}
			d, err := post[api.Decided](ctx, c, path+"/decisions", in.Body)
			if err != nil {
				return err
			}
			return p.showDecided(d, in.Body.Verdict)
		}),
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&items, "item", nil, "the `number` of an item, or several such as 4-9; repeat it for more")
	flags.StringVar(&in.Body.Verdict, "verdict", "", "keep, revoke, modify, exception, defer, dontKnow or undecided")
	flags.StringVar(&by, "by", "", "the `person` who decides")
	flags.StringVar(&until, "until", "", "the `date` on which an exception ends")
	flags.StringVar(&in.Body.Reason, "reason", "", "why")
	flags.Int64Var(&seen, "seen", -1, "the `number` of the newest decision that the person saw, 0 for none; else what is newest now")
	for _, f := range []string{"item", "verdict", "by"} {
		_ = cmd.MarkFlagRequired(f)
	}
	return cmd
}

// showDecided says what was recorded and what not. What was not makes the exit
// code 1.
func (p *program) showDecided(d api.Decided, verdict string) error {
	if p.json {
		if err := p.emit(d); err != nil {
			return err
		}
	} else {
		p.say("Recorded %s for %d items, event %d; %d are undecided.", verdict, len(d.Recorded), d.Event, d.Arithmetic.Undecided)
		for _, n := range d.NotRecorded {
			fmt.Fprintln(p.err, printable(fmt.Sprintf("Item %d was not recorded: %s", n.Item.Item, n.Text)))
		}
	}
	if len(d.NotRecorded) > 0 {
		return exitCode(failed)
	}
	return nil
}

func (p *program) reviewAssignCommand() *cobra.Command {
	var in api.AssignItems
	var items []string
	var from, to string
	cmd := &cobra.Command{
		Use: "assign CAMPAIGN --to PERSON --reason REASON", Short: "Give items of a campaign to another reviewer",
		Long: `Give items of a campaign to another reviewer: those named with --item, or all
that are still undecided of the person, or of nobody, named with --from. Items
about the new reviewer's own accounts stay where they are.`,
		Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			if (len(items) > 0) == (from != "") {
				return usage("name items with --item, or a reviewer with --from")
			}
			path, err := c.campaign(ctx, args[0])
			if err != nil {
				return err
			}
			if in.Body.Items, err = itemNumbers(items); err != nil {
				return err
			}
			if in.Body.From, err = c.reviewer(ctx, from); err != nil {
				return err
			}
			if in.Body.To, err = c.identity(ctx, to); err != nil {
				return err
			}
			done, err := post[api.ItemsAssigned](ctx, c, path+"/assignments", in.Body)
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(done)
			}
			p.say("Assigned %d items, event %d.", done.Assigned, done.Event)
			if done.Refused > 0 {
				p.say("%d stay: they are about the new reviewer's own accounts.", done.Refused)
			}
			return nil
		}),
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&items, "item", nil, "the `number` of an item, or several such as 4-9; repeat it for more")
	flags.StringVar(&from, "from", "", "all undecided items of this `person`, or of nobody")
	flags.StringVar(&to, "to", "", "the `person` who reviews them now")
	flags.StringVar(&in.Body.Reason, "reason", "", "why")
	_ = cmd.MarkFlagRequired("to")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

func (p *program) reviewCloseCommand() *cobra.Command {
	var in api.CloseReview
	var signer string
	cmd := &cobra.Command{
		Use: "close CAMPAIGN --signer PERSON --statement TEXT", Short: "Close a campaign for good",
		Args: cobra.ExactArgs(1),
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			path, err := c.campaign(ctx, args[0])
			if err != nil {
				return err
			}
			if in.Body.Signer, err = c.identity(ctx, signer); err != nil {
				return err
			}
			d, err := post[api.CampaignDetail](ctx, c, path+"/close", in.Body)
			if err != nil {
				return err
			}
			return p.showCampaign(d)
		}),
	}
	cmd.Flags().StringVar(&signer, "signer", "", "the `person` who signs off")
	cmd.Flags().StringVar(&in.Body.Statement, "statement", "", "what the signer acknowledges")
	cmd.Flags().StringVar(&in.Body.Reason, "reason", "", "why it is closed though items are deferred, not known or undecided")
	_ = cmd.MarkFlagRequired("signer")
	_ = cmd.MarkFlagRequired("statement")
	return cmd
}

// decision is an item's verdict as a list shows it.
func decision(i api.ReviewItem) string {
	switch iam.Verdict(i.Verdict) {
	case iam.Exception:
		return "exception until " + strings.TrimSuffix(when(i.Until), " 23:59:59Z")
	case iam.DontKnow:
		return "don't know"
	}
	return i.Verdict
}
