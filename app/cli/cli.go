// Package cli is the command line: one file a command. A command asks the API
// of the data folder's owner, as the pages do, and prints the answer; it knows
// nothing of the store.
package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/app/local"
	"gatehouse/backend"
	"gatehouse/backend/iam"
)

// The exit codes.
const (
	done     = 0
	failed   = 1 // refused, failed or partial
	misused  = 2 // the command line is wrong
	findings = 3 // a check noticed something
)

// Main runs the command that args name and returns its exit code: 0 done, 1
// refused, failed or partial, 2 usage, 3 findings. web are the pages that a
// server shows.
func Main(web fs.FS, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	p := &program{web: web, in: stdin, out: &sink{w: stdout}, err: stderr}
	p.connect = p.connectFolder
	return p.run(ctx, args)
}

// program is one call of the command line.
type program struct {
	web fs.FS
	in  io.Reader
	out *sink
	err io.Writer

	// The flags of every command.
	data    string
	keyFile string
	demo    bool
	json    bool

	// connect reaches the owner of the data folder. Only a command that creates
	// may start a new one.
	connect func(ctx context.Context, creates bool) (*http.Client, func() error, error)
	running bool // the command line has been understood
}

func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = p.out.failure
	}
	var code exitCode
	switch {
	case err == nil:
		return done
	case errors.As(err, &code): // the command has said why
		return int(code)
	case !p.running:
		err = usage(err.Error())
	}
	p.complain(byFlag(err, cmd), cmd.CommandPath())
	if errors.As(err, new(usage)) {
		return misused
	}
	return failed
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "gatehouse",
		Short: "Gatehouse shows who can do what in a company's directories, and by which path.",
		Long: `Gatehouse shows who can do what in a company's directories, and by which path.

Without a command it opens its window, or the browser where this build or this
machine has none.

Exit codes: 0 done, 1 refused, failed or partial, 2 usage, 3 findings.`,
		SilenceErrors: true, SilenceUsage: true,
		RunE: p.do(func(cmd *cobra.Command, _ []string) error { return cmd.Help() }),
	}
	flags := root.PersistentFlags()
	flags.StringVar(&p.data, "data", "", "data `folder`; the user's own if not named")
	flags.BoolVar(&p.demo, "demo", false, "work on the demo company, whose data lies beside the data folder")
	flags.BoolVar(&p.json, "json", false, "answer in JSON, one line a record")
	flags.StringVar(&p.keyFile, "vault-key-file", os.Getenv(local.KeyFileVariable),
		"key `file` of the vault; also "+local.KeyFileVariable)
	root.AddCommand(
		p.serveCommand(), p.linkCommand(), p.demoCommand(),
		p.sourceCommand(), p.syncCommand(),
		p.findCommand(), p.accessCommand(), p.whoCanCommand(), p.identityCommand(), p.diffCommand(), p.findingsCommand(),
		p.factorCommand(), p.reviewCommand(), p.reportCommand(), p.policyCommand(),
		p.auditCommand(), p.vaultCommand(), p.versionCommand(),
	)
	return root
}

// do is what a command runs. An error before it comes from the command line
// itself.
func (p *program) do(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		p.running = true
		return run(cmd, args)
	}
}

// ask is a command that asks the owner of an existing data folder.
func (p *program) ask(run func(ctx context.Context, c *client, args []string) error) func(*cobra.Command, []string) error {
	return p.do(func(cmd *cobra.Command, args []string) error {
		return p.withOwner(cmd.Context(), false, func(c *client) error { return run(cmd.Context(), c, args) })
	})
}

// withOwner lets fn ask the owner of the data folder.
func (p *program) withOwner(ctx context.Context, creates bool, fn func(*client) error) error {
	h, closeOwner, err := p.connect(ctx, creates)
	if err != nil {
		return err
	}
	err = fn(&client{h})
	if closing := closeOwner(); err == nil {
		err = closing
	}
	return err
}

// needsCommand is what a group of commands does by itself: it refuses.
func (p *program) needsCommand() func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return errors.New("unknown command " + args[0] + " for " + cmd.CommandPath())
		}
		return errors.New("name a command of " + cmd.CommandPath())
	}
}

// folder is the data folder that the flags name.
func (p *program) folder() (dir string, err error) {
	if dir = p.data; dir == "" {
		if dir, err = local.DataFolder(); err != nil {
			return "", err
		}
	}
	if p.demo {
		dir = local.DemoFolder(dir)
	}
	return filepath.Abs(dir)
}

// config is how the backend opens the data folder.
func (p *program) config(level slog.Level) (backend.Config, error) {
	dir, err := p.folder()
	return backend.Config{
		Dir: dir, Demo: p.demo, Web: p.web, Version: local.Version,
		KeyFile: p.keyFile, Passphrase: local.Passphrase(), Now: time.Now,
		Log: slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: level})),
	}, err
}

func (p *program) connectFolder(ctx context.Context, creates bool) (*http.Client, func() error, error) {
	cfg, err := p.config(slog.LevelWarn)
	if err != nil {
		return nil, nil, err
	}
	// A folder that was mistyped must not be answered for as an empty one.
	if _, err := os.Stat(filepath.Join(cfg.Dir, "gatehouse.db")); !creates && errors.Is(err, fs.ErrNotExist) {
		return nil, nil, iam.Errorf(iam.NotFound, "There is no Gatehouse data in %s.", cfg.Dir).
			Fix("Name its folder with --data, or connect a directory with gatehouse source add.")
	}
	return backend.Connect(ctx, cfg)
}
