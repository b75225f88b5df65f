package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/iam"
	"gatehouse/backend/policy"
)

func (p *program) policyDiffCommand() *cobra.Command {
	kind := string(policy.IdentityPolicy)
	cmd := &cobra.Command{
		Use: "diff A B", Short: "Compare what two policies allow, with a request for each difference",
		Long: `Compare what two policies allow, for every request there can be: same, wider,
narrower or incomparable, seen from A to B. Each difference is shown by a
request that one policy allows and the other does not.

The answer is undecided where a difference cannot be ruled out; the reasons are
named, and what is shown is true all the same.

A or B may be -, which is standard input.

Exit codes: 0 same or narrower, 1 failed, 2 usage, 3 wider, incomparable or
undecided.`,
		Args: cobra.ExactArgs(2),
		RunE: p.do(func(_ *cobra.Command, args []string) error {
			if !slices.Contains(policy.Kinds, policy.Kind(kind)) {
				return usage("--type is one of " + kindNames())
			}
			if args[0] == "-" && args[1] == "-" {
				return usage("only one of both can be standard input")
			}
			old, err := p.policyFile(args[0])
			if err != nil {
				return err
			}
			new, err := p.policyFile(args[1])
			if err != nil {
				return err
			}
			c, err := policy.CompareDocuments(old, new, policy.Kind(kind))
			if err != nil {
				return err
			}
			if err := p.showComparison(c, policy.Kind(kind)); err != nil {
				return err
			}
			if c.Relation != policy.Same && c.Relation != policy.Narrower {
				return exitCode(findings)
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&kind, "type", kind, "`what` the policies are: "+kindNames())
	return cmd
}

func kindNames() string {
	names := make([]string, len(policy.Kinds))
	for i, k := range policy.Kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// policyFile reads a policy document from a file, or from standard input.
func (p *program) policyFile(name string) (*policy.Document, error) {
	text, err := p.readInput(name)
	if err != nil {
		return nil, err
	}
	d, err := policy.Parse(text)
	if err != nil {
		return nil, iam.Errorf(iam.Invalid, "%s is no policy: %v", name, err).Fix("Correct the document there.").By(err)
	}
	return d, nil
}

// The comparison in JSON.
type (
	comparison struct {
		Relation string       `json:"relation"`
		Gained   []difference `json:"gained"` // what B allows and A does not
		Lost     []difference `json:"lost"`   // what A allows and B does not
		Doubts   []string     `json:"doubts"` // why differences cannot be ruled out
	}
	difference struct {
		Words     string         `json:"words"`
		Principal string         `json:"principal"` // "" is nobody who is signed in
		Action    string         `json:"action"`
		Resource  string         `json:"resource"`
		Context   map[string]any `json:"context"`
		Before    string         `json:"before"` // how A decides it
		After     string         `json:"after"`  // how B decides it
		// The statements that matched, from 1.
		StatementsBefore []int `json:"statementsBefore"`
		StatementsAfter  []int `json:"statementsAfter"`
	}
)

func (p *program) showComparison(c policy.Comparison, kind policy.Kind) error {
	doubts := slices.Concat(c.GainDoubts, c.LossDoubts)
	slices.Sort(doubts)
	doubts = slices.Compact(doubts)
	out := comparison{Relation: c.Relation.String(), Gained: differences(c.Gained, kind), Lost: differences(c.Lost, kind), Doubts: append([]string{}, doubts...)}
	if p.json {
		return p.emit(out)
	}
	p.say("%s", out.Relation)
	for _, d := range out.Gained {
		p.say("gained: %s", d.Words)
	}
	for _, d := range out.Lost {
		p.say("lost: %s", d.Words)
	}
	for _, text := range doubts {
		p.say("not certain: %s", text)
	}
	return nil
}

func differences(list []policy.Witness, kind policy.Kind) []difference {
	all := make([]difference, 0, len(list))
	for _, w := range list {
		d := difference{
			Words: w.Words, Principal: w.Request.Principal.ARN, Action: w.Request.Action, Resource: w.Request.Resource.ARN,
			Context: map[string]any{}, Before: verdictWords[w.Old], After: verdictWords[w.New],
			StatementsBefore: statementNumbers(w.OldMatched, kind), StatementsAfter: statementNumbers(w.NewMatched, kind),
		}
		if d.Principal == "" {
			d.Principal = w.Request.Principal.Name
		}
		for key, value := range w.Request.Context.Keys {
			if d.Context[key] = value.Values; !value.Multi && len(value.Values) == 1 {
				d.Context[key] = value.Values[0]
			}
		}
		all = append(all, d)
	}
	return all
}

// statementNumbers are the statements of the compared document that matched,
// and not those of policies that stand around it for the comparison.
func statementNumbers(matched []policy.Match, kind policy.Kind) []int {
	layer := map[policy.Kind]policy.LayerKind{
		policy.ResourcePolicy: policy.LayerResource, policy.TrustPolicy: policy.LayerResource, policy.ResourceControlPolicy: policy.LayerRCP,
	}[kind]
	numbers := []int{}
	for _, m := range matched {
		if m.Layer.Kind == layer || layer == 0 && m.Layer.Kind == policy.LayerIdentity {
			numbers = append(numbers, m.Statement+1)
		}
	}
	return numbers
}
