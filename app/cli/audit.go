package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/audit"
	"gatehouse/backend/iam"
)

func (p *program) auditCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Prove and export the audit log", RunE: p.needsCommand()}
	cmd.AddCommand(p.auditVerifyCommand(), p.auditExportCommand())
	return cmd
}

func (p *program) auditVerifyCommand() *cobra.Command {
	var head, file string
	cmd := &cobra.Command{
		Use: "verify", Short: "Check that no event was edited, moved or removed; exit 3 if one was",
		Args: cobra.NoArgs,
		RunE: p.do(func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("file") {
				verdict, err := verifyExport(file, head)
				if err != nil {
					return err
				}
				return p.showVerdict(verdict)
			}
			return p.withOwner(cmd.Context(), false, func(c *client) error {
				var in api.VerifyAudit
				in.Body.Head = head
				verdict, err := post[api.AuditVerdict](cmd.Context(), c, "/audit/verify", in.Body)
				if err != nil {
					return err
				}
				return p.showVerdict(verdict)
			})
		}),
	}
	cmd.Flags().StringVar(&head, "head", "", "the `hash` of an event noted elsewhere; it proves everything up to that event")
	cmd.Flags().StringVar(&file, "file", "", "check this `export` instead of the log; it needs no data folder")
	return cmd
}

// verifyExport checks an export by itself. A line that is no event is a problem
// of the log: whoever edits an export can also break it.
func verifyExport(name, head string) (api.AuditVerdict, error) {
	f, err := os.Open(name)
	if err != nil {
		return api.AuditVerdict{}, iam.Errorf(iam.Invalid, "The export cannot be read: %v.", err).Fix("Name the file of gatehouse audit export.")
	}
	defer f.Close()
	v := audit.NewVerifier()
	var broken string
	for line, err := range audit.ReadLines(f) {
		if err != nil {
			broken = err.Error()
			break
		}
		v.Add(line.Record, line.Detail)
	}
	r := v.Result(head)
	verdict := api.AuditVerdict{
		OK: r.OK && broken == "", Events: r.Events, Head: r.Head,
		Problems: []api.AuditProblem{}, CannotProve: append([]string{}, r.CannotProve...),
	}
	for _, found := range r.Problems {
		verdict.Problems = append(verdict.Problems, api.AuditProblem{Event: int64(found.Seq), Text: found.Text})
	}
	if broken != "" {
		verdict.Problems = append(verdict.Problems, api.AuditProblem{Text: broken + "; nothing after it was checked"})
	}
	return verdict, nil
}

func (p *program) showVerdict(v api.AuditVerdict) error {
	if p.json {
		if err := p.emit(v); err != nil {
			return err
		}
	} else {
		verdict := "The audit log is whole"
		if !v.OK {
			verdict = "The audit log is NOT whole"
		}
		p.say("%s: %d events, head %s", verdict, v.Events, v.Head)
		for _, found := range v.Problems {
			p.say("  %s", found.Text)
		}
		for _, open := range v.CannotProve {
			p.say("%s", open)
		}
	}
	if !v.OK {
		return exitCode(findings)
	}
	return nil
}

func (p *program) auditExportCommand() *cobra.Command {
	out := "-"
	cmd := &cobra.Command{
		Use: "export", Short: "Write every event as JSON Lines, which audit verify --file can check anywhere",
		Args: cobra.NoArgs,
		RunE: p.ask(func(ctx context.Context, c *client, _ []string) error {
			if out == "-" && p.json {
				return usage("--json describes the export: name its file with --out")
			}
			var in api.StartExport
			in.Body.Kind = "audit"
			export, err := post[api.Export](ctx, c, "/exports", in.Body)
			if err != nil {
				return err
			}
			fetch := func(w io.Writer) error { return c.fetch(ctx, export, w) }
			if out == "-" {
				err = fetch(p.out)
			} else {
				err = writeNew(out, fetch)
			}
			if err != nil {
				return err
			}
			if p.json {
				return p.emit(export)
			}
			fmt.Fprintf(p.err, "event %d, head %s\n", export.Event, export.Head)
			return nil
		}),
	}
	cmd.Flags().StringVar(&out, "out", out, "the new `file`; - for standard output")
	return cmd
}

// fetch copies the content of an export, all of it.
func (c *client) fetch(ctx context.Context, export api.Export, w io.Writer) error {
	answer, err := c.send(ctx, http.MethodGet, "/exports/"+export.ID+"/content", nil, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	n, err := io.Copy(w, answer.Body)
	if err == nil && n != export.Bytes {
		err = iam.Errorf(iam.Unavailable, "The export was cut after %d of %d bytes.", n, export.Bytes).Fix("Export again.")
	}
	return err
}

// writeNew fills a new file that only its owner can read. It never overwrites
// one, and leaves none behind that is cut short.
func writeNew(name string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return iam.Errorf(iam.Conflict, "The file %s exists.", name).Fix("Name another one with --out.")
	}
	if err == nil {
		if err = errors.Join(fill(f), f.Sync(), f.Close()); err == nil {
			return nil
		}
		err = errors.Join(err, os.Remove(name))
	}
	if known := new(*iam.Error); errors.As(err, known) {
		return err
	}
	return iam.Errorf(iam.Unavailable, "The export cannot be written: %v.", err).Fix("Name another file with --out.").By(err)
}
