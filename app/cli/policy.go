package cli

import "github.com/spf13/cobra"

// policyCommand groups what can be asked of AWS-style policy documents. It
// reads files and needs no data folder.
func (p *program) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "policy", Short: "Evaluate, compare, check and write AWS-style policies",
		RunE: p.needsCommand(),
	}
	cmd.AddCommand(p.policyEvalCommand())
	return cmd
}
