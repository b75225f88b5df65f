package cli

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/spf13/cobra"

	"gatehouse/app/local"
	"gatehouse/backend"
	"gatehouse/backend/iam"
)

func (p *program) serveCommand() *cobra.Command {
	open := false
	cmd := &cobra.Command{
		Use: "serve", Short: "Serve the console to browsers on this computer until stopped",
		Long: `Serve the console to browsers on this computer until stopped.

The first line on standard output is the link that opens a session: once, within
five minutes. gatehouse link gives another one.`,
		Args: cobra.NoArgs,
		RunE: p.do(func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context(), open) }),
	}
	cmd.Flags().BoolVar(&open, "open", false, "open the link in the browser")
	return cmd
}

func (p *program) demoCommand() *cobra.Command {
	open := false
	cmd := &cobra.Command{
		Use: "demo", Short: "Serve the demo company, whose data lies beside the data folder",
		Args: cobra.NoArgs,
		RunE: p.do(func(cmd *cobra.Command, _ []string) error {
			p.demo = true
			return p.serve(cmd.Context(), open)
		}),
	}
	cmd.Flags().BoolVar(&open, "open", false, "open the link in the browser")
	return cmd
}

// serve owns the data folder until ctx ends.
func (p *program) serve(ctx context.Context, open bool) error {
	s := &server{program: p}
	link, err := s.start(ctx, p.demo)
	if err != nil {
		var known *iam.Error
		if errors.As(err, &known) && known.Kind == iam.Conflict {
			err = iam.Errorf(iam.Conflict, "%s", known.Message).Fix("If it serves browsers, this gives a link to it: " + p.command("link")).By(err)
		}
		return errors.Join(err, s.close())
	}
	// Not through say: a program that waits for the link reads a bare line.
	if _, err := p.out.Write([]byte(link + "\n")); err != nil {
		return errors.Join(err, s.close())
	}
	if open {
		if err := local.OpenBrowser(link); err != nil {
			p.complain(iam.Errorf(iam.Unavailable, "No browser could be opened: %v.", err).Fix("Open the link yourself."), "")
		}
	}
	<-ctx.Done()
	return s.close()
}

// server holds the data folders that are served: the one asked for and, once a
// page asks for it, the demo company's.
type server struct {
	*program
	mu     sync.Mutex
	folder map[bool]*backend.Backend // by whether it is the demo's
}

// start serves a folder, unless it is served already, and returns a new start
// link.
func (s *server) start(ctx context.Context, demo bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.folder[demo]
	if b == nil {
		at := *s.program
		at.demo = demo
		cfg, err := at.config(slog.LevelInfo)
		if err != nil {
			return "", err
		}
		cfg.Listen = true
		cfg.OpenDemo = func(ctx context.Context) (string, error) {
			return s.start(context.WithoutCancel(ctx), true) // it outlives the request
		}
		if b, err = backend.Open(ctx, cfg); err != nil {
			return "", err
		}
		if s.folder == nil {
			s.folder = map[bool]*backend.Backend{}
		}
		s.folder[demo] = b
	}
	return b.StartLink()
}

func (s *server) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for demo, b := range s.folder {
		errs = append(errs, b.Close())
		delete(s.folder, demo)
	}
	return errors.Join(errs...)
}
