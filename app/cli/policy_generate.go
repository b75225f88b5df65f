package cli

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"gatehouse/backend/iam"
	"gatehouse/backend/policy"
	"gatehouse/backend/policy/reference"
)

func (p *program) policyGenerateCommand() *cobra.Command {
	var usages []string
	var resources, current, evidence string
	cmd := &cobra.Command{
		Use: "generate --usage FILE", Short: "Write the least policy that allows what was used",
		Long: `Write the least identity policy that allows what was used, to standard output.

A usage is {"observed": [{"action", "resource", "count", "lastUsed"?}]}, a log
file of CloudTrail, or the last-accessed data of IAM; each as it is or compressed
by gzip. --usage may be repeated; - is standard input.

With --resources exact, resources are named as they were used. With pattern,
several resources under one path are named by the path and a star, never more
than their type in their account.

With --current, the policy keeps the conditions and the Deny statements of that
policy, and is written only if it is proven not to be wider.

What was used and is not in the policy is named on standard error. --evidence
writes what each statement rests on; with --json it comes with the policy.`,
		Args: cobra.NoArgs,
		RunE: p.do(func(*cobra.Command, []string) error {
			if len(usages) == 0 {
				return usage("name with --usage the file that says what was used, or - for standard input")
			}
			if resources != "exact" && resources != "pattern" {
				return usage("--resources is exact or pattern")
			}
			var seen policy.Usage
			for _, name := range usages {
				if err := p.readUsage(name, &seen); err != nil {
					return err
				}
			}
			options := policy.GenerateOptions{Patterns: resources == "pattern", Reference: reference.Embedded()}
			if current != "" {
				var err error
				if options.Current, err = p.policyFile(current); err != nil {
					return err
				}
			}
			made, err := policy.Generate(seen, options)
			if err != nil {
				return err
			}
			return p.showGenerated(made, evidence)
		}),
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&usages, "usage", nil, "`file` that says what was used; may be repeated; - is standard input")
	flags.StringVar(&resources, "resources", "exact", "`how` resources are named: exact or pattern")
	flags.StringVar(&current, "current", "", "`file` of the policy that the new one must not exceed")
	flags.StringVar(&evidence, "evidence", "", "`file` to write the evidence of each statement to, as JSON")
	return cmd
}

func (p *program) readUsage(name string, into *policy.Usage) error {
	in, err := p.openInput(name)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := into.Read(in, reference.Embedded()); err != nil {
		return iam.Errorf(iam.KindOf(err), "%s: %v", name, err).By(err)
	}
	return nil
}

// showGenerated prints the policy and says on standard error what is not in it.
func (p *program) showGenerated(made *policy.Generated, evidence string) error {
	if evidence != "" {
		text, err := json.MarshalIndent(made.Evidence, "", "  ")
		if err == nil {
			err = os.WriteFile(evidence, append(text, '\n'), 0o600)
		}
		if err != nil {
			return iam.Errorf(iam.Unavailable, "The evidence cannot be written to %s: %v", evidence, err).Fix("Name a file that you may write.").By(err)
		}
	}
	if p.json {
		return p.emit(struct {
			Policy   json.RawMessage `json:"policy"`
			Evidence policy.Evidence `json:"evidence"`
		}{made.Document.Tree.Source, made.Evidence})
	}
	remark := func(format string, args ...any) { fmt.Fprintln(p.err, printable(fmt.Sprintf(format, args...))) }
	for _, n := range made.Evidence.NotMapped {
		remark("not mapped: %s. %s", n.What, n.Why)
	}
	for _, n := range made.Evidence.LeftOut {
		remark("left out: %s. %s", n.What, n.Why)
	}
	for _, n := range made.Evidence.Notes {
		remark("%s", n)
	}
	_, err := p.out.Write(made.Document.Tree.Source)
	return err
}
