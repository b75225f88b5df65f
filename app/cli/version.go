package cli

import (
	"runtime"

	"github.com/spf13/cobra"

	"gatehouse/app/local"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: p.do(func(*cobra.Command, []string) error {
			if p.json {
				return p.emit(map[string]string{
					"version": local.Version, "os": runtime.GOOS, "arch": runtime.GOARCH, "go": runtime.Version(),
				})
			}
			p.say("gatehouse %s (%s/%s, %s)", local.Version, runtime.GOOS, runtime.GOARCH, runtime.Version())
			return nil
		}),
	}
}
