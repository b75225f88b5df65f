package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
	"gatehouse/backend/vault"
)

// addFlags are what a source is made of, as it is typed.
type addFlags struct {
	config       iam.SourceConfig
	file         fileFlags
	mapping      []string // FIELD=ATTRIBUTE
	kerberos     kerberosFlags
	passwordFile string
	password     string // refused
	noCheck      bool
}

func (p *program) sourceAddCommand() *cobra.Command {
	var f addFlags
	cmd := &cobra.Command{
		Use: "add KIND NAME (--url URL --base-dn DN | --path FILE)", Short: "Connect a directory, after checking that it can be read",
		Long: `Connect a directory, after checking that it can be read. Nothing is ever written to it.

The check proposes how entries are understood, from what the server says of
itself. The password of the bind account is asked for, or read from a file.`,
		Example: `  gatehouse source add ldap halden --url ldaps://ldap.halden.example \
      --bind-dn cn=reader,dc=halden,dc=example --password-file - --base-dn dc=halden,dc=example
  gatehouse source add ad halden --url ldaps://dc1.halden.example \
      --bind-dn gatehouse-read@halden.example --keytab /etc/gatehouse/read.keytab
  gatehouse source add file staff --path staff.csv --key Personalnummer --column endDate=Austritt`,
		Args: cobra.ExactArgs(2),
		RunE: p.do(func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("password") {
				return usage("a password in the command line can be seen by others: use --password-file FILE, or - for standard input")
			}
			if err := vault.CheckKeyFile(p.keyFile); err != nil {
				return err
			}
			draft, err := p.draft(cmd.Context(), f, args[0], args[1])
			if err != nil {
				return err
			}
			return p.withOwner(cmd.Context(), true, func(c *client) error { return p.addSource(cmd.Context(), c, draft, f.noCheck) })
		}),
	}
	flags, m := cmd.Flags(), &f.config.Mapping
	flags.StringVar(&f.config.URL, "url", "", "`address`: ldaps://host[:636] or ldap://host[:389]")
	flags.BoolVar(&f.config.StartTLS, "start-tls", false, "turn an ldap:// connection into an encrypted one")
	flags.StringVar(&f.config.CAFile, "ca-file", "", "`file` with the certificates of the authority, in PEM form")
	flags.StringVar(&f.config.Fingerprint, "fingerprint", "", "`SHA-256` of the server's certificate, compared at the server itself")
	flags.StringVar(&f.config.BindDN, "bind-dn", "", "`DN` of the account to read with; anonymous if not named")
	flags.StringVar(&f.passwordFile, "password-file", "", "`file` with its password, or - for standard input; asked for if not named")
	flags.StringVar(&f.config.BaseDN, "base-dn", "", "`DN` below which to read; the server's own if it has one")
	flags.IntVar(&f.config.PageSize, "page-size", 0, "entries a page; 1000 if not named")
	flags.IntVar(&f.config.TimeoutSec, "timeout", 0, "`seconds` to wait for each answer; 30 if not named")
	flags.StringArrayVar(&m.Service, "service", nil, "`DN` suffix or employee type of service accounts; may be repeated")
	flags.StringArrayVar(&m.Shared, "shared", nil, "`DN` suffix or employee type of shared accounts; may be repeated")
	flags.StringArrayVar(&m.Privileged, "privileged", nil, "`name` of a group that gives power over others; may be repeated")
	flags.StringArrayVar(&f.mapping, "map", nil, "`FIELD=ATTRIBUTE`, such as login=uid or userFilter=(objectClass=person); may be repeated")
	flags.BoolVar(&f.noCheck, "no-check", false, "connect without trying; needs --map for "+strings.Join(unproposed, ", "))
	f.file.add(cmd)
	f.kerberos.add(cmd)
	// Whoever types a password as other programs want it is told, not left to
	// wonder; the value is never shown.
	flags.StringVarP(&f.password, "password", "w", "", "")
	_ = flags.MarkHidden("password")
	return cmd
}

// unproposed are the fields of a mapping without which nothing can be read.
var unproposed = []string{"userFilter", "groupFilter", "login", "groupName"}

// draft is the source that the flags describe, with its password.
func (p *program) draft(ctx context.Context, f addFlags, kind, name string) (api.SourceDraft, error) {
	draft := api.SourceDraft{Name: name, Kind: kind, Config: f.config}
	if err := f.file.draft(&draft, f.config.URL); err != nil || kind == fileKind {
		return draft, err
	}
	named, err := applyMapping(&draft.Config.Mapping, f.mapping)
	if err != nil {
		return draft, err
	}
	for _, field := range unproposed {
		if f.noCheck && named[field] == "" {
			return draft, usage("without a check nothing proposes how entries are understood: add --map " + field + "=...")
		}
	}
	if f.noCheck && f.config.BaseDN == "" {
		return draft, usage("without a check nothing proposes the base: add --base-dn DN")
	}
	if draft.Config.CAFile != "" {
		pem, err := os.ReadFile(draft.Config.CAFile)
		if err != nil {
			return draft, iam.Errorf(iam.Invalid, "The CA file cannot be read: %v.", err).Fix("Name another one with --ca-file.")
		}
		draft.Config.CAPEM = string(pem)
		if draft.Config.CAFile, err = filepath.Abs(draft.Config.CAFile); err != nil {
			return draft, err
		}
	}
	f.kerberos.apply(&draft.Config)
	switch {
	case f.kerberos.withoutPassword() && f.passwordFile == "":
	case f.config.BindDN != "":
		draft.Secret, err = p.secret(ctx, f.passwordFile, "password", "--password-file")
	case f.passwordFile != "":
		err = usage("--password-file needs --bind-dn: whose password is it?")
	}
	return draft, err
}

// applyMapping sets fields of m by their names in the API and returns what was
// named.
func applyMapping(m *iam.Mapping, pairs []string) (map[string]string, error) {
	named := map[string]string{}
	for _, pair := range pairs {
		field, attribute, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, usage(fmt.Sprintf("--map %s: write FIELD=ATTRIBUTE, such as login=uid", pair))
		}
		one, err := json.Marshal(map[string]string{field: attribute})
		if err != nil {
			return nil, err
		}
		d := json.NewDecoder(strings.NewReader(string(one)))
		d.DisallowUnknownFields()
		if err := d.Decode(m); err != nil {
			return nil, usage(fmt.Sprintf("--map %s: there is no field %q that holds one attribute", pair, field))
		}
		named[field] = attribute
	}
	return named, nil
}

// addSource checks the draft, unless told not to, and saves it with what the
// check proposed.
func (p *program) addSource(ctx context.Context, c *client, draft api.SourceDraft, noCheck bool) error {
	if !noCheck {
		report, err := c.check(ctx, draft)
		if err != nil {
			return err
		}
		if !report.Passed {
			if p.json {
				if err := p.emit(report); err != nil {
					return err
				}
			}
			return refusalOf(report)
		}
		if !p.json {
			p.showCheck(report)
			p.showFaults(report.Preview)
			p.showSamples(report.Samples)
			p.say("")
		}
		draft.Config = report.Config
	}
	s, err := post[api.Source](ctx, c, "/sources", draft)
	if err != nil {
		return err
	}
	if p.json {
		return p.emit(s)
	}
	p.say("%s is connected, READ-ONLY. Read it now: %s", s.Name, p.command("sync", s.Name))
	return nil
}

// refusalOf is the step that stands against a first read, and its remedy.
func refusalOf(report api.CheckReport) error {
	for _, r := range report.Results {
		remedy := r.Remedy
		if r.Copy != "" {
			remedy += "\n    " + strings.ReplaceAll(strings.TrimRight(r.Copy, "\n"), "\n", "\n    ")
		}
		switch {
		case r.State == "needsYou" && r.Fingerprint != "":
			return iam.Errorf(iam.Denied, "%s: %s. Its SHA-256 fingerprint is %s.", r.Title, strings.TrimSuffix(r.Text, "."), r.Fingerprint).
				Fix(remedy + "\nTo confirm it add: --fingerprint " + r.Fingerprint)
		case r.State == "needsYou" || r.State == "failed":
			return iam.Errorf(iam.Unavailable, "%s: %s", r.Title, r.Text).Fix(remedy)
		}
	}
	return iam.Errorf(iam.Unavailable, "The check did not pass.")
}
