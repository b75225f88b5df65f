package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
	"gatehouse/backend/mfa"
)

func (p *program) factorEnrolCommand() *cobra.Command {
	var who personFlags
	var name, replaces, picture string
	cmd := &cobra.Command{
		Use: "enrol PERSON --name NAME", Short: "Begin to enrol a one-time code, and show its key once",
		Args: cobra.MaximumNArgs(1),
		Long: `Begin to enrol a one-time code, and show its key once. Scan it, or type the key,
and prove it within ten minutes with: gatehouse factor prove`,
		RunE: p.ask(func(ctx context.Context, c *client, args []string) error {
			path, err := who.path(ctx, c, args)
			if err != nil {
				return err
			}
			// Before anything is enrolled: a picture that cannot be kept would be lost.
			var file *os.File
			if picture != "" {
				if file, err = newSecretFile(picture); err != nil {
					return err
				}
				defer file.Close()
			}
			e, err := post[api.Enrolment](ctx, c, path+"/factors", map[string]string{"name": name, "replaces": replaces})
			if err == nil && file != nil {
				err = writePicture(file, e.Link)
			}
			if err != nil {
				if file != nil {
					_ = os.Remove(picture)
				}
				return err
			}
			if p.json {
				return p.emit(e)
			}
			return p.showEnrolment(e, picture)
		}),
	}
	who.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&name, "name", "", "`name` of the device, such as: Fairphone, private")
	flags.StringVar(&replaces, "replaces", "", "`id` of the factor that ends when this one is proven")
	flags.StringVar(&picture, "qr", "", "write the code to scan to this PNG `file`; it holds the key, so delete it when it was scanned")
	_ = cmd.MarkFlagRequired("name")
	return cmd
}

// newSecretFile makes a file that nobody else can read. One that is there is
// left as it is.
func newSecretFile(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, iam.Errorf(iam.Conflict, "%s is there already.", name).Fix("Name another file.")
	}
	if err != nil {
		return nil, iam.Errorf(iam.Unavailable, "%s cannot be written: %v.", name, err)
	}
	return f, nil
}

func writePicture(f *os.File, link string) error {
	q, err := mfa.NewQR(link)
	if err == nil {
		err = q.PNG(f)
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return iam.Errorf(iam.Unavailable, "%s could not be written: %v.", f.Name(), err).Fix("Enrol again; nothing was proven.")
	}
	return nil
}

func (p *program) showEnrolment(e api.Enrolment, picture string) error {
	if isTerminal(p.out.w) {
		q, err := mfa.NewQR(e.Link)
		if err != nil {
			return err
		}
		fmt.Fprintln(p.out, q.Terminal())
	}
	p.say("account  %s", e.Account)
	p.say("key      %s", spaced(e.Key))
	p.say("link     %s", e.Link)
	if picture != "" {
		p.say("picture  %s", picture)
	}
	p.say("")
	p.say("Recovery codes, each works once, valid when the factor is proven:")
	p.showCodes(e.RecoveryCodes)
	p.say("")
	p.say("Nothing of this is shown again. Prove it before %s with: %s", when(e.Factor.LapsesAt), p.command("factor", "prove", e.Factor.ID))
	return nil
}

// spaced parts a key in groups of four, as it is typed.
func spaced(key string) string {
	var groups []string
	for ; len(key) > 4; key = key[4:] {
		groups = append(groups, key[:4])
	}
	return strings.Join(append(groups, key), " ")
}

func (p *program) factorProveCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "prove FACTOR-ID", Short: "Make a factor active with the code it shows now",
		Args: cobra.ExactArgs(1),
		RunE: p.do(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			code, err := p.secret(ctx, file, "code", "--code-file")
			if err != nil {
				return err
			}
			return p.withOwner(ctx, false, func(c *client) error {
				f, err := post[api.Factor](ctx, c, "/factors/"+url.PathEscape(args[0])+"/prove", map[string]string{"code": code})
				if err != nil {
					return err
				}
				if p.json {
					return p.emit(f)
				}
				p.say("%s of %s is active.", f.Name, f.Identity.Name)
				return nil
			})
		}),
	}
	cmd.Flags().StringVar(&file, "code-file", "", "read the code from this `file`, or - for standard input; asked for if not named")
	return cmd
}

func (p *program) factorVerifyCommand() *cobra.Command {
	var who personFlags
	var file string
	cmd := &cobra.Command{
		Use: "verify PERSON", Short: "Ask whether a caller is who she says, by a code she reads out",
		Args: cobra.MaximumNArgs(1),
		Long: `Ask whether a caller is who she says, by the six digits her app shows or by a
recovery code. Exits 0 if she is, 1 if that is not proven.`,
		RunE: p.do(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return p.withOwner(ctx, false, func(c *client) error {
				path, err := who.path(ctx, c, args)
				if err != nil {
					return err
				}
				code, err := p.secret(ctx, file, "code", "--code-file")
				if err != nil {
					return err
				}
				v, err := post[api.Verification](ctx, c, path+"/verify", map[string]string{"code": code})
				if err != nil {
					return err
				}
				if p.json {
					err = p.emit(v)
				} else {
					p.say("%s", v.Text)
				}
				if err == nil && !v.Verified {
					err = exitCode(failed)
				}
				return err
			})
		}),
	}
	who.add(cmd)
	cmd.Flags().StringVar(&file, "code-file", "", "read the code from this `file`, or - for standard input; asked for if not named")
	return cmd
}
